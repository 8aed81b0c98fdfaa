"""Lenses of reconstructions: COLMAP's and nerfstudio's camera models, and how far each bends the picture.

A trajectory has pinhole cameras. A lens that bends is taken for the pinhole of its focal lengths and centre, which is the
lens of the undistorted pictures, with a note; one that bends more than `MOST_BENDING` is refused, as undistorted pictures
of it would be another view.

Every ``distort`` takes points of the plane z = 1 and the model's distortion parameters, and returns the points that a
pinhole of the same focal lengths and centre would need to see them where the lens shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .source import Source

Array = NDArray[np.float64]
Points = tuple[Array, Array]

MOST_BENDING = 0.15
"""How far a lens may move a point of the picture from where a pinhole shows it, as a share of the width."""
NOTED_BENDING = 0.002
"""From where on that is told: two pixels of a picture 1000 wide."""
SHAPE_TOLERANCE = 0.01
"""Largest difference of width / height between pictures that are of one shape; sizes are rounded to pixels."""
MOST_CUT = 0.1
"""Largest such difference between pictures that are cut to one shape; undistorted pictures differ by so much."""
GRID = 9
"""Points across and down the picture at which bending is measured."""
AT_ONCE = 2000
"""Lenses that are measured together: a few MB."""


@dataclass(frozen=True)
class LensModel:
    """A camera model, with its parameters in COLMAP's order: focal lengths, centre, then ``parameters``."""

    number: int
    """COLMAP's, in its binary files."""
    focals: int
    """1 where one focal length serves both axes, else 2."""
    parameters: tuple[str, ...]
    """Names of what bends."""
    distort: Callable[[Array, Array, Sequence[Array]], Points]

    @property
    def count(self) -> int:
        """How many parameters a camera of this model has."""
        return self.focals + 2 + len(self.parameters)


def brown(
    x: Array, y: Array, radial: Sequence[Array], p1: Array | float = 0.0, p2: Array | float = 0.0
) -> Points:
    """Radial polynomial in r^2 and tangential terms, as in OpenCV."""
    r2 = x * x + y * y
    factor = sum((k * r2 ** (power + 1) for power, k in enumerate(radial)), start=np.ones_like(r2))
    return x * factor + 2 * p1 * x * y + p2 * (r2 + 2 * x * x), y * factor + 2 * p2 * x * y + p1 * (
        r2 + 2 * y * y
    )


def fisheye(
    x: Array, y: Array, radial: Sequence[Array] = (), p1: Array | float = 0.0, p2: Array | float = 0.0
) -> Points:
    """Distance from the centre goes with the angle to the axis, then `brown`."""
    r = np.hypot(x, y)
    factor = np.divide(np.arctan(r), r, out=np.ones_like(r), where=r > 0)
    return brown(x * factor, y * factor, radial, p1, p2)


def _full_opencv(x: Array, y: Array, q: Sequence[Array]) -> Points:
    k1, k2, p1, p2, k3, k4, k5, k6 = q
    r2 = x * x + y * y
    above, below = brown(x, y, (k1, k2, k3)), 1 + k4 * r2 + k5 * r2**2 + k6 * r2**3
    tangential = brown(x, y, (), p1, p2)
    return above[0] / below + tangential[0] - x, above[1] / below + tangential[1] - y


def _fov(x: Array, y: Array, q: Sequence[Array]) -> Points:
    r = np.hypot(x, y)
    omega = np.where(np.abs(q[0]) < 1e-6, 1e-6, q[0])  # where it goes to 0, the lens goes to the pinhole
    bent = np.arctan(2 * r * np.tan(omega / 2)) / omega
    factor = np.divide(bent, r, out=np.ones_like(r), where=r > 0)
    return x * factor, y * factor


def _thin_prism_fisheye(x: Array, y: Array, q: Sequence[Array]) -> Points:
    k1, k2, p1, p2, k3, k4, sx1, sy1 = q
    u, v = fisheye(x, y)
    r2 = u * u + v * v
    u, v = brown(u, v, (k1, k2, k3, k4), p1, p2)
    return u + sx1 * r2, v + sy1 * r2


def _aria(x: Array, y: Array, q: Sequence[Array]) -> Points:
    p0, p1, s0, s1, s2, s3 = q[6:]
    u, v = fisheye(x, y, q[:6])
    r2 = u * u + v * v
    tangential = brown(u, v, (), p1, p0)
    return tangential[0] + s0 * r2 + s1 * r2**2, tangential[1] + s2 * r2 + s3 * r2**2


def _division(x: Array, y: Array, q: Sequence[Array]) -> Points:
    factor = 2 / (1 + np.sqrt(1 - 4 * q[0] * (x * x + y * y)))
    return x * factor, y * factor


def _unified(x: Array, y: Array, q: Sequence[Array]) -> Points:
    alpha, beta = q
    depth = alpha * np.sqrt(1 + beta * (x * x + y * y)) + 1 - alpha
    return x / depth, y / depth


