"""Edits of a camera path as a whole: its length and pace, its side, its size and its place. Each returns a new path."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .curve import cameras_through
from .presets import EASINGS
from .subject import subject_distance
from .trajectory import Trajectory

Array = NDArray[np.float64]
Sizing = Literal["factor", "subject distance", "reach"]
SIZINGS: tuple[Sizing, ...] = ("factor", "subject distance", "reach")

MAX_FRAMES = 100_000
"""Most cameras of an edited path: more than an hour at 24 frames a second."""
STILL = 1e-6
"""A path that stays this near to its first camera does not move."""


def trimmed(path: Trajectory, first: int, last: int) -> Trajectory:
    """The cameras from frame ``first`` to frame ``last``, both included; negative ones count from the end, -1 is the last.

    Raises RaxelError for frames outside the path, or a first one after the last.
    """
    count = path.num_frames
    start, end = (frame + count if frame < 0 else frame for frame in (first, last))
    for frame, asked in ((start, first), (end, last)):
        if not 0 <= frame < count:
            raise RaxelError(
                f"frame {asked} is outside the path; its {count} cameras are frames 0 to {count - 1}"
            )
    if start > end:
        raise RaxelError(
            f"the first frame kept, {start}, comes after the last one, {end}; swap them, or reverse the path"
        )
    kept = slice(start, end + 1)
    sure = None if path.confidence is None else path.confidence[kept]
    return replace(path, c2w=path.c2w[kept], K=path.K[kept], confidence=sure)


def retimed(
    path: Trajectory,
    speed: float = 1.0,
    frames: int | None = None,
    fps: float | None = None,
    easing: str = "linear",
) -> Trajectory:
    """The same way from first to last camera, in another time, on a smooth curve through all cameras.

    Args:
        path: F cameras.
        speed: how many times as fast; the duration is divided by it.
        frames: cameras of the result. Without ``fps`` the duration stays and fps follows.
        fps: of the result. Without ``frames`` the duration stays and the number of cameras follows. With both the result is
            just that, and its duration follows.
        easing: one of EASINGS, laid over whatever pace the path has.

    Raises:
        RaxelError: a speed that is not positive, an unknown easing, or more than MAX_FRAMES cameras.
    """
    if easing not in EASINGS:
        raise RaxelError(f"unknown easing {easing!r}; choose one of {', '.join(EASINGS)}")
    if not (np.isfinite(speed) and speed > 0):
        raise RaxelError(f"the speed must be a positive number, got {speed:g}; 2 is twice as fast")
    count, rate = _length_and_rate(path, speed, frames, fps)
    if not 1 <= count <= MAX_FRAMES:
        raise RaxelError(
            f"the path would have {count} cameras, outside 1 to {MAX_FRAMES}; ask for other frames, fps or speed"
        )
    if count != path.num_frames or easing != "linear":
        progress = EASINGS[easing](np.linspace(0, 1, count))
        last = path.num_frames - 1
        path = cameras_through(path, np.arange(last + 1), progress * last)
    return replace(path, fps=rate)


def _length_and_rate(
    path: Trajectory, speed: float, frames: int | None, fps: float | None
) -> tuple[int, float]:
    """Cameras and frames per second of a path in another time."""
    seconds = (path.num_frames - 1) / path.fps / speed
    if frames is not None:
        follows = (frames - 1) / seconds if frames > 1 and seconds > 0 else path.fps
        return frames, follows if fps is None else fps
    rate = path.fps if fps is None else fps
    exact = seconds * rate
    if not exact <= MAX_FRAMES:
        return MAX_FRAMES + 1, rate
    return max(round(exact), min(1, path.num_frames - 1)) + 1, rate


def mirrored(path: Trajectory) -> Trajectory:
    """The path in a mirror: what its pictures show is the first camera's world with left and right swapped.

    The mirror stands upright through the first camera, along its optical axis. Cameras stay proper: position and rotation are
    reflected and the pictures' own columns with them, so the lens's centre moves to the other side as well.
    """
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    K = path.K.copy()
    K[:, 0, 2] = path.width - K[:, 0, 2]
    K[:, 0, 1] = -K[:, 0, 1]
    return replace(path, c2w=path.c2w[0] @ flip @ path.canonical(0).c2w @ flip, K=K)


def rescaled(path: Trajectory, factor: float) -> Trajectory:
    """All ways longer by a factor; the first camera stays. Raises RaxelError unless the factor is within 1e-9 and 1e9."""
    if not 1e-9 <= factor <= 1e9:
        raise RaxelError(f"the factor must be within 1e-9 and 1e9, got {factor:g}")
    c2w = path.c2w.copy()
    start = c2w[0, :3, 3]
    c2w[:, :3, 3] = start + factor * (c2w[:, :3, 3] - start)
    return replace(path, c2w=c2w)


def resized_to(path: Trajectory, sizing: Sizing, amount: float) -> tuple[Trajectory, float]:
    """Make a path larger or smaller.

    Args:
        path: F cameras.
        sizing: what ``amount`` is: a "factor", the "subject distance" (from the first camera to the point that all optical
            axes pass), or the "reach" (from the first camera to the farthest). The last two make the result metric.
        amount: > 0.

    Returns:
        the path, and the factor that it took. Raises RaxelError where the path has no such length to go by.
    """
    if not (np.isfinite(amount) and amount > 0):
        raise RaxelError(f"a path can be scaled to a positive amount, got {amount:g}")
    if sizing == "factor":
        return rescaled(path, amount), amount
    now = subject_distance(path) if sizing == "subject distance" else _reach(path)
    return replace(rescaled(path, amount / now), scale="metric"), amount / now


def _reach(path: Trajectory) -> float:
    positions = path.c2w[:, :3, 3]
    reach = float(np.linalg.norm(positions - positions[0], axis=1).max())
    if reach < STILL:
        raise RaxelError("the camera stands still, so the path has no reach to scale; scale it by a factor")
    return reach


def anchored(path: Trajectory, camera: Array) -> Trajectory:
    """The path moved as a whole, so that it begins at a camera-to-world matrix (4, 4)."""
    return replace(path, c2w=camera @ path.canonical(0).c2w)
