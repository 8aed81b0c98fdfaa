"""Reading the header of a GGUF file: its texts, and where each tensor lies.

The container of llama.cpp, versions 2 and 3, little endian; nothing of it is memory-mapped. It counts sizes of a tensor from the
innermost outwards; here they stand in torch's order. ComfyUI-GGUF keeps a tensor's true shape under
`comfy.gguf.orig_shape.NAME` where it had to be folded, and writes tensors of five dimensions although ggml knows four.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ..errors import RaxelError
from .header import DTYPES, MAX_DIMENSIONS, MAX_HEADER, MAX_NAME, Entry, Header

MAGIC = b"GGUF"
VERSIONS = (2, 3)
ORIGINAL_SHAPE = "comfy.gguf.orig_shape."
MOST = 100_000  # tensors or values; the largest models have some thousands
ALIGNMENT = 32  # bytes, where `general.alignment` says nothing else

TYPES = {  # number -> name, values of a block, bytes of a block
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip
READABLE = ("q8_0", "q6_k", "q5_k", "q4_k")
BLOCKS = {name.lower(): (values, size) for name, values, size in TYPES.values() if name.lower() in READABLE}
"""Format that Raxel reads -> values and bytes of one of its blocks."""

NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9


class _Tensor(NamedTuple):
    name: str
    type: int
    shape: tuple[int, ...]  # torch's order
    offset: int  # from the start of the data


def read_gguf(path: Path) -> Header:
    """The header of a GGUF file, of any quantisation; every kind of wrong file is a RaxelError of its own."""
    with path.open("rb") as file:
        reader = _Reader(path, file)
        values, tensors = _contents(reader)
        base = reader.place
    alignment = values.get("general.alignment", ALIGNMENT)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise _damaged(path)
    base = -(-base // alignment) * alignment
    entries, formats, shapes = {}, {}, {}
    for tensor in tensors:
        name, of_block, size = TYPES[tensor.type]
        start, shape = base + tensor.offset, _original_shape(path, tensor, values)
        stop = start + prod(shape) // of_block * size
        if name not in DTYPES:
            formats[tensor.name], shapes[tensor.name] = name.lower(), shape
            rows = shape if shape and shape[-1] % of_block == 0 else tensor.shape
            shape = (*rows[:-1], rows[-1] // of_block * size)
        entries[tensor.name] = Entry(DTYPES.get(name, DTYPES["U8"]), shape, start, stop)
    _check_layout(path, entries, base, alignment)
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    return Header(path, entries, texts, formats, shapes, is_gguf=True)


def check_formats(header: Header) -> None:
    """Refuse a quantisation that Raxel does not read."""
    strange = next((name for name, format in header.formats.items() if format not in READABLE), None)
    if strange is not None:
        raise RaxelError(
            f"{header.path} holds {strange!r} as {header.type_of(strange)}, which this Raxel does not read; "
            "choose a GGUF in Q8_0, Q6_K, Q5_K or Q4_K."
        )


def _contents(reader: _Reader) -> tuple[dict[str, Any], list[_Tensor]]:
    """Values by name (those of long lists left out), and the tensors."""
    reader.take(len(MAGIC))
    _check_version(reader)
    num_tensors, num_values = reader.number("Q"), reader.number("Q")
    if max(num_tensors, num_values) > MOST:
        raise _damaged(reader.path)
    values: dict[str, Any] = {}
    for _ in range(num_values):
        name = reader.string()
        if name in values:
            raise _damaged(reader.path)
        values[name] = reader.value(reader.number("I"))
    tensors: dict[str, _Tensor] = {}
    for _ in range(num_tensors):
        tensor = _tensor(reader)
        if tensor.name in tensors:
            raise _damaged(reader.path)
        tensors[tensor.name] = tensor
    return values, list(tensors.values())


def _check_version(reader: _Reader) -> None:
    version = reader.number("I")
    if version not in VERSIONS:
        big = version and version % 65536 == 0
        what = "is a GGUF of big-endian numbers" if big else f"has GGUF version {version}"
        raise RaxelError(
            f"{reader.path} {what}, this Raxel reads versions 2 and 3, little-endian; download another."
        )


def _tensor(reader: _Reader) -> _Tensor:
    name, dimensions = reader.string(), reader.number("I")
    too_long = len(name) > MAX_NAME or dimensions > MAX_DIMENSIONS
    sizes = [] if too_long else [reader.number("Q") for _ in range(dimensions)]
    kind, offset = reader.number("I"), reader.number("Q")
    if too_long or max([offset, *sizes]) >= 2**63 or kind not in TYPES:
        raise RaxelError(
            f"{reader.path} describes tensor {name[:100]!r} in a way this Raxel cannot read; download it again."
        )
    type_name, of_block, _ = TYPES[kind]
    if of_block > 1 and (not sizes or sizes[0] % of_block):
        raise RaxelError(
            f"{reader.path} is damaged: tensor {name!r} has rows of {sizes[0] if sizes else 1} values, "
            f"{type_name} has blocks of {of_block}; download it again."
        )
    return _Tensor(name, kind, tuple(reversed(sizes)), offset)


def _original_shape(path: Path, tensor: _Tensor, values: Mapping[str, Any]) -> tuple[int, ...]:
    """Shape of a tensor's values; ComfyUI-GGUF folds some for the sake of whole blocks."""
    shape = values.get(ORIGINAL_SHAPE + tensor.name, tensor.shape)
    numbers = isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)
    if not numbers or prod(shape) != prod(tensor.shape):
        raise RaxelError(
            f"{path} is damaged: tensor {tensor.name!r} of shape {tensor.shape} cannot have had shape "
            f"{str(shape)[:80]}; download it again."
        )
    return shape


