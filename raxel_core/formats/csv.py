"""CSV with a header, for spreadsheets and scripts: every field of a trajectory, one line a camera.

Columns ``frame x y z qw qx qy qz fx fy cx cy skew confidence width height fps scale``: camera-to-world with OpenCV axes,
rotation as a quaternion, lens in pixels of width x height. Position and quaternion are needed, the others may be left out;
they may stand in any order. Semicolons and tabs separate too; beside them commas may be the decimal points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from .format import HOLDS, Format
from .source import Source, check_frames, check_size
from .tables import finite, in_order, lines_of, note_uneven, quaternions, rigid, rotations

Array = NDArray[np.float64]

POSE = ("x", "y", "z", "qw", "qx", "qy", "qz")
LENS = ("fx", "fy", "cx", "cy", "skew")
COLUMNS = ("frame", *POSE, *LENS, "confidence", "width", "height", "fps", "scale")
DEFAULT_FPS = 24.0


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
    lines = lines_of(source.text)
    check_frames(len(lines) - 1)
    header, separator = header_of(lines[0][1] if lines else "")
    _check_header(source, header)
    if len(lines) < 2:
        raise RaxelError("no camera follows the header of this CSV")
    cells: dict[str, list[Any]] = {name: [] for name in header if name in COLUMNS}
    for number, line in lines[1:]:
        words = split(line, separator)
        if len(words) != len(header):
            raise RaxelError(f"line {number} has {len(words)} columns, the header {len(header)}")
        for name, word in zip(header, words, strict=True):
            if name in cells:
                cells[name].append(_cell(name, word, number))
    return {
        name: _filled(name, values)
        for name, values in cells.items()
        if any(v is not None for v in values) or name in POSE
    }


def _check_header(source: Source, header: list[str]) -> None:
    missing = [name for name in POSE if name not in header]
    if missing:
        raise RaxelError(
            f"the header of this CSV has no column {', '.join(missing)}; it needs {', '.join(POSE)}"
        )
    twice = next((name for name in COLUMNS if header.count(name) > 1), None)
    if twice:
        raise RaxelError(f"the header of this CSV names column {twice} more than once")
    others = [name[:20] for name in header if name not in COLUMNS]
    if others:
        source.note(f"{len(others)} other columns are not read, the first is {others[0]!r}")


def _cell(name: str, word: str, number: int) -> float | str | None:
    if not word:
        return None
    return word.lower() if name == "scale" else finite(word.replace(",", "."), number)


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


def header_of(line: str) -> tuple[list[str], str]:
    """Names of the columns in lower case, and what separates them."""
    separator = next((mark for mark in (";", "\t") if mark in line), ",")
    return [word.lower() for word in split(line, separator)], separator


def split(line: str, separator: str) -> list[str]:
    """Words of a line without the blanks and quotes around them."""
    return [word.strip(' "') for word in line.split(separator)]


def recognises(source: Source) -> bool:
    """Whether a text is called ``.csv``, or its first line names the columns of a pose."""
    if source.looks != "text":
        return False
    first = source.text.lstrip()[:10_000].split("\n")[0]
    return source.name.endswith(".csv") or set(POSE) <= set(header_of(first.strip())[0])


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
