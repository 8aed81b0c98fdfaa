"""Rows of a matrix in pieces: so that whatever is made of a matrix on the way needs a few MiB, not its own size again."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

CHUNK = 2**20
"""Numbers that are worked on at once: 4 MiB in float32, what a core's cache holds (measured: 4 x larger was slower)."""

SMALLEST = torch.finfo(torch.bfloat16).tiny
"""Least scale: the rows of a matrix of zeros get it."""


def row_chunks(rows: int, columns: int) -> Iterator[slice]:
    """Consecutive rows, about CHUNK numbers at a time."""
    step = max(1, CHUNK // max(1, columns))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def row_scales(weight: Tensor, largest: float) -> Tensor:
    """Of each row, [out] bf16, the scale that brings its largest value to `largest` or just below (rounded up)."""
    peaks = torch.cat([weight[rows].float().abs().amax(1) for rows in row_chunks(*weight.shape)])
    return rounded_up((peaks / largest).clamp_min_(SMALLEST))


def rounded_up(values: Tensor) -> Tensor:
    """Positive float32 numbers as the next bf16 that is not smaller: bf16 is float32's upper half."""
    bits = values.view(torch.int32)
    return (bits + 0xFFFF).bitwise_and_(-0x10000).view(torch.float32).to(torch.bfloat16)


def scale_rows(out: Tensor, scale: Tensor) -> None:
    """out *= scale, row by row; exact products rounded once to out's type."""
    if out.dtype != torch.float16:  # the other types hold every bf16 scale
        out.mul_(scale.to(out.dtype)[:, None])
        return
    for rows in row_chunks(*out.shape):
        out[rows] = out[rows].float().mul_(scale[rows, None].float())
