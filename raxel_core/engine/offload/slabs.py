"""A slab: all bytes of one block as they are stored, in one buffer of bytes, whose tensors are views into it.

Every tensor starts at a multiple of 64 bytes, as torch's own do, so that a kernel does with a view what it does with a
tensor of its own. In a file a block is normally one run of bytes, read by one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from ..checksums import block_of
from ..files import Header

ALIGNMENT = 64
"""Bytes; torch's allocators promise as many on the CPU, more on a GPU."""

GLOBALS = -1
"""Index of the slab of all that belongs to no block."""


class Place(NamedTuple):
    """Where a tensor lies in its slab."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int  # bytes

    @property
    def nbytes(self) -> int:
        """Its bytes."""
        return prod(self.shape) * self.dtype.itemsize


class Piece(NamedTuple):
    """Bytes that lie together in the file and in the slab."""

    source: int  # from the start of the file
    start: int  # from the start of the slab
    size: int


@dataclass(frozen=True)
class Slab:
    """How a block's tensors lie in one buffer."""

    places: Mapping[str, Place]  # in the order of the slab
    nbytes: int  # of the buffer
    pieces: tuple[Piece, ...] = ()  # where the file has them, ascending; none for a slab made in RAM

    @property
    def stored_bytes(self) -> int:
        """Bytes of its tensors, without the padding."""
        return sum(place.nbytes for place in self.places.values())

    def views(self, buffer: Tensor) -> dict[str, Tensor]:
        """The tensors in a buffer of at least `nbytes` bytes."""
        return {
            name: buffer[place.start : place.start + place.nbytes].view(place.dtype).view(place.shape)
            for name, place in self.places.items()
        }


def slab_of(tensors: Mapping[str, tuple[torch.dtype, tuple[int, ...]]]) -> Slab:
    """Lay out tensors of these types and shapes one after the other."""
    places, stop = {}, 0
    for name, (dtype, shape) in tensors.items():
        places[name] = Place(dtype, tuple(shape), _aligned(stop))
        stop = places[name].start + places[name].nbytes
    return Slab(places, _aligned(stop))


def slabs_of_file(header: Header) -> tuple[Slab, list[Slab]]:
    """The slab of the globals and those of the blocks, in numeric order, each in the order of the file."""
    groups: dict[int, list[str]] = {}
    for name in sorted(
        header.tensors, key=lambda name: (header.tensors[name].start, header.tensors[name].stop)
    ):
        groups.setdefault(index_of(name), []).append(name)
    blocks = [_slab_of_file(header, groups[i]) for i in sorted(set(groups) - {GLOBALS})]
    return _slab_of_file(header, groups.get(GLOBALS, [])), blocks


def index_of(name: str) -> int:
    """The number of the block that a tensor belongs to, or GLOBALS."""
    words = block_of(name).split(".")
    return int(words[1]) if words[0] == "blocks" and len(words) > 1 else GLOBALS


def _slab_of_file(header: Header, names: Iterable[str]) -> Slab:
    names = list(names)
    slab = slab_of({name: (header.tensors[name].dtype, _shape(header, name)) for name in names})
    pieces: list[Piece] = []
    for name in names:
        place, source = slab.places[name], header.tensors[name].start
        last = pieces[-1] if pieces else None
        if last and (last.source + last.size, last.start + last.size) == (source, place.start):
            pieces[-1] = last._replace(size=last.size + place.nbytes)
        else:
            pieces.append(Piece(source, place.start, place.nbytes))
    return Slab(slab.places, slab.nbytes, tuple(pieces))


def _shape(header: Header, name: str) -> tuple[int, ...]:
    """The shape of plain values, or of the bytes that stand for them."""
    return header.tensors[name].shape if name in header.formats else header.shape_of(name)


def _aligned(start: int) -> int:
    return -(-start // ALIGNMENT) * ALIGNMENT
