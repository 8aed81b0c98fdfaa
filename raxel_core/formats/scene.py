"""What the files of 3D programs share: a camera chosen among several, matrices that carry scale, pictures known by shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import groupby
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RaxelError
from .source import DEFAULT_SIZE, Source
from .values import printable

Array = NDArray[np.float64]
Camera = TypeVar("Camera")

MAX_DEPTH = 256
"""Most parents above a camera; rigs have tens."""
MAX_WORK = 1_500_000
"""Most frames times things that move a camera, fifteen of them for MAX_FRAMES frames: two seconds of work."""
LISTED = 130
"""Most characters of a list of names within a sentence."""
FRAME_TOLERANCE = 0.02
"""Share of a frame by which a key may miss it; times in single precision miss frame 100 000 by 0.006."""


def choose_camera(
    cameras: Sequence[Camera], names_of: Callable[[Camera], Sequence[str]], source: Source
) -> Camera:
    """Which of a file's cameras to read: the one the user names, else the first, with a note on the others.

    Args:
        cameras: as the file orders them.
        names_of: what a camera goes by: the name to show, its other own names, then those of what it hangs on, the nearest
            first. The nearer name counts, for programs wrap a camera into a parent that has its name.
        source: the file, which may be told a name.
    """
    if not cameras:
        raise RaxelError("the file holds no perspective camera; export one with the scene")
    wanted = source.ask.camera
    if wanted is None:
        if len(cameras) > 1:
            first = printable(names_of(cameras[0])[0])
            source.note(
                f"the file holds {len(cameras)} cameras ({_listed(cameras, names_of)}); {first} is read"
            )
        return cameras[0]
    nearest, found = min(
        (names.index(wanted) if wanted in names else len(names), index)
        for index, names in enumerate(map(names_of, cameras))
    )
    if nearest == len(names_of(cameras[found])):
        raise RaxelError(
            f"the file has no camera '{printable(wanted)}'; it holds {_listed(cameras, names_of)}"
        )
    return cameras[found]


def _listed(cameras: Sequence[Camera], names_of: Callable[[Camera], Sequence[str]]) -> str:
    """The names of the first few, as part of a sentence."""
    names = ", ".join(printable(names_of(camera)[0]) for camera in cameras[:5])
    return names[:LISTED] + (", ..." if len(cameras) > 5 or len(names) > LISTED else "")


def check_work(frames: int, moving: int) -> None:
    """Raise RaxelError for more matrices than a camera needs; before any is made.

    A small text can hang a camera on hundreds of parents that all move for hours, which would take a minute to work out.
    """
    if frames * moving > MAX_WORK:
        raise RaxelError(
            f"{frames} frames of {moving} things that move the camera are {frames * moving} steps, more than the "
            f"{MAX_WORK} that are worked out; bake them into one moving camera, or cut the file into parts"
        )


def product(matrices: Iterable[Array]) -> Array:
    """The product (F, 4, 4) of matrices (F, 4, 4) or, where something stands still, (1, 4, 4); the outermost first.

    What stands still is multiplied first: once, and not F times.
    """
    world = np.eye(4)[None]
    for _, run in groupby(matrices, len):
        world = world @ reduce(np.matmul, run)
    return world


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
