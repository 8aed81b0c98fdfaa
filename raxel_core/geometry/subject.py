"""What a path is about: the point that its optical axes pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .trajectory import Trajectory

Array = NDArray[np.float64]

PARALLEL = 1e-5
"""Smallest spread of the axes' directions (a mean squared sine) that fixes a point: axes that differ by half a degree."""
MOST_MISS = 0.25
"""Of the subject's distance: axes that pass it by more than this do not show the same thing."""
HINT = "aim the path at a subject, or scale it by a factor"


def subject_of(path: Trajectory) -> Array:
    """The point (3,) in the world that is nearest to all optical axes, in the least squares sense.

    Raises:
        RaxelError: axes that are parallel or nearly so, that pass the point far off, or that leave it behind.
    """
    positions, forward = path.c2w[:, :3, 3], path.c2w[:, :3, 2]
    across = np.eye(3) - forward[:, :, None] * forward[:, None, :]  # (F, 3, 3) onto the plane across an axis
    spread, total = np.linalg.eigvalsh(across.mean(axis=0)), across.sum(axis=0)
    if spread[0] < PARALLEL:
        raise RaxelError(f"the cameras all look the same way, so they meet in no subject; {HINT}")
    origin = positions.mean(axis=0)
    offset = np.einsum("fij,fj->i", across, positions - origin)
    subject = origin + np.linalg.solve(total, offset)
    view = subject - positions
    depth = (view * forward).sum(axis=1)
    miss = np.sqrt(np.mean(np.maximum((view**2).sum(axis=1) - depth**2, 0)))
    if depth.min() <= 0 or miss > MOST_MISS * depth.mean():
        raise RaxelError(f"the cameras do not look at one subject; {HINT}")
    return subject


def subject_distance(path: Trajectory) -> float:
    """From the first camera to the subject, in the path's own unit. Raises RaxelError as `subject_of`."""
    return float(np.linalg.norm(subject_of(path) - path.c2w[0, :3, 3]))
