"""CSV with a header, for spreadsheets and scripts: every field of a trajectory, one line a camera.

Columns ``frame x y z qw qx qy qz fx fy cx cy skew confidence width height fps scale``: camera-to-world with OpenCV axes,
rotation as a quaternion, lens in pixels of width x height. Position and quaternion are needed, the others may be left out;
they may stand in any order. Semicolons and tabs separate too; beside them commas may be the decimal points. Of spreadsheets
too: a first line ``sep=;``, quoted cells with separators inside, lines and columns without anything in them.
"""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.checks import shown
from ..geometry.trajectory import Trajectory
from .format import HOLDS, Format
from .source import Source, check_frames, check_size
from .tables import Line, finite, in_order, lines_of, note_uneven, quaternions, rigid, rotations

Array = NDArray[np.float64]

POSE = ("x", "y", "z", "qw", "qx", "qy", "qz")
LENS = ("fx", "fy", "cx", "cy", "skew")
COLUMNS = ("frame", *POSE, *LENS, "confidence", "width", "height", "fps", "scale")
DEFAULT_FPS = 24.0
SEPARATORS = (";", "\t", ",")
"""What may stand between columns; of several in a header the first of these."""
EMPTY = '";,\t '
"""What lines are made of that hold nothing."""


def write(trajectory: Trajectory) -> str:
    """Text of a trajectory; numbers read back exactly, rotations to 1e-15."""
    K, sure = trajectory.K, trajectory.confidence
    places = np.concatenate([trajectory.c2w[:, :3, 3], quaternions(trajectory.c2w[:, :3, :3])], axis=1)
    lenses = K[:, [0, 1, 0, 1, 0], [0, 1, 2, 2, 1]]
    end = [str(trajectory.width), str(trajectory.height), repr(trajectory.fps), trajectory.scale]
    lines = [",".join(COLUMNS)]
    for frame, numbers in enumerate(np.concatenate([places, lenses], axis=1) + 0.0):
        told = "" if sure is None else repr(float(sure[frame]))
        lines.append(",".join([str(frame), *(repr(float(value)) for value in numbers), told, *end]))
    return "\n".join(lines) + "\n"


def read(source: Source) -> Trajectory:
    """The cameras of a file, in the order of their frames."""
    columns = _columns(source)
    places = np.stack([columns[name] for name in POSE], axis=1)
    frames = columns.get("frame", np.arange(len(places)))
    order = in_order(source, frames, "frame")
    note_uneven(source, frames[order], "frames")
    K, width, height = _lens(source, columns)
    c2w = rigid(rotations(places[:, 3:]), places[:, :3])
    sure = columns["confidence"][order] if "confidence" in columns else None
    fps = _same(columns, "fps") if "fps" in columns else source.fps(DEFAULT_FPS)
    scale = _same(columns, "scale") if "scale" in columns else "relative"
    return Trajectory(c2w[order], K[order], width, height, fps, scale, sure)


def _columns(source: Source) -> dict[str, NDArray[Any]]:
    """The known columns that are not empty, (F,) numbers each, "scale" words."""
    (header, separator), lines = _lines(source.text)
    check_frames(len(lines))
    _check_header(source, header)
    if not lines:
        raise RaxelError("no camera follows the header of this CSV")
    cells: dict[str, list[Any]] = {name: [] for name in header if name in COLUMNS}
    for line in lines:
        for name, word in zip(header, _words(line, separator, header), strict=True):
            if name in cells:
                cells[name].append(_cell(name, word, line[0]))
    return {
        name: _filled(name, values)
        for name, values in cells.items()
        if any(v is not None for v in values) or name in POSE
    }


def _lines(text: str) -> tuple[tuple[list[str], str], list[Line]]:
    """The names of the columns and what separates them; the lines below that hold more than separators."""
    lines = [line for line in lines_of(text) if line[1].strip(EMPTY)]
    if lines and _told_separator(lines[0][1]):
        return header_of(lines[1][1] if lines[1:] else "", _told_separator(lines[0][1])), lines[2:]
    return header_of(lines[0][1] if lines else ""), lines[1:]


def _told_separator(line: str) -> str:
    """What a first line such as ``sep=;`` tells Excel; "" for any other line."""
    line = line.strip('" ').lower()
    return line[4:] if line.startswith("sep=") and line[4:] in SEPARATORS else ""


