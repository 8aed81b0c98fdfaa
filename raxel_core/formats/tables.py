"""Rows of numbers in text files: bounded before anything is made of them, every mistake named by its line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RaxelError
from ..geometry.rotation import matrix_from_quaternion, quaternion_wxyz
from ..geometry.trajectory import ORTHONORMAL_TOLERANCE
from .source import Source
from .values import LARGEST

Array = NDArray[np.float64]
Line = tuple[int, str]
"""Number of a line in its file, counted from 1, and what it says."""

MAX_LINES = 1_000_000
MAX_LINE = 10_000
"""Most lines, and most characters of a line, so that one of 64 MB does not become gigabytes of words."""
LATEST = 1e20
"""Bound on the first number of a line, which may be a clock in nanoseconds."""
HEAD = 20
"""Rows by which a file's format is told."""


def lines_of(text: str) -> list[Line]:
    """Lines that say something; comments (``#``) and empty ones are left out. Ends of lines of every system count."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    count = text.count("\n") + 1
    if count > MAX_LINES:
        raise RaxelError(
            f"the file has {count} lines, more than the {MAX_LINES} that are read; cut it into parts"
        )
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            raise RaxelError(
                f"line {number} has {len(line)} characters, more than {MAX_LINE}; this is no camera file"
            )
        if (line := line.strip()) and not line.startswith("#"):
            found.append((number, line))
    return found


def numbers(line: Line, what: str, *columns: int) -> list[float]:
    """The numbers of a line.

    Args:
        line: of `lines_of`.
        what: who has so many columns, such as "a RealEstate10K camera".
        columns: how many there may be.
    """
    number, text = line
    words = text.split()
    if len(words) not in columns:
        allowed = " or ".join(map(str, columns))
        raise RaxelError(f"line {number} has {len(words)} columns, {what} has {allowed}")
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = [np.nan]
    if not (abs(values[0]) <= LATEST and all(-LARGEST <= value <= LARGEST for value in values[1:])):
        for at, word in enumerate(words):  # one of them says what is wrong
            finite(word, number, LARGEST if at else LATEST)
    return values


def finite(word: str, number: int, largest: float = LARGEST) -> float:
    """A number in a line; RaxelError for a word that is none, or one above ``largest``."""
    try:
        value = float(word)
    except ValueError as error:
        raise RaxelError(f"line {number} holds something that is not a number: {word[:40]!r}") from error
    if not math.isfinite(value):
        raise RaxelError(f"line {number} holds a value that is not a finite number")
    if abs(value) > largest:
        raise RaxelError(f"line {number} holds {value:g}, beyond the {largest:g} that cameras are read to")
    return value


def table(lines: list[Line], what: str, *columns: int) -> Array:
    """(N, columns) numbers of lines that all have as many as the first."""
    if not lines:
        raise RaxelError(
            f"the file holds no camera; {what} is a line of {' or '.join(map(str, columns))} numbers"
        )
    first = numbers(lines[0], what, *columns)
    return np.array([first, *(numbers(line, what, len(first)) for line in lines[1:])])


def head_rows(source: Source) -> list[list[float]]:
    """The numbers of the first `HEAD` lines of a text file, for recognisers; [] where one of them holds anything else."""
    if source.looks != "text":
        return []
    start = source.text[: HEAD * MAX_LINE]
    rows = list(islice(_rows(start, is_whole=len(start) == len(source.text)), HEAD))
    return [] if [] in rows else rows


def _rows(text: str, is_whole: bool) -> Iterator[list[float]]:
    lines = text.replace("\r", "\n").split("\n")
    for line in lines if is_whole else lines[:-1]:
        if (line := line[:MAX_LINE].strip()) and not line.startswith("#"):
            yield _numbers_or_none(line)


def _numbers_or_none(line: str) -> list[float]:
    try:
        return [float(word) for word in line.split()]
    except ValueError:
        return []


def in_order(source: Source, ids: ArrayLike, name: str, keep_first: bool = False) -> NDArray[np.intp]:
    """The order of rows by their frame numbers or times; a note where the file has another.

    Raises RaxelError where two rows have the same; but where all have, the file's own order is taken.

    Args:
        source: takes the note.
        ids: (N,) numbers.
        name: of the number, such as "frame".
        keep_first: of rows that have the same the first one is taken, with a note: recorded times are rounded, and may meet.
    """
    ids = np.asarray(ids, dtype=np.float64)
    order = np.argsort(ids, kind="stable")
    steps = np.diff(ids[order])
    if not steps.any():
        return np.arange(len(ids))
    if keep_first and not steps.all():
        count = int((steps == 0).sum())
        who = "1 camera stands" if count == 1 else f"{count} cameras stand"
        source.note(f"{who} at the {name} of another; the first one is kept")
        order, steps = order[np.append(True, steps != 0)], steps[steps != 0]
    if not steps.all():
        twice = ids[order][int(np.argmin(steps != 0))]
        raise RaxelError(f"{name} {twice:.15g} stands there more than once; leave one camera of it")
    if (np.diff(order) < 0).any():
        source.note(f"the cameras do not stand in the order of their {name}s; they were sorted")
    return order


def note_uneven(source: Source, times: Array, unit: str) -> None:
    """Tell of sorted times or frame numbers (N,) that are not evenly spaced; the cameras are kept one by one."""
    steps = np.diff(times)
    if len(steps) and np.ptp(steps) > 0.2 * np.median(steps):
        source.note(
            f"the cameras are {steps.min():.6g} to {steps.max():.6g} {unit} apart; "
            "they are kept one by one and played evenly"
        )


def rotations(q_wxyz: ArrayLike) -> Array:
    """(N, 3, 3) of quaternions (N, 4), scalar first; rounded lengths become 1, RaxelError for others."""
    q = np.asarray(q_wxyz, dtype=np.float64)
    lengths = np.linalg.norm(q, axis=1)
    off = np.abs(lengths - 1)
    if off.max() > ORTHONORMAL_TOLERANCE:
        worst = int(off.argmax())
        raise RaxelError(f"camera {worst} of {len(q)}: its quaternion has length {lengths[worst]:.6g}, not 1")
    return matrix_from_quaternion(q / lengths[:, None])


def quaternions(R: ArrayLike) -> Array:
    """(N, 4) unit quaternions, scalar first, of rotations (N, 3, 3); no sign flips from row to row."""
    q = quaternion_wxyz(R)
    flips = np.sign((q[1:] * q[:-1]).sum(axis=1))
    signs = np.concatenate([[1.0], np.cumprod(np.where(flips < 0, -1.0, 1.0))])
    return q * signs[:, None] + 0.0


def rigid(R: ArrayLike, positions: ArrayLike) -> Array:
    """(N, 4, 4) matrices of rotations (N, 3, 3) and translations (N, 3)."""
    matrices = np.tile(np.eye(4), (len(np.asarray(positions)), 1, 1))
    matrices[:, :3, :3], matrices[:, :3, 3] = R, positions
    return matrices


def text_of(values: ArrayLike) -> str:
    """Numbers with blanks between, as short as they read back exactly; no "-0"."""
    return " ".join(repr(float(value) + 0.0) for value in np.ravel(values))
