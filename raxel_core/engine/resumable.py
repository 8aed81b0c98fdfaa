"""Files of weights that take long to make: written block by block, and gone on with after a crash.

Two files stand beside the one in the making. `.NAME.part` grows; `.NAME.journal` gets a line for every block once that
block has reached the disk. So after a kill at any moment the part holds all blocks of the journal, whole, and perhaps a piece
of the next one, which is cut off. Their checksums are compared before anything is added.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from torch import Tensor

from ..errors import RaxelError
from .checksums import Checksums, blocks_of
from .writing import Plan, TensorFile, file_order, place_for, size_of

GLOBALS = "globals"
PIECE = 2**24  # bytes that are read at once

Metadata = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Makes the header's metadata of block -> 8 hexadecimal digits."""


class Unit(NamedTuple):
    """What is written, synchronised and noted at once: one block, or all that lies outside of the blocks."""

    name: str
    tensors: list[str]  # in file order


def unit_of(name: str) -> str:
    """The unit that a tensor belongs to: "blocks.7", or "globals"."""
    words = name.split(".")
    return ".".join(words[:2]) if words[0] == "blocks" else GLOBALS


def units_of(plan: Plan) -> list[Unit]:
    """All units of a file in their order."""
    return [Unit(name, list(tensors)) for name, tensors in groupby(file_order(plan), unit_of)]


class ResumableFile:
    """A file in the making.

    Args:
        file: its part, open for reading and writing.
        journal: its journal's place.
        plan: what it will hold.
        metadata: of its header.
        identity: of what it is made of; a part of anything else is thrown away.
    """

    def __init__(
        self, file: BinaryIO, journal: Path, plan: Plan, metadata: Metadata, identity: Mapping[str, Any]
    ):
        self.plan, self.units, self.sums = plan, units_of(plan), Checksums()
        self._file, self._journal, self._metadata = file, journal, metadata
        lines = _read_journal(journal)
        self.is_other = bool(lines) and lines[0] != identity
        file.seek(0)
        self._tensors = TensorFile(file, plan, metadata(dict.fromkeys(blocks_of(plan), "0" * 8)))
        self.done = self._intact([] if self.is_other else lines[1:])
        """How many units are on the disk."""
        with journal.with_name(journal.name + ".new").open("w", encoding="utf-8") as fresh:
            fresh.writelines(json.dumps(line) + "\n" for line in [identity, *lines[1 : 1 + self.done]])
            _reach_disk(fresh)
        Path(fresh.name).replace(journal)
        file.truncate(file.seek(self._stop(self.done)))

    @property
    def left(self) -> list[Unit]:
        """What is still to be written."""
        return self.units[self.done :]

    def add(self, tensors: Mapping[str, Tensor]) -> None:
        """Write the next unit of `left`; when this returns, it survives a crash."""
        unit, before = self.units[self.done], dict(self.sums.values)
        try:
            for name in unit.tensors:
                self.sums.add(name, self._tensors.append(name, tensors[name]))
            _reach_disk(self._file)
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(json.dumps(self._line(unit)) + "\n")
                _reach_disk(journal)
        except BaseException:
            self.sums.values = before
            raise
        self.done += 1

    def finish(self) -> None:
        """Put the checksums into the header."""
        self._tensors.replace_metadata(self._metadata(self.sums.hex()))
        _reach_disk(self._file)

    def _line(self, unit: Unit) -> dict[str, Any]:
        sums = self.sums.hex()
        return {"unit": unit.name, "crc32": {block: sums[block] for block in blocks_of(unit.tensors)}}

    def _stop(self, units: int) -> int:
        sizes = (size_of(*self.plan[name]) for unit in self.units[:units] for name in unit.tensors)
        return self._tensors.start + sum(sizes)

    def _intact(self, lines: list[Any]) -> int:
        """How many of the noted units lie in the part, byte for byte."""
        for i, (unit, line) in enumerate(zip(self.units, lines, strict=False)):
            before = dict(self.sums.values)
            self._file.seek(self._stop(i))
            for name in unit.tensors:
                self._add_from_disk(name)
            if self._line(unit) != line:
                self.sums.values = before
                return i
        return min(len(self.units), len(lines))

    def _add_from_disk(self, name: str) -> None:
        left = size_of(*self.plan[name])
        while left and (raw := self._file.read(min(PIECE, left))):
            self.sums.add(name, memoryview(raw))
            left -= len(raw)


@contextmanager
def resumable_file(
    path: Path, plan: Plan, metadata: Metadata, identity: Mapping[str, Any]
) -> Iterator[ResumableFile]:
    """A file that appears under its name when the block ends. What was written stays after a kill, an interrupt or a full
    disk, for the next call with the same identity; a RaxelError of the block leaves nothing.

    Raises:
        RaxelError: the place cannot be written, has too little room, or another process is writing there.
    """
    part, journal = path.with_name(f".{path.name}.part"), path.with_name(f".{path.name}.journal")
    there = part.stat().st_size if part.exists() else 0
    with place_for(path, plan, there=there):
        with open(os.open(part, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:  # noqa: PTH123  opens and keeps what is there
            _lock(file, path)
            try:
                unfinished = ResumableFile(file, journal, plan, metadata, identity)
                yield unfinished
                unfinished.finish()
            except RaxelError:
                _remove(part, journal)
                raise
        part.replace(path)
        _remove(journal)


def _remove(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _read_journal(path: Path) -> list[Any]:
    """Its lines, up to the first that a crash cut off."""
    lines: list[Any] = []
    with suppress(OSError, ValueError):
        for line in path.read_text(encoding="utf-8").splitlines():
            lines.append(json.loads(line))
    return lines


def _reach_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _lock(file: BinaryIO, path: Path) -> None:
    """Keep other processes from the same part; the lock dies with its process."""
    try:
        import fcntl  # noqa: PLC0415  Windows has none; there a second process fails when the first renames the part
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RaxelError(
            f"another process is writing {path} now; wait for it, or choose another name."
        ) from None