def _check_layout(path: Path, entries: Mapping[str, Entry], base: int, alignment: int) -> None:
    """Tensors must follow one another from `base` to the end of the file, each at the next multiple of the alignment."""
    size, stop = path.stat().st_size, base
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].stop)):
        if entry.start != base:
            raise RaxelError(
                f"{path} is damaged: tensor {name!r} starts at byte {entry.start:,} instead of {base:,}; "
                "download it again."
            )
        stop = entry.stop
        base = -(-stop // alignment) * alignment
    if size < stop:
        raise RaxelError(f"{path} is cut short: {size:,} of {stop:,} bytes; download it again.")
    if size > base:
        raise RaxelError(
            f"{path} is damaged: {size:,} bytes where its header promises {stop:,}; download it again."
        )


def _damaged(path: Path) -> RaxelError:
    return RaxelError(f"{path} has a damaged header; download it again.")


class _Reader:
    """Reads a header from its start; RaxelError where the file ends, or where no header is as long."""

    def __init__(self, path: Path, file: BinaryIO):
        self.path, self.file, self.place = path, file, 0
        self.size = path.stat().st_size

    def take(self, count: int) -> bytes:
        """The next bytes."""
        self._go_on(count)
        return self.file.read(count)

    def number(self, form: str) -> Any:
        """The next number, of struct's type."""
        (value,) = struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))
        return value

    def string(self) -> str:
        """The next text."""
        try:
            return self.take(self.number("Q")).decode()
        except UnicodeDecodeError:
            raise _damaged(self.path) from None

    def value(self, kind: int) -> Any:
        """The next value: a number, a text, up to 8 numbers; None for longer lists."""
        if kind == STRING:
            return self.string()
        if kind in NUMBERS:
            return self.number(NUMBERS[kind])
        if kind != ARRAY:
            raise _damaged(self.path)
        inner, count = self.number("I"), self.number("Q")
        if inner == STRING:
            for _ in range(count):  # ends with the file at the latest: every text takes 8 bytes or more
                self._skip(self.number("Q"))
            return None
        if inner not in NUMBERS:
            raise _damaged(self.path)
        if count <= MAX_DIMENSIONS:
            return tuple(self.number(NUMBERS[inner]) for _ in range(count))
        return self._skip(count * struct.calcsize("<" + NUMBERS[inner]))

    def _skip(self, count: int) -> None:
        self._go_on(count)
        self.file.seek(self.place)

    def _go_on(self, count: int) -> None:
        stop = self.place + count
        if stop > self.size:
            raise RaxelError(
                f"{self.path} is cut short: {self.size:,} bytes of more than {min(stop, 2**63):,}; download it again."
            )
        if stop > MAX_HEADER:
            raise RaxelError(
                f"{self.path} has a header of more than {MAX_HEADER:,} bytes, which this Raxel does not read."
            )
        self.place = stop
