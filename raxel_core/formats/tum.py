"""TUM trajectories, as SLAM programs write them: ``time_s tx ty tz qx qy qz qw`` a line, ``#`` before comments.

Camera-to-world, OpenCV axes, times in seconds, the quaternion's scalar last. ORB-SLAM writes nanoseconds for EuRoC's clips;
they are known by their size.
"""

from __future__ import annotations

import numpy as np

from ..geometry.trajectory import Trajectory
from .format import Format
from .source import Source, check_frames
from .tables import (
    head_rows,
    in_order,
    lines_of,
    note_uneven,
    quaternions,
    rigid,
    rotations,
    table,
    text_of,
)

COLUMNS = 8
DEFAULT_FPS = 30.0
"""The cameras of the TUM benchmark; for one camera, or all at the same time."""
NANOSECONDS = 1e14
"""Times from here on are no seconds: those since 1970 are below 1e10."""


def write(trajectory: Trajectory) -> str:
    """Text of a trajectory that begins at second 0."""
    times = np.arange(trajectory.num_frames) / trajectory.fps
    xyzw = np.roll(quaternions(trajectory.c2w[:, :3, :3]), -1, axis=1)
    rows = np.concatenate([times[:, None], trajectory.c2w[:, :3, 3], xyzw], axis=1)
    return "# timestamp tx ty tz qx qy qz qw\n" + "".join(text_of(row) + "\n" for row in rows)


def read(source: Source) -> Trajectory:
    """The cameras of a file, in the order of their times and one by one, however far apart they are."""
    lines = lines_of(source.text)
    check_frames(len(lines))
    rows = table(lines, "a TUM camera", COLUMNS)
    rows = rows[in_order(source, rows[:, 0], "time", keep_first=True)]
    if rows[-1, 0] >= NANOSECONDS:
        source.note("the times are so large that they are taken for nanoseconds")
        rows[:, 0] = (rows[:, 0] - rows[0, 0]) / 1e9
    note_uneven(source, rows[:, 0], "seconds")
    duration_s = rows[-1, 0] - rows[0, 0]
    fps = (len(rows) - 1) / duration_s if duration_s > 0 else source.fps(DEFAULT_FPS)
    R = rotations(np.roll(rows[:, 4:], 1, axis=1))
    K, width, height = source.lens(len(rows))
    return Trajectory(rigid(R, rows[:, 1:4]), K, width, height, fps, "relative")


def recognises(source: Source) -> bool:
    """Whether a text has rows of 8 numbers that end in a quaternion of length 1, or is called ``.tum``."""
    if source.looks == "text" and source.name.endswith(".tum"):
        return True
    rows = head_rows(source)
    if not rows or any(len(row) != COLUMNS for row in rows) or source.name.endswith(".chan"):
        return False
    with np.errstate(all="ignore"):
        return bool((np.abs(np.linalg.norm(np.array(rows)[:, 4:], axis=1) - 1) < 0.01).all())


ENTRY = Format(
    name="tum",
    title="TUM trajectory",
    endings=(".tum",),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset({"fps"}),
    axes="camera-to-world, x right, y down, z forward; seconds, no unit of length",
)