def _words(line: Line, separator: str, header: list[str]) -> list[str]:
    """As many words as the header has; spreadsheets leave out or add cells without anything in them at the end."""
    number, words = line[0], split(line[1], separator)
    if any(words[len(header) :]) or any(name in COLUMNS for name in header[len(words) :]):
        raise RaxelError(f"line {number} has {len(words)} columns, the header {len(header)}")
    return words[: len(header)] + [""] * (len(header) - len(words))


def _check_header(source: Source, header: list[str]) -> None:
    missing = [name for name in POSE if name not in header]
    if missing:
        raise RaxelError(
            f"the header of this CSV has no column {', '.join(missing)}; it needs {', '.join(POSE)}"
        )
    twice = next((name for name in COLUMNS if header.count(name) > 1), None)
    if twice:
        raise RaxelError(f"the header of this CSV names column {twice} more than once")
    others = [name for name in header if name and name not in COLUMNS]
    if len(others) == 1:
        source.note(f"one other column is not read, {shown(others[0])}")
    elif others:
        source.note(f"{len(others)} other columns are not read, the first is {shown(others[0])}")


def _cell(name: str, word: str, number: int) -> float | str | None:
    if not word:
        return None
    if name != "scale":
        return finite(word.replace(",", "."), number)
    if word.lower() not in ("metric", "relative"):
        raise RaxelError(f"line {number}: scale must be metric or relative, got {shown(word)}")
    return word.lower()


def _filled(name: str, values: list[Any]) -> NDArray[Any]:
    if None in values:
        raise RaxelError(f"column {name} is empty at camera {values.index(None)}; fill all of it or none")
    return np.array(values)


def _same(columns: dict[str, NDArray[Any]], name: str) -> Any:
    """What all lines of a column say."""
    values = columns[name]
    if (values != values[0]).any():
        other = values[values != values[0]][0]
        raise RaxelError(
            f"column {name} must be the same in all lines, but holds {values[0]!s:.20} and {other!s:.20}"
        )
    return values[0].item()


def _lens(source: Source, columns: dict[str, NDArray[Any]]) -> tuple[Array, int, int]:
    """Lens and size; what is missing is what most cameras have, and the user's lens where there is no fx."""
    size = _size(columns) if {"width", "height"} <= columns.keys() else None
    count = len(columns["x"])
    if "fx" not in columns:
        return source.lens(count, size)
    width, height = size or source.size()
    K = np.tile(np.diag([1.0, 1.0, 1.0]), (count, 1, 1))
    K[:, 0, 0], K[:, 0, 1] = columns["fx"], columns.get("skew", 0.0)
    K[:, 1, 1] = columns.get("fy", columns["fx"])
    K[:, 0, 2], K[:, 1, 2] = columns.get("cx", width / 2), columns.get("cy", height / 2)
    return K, width, height


def _size(columns: dict[str, NDArray[Any]]) -> tuple[int, int]:
    width, height = _same(columns, "width"), _same(columns, "height")
    if not (width.is_integer() and height.is_integer()):
        raise RaxelError(f"width and height must be whole pixels, got {width:g}x{height:g}")
    check_size(width, height)
    return int(width), int(height)


def header_of(line: str, separator: str = "") -> tuple[list[str], str]:
    """Names of the columns in lower case, without empty ones at the end, and what separates them."""
    separator = separator or next((mark for mark in SEPARATORS if mark in line), ",")
    names = [word.lower() for word in split(line, separator)]
    while names and not names[-1]:
        names.pop()
    return names, separator


def split(line: str, separator: str) -> list[str]:
    """Words of a line without the blanks and quotes around them; separators within quotes separate nothing."""
    try:
        found = next(csv.reader([line], delimiter=separator, skipinitialspace=separator != "\t"), [])
    except csv.Error:
        found = line.split(separator)
    return [word.strip(' "') for word in found]


def recognises(source: Source) -> bool:
    """Whether a text is called ``.csv``, or its first line names the columns of a pose."""
    if source.looks != "text":
        return False
    if source.name.endswith(".csv"):
        return True
    lines = [line for line in source.text[:10_000].replace("\r", "\n").split("\n") if line.strip()]
    told = _told_separator(lines[0]) if lines else ""
    first = "".join(lines[1:2] if told else lines[:1])
    return set(POSE) <= set(header_of(first.strip(), told)[0])


ENTRY = Format(
    name="csv",
    title="CSV with a header",
    endings=(".csv",),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset(HOLDS),
    axes="camera-to-world, x right, y down, z forward; the trajectory's own unit",
)
