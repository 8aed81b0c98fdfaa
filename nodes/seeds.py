"""A camera path as the page gets it: plain numbers, rounded, not too many, with a word on what was left out. Knows no host."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raxel_core.geometry.rotation import quaternion_wxyz
from ..raxel_core.geometry.trajectory import Trajectory

Seed = dict[str, Any]
"""cameras, confidence, fps, width, height, scale, fingerprint, notes, frames: see ``seed_of``."""

MOST_CAMERAS = 2000
"""A longer path is sent thinned out: nobody edits every one of two thousand frames, and the history keeps what is sent."""
DIGITS = 7
OFF_CENTRE_PX, OFF_SQUARE = 0.5, 1e-3
"""Principal point and pixel shape beyond which the page is told that its lenses are centred and its pixels square."""


def seed_of(trajectory: Trajectory) -> Seed:
    """What a page needs to show a path and to make keys of it.

    Returns:
        cameras: rows x, y, z, qw, qx, qy, qz, hfov_deg (camera to world, OpenCV axes), at most ``MOST_CAMERAS``, evenly taken.
        confidence: how sure each of them is, 0..1 to two digits; None where nobody estimated them.
        fps, width, height, scale: as in the trajectory, fps fitted to the cameras that are sent.
        frames: number of cameras before any were left out.
        fingerprint: short hash of the path, the same for the same path.
        notes: sentences on what the page cannot show.
    """
    notes = lens_notes(trajectory)
    sent, fps = trajectory, trajectory.fps
    if trajectory.num_frames > MOST_CAMERAS:
        sent = trajectory.resampled(MOST_CAMERAS)
        fps *= (MOST_CAMERAS - 1) / (trajectory.num_frames - 1)
        notes.append(f"{trajectory.num_frames} cameras are shown as {MOST_CAMERAS}, evenly taken.")
    return {
        "cameras": camera_rows(sent),
        "confidence": None
        if sent.confidence is None
        else [round(float(sure), 2) for sure in sent.confidence],
        "fps": rounded(fps),
        "width": trajectory.width,
        "height": trajectory.height,
        "scale": trajectory.scale,
        "fingerprint": fingerprint(trajectory),
        "notes": notes,
        "frames": trajectory.num_frames,
    }


def camera_rows(trajectory: Trajectory) -> list[list[float]]:
    """(F, 8) x, y, z, qw, qx, qy, qz, hfov_deg of every camera, to seven digits."""
    numbers: NDArray[np.float64] = np.concatenate(
        [
            trajectory.c2w[:, :3, 3],
            quaternion_wxyz(trajectory.c2w[:, :3, :3]),
            trajectory.hfov_deg[:, None],
        ],
        axis=1,
    )
    return [[rounded(value) for value in row] for row in numbers]


def rounded(value: float) -> float:
    """Seven significant digits: a path of tiny units keeps its shape."""
    return float(f"{value:.{DIGITS}g}")


def fingerprint(trajectory: Trajectory) -> str:
    """Twelve hexadecimal digits that change with any camera, how sure it is, the size, the rate or the scale."""
    digest = hashlib.sha256(trajectory.c2w.tobytes())
    digest.update(trajectory.K.tobytes())
    if trajectory.confidence is not None:
        digest.update(trajectory.confidence.tobytes())
    digest.update(repr((trajectory.width, trajectory.height, trajectory.fps, trajectory.scale)).encode())
    return digest.hexdigest()[:12]


def lens_notes(trajectory: Trajectory) -> list[str]:
    """Sentences on what hfov alone does not say of the lenses."""
    K, notes = trajectory.K, []
    middle = np.array([trajectory.width / 2, trajectory.height / 2])
    if np.abs(K[:, :2, 2] - middle).max() > OFF_CENTRE_PX:
        notes.append("The lens of this path is off centre; edited keys have a centred one.")
    if np.abs(K[:, 1, 1] / K[:, 0, 0] - 1).max() > OFF_SQUARE:
        notes.append("The pixels of this path are not square; edited keys have square ones.")
    return notes
