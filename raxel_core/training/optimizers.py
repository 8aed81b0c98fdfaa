"""Muon for the matrices inside the blocks, AdamW for everything else."""

from __future__ import annotations

import torch
from torch import nn

from .config import Training
from .modes import is_lora


def optimizers(config: Training, network: nn.Module) -> list[torch.optim.Optimizer]:
    """One or two optimisers over all that needs gradients; AdamW comes first."""
    trained = [(name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad]
    matrices = [
        parameter
        for name, parameter in trained
        if config.matrix_rate and name.startswith("blocks.") and parameter.ndim == 2 and not is_lora(name)
    ]
    chosen = {id(parameter) for parameter in matrices}
    others = [parameter for _, parameter in trained if id(parameter) not in chosen]
    adam = torch.optim.AdamW(
        others, lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
    )
    if not matrices:
        return [adam]
    # The same update size as AdamW's, so that both rates mean the same.
    muon = torch.optim.Muon(
        matrices,
        lr=config.matrix_rate,
        weight_decay=config.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    return [adam, muon]
