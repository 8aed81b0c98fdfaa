"""Reading files of tensors, safetensors and GGUF: the header alone first, then tensors one by one.

A wrong file is found out from its first bytes, size and header, before any weights are read. Nothing is unpickled and
nothing is memory-mapped (a file replaced under a map kills the process).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ..errors import RaxelError
from .gguf import MAGIC, check_formats, read_gguf
from .header import DTYPE_NAMES, DTYPES, MAX_DIMENSIONS, MAX_HEADER, MAX_NAME, WEIGHT_DTYPES, Entry, Header
from .signatures import sniff

__all__ = [
    "DTYPES",
    "DTYPE_NAMES",
    "WEIGHT_DTYPES",
    "Entry",
    "Header",
    "cannot_read",
    "check_dtypes",
    "check_is_file",
    "check_names_and_shapes",
    "read_header",
    "read_tensor",
    "read_tensors",
]


def read_header(path: str | Path) -> Header:
    """Read and check the header of a safetensors or GGUF file; every kind of wrong file is a RaxelError of its own."""
    path = Path(path)
    check_is_file(path)
    try:
        with path.open("rb") as file:
            is_gguf = file.read(len(MAGIC)) == MAGIC
        if not is_gguf:
            return _read_header(path, path.stat().st_size)
        header = read_gguf(path)
    except OSError as error:
        raise cannot_read(path, error) from error
    check_formats(header)
    return header


def check_is_file(path: Path) -> None:
    """Refuse what cannot be opened, or would wait for ever when it is opened (a pipe)."""
    try:
        if path.is_dir():
            raise RaxelError(f"{path} is a folder; name the .safetensors file in it.")
        if not path.exists():
            raise RaxelError(f"there is no file {path}; check the name, or download the model again.")
        if not path.is_file():
            raise RaxelError(f"{path} is a pipe or a device, not a file; copy it to a file first.")
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError) -> RaxelError:
    """The sentence for a file that the system does not give."""
    return RaxelError(f"cannot read {path}: {error.strerror}; check its permissions and disk.")


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
        raise cannot_read(header.path, error) from error


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
    """Compare a file with the tensors that it should hold, a GGUF by its values' shapes; the first difference is a RaxelError."""
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
        if header.shape_of(name) != tuple(shape):
            raise RaxelError(
                f"{header.path}: {name!r} has shape {header.shape_of(name)}, expected {tuple(shape)}; download it again."
            )


def check_dtypes(header: Header) -> None:
    """Refuse numbers that are no weights (whole numbers, float8, float64)."""
    for name, entry in header.tensors.items():
        if entry.dtype not in WEIGHT_DTYPES:
            raise RaxelError(
                f"{header.path}: {name!r} has type {header.type_of(name)}, expected F32, F16 or BF16; "
                "download it again."
            )
