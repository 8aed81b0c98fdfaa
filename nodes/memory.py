"""Models under the host's memory manager: loaded with its layers, moved by it before every step, patched by it for LoRAs.

Names that newer hosts rebind at start-up (the patcher class) are looked up when they are used.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import comfy.model_management
import comfy.model_patcher
import comfy.ops
import torch
from comfy.weight_adapter.lora import LoRAAdapter
from torch import Tensor

from ..raxel_core.engine.checkpoint import load_model
from ..raxel_core.engine.lora import Difference, Factors, read_lora
from ..raxel_core.errors import RaxelError
from ..raxel_core.model import RaxelTransformer
from .fitting import activation_bytes
from .types import LoadedModel

SHELL = "network"
"""Name of the network inside the module that the patcher holds: the host writes attributes of its own on what it holds."""


class HostedNetwork:
    """The network as the pipeline calls it: before every call the host brings its weights to where it computes.

    Asking each time matters: the VAE that works in between, or the same network with another LoRA, may have pushed the
    weights out.
    """

    def __init__(self, network: RaxelTransformer, patcher: comfy.model_patcher.ModelPatcher) -> None:
        self.network, self.patcher = network, patcher
        self.device: torch.device = patcher.load_device
        network.compute_device = self.device
        stored = network.patch_embedding.weight.dtype  # not network.dtype: a clone finds that set already
        network.compute_dtype = comfy.model_management.unet_manual_cast(stored, self.device)

    def __call__(
        self, latents: dict[str, Tensor], sigmas: dict[str, Tensor], context: Tensor | None = None
    ) -> Any:
        """As ``RaxelTransformer.forward``."""
        tokens = sum(part.shape[0] * part[0, 0].numel() // 4 for part in latents.values())
        needed = activation_bytes(self.network.config, tokens, self.network.dtype.itemsize)
        comfy.model_management.load_models_gpu([self.patcher], memory_required=needed)
        return self.network(latents, sigmas, context)


def load_raxel_model(path: Path, name: str) -> LoadedModel:
    """Read a model file into the host's offload memory, with the host's own layers, ready to be moved by the host."""
    offload_device = comfy.model_management.unet_offload_device()
    raxel = load_model(path, device=offload_device, operations=cast(ModuleType, comfy.ops.manual_cast))
    patcher_class = getattr(comfy.model_patcher, "CoreModelPatcher", comfy.model_patcher.ModelPatcher)
    patcher = patcher_class(
        torch.nn.ModuleDict({SHELL: raxel.network}),
        load_device=comfy.model_management.get_torch_device(),
        offload_device=offload_device,
    )
    hosted = cast(RaxelTransformer, HostedNetwork(raxel.network, patcher))
    return LoadedModel(replace(raxel, network=hosted), patcher, name)


def with_lora(model: LoadedModel, path: Path, strength: float) -> LoadedModel:
    """The model with a LoRA, which the host adds to the weights while this one runs; the given model stays as it is.

    Raises RaxelError for a file that is no LoRA for this model.
    """
    patches = {
        f"{SHELL}.{name}": _patch(change) for name, change in read_lora(path, model.raxel.config).items()
    }
    patcher = model.patcher.clone()
    taken = patcher.add_patches(patches, strength)
    if len(taken) != len(patches):
        lost = sorted(set(patches) - set(taken))
        raise RaxelError(
            f"ComfyUI did not take {len(lost)} changes of {path.name}, {lost[0]!r} first; update Raxel"
        )
    hosted = cast(HostedNetwork, model.raxel.network)
    patched = cast(RaxelTransformer, HostedNetwork(hosted.network, patcher))
    return LoadedModel(replace(model.raxel, network=patched), patcher, f"{model.name} + {path.stem}")


def _patch(change: Factors | Difference) -> LoRAAdapter | tuple[Tensor]:
    """A change in the host's words: up, down and alpha, or the difference itself."""
    if isinstance(change, Difference):
        return (change.value,)
    return LoRAAdapter(set(), (change.up, change.down, change.scale * len(change.down), None, None, None))
