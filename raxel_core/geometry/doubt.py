"""Doubtful cameras of an estimated path: which they are, and how the sure ones around them fill them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .curve import cameras_through
from .trajectory import Trajectory

LOW_CONFIDENCE = 0.25
"""A camera whose confidence is below this is doubtful, and a clip whose mean is below it is not recognised."""


def doubtful(path: Trajectory, below: float = LOW_CONFIDENCE) -> NDArray[np.bool_]:
    """(F,) whether a camera's confidence is below ``below``; of a path that says nothing of it, none is."""
    if path.confidence is None:
        return np.zeros(path.num_frames, dtype=bool)
    return path.confidence < below


def filled(path: Trajectory, below: float = LOW_CONFIDENCE) -> Trajectory:
    """The path with its doubtful cameras replaced by a smooth way between the sure ones, which stay as they are.

    Before the first sure camera and after the last one the camera stands. Confidence stays too: a filled camera is a guess,
    and remains marked as one. Raises RaxelError where no camera is sure.
    """
    doubt = doubtful(path, below)
    if path.confidence is None or not doubt.any():
        return path
    if doubt.all():
        raise RaxelError(
            f"all {path.num_frames} cameras of the path have a confidence below {below:g}, the surest "
            f"{path.confidence.max():.2f}; fill with a lower bound, or estimate the path again"
        )
    smooth = cameras_through(path, np.flatnonzero(~doubt), np.arange(path.num_frames, dtype=np.float64))
    return replace(smooth, confidence=path.confidence)
