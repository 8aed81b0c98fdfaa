"""Tanks and Temples' ``.log``, which Redwood and Open3D brought up.

Five lines a camera: three whole numbers, of which the first counts the cameras, then the 4x4 camera-to-world matrix, OpenCV
axes. No lens, no size, no rate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from .format import Format
from .source import Source, check_frames
from .tables import head_rows, in_order, lines_of, note_uneven, numbers, text_of

LINES = 5
DEFAULT_FPS = 30.0
"""The videos of Tanks and Temples."""


def write(trajectory: Trajectory) -> str:
    """Text of a trajectory."""
    cameras = (
        "\n".join([f"{index} {index} 0", *(text_of(row) for row in c2w)])
        for index, c2w in enumerate(trajectory.c2w)
    )
    return "\n".join(cameras) + "\n"


def read(source: Source) -> Trajectory:
    """The cameras of a file, in the order of their numbers."""
    lines = lines_of(source.text)
    check_frames(len(lines) // LINES)
    if not lines or len(lines) % LINES:
        raise RaxelError(f"the file has {len(lines)} lines, but a camera is {LINES}; was it cut off?")
    ids = np.array([numbers(line, "the head of a camera", 3)[0] for line in lines[::LINES]])
    c2w = np.stack([_matrix(lines[at + 1 : at + LINES]) for at in range(0, len(lines), LINES)])
    order = in_order(source, ids, "camera")
    note_uneven(source, ids[order], "cameras")
    K, width, height = source.lens(len(c2w))
    return Trajectory(c2w[order], K, width, height, source.fps(DEFAULT_FPS), "relative")


def _matrix(lines: list[tuple[int, str]]) -> NDArray[np.float64]:
    return np.array([numbers(line, "a row of a camera's matrix", 4) for line in lines])


def recognises(source: Source) -> bool:
    """Whether a text begins with a line of 3 numbers and 4 lines of 4."""
    return [len(row) for row in head_rows(source)[:LINES]] == [3, 4, 4, 4, 4]


ENTRY = Format(
    name="tanks",
    title="Tanks and Temples log",
    endings=(".log",),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset(),
    axes="camera-to-world, x right, y down, z forward; no unit",
)
