"""Masters: where slabs come from. A file is read into buffers that are there already, never mapped into memory.

A file that is replaced, overwritten, shortened or deleted under a running model is found out at the next read, and the
checksum of each block at its first read in this process.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from torch import Tensor

from ...errors import RaxelError
from ..checksums import block_of, complain
from ..files import Header
from .slabs import Slab

MAX_CALL = 2**30
"""Bytes of one read: Linux gives at most 2 GiB at once."""


class Reading(Protocol):
    """One slab on its way."""

    def into(self, buffer: Tensor, start: int) -> None:
        """Fill a buffer of bytes with the slab's from `start` on; slabs are read from front to back."""
        ...

    def done(self) -> None:
        """The whole slab has been read: complain if it was not what it should be."""
        ...


class Source(Protocol):
    """Gives slabs by index; GLOBALS is the slab of all that belongs to no block."""

    bytes_read: int

    def slab(self, index: int) -> Slab:
        """How a slab lies in its buffer."""
        ...

    def reading(self, index: int) -> Reading:
        """Begin to read a slab."""
        ...

    def in_ram(self, index: int) -> Tensor | None:
        """The slab's bytes where they are in RAM already."""
        ...

    def close(self) -> None:
        """Give back the file or the memory; nothing can be read afterwards."""
        ...


def read_whole(source: Source, index: int, buffer: Tensor) -> None:
    """Fill a buffer with a slab."""
    reading = source.reading(index)
    reading.into(buffer[: source.slab(index).nbytes], 0)
    reading.done()


class Identity(NamedTuple):
    """What changes when a file does."""

    size: int
    mtime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Identity:
        """From os.stat or os.fstat."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev)


_verified: set[tuple[Path, Identity, int]] = set()
"""Slabs whose bytes this process has compared with their checksums."""


class FileSource:
    """Slabs read from a model file that stays open.

    Args:
        header: of the file.
        slabs: index -> slab.
        crc32: block -> 8 hexadecimal digits; None for a file without checksums.
    """

    def __init__(self, header: Header, slabs: Mapping[int, Slab], crc32: Mapping[str, str] | None) -> None:
        self.header, self.path, self.bytes_read = header, header.path.absolute(), 0
        self._slabs, self._crc32 = slabs, crc32
        self._lock = threading.Lock()
        try:
            self._file = self.path.open("rb", buffering=0)
            self.identity = Identity.of(os.fstat(self._file.fileno()))
        except OSError as error:
            raise self._unreadable(error) from error

    def slab(self, index: int) -> Slab:
        """How a slab lies in its buffer."""
        return self._slabs[index]

    def reading(self, index: int) -> FileReading:
        """Begin to read a slab, with a look at the file first."""
        self.check()
        promised = None if self.is_verified(index) else self._crc32
        return FileReading(self, index, promised)

    def in_ram(self, index: int) -> None:
        """It is in the file."""

    def is_verified(self, index: int) -> bool:
        """Whether this process has seen that the slab's bytes are those that were written."""
        return (self.path, self.identity, index) in _verified

    def note_verified(self, index: int) -> None:
        """They are."""
        _verified.add((self.path, self.identity, index))

    def check(self) -> None:
        """RaxelError when the file is not the one that was opened any more."""
        if self._file.closed:
            raise RaxelError(f"{self.path} was closed: load the model again.")
        try:
            here, there = os.fstat(self._file.fileno()), self.path.stat()
        except FileNotFoundError:
            raise RaxelError(
                f"{self.path} was moved or deleted while its model is in use; put it back or load the model again."
            ) from None
        except OSError as error:
            raise self._unreadable(error) from error
        now = Identity.of(here)
        if now.size < self.identity.size:
            raise RaxelError(
                f"{self.path} became shorter while its model is in use: {now.size:,} of {self.identity.size:,} bytes; "
                "download it again."
            )
        if now != self.identity or Identity.of(there) != self.identity:
            raise RaxelError(f"{self.path} was changed while its model is in use; load the model again.")

    def read(self, buffers: Sequence[memoryview], offset: int) -> None:
        """Fill buffers one after the other with the file's bytes from `offset` on."""
        left = list(buffers)
        try:
            while left:
                count = self._read_some(left, offset)
                if count == 0:
                    raise RaxelError(f"{self.path} became shorter while it was read; download it again.")
                offset += count
                left = _after(left, count)
        except OSError as error:
            raise self._unreadable(error) from error
        except ValueError as error:  # closed in between
            raise RaxelError(f"{self.path} was closed: load the model again.") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_some(self, buffers: Sequence[memoryview], offset: int) -> int:
        some = buffers[:512]
        if len(some[0]) > MAX_CALL:
            some = [some[0][:MAX_CALL]]
        if hasattr(os, "preadv"):
            count = os.preadv(self._file.fileno(), some, offset)
        else:  # Windows
            with self._lock:
                self._file.seek(offset)
                count = self._file.readinto(some[0]) or 0
        self.bytes_read += count
        return count

    def _unreadable(self, error: OSError) -> RaxelError:
        return RaxelError(f"cannot read {self.path}: {error.strerror}; check its disk.")


