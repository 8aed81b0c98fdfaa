"""GGUF's quantisations in torch: Q8_0, Q6_K, Q5_K and Q4_K, read only.

A weight is a row of blocks, each with its own half-precision scale. Values come out in float32 with the same roundings, in the same
order, as those of `gguf.quants.dequantize`, and are then rounded to the type that is asked for. The layouts are ggml's
(ggml-quants.c); `low` and `high` are the four lower and upper bits of a byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import RaxelError
from ..gguf import BLOCKS

CHUNK = 2**20  # values that are decoded together: 4 MiB in float32, some 12 MiB with all temporaries

Decode = Callable[[Tensor, Tensor], None]
"""Fills out [N, values of a block], float32, from N blocks of bytes."""


@dataclass
class GgmlFormat:
    """One of GGUF's quantisations."""

    name: str
    values: int  # of a block
    size: int  # bytes of a block
    scales: tuple[int, ...]  # where in a block its half-precision scales lie
    decode: Decode

    def parts(self, shape: tuple[int, int]) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
        """Type and shape of what is stored for a weight [out, in]: blocks of bytes, (out, bytes of a row)."""
        rows, columns = shape
        if columns % self.values:
            raise RaxelError(f"{self.name} has blocks of {self.values} values, got rows of {columns}.")
        return {"": (torch.uint8, (rows, columns // self.values * self.size))}

    def quantize(self, weight: Tensor) -> dict[str, Tensor]:
        """Raxel reads GGUF and writes none."""
        raise RaxelError(f"Raxel reads {self.name} and does not write it; choose int8, nf4, fp8 or bf16.")

    def dequantize(self, parts: Mapping[str, Tensor], out: Tensor) -> None:
        """Fill `out` (contiguous, any float type, any shape of as many values) from the blocks of parts[""]."""
        blocks, values = parts[""].reshape(-1, self.size), out.view(-1, self.values)
        step = CHUNK // self.values
        for start in range(0, len(blocks), step):
            target = values[start : start + step]
            wide = target if out.dtype == torch.float32 else torch.empty_like(target, dtype=torch.float32)
            self.decode(blocks[start : start + step], wide)
            if wide is not target:
                target.copy_(wide)

    def is_finite(self, raw: Tensor) -> bool:
        """Whether all scales are finite, and so all values."""
        blocks = raw.reshape(-1, self.size)
        return all(bool(_half(blocks, place).isfinite().all()) for place in self.scales)


def dequantized(format: str, raw: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The values of a tensor in float32, of this shape."""
    out = torch.empty(shape, dtype=torch.float32, device=raw.device)
    GGML[format].dequantize({"": raw}, out)
    return out


def _half(blocks: Tensor, place: int) -> Tensor:
    """The half-precision number at one place of every block, [N, 1] float32."""
    return blocks[:, place : place + 2].contiguous().view(torch.float16).float()


def _q8_0(blocks: Tensor, out: Tensor) -> None:
    """Scale, 32 signed bytes."""
    out.copy_(blocks[:, 2:].view(torch.int8)).mul_(_half(blocks, 0))


def _q4_k(blocks: Tensor, out: Tensor) -> None:
    """Scales of scales and of minima, 8 of each in 12 bytes, 4 times 32 bytes: low bits one group, high bits the next."""
    low_high = out.view(-1, 4, 2, 32)
    packed = blocks[:, 16:].reshape(-1, 4, 32)
    low_high[:, :, 0].copy_(packed & 15)
    low_high[:, :, 1].copy_(packed >> 4)
    _scale_and_shift(blocks, out)


def _q5_k(blocks: Tensor, out: Tensor) -> None:
    """As Q4_K; the fifth bit of group g is bit g of 32 bytes in between."""
    groups = out.view(-1, 8, 32)
    fifth, packed = blocks[:, 16:48], blocks[:, 48:].reshape(-1, 4, 32)
    for group in range(8):
        lower = packed[:, group // 2] & 15 if group % 2 == 0 else packed[:, group // 2] >> 4
        groups[:, group].copy_(lower | ((fifth >> group & 1) << 4))
    _scale_and_shift(blocks, out)


def _scale_and_shift(blocks: Tensor, out: Tensor) -> None:
    """value = (d * scale) * q - (dmin * minimum), a scale and a minimum for each of 8 groups of 32."""
    first, second, third = (
        blocks[:, 4:8],
        blocks[:, 8:12],
        blocks[:, 12:16],
    )  # 6 bits; those of the last 4 are split
    scales = torch.cat([first & 63, (third & 15) | (first >> 2 & 48)], dim=1)
    minima = torch.cat([second & 63, (third >> 4) | (second >> 2 & 48)], dim=1)
    groups = out.view(-1, 8, 32)
    groups.mul_((_half(blocks, 0) * scales).unsqueeze(-1))
    groups.sub_((_half(blocks, 2) * minima).unsqueeze(-1))


def _q6_k(blocks: Tensor, out: Tensor) -> None:
    """Two halves of 128 values: 64 bytes of low and high bits, 32 bytes of upper pairs; 16 signed scales, one scale of all."""
    halves = out.view(-1, 2, 4, 32)
    packed, upper = blocks[:, :128].reshape(-1, 2, 2, 32), blocks[:, 128:192].reshape(-1, 2, 32)
    for group in range(4):
        lower = packed[:, :, group % 2] & 15 if group < 2 else packed[:, :, group % 2] >> 4
        halves[:, :, group].copy_(lower | ((upper >> 2 * group & 3) << 4))
    scales = blocks[:, 192:208].view(torch.int8)
    out.sub_(32).view(-1, 16, 16).mul_((_half(blocks, 208) * scales).unsqueeze(-1))


GGML = {
    "q8_0": GgmlFormat("q8_0", *BLOCKS["q8_0"], (0,), _q8_0),
    "q6_k": GgmlFormat("q6_k", *BLOCKS["q6_k"], (208,), _q6_k),
    "q5_k": GgmlFormat("q5_k", *BLOCKS["q5_k"], (0, 2), _q5_k),
    "q4_k": GgmlFormat("q4_k", *BLOCKS["q4_k"], (0, 2), _q4_k),
}
"""Name -> format."""
