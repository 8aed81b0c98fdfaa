"""MotionCtrl poses: a JSON list of 12 numbers a frame, the 3x4 world-to-camera matrix row by row, OpenCV axes.

Nothing else is in the file. Lines of 12 numbers in a text are read too, but only where the format is named: in KITTI's
files, which look the same, they are camera-to-world.
"""

from __future__ import annotations

import json

import numpy as np

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory, invert_rigid
from .format import Format
from .source import Source, check_frames
from .tables import head_rows, lines_of, table
from .values import row

COLUMNS = 12
DEFAULT_FPS = 10.0
"""MotionCtrl's own clips."""


def write(trajectory: Trajectory) -> str:
    """JSON text, one line a frame."""
    rows = trajectory.w2c[:, :3].reshape(-1, COLUMNS) + 0.0
    return "[\n" + ",\n".join(json.dumps(row) for row in rows.tolist()) + "\n]\n"


def read(source: Source) -> Trajectory:
    """The cameras of a JSON list or of a text."""
    rows = _json_rows(source.document) if source.looks == "json" else _text_rows(source)
    w2c = np.tile(np.eye(4), (len(rows), 1, 1))
    w2c[:, :3] = rows.reshape(-1, 3, 4)
    K, width, height = source.lens(len(w2c))
    # Checked as world-to-camera first: its rounded rotations become exact before they are inverted.
    cameras = Trajectory(w2c, K, width, height)
    return Trajectory(invert_rigid(cameras.c2w), K, width, height, source.fps(DEFAULT_FPS), "relative")


def _json_rows(document: object) -> np.ndarray:
    if not isinstance(document, list) or not document:
        raise RaxelError("MotionCtrl poses must be a list of at least one pose")
    check_frames(len(document))
    return np.array([row(pose, f"pose {index}", COLUMNS) for index, pose in enumerate(document)])


def _text_rows(source: Source) -> np.ndarray:
    lines = lines_of(source.text)
    check_frames(len(lines))
    source.note(
        "the text is read as world-to-camera, as MotionCtrl means it; KITTI's would be camera-to-world"
    )
    return table(lines, "a MotionCtrl pose", COLUMNS)


def recognises(source: Source) -> bool:
    """Whether a JSON is a list of lists of 12."""
    document = source.document if source.looks == "json" else None
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, list) and len(first) == COLUMNS


def is_of_two_meanings(source: Source) -> bool:
    """Whether a text has 12 numbers a line, which MotionCtrl and KITTI mean differently."""
    rows = head_rows(source)
    return bool(rows) and all(len(row) == COLUMNS for row in rows)


ENTRY = Format(
    name="motionctrl",
    title="MotionCtrl poses (JSON)",
    endings=(".json",),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset(),
    axes="world-to-camera, x right, y down, z forward; no unit",
)
