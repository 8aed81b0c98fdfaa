"""Safetensors files: read the header alone, tell what a file is, read tensors one by one, write whole or not at all.

A wrong file is found out from its first bytes, size and header, before any weights are read. Nothing is unpickled and
nothing is memory-mapped (a file replaced under a map kills the process).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from ..errors import RaxelError
from .lora_names import is_lora

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
MAX_HEADER = 100_000_000  # bytes; the format's own limit

FOREIGN_STARTS = {  # first bytes -> what the file is and what to do
    b"version https://git-lfs": "is a Git LFS pointer, not the file itself; run `git lfs pull` or download it again",
    b"GGUF": "is a GGUF file, which Raxel does not read; use a .safetensors file",
    b"PK\x03\x04": "is a PyTorch or zip file (.pt, .ckpt), which can run code and is not read; use a .safetensors file",
    b"\x80\x02": "is a Python pickle (.pt, .ckpt), which can run code and is not read; use a .safetensors file",
    b"\x80\x03": "is a Python pickle (.pt, .ckpt), which can run code and is not read; use a .safetensors file",
    b"\x80\x04": "is a Python pickle (.pt, .ckpt), which can run code and is not read; use a .safetensors file",
    b"\x80\x05": "is a Python pickle (.pt, .ckpt), which can run code and is not read; use a .safetensors file",
}


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
    size = path.stat().st_size
    if size == 0:
        raise RaxelError(f"{path} is empty (0 bytes); download it again.")
    with path.open("rb") as file:
        start = file.read(512)
        _refuse_foreign(path, start)
        length = int.from_bytes(start[:8], "little")
        if size < 8 or length > MAX_HEADER or start[8:9] != b"{":
            raise RaxelError(f"{path} is not a safetensors file; choose a Raxel model (.safetensors).")
        if 8 + length > size:
            raise RaxelError(
                f"{path} is cut short: {size:,} bytes of more than {8 + length:,}; download it again."
            )
        file.seek(8)
        fields = _parse(path, file.read(length))
    metadata = fields.pop("__metadata__", {})
    tensors = _entries(path, fields, 8 + length)
    stop = max((entry.stop for entry in tensors.values()), default=8 + length)
    if size < stop:
        raise RaxelError(f"{path} is cut short: {size:,} of {stop:,} bytes; download it again.")
    if size > stop:
        raise RaxelError(
            f"{path} is damaged: {size:,} bytes where its header promises {stop:,}; download it again."
        )
    return Header(path, tensors, metadata)


def _refuse_foreign(path: Path, start: bytes) -> None:
    for magic, sentence in FOREIGN_STARTS.items():
        if start.startswith(magic):
            raise RaxelError(f"{path} {sentence}.")
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise RaxelError(
            f"{path} is a web page that was saved under a model's name; download the file itself."
        )


def _parse(path: Path, header: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(header)
    except ValueError:  # also bytes that are not UTF-8
        fields = None
    if not isinstance(fields, dict):
        raise RaxelError(f"{path} has a damaged header; download it again.")
    return fields


def _entries(path: Path, fields: dict[str, Any], base: int) -> dict[str, Entry]:
    entries = {}
    for name, field in fields.items():
        try:
            dtype, shape = DTYPES[field["dtype"]], tuple(int(n) for n in field["shape"])
            start, stop = (int(n) for n in field["data_offsets"])
        except (KeyError, TypeError, ValueError):
            raise RaxelError(f"{path} describes tensor {name!r} in a way this Raxel cannot read.") from None
        if min(shape, default=0) < 0 or start < 0 or stop - start != math.prod(shape) * dtype.itemsize:
            raise RaxelError(
                f"{path} is damaged: tensor {name!r} has {stop - start:,} bytes for shape {shape}."
            )
        entries[name] = Entry(dtype, shape, base + start, base + stop)
    return entries


def kind_of(header: Header) -> str:
    """What a safetensors file is, in words, by its metadata and names of tensors."""
    names = {name.removeprefix("model.diffusion_model.") for name in header.tensors}
    if "raxel" in header.metadata:
        return "a Raxel model"
    if is_lora(names):
        return "a LoRA"
    if {"encoder.conv1.weight", "decoder.head.2.weight"} <= names:
        return "a Wan VAE"
    if {"patch_embedding.weight", "blocks.0.self_attn.q.weight"} <= names:
        return "a plain Wan transformer without a ray branch"
    if {"patch_embedding.weight", "blocks.0.attn1.to_q.weight"} <= names:
        return "a plain Wan transformer in diffusers' naming"
    if any(name.startswith(("encoder.block.", "blocks.0.attn.", "token_embedding")) for name in names):
        return "a text encoder"
    return "a safetensors file of some other model"


def read_tensors(header: Header, names: Iterable[str]) -> Iterator[tuple[str, Tensor]]:
    """Yield the named tensors, each with memory of its own, in the order in which they lie in the file."""
    ordered = sorted(names, key=lambda name: header.tensors[name].start)
    with header.path.open("rb") as file:
        for name in ordered:
            yield name, _read_tensor(file, header.path, header.tensors[name])


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
                f"{header.path}: {name!r} has shape {found[name].shape}, expected {tuple(shape)}."
            )


def write_tensors(path: str | Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file under a temporary name, then rename it; a failure leaves nothing behind."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    plain = {name: tensor.detach().to("cpu").contiguous() for name, tensor in tensors.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(plain, part, dict(metadata))
        part.replace(path)
    except (OSError, SafetensorError) as error:  # the library has an error of its own for a full disk
        reason = getattr(error, "strerror", None) or error
        raise RaxelError(f"cannot write {path}: {reason}; choose another place.") from error
    finally:
        with suppress(OSError):
            part.unlink()
