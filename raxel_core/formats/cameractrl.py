"""CameraCtrl poses as the nodes around AnimateDiff-Evolved pass them (CAMERACTRL_POSES), in a JSON list.

One list a frame of 19 numbers, RealEstate10K's with the picture size in its two unused places and 0 for the time:
``0 fx fy cx cy width height`` and the 3x4 world-to-camera matrix, row by row, OpenCV axes. ComfyUI-CameraCtrl-Wrapper's
lists have 18, without the time and usually without the size; they are also read as lines of text.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from .format import Format
from .realestate10k import COLUMNS, from_rows, rate, shares, stated_size
from .source import Source, check_frames
from .tables import head_rows, in_order, lines_of, table
from .values import row

Array = NDArray[np.float64]

WITHOUT_TIME = 18
DEFAULT_FPS = 8.0
"""AnimateDiff's, with which these poses came up."""
WHAT = "a CameraCtrl pose"


def to_poses(trajectory: Trajectory) -> list[list[float]]:
    """CAMERACTRL_POSES of a trajectory: F lists of 19 numbers."""
    head = np.zeros((trajectory.num_frames, 7))
    head[:, 1:5] = shares(trajectory)
    head[:, 5:] = trajectory.width, trajectory.height
    return np.concatenate([head, trajectory.w2c[:, :3].reshape(-1, 12) + 0.0], axis=1).tolist()


def pose_rows(poses: Any) -> Array:
    """(F, 19) numbers of CAMERACTRL_POSES; RaxelError names the pose that is wrong."""
    if not isinstance(poses, list) or not poses:
        raise RaxelError("CameraCtrl poses must be a list of at least one pose")
    check_frames(len(poses))
    columns = COLUMNS if isinstance(poses[0], list) and len(poses[0]) == COLUMNS else WITHOUT_TIME
    return _timed(np.array([row(pose, f"pose {index}", columns) for index, pose in enumerate(poses)]))


def write(trajectory: Trajectory) -> str:
    """JSON text, one line a frame."""
    return "[\n" + ",\n".join(json.dumps(pose) for pose in to_poses(trajectory)) + "\n]\n"


def read(source: Source) -> Trajectory:
    """The cameras of a JSON list or of a text."""
    if source.looks == "json":
        rows = pose_rows(source.document)
    else:
        lines = lines_of(source.text)
        check_frames(len(lines))
        rows = _timed(table(lines, WHAT, WITHOUT_TIME, COLUMNS))
    rows = rows[in_order(source, rows[:, 0], "timestamp")]
    size = stated_size(rows) or source.size()  # whoever takes poses without a size takes them for 1280x720
    return from_rows(rows, size, rate(rows[:, 0]) or source.fps(DEFAULT_FPS))


def _timed(rows: Array) -> Array:
    """Rows of 18 or 19 numbers as rows of 19."""
    return rows if rows.shape[1] == COLUMNS else np.pad(rows, ((0, 0), (1, 0)))


def recognises(source: Source) -> bool:
    """Whether a JSON is a list of lists of 18 or 19, or a text has rows of 18 numbers."""
    if source.looks == "json":
        document = source.document
        first = document[0] if isinstance(document, list) and document else None
        return isinstance(first, list) and len(first) in (WITHOUT_TIME, COLUMNS)
    rows = head_rows(source)
    return bool(rows) and all(len(row) == WITHOUT_TIME for row in rows)


ENTRY = Format(
    name="cameractrl",
    title="CameraCtrl poses (JSON)",
    endings=(".json",),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset({"size", "lens", "zoom", "centre", "pixels"}),
    axes="world-to-camera, x right, y down, z forward; no unit",
)
