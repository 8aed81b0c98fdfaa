"""Are the bytes of a file those that were written? A crc32 for every block, and a probe where a file has none.

A block is all tensors of one transformer block ("blocks.7"), or all whose names start with the same word ("head"). Its crc32
runs over their bytes in the order in which they lie in the file.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor

from ..errors import RaxelError
from .files import Header, read_tensors
from .quant.ggml import GGML
from .writing import Plan, bytes_of, new_file

ZERO_RUN = 65536  # bytes; trained weights have no such run of zeros, an interrupted download has
WINDOW = 4096  # bytes that are looked at together
RIGHTLY_ZERO = re.compile(r"(.*\.)?(bias|gate_z|gate_r|null_context|modality_embedding)")
SILENT_AT_START = re.compile(r"(ray_)?head\.head\.weight")  # zero in a network that was never trained


def block_of(name: str) -> str:
    """The block that a tensor belongs to: "blocks.7", or the first word of its name."""
    words = name.split(".")
    return ".".join(words[:2]) if words[0] == "blocks" else words[0]


def blocks_of(names: Iterable[str]) -> list[str]:
    """All blocks of these tensors, sorted."""
    return sorted({block_of(name) for name in names})


class Checksums:
    """Running crc32 of every block."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def add(self, name: str, raw: memoryview) -> None:
        """Go on with the next tensor of the file."""
        block = block_of(name)
        self.values[block] = zlib.crc32(raw, self.values.get(block, 0))

    def hex(self) -> dict[str, str]:
        """Block -> 8 hexadecimal digits."""
        return {block: f"{value:08x}" for block, value in sorted(self.values.items())}


def write_checked(
    path: str | Path,
    plan: Plan,
    tensor: Callable[[str], Tensor],
    metadata: Callable[[Mapping[str, str]], Mapping[str, str]],
) -> None:
    """Write a file whose header holds the checksums of its blocks, in memory for one tensor.

    Args:
        path: the .safetensors file; it appears when all is written, and not at all after a failure.
        plan: type and shape of every tensor.
        tensor: gives the tensor of a name.
        metadata: makes the header's metadata of block -> 8 hexadecimal digits.
    """
    sums = Checksums()
    with new_file(path, plan, metadata(dict.fromkeys(blocks_of(plan), "0" * 8))) as file:
        for name in file.order:
            sums.add(name, file.append(name, tensor(name)))
        file.replace_metadata(metadata(sums.hex()))


def record_crc32(record: Mapping[str, Any]) -> str:
    """crc32, as 8 hexadecimal digits, of all in a record that is no checksum: JSON with sorted keys."""
    words = {name: value for name, value in record.items() if name not in ("crc32", "record_crc32")}
    return f"{zlib.crc32(json.dumps(words, sort_keys=True).encode()):08x}"


class Verifier:
    """Compares a file with the checksums in its header while its tensors are read in file order.

    Args:
        header: of the file.
        promised: block -> crc32; None for a file without checksums, whose tensors are probed instead.
    """

    def __init__(self, header: Header, promised: Mapping[str, str] | None):
        self.header, self.promised = header, promised
        self._sums = Checksums()
        self._left: dict[str, int] = {}
        for name in header.tensors:
            self._left[block_of(name)] = self._left.get(block_of(name), 0) + 1

    def check(self, name: str, tensor: Tensor) -> None:
        """Take the next tensor; RaxelError names the block, or the tensor, that is damaged."""
        if self.promised is None:
            probe(self.header, name, tensor, format=self.header.formats.get(name))
            return
        self._sums.add(name, bytes_of(tensor))
        block = block_of(name)
        self._left[block] -= 1
        if not self._left[block] and self._sums.hex()[block] != self.promised[block]:
            complain(self.header, block)


def complain(header: Header, block: str) -> NoReturn:
    """Raise what is wrong with a block whose bytes do not match their checksum."""
    for name, tensor in read_tensors(header, [n for n in header.tensors if block_of(n) == block]):
        if is_hollow(name, tensor) and not SILENT_AT_START.fullmatch(name):
            raise RaxelError(hollow_sentence(header, name))
    raise RaxelError(
        f"{header.path} is damaged in block {block!r}: its bytes do not match their checksum; download it again."
    )


def verify(header: Header, promised: Mapping[str, str] | None) -> None:
    """Read a whole file and check it, in memory for one tensor."""
    verifier = Verifier(header, promised)
    for name, tensor in read_tensors(header, header.tensors):
        verifier.check(name, tensor)


def probe(
    header: Header, name: str, tensor: Tensor, *, trained: bool = False, format: str | None = None
) -> None:
    """Refuse what weights never look like: zeros where none belong, values that are not finite.

    Args:
        header: of the file, for the sentence.
        name: Wan's name of the tensor.
        tensor: its values, or its bytes.
        trained: the model is known to be trained, so that its head cannot be zero either.
        format: GGUF's, if these are bytes of one.
    """
    if is_hollow(name, tensor) and (trained or not SILENT_AT_START.fullmatch(name)):
        raise RaxelError(hollow_sentence(header, name))
    if not (GGML[format].is_finite(tensor) if format else is_finite(tensor)):
        raise RaxelError(
            f"{header.path}: {name!r} holds values that are not finite; it is damaged or its training failed."
        )


def is_hollow(name: str, tensor: Tensor) -> bool:
    """Whether a tensor that has no reason to be zero is all zeros, or has a long run of them."""
    if RIGHTLY_ZERO.fullmatch(name) or not tensor.numel():
        return False
    raw = tensor.contiguous().reshape(-1).view(torch.uint8)
    if len(raw) < ZERO_RUN:
        return not bool(raw.any())
    windows = raw[: len(raw) // WINDOW * WINDOW].view(torch.int64).view(-1, WINDOW // 8)
    zero = ~windows.any(1)
    in_a_run = ZERO_RUN // WINDOW - 2  # whole windows in a run, wherever it begins and ends
    return bool(zero.any()) and bool(zero.unfold(0, in_a_run, 1).all(1).any())


def is_finite(tensor: Tensor) -> bool:
    """Whether no value is infinite or not a number; one pass, without a copy except of float8."""
    if not tensor.numel():
        return True
    low, high = (tensor.float() if tensor.dtype.itemsize == 1 else tensor).aminmax()  # passes NaN on
    return bool(low.isfinite() and high.isfinite())


def hollow_sentence(header: Header, name: str) -> str:
    """What to tell about a tensor of zeros."""
    return f"{header.path}: {name!r} is filled with zeros: the download was interrupted; download it again."
