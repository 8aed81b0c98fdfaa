"""Writing safetensors files tensor by tensor, whole or not at all, in memory for one tensor.

The file grows under a temporary name beside its own and is renamed at the end. The header goes first; its metadata may be
replaced by other values of the same length afterwards, which is how checksums of what was just written get into it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from ..errors import RaxelError
from .files import DTYPE_NAMES

BLOCK = re.compile(r"blocks\.(\d+)\.")

Plan = Mapping[str, tuple[torch.dtype, tuple[int, ...]]]
"""Type and shape of every tensor that a file will hold."""


class TensorFile:
    """A safetensors file in the making.

    Args:
        file: open for writing, at its start.
        plan: what it will hold.
        metadata: of the header.
    """

    def __init__(self, file: BinaryIO, plan: Plan, metadata: Mapping[str, str]):
        self.file, self.plan = file, plan
        self.order = file_order(plan)
        self._header = self._encode(metadata)
        self.start = len(self._header)  # bytes before the first tensor
        self.file.write(self._header)

    def append(self, name: str, tensor: Tensor) -> memoryview:
        """Write the next tensor of `order`; returns its bytes."""
        if (tensor.dtype, tuple(tensor.shape)) != (self.plan[name][0], tuple(self.plan[name][1])):
            raise ValueError(f"{name} is {tensor.dtype} {tuple(tensor.shape)}, planned {self.plan[name]}")
        raw = bytes_of(tensor)
        self.file.write(raw)
        return raw

    def replace_metadata(self, metadata: Mapping[str, str]) -> None:
        """Write the header again, with other metadata of the same length."""
        header = self._encode(metadata)
        if len(header) != len(self._header):
            raise ValueError("metadata changed its length")
        self.file.seek(0)
        self.file.write(header)

    def _encode(self, metadata: Mapping[str, str]) -> bytes:
        fields: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
        stop = 0
        for name in self.order:
            dtype, shape = self.plan[name]
            start, stop = stop, stop + size_of(dtype, shape)
            fields[name] = {"dtype": DTYPE_NAMES[dtype], "shape": list(shape), "data_offsets": [start, stop]}
        header = json.dumps(fields, separators=(",", ":")).encode()
        header += b" " * (-len(header) % 8)
        return len(header).to_bytes(8, "little") + header


def file_order(plan: Plan) -> list[str]:
    """Names in the order of a file: all outside the blocks, then block by block, each in one piece.

    Within a block first what fills whole 16 bytes, then wide types before narrow ones, then by name: so every tensor starts at
    a multiple of its item size, counted from the start of its block.
    """

    def place(name: str) -> tuple[int, bool, int, str]:
        dtype, shape = plan[name]
        block = BLOCK.match(name)
        return (int(block[1]) if block else -1, size_of(dtype, shape) % 16 != 0, -dtype.itemsize, name)

    return sorted(plan, key=place)


def bytes_of(tensor: Tensor) -> memoryview:
    """A tensor's bytes, in the order of its elements; without a copy where it lies on the CPU in one piece."""
    flat = tensor.detach().to("cpu").contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data


@contextmanager
def new_file(path: str | Path, plan: Plan, metadata: Mapping[str, str]) -> Iterator[TensorFile]:
    """A file that appears under its name when the block ends, and not at all when it fails.

    Raises:
        RaxelError: the place cannot be written, or has less room than the plan needs.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with place_for(path, plan):
        try:
            with part.open("wb") as file:
                yield TensorFile(file, plan, metadata)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink()


@contextmanager
def place_for(path: Path, plan: Plan, *, there: int = 0) -> Iterator[None]:
    """The folder of a file in the making; it goes again where it is made here and stays empty.

    Args:
        path: the file.
        plan: what it will hold.
        there: bytes of it that are already written.

    Raises:
        RaxelError: the place cannot be written, or has less room than the plan needs.
    """
    made: list[Path] = []
    try:
        made = [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_room(path, sum(size_of(*what) for what in plan.values()) - there)
        yield
    except OSError as error:
        reason = error.strerror or error
        raise RaxelError(f"cannot write {path}: {reason}; choose another place.") from error
    finally:
        for folder in made:  # innermost first; only what is empty goes
            with suppress(OSError):
                folder.rmdir()


def check_new_model(path: Path) -> None:
    """Refuse a name for a new model that is none, or is taken."""
    if path.suffix != ".safetensors":
        name = path / "raxel.safetensors" if path.is_dir() else path.with_suffix(".safetensors")
        raise RaxelError(f"{path} is no name for the new model, a safetensors file: call it {name}.")
    if path.exists():
        raise RaxelError(f"{path} exists already; delete it or choose another name.")


def write_tensors(path: str | Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file under a temporary name, then rename it; a failure leaves nothing behind."""
    plan = {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in tensors.items()}
    with new_file(path, plan, metadata) as file:
        for name in file.order:
            file.append(name, tensors[name])


def size_of(dtype: torch.dtype, shape: tuple[int, ...]) -> int:
    """Bytes of a tensor."""
    return torch.Size(shape).numel() * dtype.itemsize


def _check_room(path: Path, needed: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise RaxelError(
            f"{path} needs {_in_words(needed)} and its disk has {_in_words(free)}; choose another place."
        )


def _in_words(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
