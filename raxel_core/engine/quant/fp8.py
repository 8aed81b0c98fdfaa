"""fp8: numbers of 8 bits with a floating point (e4m3: 4 bits of exponent, up to 448) and one scale for every row."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .rows import row_chunks, row_scales, scale_rows

LARGEST = 448.0


class Fp8:
    """Parts: "" e4m3fn [out, in], "_scale" bf16 [out]. weight = number * scale."""

    name = "fp8"

    def parts(self, shape: tuple[int, int]) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
        """Types and shapes of what stands for a matrix [out, in]."""
        return {"": (torch.float8_e4m3fn, shape), "_scale": (torch.bfloat16, shape[:1])}

    def quantize(self, weight: Tensor) -> dict[str, Tensor]:
        """The parts of a matrix [out, in]; the nearest number of 3 bits of mantissa."""
        scale, numbers = row_scales(weight, LARGEST), torch.empty_like(weight, dtype=torch.float8_e4m3fn)
        for rows in row_chunks(*weight.shape):
            numbers[rows] = (weight[rows].float() / scale[rows, None].float()).to(torch.float8_e4m3fn)
        return {"": numbers, "_scale": scale}

    def dequantize(self, parts: Mapping[str, Tensor], out: Tensor) -> None:
        """Fill out [out, in] of any float type."""
        numbers, scale = parts[""], parts["_scale"]
        if numbers.device.type != "cpu":
            out.copy_(numbers)
            scale_rows(out, scale)
            return
        factors = scale.float()[:, None] * 256
        for rows in row_chunks(*numbers.shape):
            out[rows] = _256th(numbers[rows]).float().mul_(factors[rows])


def _256th(numbers: Tensor) -> Tensor:
    """numbers / 256 as fp16, exactly: the same bits in other places, for fp16's exponent begins at -15 and e4m3's at -7.

    torch's own cast takes 4 times as long on a CPU (measured, product included); fp16 holds even the smallest of them exactly.
    """
    bits = numbers.view(torch.int8).to(torch.int16)
    sign = bits.bitwise_and(-0x8000)
    return (bits << 7).bitwise_and_(0x3F80).bitwise_or_(sign).view(torch.float16)
