"""What a run trains: everything, what Wan does not have (`rays`), or that and a LoRA on what Wan has (`rays_lora`)."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..model import RaxelConfig, RaxelTransformer
from .config import Mode
from .processes import like

ADAPTED = (
    *(f"{attention}.{part}" for attention in ("self_attn", "cross_attn") for part in "qkvo"),
    "ffn.0",
    "ffn.2",
)
"""Modules of a block that get a LoRA: the video branch's, and the projections that both branches share."""


class LoraLinear(nn.Linear):
    """A linear layer W whose weight stays, plus a change of low rank: W + up @ down (alpha = rank, so the scale is 1)."""

    lora_down: nn.Parameter  # (rank, in)
    lora_up: nn.Parameter  # (out, rank), zero at the start: nothing is changed yet

    @classmethod
    def of(cls, linear: nn.Linear, rank: int) -> LoraLinear:
        """A layer that shares `linear`'s weights; its change has no values yet, see `init_lora`."""
        made = cls(linear.in_features, linear.out_features, linear.bias is not None, device="meta")
        made.weight, made.bias = linear.weight, linear.bias
        where = {"device": linear.weight.device, "dtype": linear.weight.dtype}
        made.lora_down = nn.Parameter(torch.empty(rank, linear.in_features, **where))
        made.lora_up = nn.Parameter(torch.empty(linear.out_features, rank, **where))
        return made

    def forward(self, input: Tensor) -> Tensor:
        """(..., in) -> (..., out)."""
        change = functional.linear(functional.linear(input, self.lora_down), self.lora_up)
        return super().forward(input) + change


def set_mode(network: RaxelTransformer, mode: Mode, rank: int) -> None:
    """Freeze what the mode does not train, and add its LoRA."""
    network.requires_grad_(mode == "full")
    if mode == "full":
        return
    for name in names_beside_wan(network.config):
        network.get_parameter(name).requires_grad_(True)
    if mode == "rays_lora":
        for block in network.blocks:
            for place in ADAPTED:
                parent, _, child = place.rpartition(".")
                linear = block.get_submodule(place)
                assert isinstance(linear, nn.Linear)
                setattr(block.get_submodule(parent), child, LoraLinear.of(linear, rank))


@torch.no_grad()
def init_lora(network: nn.Module) -> None:
    """First values of a LoRA, from torch's global generator; nothing is changed yet."""
    for name, parameter in network.named_parameters():
        if name.endswith(".lora_down"):
            parameter.copy_(like(torch.randn(parameter.shape) * parameter.shape[1] ** -0.5, parameter))
        elif name.endswith(".lora_up"):
            parameter.zero_()


def names_beside_wan(config: RaxelConfig) -> list[str]:
    """Parameters that a plain Wan transformer of these sizes does not have: ray branch, gates, modality embedding."""
    plain = RaxelTransformer(dataclasses.replace(config, ray_branch=False), device="meta")
    wans = {name for name, _ in plain.named_parameters()}
    network = RaxelTransformer(config, device="meta")
    return [name for name, _ in network.named_parameters() if name not in wans]


def is_lora(name: str) -> bool:
    """Whether a tensor of a network in training belongs to its LoRA."""
    return name.endswith((".lora_down", ".lora_up"))


def lora_name(name: str) -> str:
    """The name in a LoRA file of a network's tensor: ComfyUI's way. No alpha is written, so it equals the rank."""
    return f"diffusion_model.{name}.weight"
