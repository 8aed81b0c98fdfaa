"""CAMERACTRL_POSES: a camera a frame as one row of numbers, as AnimateDiff-Evolved hands it to CameraCtrl and Fun-Camera nodes.

``[0, fx, fy, cx, cy, pose width, pose height, 12 numbers of the world-to-camera 3x4 row by row]``, OpenCV axes. fx is a share
of the width, fy of the height, of a picture of the pose's size. Takers fit that picture to their own size by covering it and
cropping about the centre; cx and cy they take as shares of their own. Some take every pose to be 1280x720 whatever the row
says, so rows are written for that size: then all of them see the lens of the path. Texts of VideoX-Fun and
CameraCtrl-Wrapper (``camera_trajectory``) are JSON of the same rows without the first number.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import RaxelError
from ...geometry.trajectory import Trajectory, invert_rigid
from ..parsing import parse_json
from ..source import check_frames
from .clip import covering

Array = NDArray[np.float64]

POSE_SIZE = (1280, 720)
LONG, SHORT = 19, 18
"""Numbers of a row with and without the first one, which nobody uses."""
MATRIX = 12
MOST_PIXELS = 65536
"""Across or down a picture."""


def rows_of(trajectory: Trajectory) -> list[list[float]]:
    """Rows of 19 numbers, told from the first camera. Raises RaxelError for a skewed lens, which a row has no place for."""
    if np.any(trajectory.K[:, 0, 1] != 0):
        raise RaxelError(
            "CameraCtrl poses cannot hold a skewed lens; remove the skew where the path was made"
        )
    rows = np.zeros((trajectory.num_frames, LONG))
    width, height = trajectory.width, trajectory.height
    K, covered = trajectory.K, covering(width, height, POSE_SIZE[0] / POSE_SIZE[1])
    rows[:, 1:5] = np.stack(
        [K[:, 0, 0] / covered[0], K[:, 1, 1] / covered[1], K[:, 0, 2] / width, K[:, 1, 2] / height], axis=1
    )
    rows[:, 5:7] = POSE_SIZE
    rows[:, 7:] = trajectory.canonical(0).w2c[:, :3].reshape(-1, MATRIX)
    return (rows + 0.0).tolist()


def text_of(rows: list[list[float]]) -> str:
    """The rows as VideoX-Fun's camera_trajectory text: without the first number, and zeros for the pose's size."""
    return json.dumps([[*row[1:5], 0, 0, *row[7:]] for row in rows])


def trajectory_of_rows(
    rows: Any, width: int = 0, height: int = 0, fps: float = 16.0, what: str = "the poses"
) -> Trajectory:
    """The cameras of rows, as their takers see them.

    Args:
        rows: of 19 numbers, or of 18 without the first; lists, or an array.
        width: pixels across the pictures; 0 takes the size that the rows name, 1280x720 where they name none.
        height: pixels down the pictures.
        fps: frames per second, which rows do not know.
        what: they are, for the sentences.

    Raises:
        RaxelError: these are no such rows.
    """
    table = _table(rows, what)
    named = table[:, 5:7].min(axis=1) > 0
    poses = np.where(named[:, None], table[:, 5:7], POSE_SIZE)
    odd = poses[((poses < 1) | (poses > MOST_PIXELS)).any(axis=1)]
    if len(odd):
        raise RaxelError(
            f"{what} are for pictures of {odd[0, 0]:.4g}x{odd[0, 1]:.4g} pixels, which there are not"
        )
    width, height = width or round(poses[0, 0]), height or round(poses[0, 1])
    covered = np.array([covering(width, height, aspect) for aspect in poses[:, 0] / poses[:, 1]])
    K = np.zeros((len(table), 3, 3))
    K[:, 0, 0], K[:, 1, 1] = table[:, 1] * covered[:, 0], table[:, 2] * covered[:, 1]
    K[:, 0, 2], K[:, 1, 2], K[:, 2, 2] = table[:, 3] * width, table[:, 4] * height, 1
    w2c = np.tile(np.eye(4), (len(table), 1, 1))
    w2c[:, :3] = table[:, 7:].reshape(-1, 3, 4)
    # Checked as world-to-camera first: its rounded rotations become exact before they are inverted.
    cameras = Trajectory(w2c, K, width, height, fps, "relative")
    return Trajectory(invert_rigid(cameras.c2w), K, width, height, fps, "relative")


def trajectory_of_text(text: str, width: int = 0, height: int = 0, fps: float = 16.0) -> Trajectory:
    """The cameras of a camera_trajectory text; see `trajectory_of_rows`."""
    return trajectory_of_rows(parse_json(text), width, height, fps, "the camera_trajectory text")


def _table(rows: Any, what: str) -> Array:
    """Rows as (F, 19) finite numbers."""
    if hasattr(rows, "tolist"):
        rows = rows.tolist()
    if not isinstance(rows, list | tuple) or not rows:
        raise RaxelError(f"{what} must be a list of rows of {LONG} numbers, got {type(rows).__name__}")
    check_frames(len(rows))
    lengths = {len(row) if isinstance(row, list | tuple) else 0 for row in rows}
    if lengths not in ({LONG}, {SHORT}):
        found = ", ".join(str(length) for length in sorted(lengths)[:3])
        raise RaxelError(f"{what} must have rows of {LONG} numbers (or {SHORT}, without a time), got {found}")
    try:
        table = np.array(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise RaxelError(f"{what} hold something that is not a number") from error
    if not np.isfinite(table).all():
        raise RaxelError(f"{what} hold a value that is not a finite number")
    return table if lengths == {LONG} else np.c_[np.zeros(len(table)), table]
