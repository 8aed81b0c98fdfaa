"""A Raxel model under the host's memory manager: opened by the engine, given room by the host before every step.

``patcher.py`` is how the host moves the weights; here is who asks it to.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import comfy.model_management
import comfy.utils
import torch
from torch import Tensor

from ..raxel_core.engine.checkpoint import RaxelModel
from ..raxel_core.engine.files import Header, read_header
from ..raxel_core.engine.lora import read_lora
from ..raxel_core.engine.offload.opening import check_quantize
from ..raxel_core.engine.offload.placed import PlacedNetwork, open_model
from ..raxel_core.engine.offload.placement import GB
from ..raxel_core.engine.quant import FORMATS
from ..raxel_core.engine.quantize import estimate_seconds
from ..raxel_core.model import RaxelTransformer
from ..raxel_core.model.attention import check_kernel
from .host import logger, say
from .patcher import RaxelPatcher, Shell
from .types import LoadedModel

AS_STORED, AUTO = "as stored", "auto"
QUANTIZING = 3 * GB
"""Bytes that the largest block takes on the device while it is quantised, before it goes to RAM: 1 GB in bf16, and its parts."""
QUANTIZE = (AS_STORED, "int8", "nf4", "fp8")
STORED_LIKE = "patch_embedding.weight"
"""Plain values are of this tensor's type."""


@dataclass(frozen=True)
class Wishes:
    """How a model is to be run, in the words of the loader's inputs."""

    quantize: str = AS_STORED
    vram_gb: float = 0.0
    attention: str = AUTO
    compile: bool = False


class HostedNetwork:
    """The network as the pipeline calls it: before every call the host gives room, and what fits is made resident.

    Asking each time matters: the VAE that works in between, or another model, may have taken the room.
    """

    def __init__(self, network: PlacedNetwork, patcher: RaxelPatcher) -> None:
        self.network, self.patcher = network, patcher
        self.tell: Callable[[str], None] | None = None
        """Hears where the weights are, when that changes."""
        self.told: tuple[int, ...] | None = None
        """The resident blocks that were told last."""

    @property
    def device(self) -> torch.device:
        """Where latents must be."""
        return self.network.device

    @property
    def prefetch_next(self) -> bool:
        """Whether a call ends by asking for the blocks that the next one begins with."""
        return self.network.prefetch_next

    @prefetch_next.setter
    def prefetch_next(self, on: bool) -> None:
        self.network.prefetch_next = on

    def release(self) -> None:
        """Give back what only computing takes, before the VAE decodes."""
        self.network.release()

    def __call__(
        self, latents: dict[str, Tensor], sigmas: dict[str, Tensor], context: Tensor | None = None
    ) -> Any:
        """As ``RaxelTransformer.forward``."""
        shapes = {name: tuple(part.shape) for name, part in latents.items()}
        needed = self.patcher.prepare(self.network, shapes, None if context is None else context.shape[1])
        comfy.model_management.load_models_gpu([self.patcher], memory_required=needed)
        self.patcher.shrink_to_room()
        self._tell_plan()
        mishaps = self.network.placing.mishaps
        velocity = self.network(latents, sigmas, context)
        if self.network.placing.mishaps != mishaps:
            self.patcher.note_mishap()
        return velocity

    def _tell_plan(self) -> None:
        """Once for every change: to the node that runs, which logs it too, or to the log alone."""
        plan = self.patcher.plan()
        if plan.resident == self.told:
            return
        self.told, line = plan.resident, str(plan)
        if self.tell is not None:
            self.tell(line)
        else:
            logger.info("Raxel: %s", line)


def load_raxel_model(path: Path, name: str, wishes: Wishes) -> LoadedModel:
    """Open a model file for the device on which the host computes.

    Raises RaxelError for a file that is none or is damaged, and for wishes that cannot be granted.
    """
    device = comfy.model_management.get_torch_device()
    header = read_header(path)
    quantize = None if wishes.quantize == AS_STORED else wishes.quantize
    dtype = _compute_dtype(header, device, quantize)
    attention = check_kernel(_attention(wishes.attention, device, dtype))
    if quantize in FORMATS:
        check_quantize(header, quantize)
        if device.type != "cpu":  # where a block is quantised
            comfy.model_management.free_memory(QUANTIZING, device)
        seconds = estimate_seconds(header, quantize)
        say("Load Raxel Model", f"makes {quantize} of the weights, which takes about {seconds:.0f} s")
    raxel = open_model(path, device, dtype, quantize=quantize, on_progress=_progress())
    network = cast(PlacedNetwork, raxel.network)
    network.attention = attention
    network.weights.before_block = comfy.model_management.throw_exception_if_processing_interrupted
    if wishes.compile:
        network.compile_blocks()
    shell = Shell(network, round(wishes.vram_gb * GB) or None)
    weakref.finalize(shell, network.close).atexit = False
    patcher = RaxelPatcher(shell, device, comfy.model_management.unet_offload_device())
    return _loaded(raxel, network, patcher, name)


def with_lora(model: LoadedModel, path: Path, strength: float) -> LoadedModel:
    """The model with a LoRA, added to its weights while they compute; the given model stays as it is.

    Raises RaxelError for a file that is no LoRA for this model.
    """
    lora = read_lora(path, model.raxel.config)
    network = hosted(model).network.with_loras([(lora, strength)])
    return _loaded(model.raxel, network, model.patcher.clone(), f"{model.name} + {path.stem}")


def hosted(model: LoadedModel) -> HostedNetwork:
    """The network of a model as the host's."""
    return cast(HostedNetwork, model.raxel.network)


@contextmanager
def plan_told(model: LoadedModel, tell: Callable[[str], None]) -> Iterator[None]:
    """Within, `tell` hears where the weights are: at the first step, and whenever that changes."""
    network = hosted(model)
    network.tell, network.told = tell, None
    try:
        yield
    finally:
        network.tell = None


def _loaded(raxel: RaxelModel, network: PlacedNetwork, patcher: RaxelPatcher, name: str) -> LoadedModel:
    network_of_host = cast(RaxelTransformer, HostedNetwork(network, patcher))
    return LoadedModel(replace(raxel, network=network_of_host), patcher, name)


def _compute_dtype(header: Header, device: torch.device, quantize: str | None) -> torch.dtype | None:
    """What the host computes in on this device with such weights; None where the file is no model anyway."""
    entry = header.tensors.get(STORED_LIKE)
    if entry is None:
        return None
    is_wide = header.is_gguf and bool(header.formats) and entry.dtype == torch.float32
    stored = torch.bfloat16 if quantize or is_wide else entry.dtype
    return comfy.model_management.unet_manual_cast(stored, device) or stored


def _attention(wished: str, device: torch.device, dtype: torch.dtype | None) -> str:
    """The wish, and for "auto" what the host was started with, where that kernel can run."""
    if wished != AUTO or device.type != "cuda" or dtype == torch.float32:
        return wished
    if comfy.model_management.sage_attention_enabled():
        return "sage"
    if getattr(comfy.model_management, "flash_attention_enabled", lambda: False)():
        return "flash-attn"
    return AUTO


def _progress() -> Callable[[int, int], None]:
    """Moves the node's bar, and stops on Interrupt."""
    bar = comfy.utils.ProgressBar(1)

    def on_progress(done: int, total: int) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        bar.update_absolute(done, total)

    return on_progress
