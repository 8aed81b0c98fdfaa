"""What the files of 3D programs share: a camera chosen among several, matrices that carry scale, pictures known by shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RaxelError
from .source import DEFAULT_SIZE, Source

Array = NDArray[np.float64]

MAX_DEPTH = 256
"""Most parents above a camera; rigs have tens."""
FRAME_TOLERANCE = 0.02
"""Share of a frame by which a key may miss it; times in single precision miss frame 100 000 by 0.006."""


def choose_camera(names: Sequence[str], source: Source) -> int:
    """Which of a file's cameras to read: the one the user names, else the first, with a note on the others.

    Of a path such as ``/World/Rig/Camera`` any part will do, for programs wrap a camera into a prim that has its name.
    """
    if not names:
        raise RaxelError("the file holds no perspective camera; export one with the scene")
    shown = ", ".join(name[:40] for name in names[:5]) + (", ..." if len(names) > 5 else "")
    wanted = source.ask.camera
    if wanted is None:
        if len(names) > 1:
            source.note(f"the file holds {len(names)} cameras ({shown}); {names[0][:40]} is read")
        return 0
    for index, name in enumerate(names):
        if wanted == name or wanted in name.split("/"):
            return index
    raise RaxelError(f"the file has no camera {wanted[:40]!r}; it holds {shown}"[:240])


def without_scale(worlds: Array, source: Source) -> Array:
    """Camera-to-world matrices (F, 4, 4) whose axes have unit length: a camera has no size, but its parents may.

    Positions keep the parents' scale. Shear and mirroring stay in and are refused by `Trajectory`, with their amount.
    """
    lengths = np.linalg.norm(worlds[:, :3, :3], axis=1)
    if not np.isfinite(worlds).all() or lengths.min() < 1e-30:
        bad = int(np.argmin(np.isfinite(worlds).all(axis=(1, 2)) & (lengths.min(axis=1) >= 1e-30)))
        raise RaxelError(f"camera {bad} of {len(worlds)} is scaled to nothing or holds no finite numbers")
    if np.abs(lengths - 1).max() > 1e-3:
        source.note(
            f"the camera is scaled by {lengths.flat[np.abs(lengths - 1).argmax()]:.4g} with what it hangs on; "
            "its positions include that"
        )
    worlds = worlds.copy()
    worlds[:, :3, :3] /= lengths[:, None, :]
    return worlds


def size_of_shape(aspect: float, source: Source) -> tuple[int, int]:
    """Picture size for a file that only knows width by height: the user's, else that shape at the usual height."""
    if not 1e-2 <= aspect <= 1e2:
        raise RaxelError(f"the camera's picture is {aspect:g} times as wide as high; that is no picture")
    if source.ask.size is not None:
        width, height = source.ask.size
        if abs(width / height / aspect - 1) > 0.01:
            source.note(
                f"the camera's picture is {aspect:.4g} times as wide as high, {width}x{height} is "
                f"{width / height:.4g} times"
            )
        return source.ask.size
    height = DEFAULT_SIZE[1]
    size = (max(1, round(height * aspect)), height)
    source.note(f"the file does not say how large its pictures are; taken for {size[0]}x{size[1]}")
    return size


def lenses(fx: ArrayLike, fy: ArrayLike, cx: ArrayLike, cy: ArrayLike, num_frames: int) -> Array:
    """K (F, 3, 3) of focal lengths and principal points in pixels, each one number or (F,)."""
    K = np.zeros((num_frames, 3, 3))
    K[:, 0, 0], K[:, 1, 1], K[:, 0, 2], K[:, 1, 2], K[:, 2, 2] = fx, fy, cx, cy, 1.0
    return K


def finite_number(value: Any, what: str) -> float:
    """A JSON number as float; RaxelError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise RaxelError(f"{what} must be a finite number, got {value!r:.40}")
    return float(value)


def finite_numbers(value: Any, count: int, what: str) -> Array:
    """A JSON list of ``count`` numbers as (count,); RaxelError for anything else."""
    if not isinstance(value, list) or len(value) != count:
        got = f"{len(value)} values" if isinstance(value, list) else repr(value)[:40]
        raise RaxelError(f"{what} must be {count} numbers, got {got}")
    return np.array([finite_number(number, what) for number in value])
