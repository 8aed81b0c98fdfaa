"""How much memory does one block of the 14B model need for its activations? Prints a table.

``python -m bench.activations``; nothing is computed: the block runs on torch's "meta" device in bf16 and every storage that
is alive is counted, the running sums of both branches, text and RoPE tables included. Weights do not count, attention
counts as its output (a fused kernel's scores are never in memory).

``naive`` is the same block as research code writes it: norms and modulation in float32, RoPE as complex numbers in float64,
every sum a new tensor, the feed-forward over all tokens at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn

from raxel_core.engine.offload.live import AttentionIsItsOutput, peak_bytes
from raxel_core.model import PRESET_CONFIGS, RaxelConfig
from raxel_core.model import block as block_module
from raxel_core.model import layers as layers_module
from raxel_core.model.block import FFN_CHUNK, Block, Stream

SIZES = {"480x832x81": (21, 30, 52), "720x1280x81": (21, 45, 80)}
"""Token grids (latent frames, rows, columns) of the video; the rays have a quarter of the tokens."""


class Float32LayerNorm(nn.LayerNorm):
    """LayerNorm that answers in float32."""

    def forward(self, input: Tensor) -> Tensor:
        """[..., dim] -> [..., dim] float32."""
        weight = None if self.weight is None else self.weight.float()
        bias = None if self.bias is None else self.bias.float()
        return nn.functional.layer_norm(input.float(), self.normalized_shape, weight, bias, self.eps)


def rotate_in_float64(x: Tensor, rope: Tensor) -> Tensor:
    """RoPE in complex128."""
    pairs = torch.view_as_complex(x.double().unflatten(-1, (-1, 2))) * torch.view_as_complex(rope.double())
    return torch.view_as_real(pairs).flatten(-2).to(x.dtype)


@contextmanager
def naive_arithmetic() -> Iterator[None]:
    """Within it our block overwrites nothing, takes no chunks and rotates in float64."""
    keep: Any = {"may_overwrite": lambda x: False, "chunked": lambda x, size, f: f(x, slice(None))}
    with (
        patch.multiple(block_module, **keep),
        patch.multiple(layers_module, rotate=rotate_in_float64, **keep),
    ):
        yield


def block_peak_gib(
    config: RaxelConfig, grid: tuple[int, int, int], chunk: int = FFN_CHUNK, naive: bool = False
) -> float:
    """GiB of activations at once in one block of `config` for a clip of `grid` tokens and its rays, bf16, batch 1."""
    bf16: dict[str, Any] = {"device": "meta", "dtype": torch.bfloat16}
    ops: Any = (
        SimpleNamespace(Linear=nn.Linear, Conv3d=nn.Conv3d, LayerNorm=Float32LayerNorm) if naive else nn
    )
    block = Block(config, ops, **bf16)
    block.ffn_chunk = chunk
    video = grid[0] * grid[1] * grid[2]
    streams = tuple(
        Stream(
            is_ray,
            tokens=torch.empty(1, count, config.dim, **bf16),
            time=torch.empty(1, 1, 6, config.dim, **bf16),
            lengths=(count,),
            rope=torch.empty(count, 1, config.head_dim // 2, 2, device="meta"),
        )
        for is_ray, count in ((False, video), (True, video // 4))
    )
    text = torch.empty(1, config.text_len, config.dim, **bf16)
    inputs = [text, *(tensor for s in streams for tensor in (s.tokens, s.time, s.rope))]
    with naive_arithmetic() if naive else nullcontext(), AttentionIsItsOutput():
        return peak_bytes(lambda: block(streams, text, torch.bfloat16), inputs, block.parameters()) / 2**30


def main() -> None:
    """Print the table."""
    config = PRESET_CONFIGS["raxel-14b"]
    joint = replace(config, attention="joint")
    whole = 10**9
    rows: dict[str, dict[str, Any]] = {
        "naive": {"config": config, "chunk": whole, "naive": True},
        "in place, whole feed-forward": {"config": config, "chunk": whole},
        f"in place, feed-forward in chunks of {FFN_CHUNK} (ours)": {"config": config},
        "the same, chunks of 1024": {"config": config, "chunk": 1024},
        f"joint attention, chunks of {FFN_CHUNK}": {"config": joint},
    }
    print(f"| one 14B block, bf16, GiB | {' | '.join(SIZES)} |\n| --- |{' --- |' * len(SIZES)}")
    for name, arguments in rows.items():
        peaks = [f"{block_peak_gib(grid=grid, **arguments):.2f}" for grid in SIZES.values()]
        print(f"| {name} | {' | '.join(peaks)} |")


if __name__ == "__main__":
    main()