MODELS: dict[str, LensModel] = {
    "SIMPLE_PINHOLE": LensModel(0, 1, (), lambda x, y, _: (x, y)),
    "PINHOLE": LensModel(1, 2, (), lambda x, y, _: (x, y)),
    "SIMPLE_RADIAL": LensModel(2, 1, ("k1",), brown),
    "RADIAL": LensModel(3, 1, ("k1", "k2"), brown),
    "OPENCV": LensModel(4, 2, ("k1", "k2", "p1", "p2"), lambda x, y, q: brown(x, y, q[:2], *q[2:])),
    "OPENCV_FISHEYE": LensModel(5, 2, ("k1", "k2", "k3", "k4"), fisheye),
    "FULL_OPENCV": LensModel(6, 2, ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"), _full_opencv),
    "FOV": LensModel(7, 2, ("omega",), _fov),
    "SIMPLE_RADIAL_FISHEYE": LensModel(8, 1, ("k1",), fisheye),
    "RADIAL_FISHEYE": LensModel(9, 1, ("k1", "k2"), fisheye),
    "THIN_PRISM_FISHEYE": LensModel(
        10, 2, ("k1", "k2", "p1", "p2", "k3", "k4", "sx1", "sy1"), _thin_prism_fisheye
    ),
    "RAD_TAN_THIN_PRISM_FISHEYE": LensModel(
        11, 2, ("k0", "k1", "k2", "k3", "k4", "k5", "p0", "p1", "s0", "s1", "s2", "s3"), _aria
    ),
    "SIMPLE_DIVISION": LensModel(12, 1, ("k",), _division),
    "DIVISION": LensModel(13, 2, ("k",), _division),
    "SIMPLE_FISHEYE": LensModel(14, 1, (), fisheye),
    "FISHEYE": LensModel(15, 2, (), fisheye),
    "EUCM": LensModel(16, 2, ("alpha", "beta"), _unified),
}
"""COLMAP's, by name; but for EQUIRECTANGULAR (number 17), which has no lens."""


def bending(
    distort: Callable[[Array, Array, Sequence[Array]], Points], parameters: Array, K: Array, sizes: Array
) -> Array:
    """How far lenses of one model move a point of the picture from its pinhole's place, at most.

    Args:
        distort: of a `LensModel`.
        parameters: (N, P), what it takes.
        K: (N, 3, 3) of the pinholes, in pixels.
        sizes: (N, 2) width and height in pixels.

    Returns:
        (N,) shares of the width; infinity for a lens that shows some point nowhere.
    """
    parts = (slice(start, start + AT_ONCE) for start in range(0, len(K), AT_ONCE))
    return np.concatenate([_bending(distort, parameters[part], K[part], sizes[part]) for part in parts])


def _bending(
    distort: Callable[[Array, Array, Sequence[Array]], Points], parameters: Array, K: Array, sizes: Array
) -> Array:
    v, u = np.meshgrid(np.linspace(0, 1, GRID), np.linspace(0, 1, GRID), indexing="ij")
    fx, fy, cx, cy, width, height, *q = np.column_stack(
        [K[:, 0, 0], K[:, 1, 1], K[:, 0, 2], K[:, 1, 2], sizes, parameters]
    ).T[:, :, None, None]  # each (N, 1, 1)
    with np.errstate(all="ignore"):
        x, y = (u * width - cx) / fx, (v * height - cy) / fy
        bent_x, bent_y = distort(x, y, q)
        moved = np.hypot((bent_x - x) * fx, (bent_y - y) * fy) / width
    return np.where(np.isfinite(moved), moved, np.inf).max(axis=(1, 2))


def check_bending(source: Source, bent: float) -> None:
    """Note what a lens bends; RaxelError for more than `MOST_BENDING`."""
    refuse_bending(bent, MOST_BENDING)
    if bent > NOTED_BENDING:
        source.note(
            f"the lens bends the picture by up to {bent:.1%} of its width; "
            "the path's lens is the plain one of the undistorted pictures"
        )


def refuse_bending(bent: float, most: float) -> None:
    """Raise RaxelError for a lens that moves points by more than a share ``most`` of the width."""
    if bent > most:
        by = f"{bent:.0%} of its width" if bent < 10 else "more than its width"
        raise RaxelError(
            f"the lens bends the picture by {by}, more than {most:.0%}; undistort it first "
            "(colmap image_undistorter) and read the model of the undistorted pictures"
        )


def to_first_size(source: Source, K: Array, sizes: Sequence[tuple[int, int]]) -> Array:
    """Lenses of pictures of several sizes, in pixels of the first one's.

    Pictures of another size are stretched to it; those of another shape are scaled to cover it and cut about their centre.

    Args:
        source: for its notes.
        K: (F, 3, 3), each in pixels of its own picture.
        sizes: width and height of each picture.

    Raises:
        RaxelError: for shapes that differ by more than `MOST_CUT`.
    """
    first, own = np.array(sizes[0], dtype=np.float64), np.array(sizes, dtype=np.float64)  # (2,), (F, 2)
    factors = first / own
    odd = np.abs(factors[:, 0] / factors[:, 1] - 1)
    if odd.max() > MOST_CUT:
        width, height = sizes[int(odd.argmax())]
        raise RaxelError(
            f"pictures of {sizes[0][0]}x{sizes[0][1]} and {width}x{height} pixels have two shapes, and a path has one; "
            "keep those of one camera (--camera with its id in a COLMAP model)"
        )
    cut = odd > SHAPE_TOLERANCE
    factors[cut] = factors[cut].max(axis=1, keepdims=True)
    if np.any(factors != 1):
        how = "; those of another shape are cut about their centre" if cut.any() else ""
        source.note(
            f"pictures have several sizes; all lenses are in pixels of the first's {sizes[0][0]}x{sizes[0][1]}{how}"
        )
    K = K * np.concatenate([factors, np.ones((len(factors), 1))], axis=1)[:, :, None]
    K[cut, :2, 2] -= (own[cut] * factors[cut] - first) / 2
    return K
