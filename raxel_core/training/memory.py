"""How much memory training takes on every GPU, without one: the network is built on torch's "meta" device and counted.

Counted are weights, gradients, optimiser and average (all float32), what the processes keep beside them, and what one part
of a batch leaves for the way back. Not counted are the CUDA context (0.5 to 1 GB), the autoencoder, caches of batches and
what the allocator wastes: leave a tenth of a GPU free.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from ..model.block import Block, Stream
from .cache_recipe import CacheRecipe
from .config import Layout, Training
from .modes import set_mode
from .optimizers import optimizers

GIB = 2**30
BF16, FP32 = 2, 4  # bytes


@dataclass(frozen=True)
class Estimate:
    """Bytes on every GPU."""

    parameters: int  # numbers in the network
    trained: int  # of them, with a LoRA's
    gpus: int
    clips: int  # of one part of a batch on one GPU
    sharded: bool
    weights: float
    gradients: float
    optimizer: float
    average: float
    processes: float  # FSDP: blocks put together; DDP: buckets of gradients; bf16 copies of weights
    activations: float

    @property
    def total(self) -> float:
        """All of it."""
        return (
            self.weights + self.gradients + self.optimizer + self.average + self.processes + self.activations
        )


def estimate(config: Training, network: RaxelConfig, size: CacheRecipe, gpus: int) -> list[Estimate]:
    """What a recipe needs on each of `gpus`: with whole copies, and where there are several, sharded."""
    largest = max(stage.batch for stage in config.stages)
    if largest % (gpus * config.accumulate):
        raise RaxelError(
            f"a batch of {largest} does not divide into {gpus} GPUs times accumulate {config.accumulate}; "
            f"make it a multiple of {gpus * config.accumulate}"
        )
    model = RaxelTransformer(network, device="meta")
    set_mode(model, config.mode, config.lora_rank)
    clips = largest // (gpus * config.accumulate)
    activations = clips * activation_bytes(config, network, size)
    return [
        _estimate(config, model, gpus, clips, sharded, activations)
        for sharded in (False, True)[: min(gpus, 2)]
    ]


def state_numbers(config: Training, model: nn.Module) -> int:
    """Numbers that the optimisers keep: two for one of AdamW's, one for one of Muon's."""
    return sum(
        (2 if isinstance(optimizer, torch.optim.AdamW) else 1) * parameter.numel()
        for optimizer in optimizers(config, model)
        for group in optimizer.param_groups
        for parameter in group["params"]
    )


def _estimate(
    config: Training, model: RaxelTransformer, gpus: int, clips: int, sharded: bool, activations: float
) -> Estimate:
    parameters = sum(p.numel() for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    share = FP32 / gpus if sharded else FP32
    matrix = BF16 if config.precision == "bf16" else FP32
    block = sum(p.numel() for p in next(iter(model.blocks)).parameters())
    outside = parameters - block * len(model.blocks)
    if (
        sharded
    ):  # the block that computes, the next one, what is outside of blocks; one block's gradients, twice
        beside = matrix * 2 * block + FP32 * outside + (matrix + FP32) * block
    else:
        copies = BF16 * trained if config.precision == "bf16" else 0  # autocast's
        beside = copies + (FP32 * trained if gpus > 1 else 0)
    return Estimate(
        parameters,
        trained,
        gpus,
        clips,
        sharded,
        weights=share * parameters,
        gradients=share * trained,
        optimizer=share * state_numbers(config, model),
        average=share * trained,
        processes=beside,
        activations=activations,
    )


def activation_bytes(config: Training, network: RaxelConfig, size: CacheRecipe) -> float:
    """What one clip of the largest layout leaves for the way back: the inputs of blocks, and all of one or of all of them."""
    layout = max((x for stage in config.stages for x in stage.layouts), key=lambda x: _frames(x, size))
    video = _frames(layout, size) * (size.height // 16) * (size.width // 16)
    rays = _frames(layout, size) * max(1, size.height // 32) * max(1, size.width // 32)
    inputs = FP32 * network.dim * (video + rays)
    block = _block_bytes(config, network, (video, rays))
    return (
        network.num_layers * inputs + block if config.gradient_checkpointing else network.num_layers * block
    )


def _frames(layout: Layout, size: CacheRecipe) -> int:
    """Latent frames of one clip and its stills."""
    return layout.sources + layout.targets + ((size.frames + 3) // 4 if layout.clip else 0)


def _block_bytes(config: Training, network: RaxelConfig, tokens: tuple[int, int]) -> int:
    """What one block keeps for the way back, for these numbers of video and ray tokens, as under autocast."""
    compute = torch.bfloat16 if config.precision == "bf16" else torch.float32
    block = Block(network, nn, device="meta", dtype=compute)  # type: ignore[arg-type]
    for name, module in block.named_modules():
        if name.endswith("norm3"):
            module.float()
    wide: dict[str, Any] = {"device": "meta", "dtype": torch.float32, "requires_grad": True}
    streams = tuple(
        Stream(
            is_ray,
            torch.empty(1, count, network.dim, **wide),
            torch.empty(1, 2, 6, network.dim, **wide),
            (count - count // 2, count // 2),
            torch.empty(count, 1, network.head_dim // 2, 2, device="meta"),
        )
        for is_ray, count in zip((False, True), tokens, strict=True)
    )
    text = torch.empty(1, network.text_len, network.dim, device="meta", dtype=compute)
    with saved_bytes(block.parameters()) as saved:
        block(streams, text, compute)
    return sum(saved.values())


@contextmanager
def saved_bytes(ignored: Iterator[Tensor]) -> Iterator[dict[int, int]]:
    """Within it every storage that is kept for the way back is counted once: its bytes by an id.

    Args:
        ignored: tensors that do not count, nor their views: weights.
    """
    weights = {tensor.untyped_storage()._cdata for tensor in ignored}
    saved: dict[int, int] = {}
    kept: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            saved[storage._cdata] = storage.nbytes()
            kept.append(tensor)  # so that no other storage gets its id
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), _FusedAttention():
        yield saved


class _FusedAttention(TorchFunctionMode):
    """Attention keeps queries, keys, values and its output, as fused kernels do; "meta" has only the explicit one."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Replace attention, run everything else."""
        if func is functional.scaled_dot_product_attention:
            return _Attended.apply(*args[:3])
        return func(*args, **(kwargs or {}))


class _Attended(torch.autograd.Function):
    """Shapes and savings of attention, no values."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """q [B, heads, N, d], k and v [B, heads, M, d] -> [B, heads, N, d]."""
        out = torch.empty_like(q)
        ctx.save_for_backward(q, k, v, out)
        return out


def report(rows: list[Estimate], name: str) -> str:
    """A table for people."""
    first = rows[0]
    lines = [
        f"{name}: {first.parameters / 1e9:.3f} billion parameters, {first.trained / 1e9:.3f} trained; "
        f"{first.clips} clips at once on each of {first.gpus} GPUs",
        "GiB on every GPU     "
        + "".join(f"{'sharded' if row.sharded else 'whole copies':>14}" for row in rows),
    ]
    for part, title in _PARTS.items():
        lines.append(f"{title:<21}" + "".join(f"{getattr(row, part) / GIB:>14.2f}" for row in rows))
    return "\n".join(lines)


_PARTS = {
    "weights": "weights, fp32",
    "gradients": "gradients, fp32",
    "optimizer": "optimiser, fp32",
    "average": "average, fp32",
    "processes": "copies and buckets",
    "activations": "activations",
    "total": "total",
}