class FileReading:
    """One slab of a file on its way, its checksums running along.

    Args:
        source: the file.
        index: which slab.
        promised: block -> 8 hexadecimal digits; None: nothing is compared.
    """

    def __init__(self, source: FileSource, index: int, promised: Mapping[str, str] | None) -> None:
        self.source, self.index, self.promised = source, index, promised
        self._sums: dict[str, int] = {}

    def into(self, buffer: Tensor, start: int) -> None:
        """Fill a buffer with the slab's bytes from `start` on."""
        view, stop = buffer.numpy().data, start + buffer.numel()
        runs: list[tuple[int, list[memoryview]]] = []
        end = -1
        for piece in self.source.slab(self.index).pieces:
            begin, finish = max(piece.start, start), min(piece.start + piece.size, stop)
            if begin >= finish:
                continue
            offset, part = piece.source + begin - piece.start, view[begin - start : finish - start]
            if offset == end:
                runs[-1][1].append(part)
            else:
                runs.append((offset, [part]))
            end = offset + len(part)
        for offset, parts in runs:
            self.source.read(parts, offset)
        if self.promised is not None:
            self._add_up(view, start, stop)

    def done(self) -> None:
        """Compare checksums, and look at the file again."""
        self.source.check()
        if self.promised is None:
            return self.source.note_verified(self.index)  # or it was before, or there is nothing to compare
        for block, value in self._sums.items():
            if f"{value:08x}" != self.promised[block]:
                complain(self.source.header, block)
        self.source.note_verified(self.index)

    def _add_up(self, view: memoryview, start: int, stop: int) -> None:
        for name, place in self.source.slab(self.index).places.items():
            begin, finish = max(place.start, start), min(place.start + place.nbytes, stop)
            if begin < finish or (not place.nbytes and start <= begin < stop):
                block = block_of(name)
                part = view[begin - start : finish - start]
                self._sums[block] = zlib.crc32(part, self._sums.get(block, 0))


class RamSource:
    """Slabs in RAM.

    Args:
        slabs: index -> slab and its bytes.
    """

    def __init__(self, slabs: Mapping[int, tuple[Slab, Tensor]]) -> None:
        self.slabs, self.bytes_read = dict(slabs), 0

    def slab(self, index: int) -> Slab:
        """How a slab lies in its buffer."""
        return self._held(index)[0]

    def reading(self, index: int) -> RamReading:
        """Begin to copy a slab."""
        return RamReading(self, self._held(index)[1])

    def in_ram(self, index: int) -> Tensor | None:
        """The slab's bytes."""
        return self.slabs[index][1] if index in self.slabs else None

    def close(self) -> None:
        """Free the memory."""
        self.slabs.clear()

    def _held(self, index: int) -> tuple[Slab, Tensor]:
        if index not in self.slabs:
            raise RaxelError("this model was closed: load it again.")
        return self.slabs[index]


class RamReading(NamedTuple):
    """One slab on its way out of RAM."""

    source: RamSource
    bytes: Tensor

    def into(self, buffer: Tensor, start: int) -> None:
        """Copy on the thread that asks: torch's own copy would take the cores that compute."""
        buffer.numpy()[:] = self.bytes.numpy()[start : start + buffer.numel()]
        self.source.bytes_read += buffer.numel()

    def done(self) -> None:
        """Nothing changes behind our back in RAM."""


def _after(buffers: Sequence[memoryview], count: int) -> list[memoryview]:
    """What is left of buffers when their first `count` bytes are filled."""
    left = list(buffers)
    while left and count >= len(left[0]):
        count -= len(left.pop(0))
    if left and count:
        left[0] = left[0][count:]
    return left
