"""Formats in which a file may store the large matrices: each a small class with the same three functions.

A matrix X.weight [out, in] is stored as parts, tensors named X.weight + suffix; the suffix "" is the weight's own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from .fp8 import Fp8
from .ggml import GGML
from .int8 import Int8
from .nf4 import Nf4

Parts = dict[str, tuple[torch.dtype, tuple[int, ...]]]
"""Suffix -> type and shape."""


class WeightFormat(Protocol):
    """How a matrix is stored."""

    name: str

    def parts(self, shape: tuple[int, int]) -> Parts:
        """What stands for a matrix [out, in]; RaxelError where the format cannot hold one of that shape."""
        ...

    def quantize(self, weight: Tensor) -> dict[str, Tensor]:
        """The parts of a matrix by suffix, on its device; RaxelError where the format is only read."""
        ...

    def dequantize(self, parts: Mapping[str, Tensor], out: Tensor) -> None:
        """Fill out [out, in], of any float type and on the parts' device; at most 32 MiB beside it."""
        ...


FORMATS: dict[str, WeightFormat] = {format.name: format for format in (Int8(), Fp8(), Nf4(), *GGML.values())}
"""Every format by its name; "bf16" is none: plain tensors."""
