"""Rotary positions of tokens on three axes (latent frame, row, column), as in Wan 2.1.

A head's channels are pairs (x0, x1), (x2, x3), ... Each pair is a complex number that turns by position times
frequency. The first pairs belong to time, the next to rows, the last to columns. Positions are real numbers: ray
tokens sit between video tokens, and stills sit at negative times.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

THETA = 10000.0

Rope = Tensor
"""Cosine and sine of every token and pair, [N, 1, head_dim / 2, 2] float32; it broadcasts over batch and heads."""


def axis_widths(head_dim: int) -> tuple[int, int, int]:
    """Channels of a head that belong to time, rows and columns (128 -> 44, 42, 42)."""
    side = 2 * (head_dim // 6)
    return head_dim - 2 * side, side, side


def token_times(num_source: int, num_target: int, num_video: int) -> list[int]:
    """Times of a branch's latent frames: targets, then sources, just before 0; video frames from 0 [ours].

    The order is that of the tokens: sources -M..-1, targets before them, video 0..n-1.
    """
    sources = range(-num_source, 0)
    targets = range(-num_source - num_target, -num_source)
    return [*sources, *targets, *range(num_video)]


def grid_coordinates(count: int, is_ray: bool) -> Tensor:
    """Places [count] of tokens along rows or columns, in video tokens.

    A ray token covers two by two video tokens, so its centre is at 2i + 0.5.
    """
    places = torch.arange(count, dtype=torch.float64)
    return 2 * places + 0.5 if is_ray else places


def rope_table(
    times: Sequence[float], rows: Tensor, columns: Tensor, head_dim: int, device: torch.device
) -> Rope:
    """Cosines and sines of every token of a `times x rows x columns` grid, in token order.

    The angles are taken in float64 for each axis alone, so the work does not grow with the number of tokens.
    """
    axes = (torch.tensor(list(times), dtype=torch.float64), rows, columns)
    shape = tuple(len(axis) for axis in axes)
    cosines, sines = [], []
    for i, (axis, width) in enumerate(zip(axes, axis_widths(head_dim), strict=True)):
        frequencies = THETA ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
        angles = torch.outer(axis, frequencies)  # (places, width / 2)
        place = [1, 1, 1, angles.shape[1]]
        place[i] = len(axis)
        for table, values in ((cosines, angles.cos()), (sines, angles.sin())):
            table.append(values.float().to(device).view(place).expand(*shape, -1))
    table = torch.stack((torch.cat(cosines, dim=-1), torch.cat(sines, dim=-1)), dim=-1)
    return table.flatten(0, 2).unsqueeze(1)  # (N, 1, head_dim / 2, 2)


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Turn the channel pairs of x [B, N, heads, head_dim] by their token's angles; keeps x's dtype."""
    pairs = x.to(torch.promote_types(x.dtype, torch.float32)).unflatten(-1, (-1, 2))
    if torch.compiler.is_compiling():  # the compiler has no complex numbers, but fuses the real ones
        (even, odd), (cos, sin) = pairs.unbind(-1), rope.unbind(-1)
        turned = torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1)
    else:  # one pass over memory, 4 times as fast on a CPU
        turned = torch.view_as_real(torch.view_as_complex(pairs) * torch.view_as_complex(rope))
    return turned.flatten(-2).to(x.dtype)
