"""int8: whole numbers from -127 to 127 and one scale for every row. weight = number * scale."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .rows import row_chunks, row_scales, scale_rows

LARGEST = 127


class Int8:
    """Parts: "" int8 [out, in], "_scale" bf16 [out]."""

    name = "int8"

    def parts(self, shape: tuple[int, int]) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
        """Types and shapes of what stands for a matrix [out, in]."""
        return {"": (torch.int8, shape), "_scale": (torch.bfloat16, shape[:1])}

    def quantize(self, weight: Tensor) -> dict[str, Tensor]:
        """The parts of a matrix [out, in]; an error of half a scale at most."""
        scale, numbers = row_scales(weight, LARGEST), torch.empty_like(weight, dtype=torch.int8)
        for rows in row_chunks(*weight.shape):
            numbers[rows] = (weight[rows].float() / scale[rows, None].float()).round_()
        return {"": numbers, "_scale": scale}

    def dequantize(self, parts: Mapping[str, Tensor], out: Tensor) -> None:
        """Fill out [out, in] of any float type."""
        out.copy_(parts[""])
        scale_rows(out, parts["_scale"])
