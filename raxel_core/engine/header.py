"""What a file of tensors says before its weights, whichever container it is: safetensors or GGUF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
WEIGHT_DTYPES = (torch.float32, torch.float16, torch.bfloat16)
MAX_HEADER = 25_000_000  # bytes; parsed, it takes some ten times as much memory
MAX_DIMENSIONS = 8
MAX_NAME = 500  # letters, so that a sentence about a tensor stays one


@dataclass(frozen=True)
class Entry:
    """One tensor of a file: its type and shape as stored, and its bytes counted from the start of the file."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Header:
    """All that a file of tensors says before its weights.

    A tensor that a GGUF holds quantised is an entry of uint8 with shape (rows, bytes of a row); what its values are
    called and which shape they have stands in `formats` and `shapes`.
    """

    path: Path
    tensors: Mapping[str, Entry]
    metadata: Mapping[str, str]
    formats: Mapping[str, str] = field(default_factory=dict)  # name -> "q4_k", of quantised tensors of a GGUF
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # where it is not the stored one
    is_gguf: bool = False

    def shape_of(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor's values."""
        return self.shapes.get(name, self.tensors[name].shape)

    def type_of(self, name: str) -> str:
        """How a tensor is stored, in words: "BF16", "Q4_K"."""
        return self.formats[name].upper() if name in self.formats else DTYPE_NAMES[self.tensors[name].dtype]
