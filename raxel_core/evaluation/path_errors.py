"""How wrong an estimated camera path is, frame by frame against the first frame, and pair by pair.

Rotation errors are geodesic angles in degrees. Translation directions are compared by their angle, 0..180: the sign
counts, which benchmarks of essential matrices forgive. Where the truth hardly moves there is no direction, and nan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import RaxelError
from ..geometry.rotation import rotation_angle_deg
from ..geometry.trajectory import Trajectory, invert_rigid

MOVING = 0.15  # least length of a true translation, in its units, whose direction is worth an angle


@dataclass(frozen=True)
class FrameErrors:
    """Errors of every frame but the first, which is the identity on both sides: arrays [F - 1].

    Attributes:
        rotation_deg: angle between estimated and true rotation.
        translation: distance between estimated and true position, in the truth's units.
        direction_deg: angle between estimated and true translation; nan where the truth hardly moves.
        focal_percent: error of the focal length, in percent of the truth.
    """

    rotation_deg: np.ndarray
    translation: np.ndarray
    direction_deg: np.ndarray
    focal_percent: np.ndarray


@dataclass(frozen=True)
class PairErrors:
    """Errors of the motion between all F (F - 1) / 2 pairs of frames.

    Attributes:
        rotation_deg: angle between estimated and true rotation.
        direction_deg: angle between estimated and true translation, in the earlier camera's axes; nan as above.
    """

    rotation_deg: np.ndarray
    direction_deg: np.ndarray


@dataclass(frozen=True)
class PoseErrors:
    """One clip in four numbers: means over frames, the median for directions (nan where nothing moves)."""

    rotation_deg: float
    translation: float
    translation_direction_deg: float
    focal_percent: float


def standing_still(truth: Trajectory) -> Trajectory:
    """The baseline that predicts no motion: the truth's first camera, throughout."""
    return truth.at(np.zeros(truth.num_frames))


def frame_errors(estimated: Trajectory, truth: Trajectory) -> FrameErrors:
    """Compare two paths of the same length; raises RaxelError where lengths differ."""
    _check_lengths(estimated, truth)
    a, b = estimated.canonical(0).c2w[1:], truth.canonical(0).c2w[1:]
    focal = estimated.K[1:, 0, 0] / estimated.width * truth.width / truth.K[1:, 0, 0]
    return FrameErrors(
        rotation_deg=rotation_angle_deg(a[:, :3, :3], b[:, :3, :3]),
        translation=np.linalg.norm(a[:, :3, 3] - b[:, :3, 3], axis=1),
        direction_deg=direction_angle_deg(a[:, :3, 3], b[:, :3, 3]),
        focal_percent=100 * np.abs(focal - 1),
    )


def pair_errors(estimated: Trajectory, truth: Trajectory) -> PairErrors:
    """Compare the motion between every two frames; raises RaxelError where lengths differ."""
    _check_lengths(estimated, truth)
    i, j = np.triu_indices(truth.num_frames, k=1)
    a, b = (invert_rigid(path.c2w[i]) @ path.c2w[j] for path in (estimated, truth))
    return PairErrors(
        rotation_deg=rotation_angle_deg(a[:, :3, :3], b[:, :3, :3]),
        direction_deg=direction_angle_deg(a[:, :3, 3], b[:, :3, 3]),
    )


def direction_angle_deg(estimated: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Angles [N] between translations [N, 3]: 90 where the estimate does not move, nan where the truth hardly does."""
    lengths = np.linalg.norm(estimated, axis=1) * np.linalg.norm(truth, axis=1)
    cosine = np.divide(
        (estimated * truth).sum(axis=1), lengths, out=np.zeros(len(truth)), where=lengths > 1e-12
    )
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return np.where(np.linalg.norm(truth, axis=1) > MOVING, angle, np.nan)


def pose_errors(estimated: Trajectory, truth: Trajectory) -> PoseErrors:
    """`frame_errors` in four numbers."""
    errors = frame_errors(estimated, truth)
    return PoseErrors(
        rotation_deg=float(errors.rotation_deg.mean()),
        translation=float(errors.translation.mean()),
        translation_direction_deg=median(errors.direction_deg),
        focal_percent=float(errors.focal_percent.mean()),
    )


def median(values: np.ndarray) -> float:
    """Median of what is not nan; nan where nothing is left."""
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _check_lengths(estimated: Trajectory, truth: Trajectory) -> None:
    if estimated.num_frames != truth.num_frames:
        raise RaxelError(
            f"paths of {estimated.num_frames} and {truth.num_frames} frames cannot be compared; resample one of them"
        )
