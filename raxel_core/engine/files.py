"""Reading safetensors files: the header alone first, then tensors one by one.

A wrong file is found out from its first bytes, size and header, before any weights are read. Nothing is unpickled and
nothing is memory-mapped (a file replaced under a map kills the process).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ..errors import RaxelError
from .signatures import sniff

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
    """One tensor of a file: its type and shape, and its bytes counted from the start of the file."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Header:
    """All that a safetensors file says before its weights."""

    path: Path
    tensors: Mapping[str, Entry]
    metadata: Mapping[str, str]


def read_header(path: str | Path) -> Header:
    """Read and check a safetensors header; every kind of wrong file is a RaxelError of its own."""
    path = Path(path)
    if path.is_dir():
        raise RaxelError(f"{path} is a folder; name the .safetensors file in it.")
    if not path.exists():
        raise RaxelError(f"there is no file {path}; check the name, or download the model again.")
    try:
        return _read_header(path, path.stat().st_size)
    except OSError as error:
        raise RaxelError(f"cannot read {path}: {error.strerror}; check its permissions and disk.") from error


def _read_header(path: Path, size: int) -> Header:
    if size == 0:
        raise RaxelError(f"{path} is empty (0 bytes); download it again.")
    kind = sniff(path)
    if kind:
        raise RaxelError(f"{path} is {kind}")
    with path.open("rb") as file:
        start = file.read(9)
        length = int.from_bytes(start[:8], "little")
        if size < 8 or length > MAX_HEADER or start[8:] != b"{":
            raise RaxelError(f"{path} is not a safetensors file; choose a Raxel model (.safetensors).")
        if 8 + length > size:
            raise RaxelError(
                f"{path} is cut short: {size:,} bytes of more than {8 + length:,}; download it again."
            )
        file.seek(8)
        fields = _parse(path, file.read(length))
    metadata = _metadata(path, fields.pop("__metadata__", None) or {})
    tensors = _entries(path, fields, 8 + length)
    stop = max((entry.stop for entry in tensors.values()), default=8 + length)
    if size < stop:
        raise RaxelError(f"{path} is cut short: {size:,} of {stop:,} bytes; download it again.")
    if size > stop:
        raise RaxelError(
            f"{path} is damaged: {size:,} bytes where its header promises {stop:,}; download it again."
        )
    _check_no_overlap(path, tensors, 8 + length)
    return Header(path, tensors, metadata)


def _parse(path: Path, header: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(header, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):  # also bytes that are not UTF-8
        fields = None
    if not isinstance(fields, dict):
        raise RaxelError(f"{path} has a damaged header; download it again.")
    return fields


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice")
    return values


def _metadata(path: Path, values: Any) -> dict[str, str]:
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise RaxelError(f"{path} has a damaged header; download it again.")
    return values


def _entries(path: Path, fields: dict[str, Any], base: int) -> dict[str, Entry]:
    entries = {}
    for name, field in fields.items():
        try:
            dtype, shape, (start, stop) = DTYPES[field["dtype"]], tuple(field["shape"]), field["data_offsets"]
        except (KeyError, TypeError, ValueError):
            dtype, shape, start, stop = None, (), 0, 0
        if (
            len(name) > MAX_NAME
            or dtype is None
            or len(shape) > MAX_DIMENSIONS
            or not all(_is_size(n) for n in (*shape, start, stop))
        ):
            raise RaxelError(
                f"{path} describes tensor {name[:100]!r} in a way this Raxel cannot read; download it again."
            )
        if stop - start != prod(shape) * dtype.itemsize:
            raise RaxelError(
                f"{path} is damaged: tensor {name!r} has {stop - start:,} bytes for shape {shape}; "
                "download it again."
            )
        entries[name] = Entry(dtype, shape, base + start, base + stop)
    return entries


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _check_no_overlap(path: Path, tensors: Mapping[str, Entry], base: int) -> None:
    """Tensors must fill the file without holes, so that their sum is bounded by its size."""
    for name, entry in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)):
        if entry.start != base:
            raise RaxelError(
                f"{path} is damaged: tensor {name!r} starts at byte {entry.start:,} instead of {base:,}; "
                "download it again."
            )
        base = entry.stop


def read_tensors(header: Header, names: Iterable[str]) -> Iterator[tuple[str, Tensor]]:
    """Yield the named tensors, each with memory of its own, in the order in which they lie in the file."""
    try:
        with header.path.open("rb") as file:
            for name in sorted(names, key=lambda name: header.tensors[name].start):
                yield name, _read_tensor(file, header.path, header.tensors[name])
    except OSError as error:
        raise RaxelError(f"cannot read {header.path}: {error.strerror}; check its disk.") from error


def read_tensor(header: Header, name: str) -> Tensor:
    """One tensor, with memory of its own."""
    return next(read_tensors(header, [name]))[1]


def _read_tensor(file: BinaryIO, path: Path, entry: Entry) -> Tensor:
    raw = torch.empty(entry.stop - entry.start, dtype=torch.uint8)
    file.seek(entry.start)
    if raw.numel() and file.readinto(raw.numpy()) != raw.numel():  # type: ignore[attr-defined]
        raise RaxelError(f"{path} became shorter while it was read; download it again.")
    return raw.view(entry.dtype).reshape(entry.shape)


def check_names_and_shapes(header: Header, expected: Mapping[str, tuple[int, ...]]) -> None:
    """Compare a file with the tensors that it should hold; the first difference is a RaxelError."""
    found = header.tensors
    missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing:
        raise RaxelError(
            f"{header.path} lacks {len(missing)} tensors, {missing[0]!r} first; download it again."
        )
    if extra:
        raise RaxelError(
            f"{header.path} has {len(extra)} tensors too many, {extra[0]!r} first; it needs another Raxel."
        )
    for name, shape in expected.items():
        if found[name].shape != tuple(shape):
            raise RaxelError(
                f"{header.path}: {name!r} has shape {found[name].shape}, expected {tuple(shape)}; download it again."
            )


def check_dtypes(header: Header) -> None:
    """Refuse numbers that are no weights (whole numbers, float8, float64)."""
    for name, entry in header.tensors.items():
        if entry.dtype not in WEIGHT_DTYPES:
            raise RaxelError(
                f"{header.path}: {name!r} has type {DTYPE_NAMES[entry.dtype]}, expected F32, F16 or BF16; "
                "download it again."
            )
