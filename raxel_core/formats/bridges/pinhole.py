"""Cameras from exact Plücker rays, whatever their lens: other programs' pixels need not be square nor their centre centred."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import RaxelError
from ...geometry.rotation import nearest_rotation

Array = NDArray[np.float64]

UNIT_TOLERANCE = 1e-2
"""How far from unit length a direction may be: half precision, but no other kind of number."""
RAY_TOLERANCE = 1e-2
"""How far (sine of the angle) a ray may lie from the camera that is read: half precision again."""
SAME_LENS = 2e-6
"""Rays that one lens explains this well (root mean square) were all taken through it: float32 and no more."""
SNAP_PX, SNAP_RATIO = 1e-3, 1e-5
"""A centre nearer to the middle than this, and pixels nearer to square, are that but for rounding."""


class Cameras(NamedTuple):
    """What was read."""

    c2w: Array
    """(F, 4, 4)."""
    K: Array
    """(F, 3, 3) in pixels."""


def cameras_of_rays(directions: Array, moments: Array, pixels: Array, width: int, height: int) -> Cameras:
    """The cameras of which these are the rays: one lens for all where that explains them, else a lens a frame.

    Args:
        directions: (F, 3, N) unit directions.
        moments: (F, 3, N) origin x direction.
        pixels: (N, 2) where they pass through the picture.
        width: of the picture, in pixels.
        height: of the picture, in pixels.

    Raises:
        RaxelError: these are no unit directions, or not those of pinhole cameras.
    """
    _check_unit(directions, moments)
    K = _snapped(_lenses(directions, pixels, width, height), width, height)
    one = _snapped(K.mean(axis=0, keepdims=True), width, height).repeat(len(K), axis=0)
    R, misfit = _rotations(directions, pixels, one)
    if np.sqrt(np.square(misfit).mean()) > SAME_LENS:
        R, misfit = _rotations(directions, pixels, K)
    else:
        K = one
    worst = np.abs(misfit).max(axis=(1, 2))
    if worst.max() > RAY_TOLERANCE:
        raise RaxelError(
            f"frame {int(worst.argmax())} is no pinhole camera: its rays are up to {worst.max():.2g} off the best one; "
            "is this an embedding of camera rays?"
        )
    c2w = np.tile(np.eye(4), (len(R), 1, 1))
    c2w[:, :3, :3], c2w[:, :3, 3] = R, _origins(directions, moments)
    return Cameras(c2w, K)


def _check_unit(directions: Array, moments: Array) -> None:
    if not (np.isfinite(directions).all() and np.isfinite(moments).all()):
        raise RaxelError("the rays hold values that are not finite numbers; look at the node that made them")
    lengths = np.linalg.norm(directions, axis=1)
    off = float(np.abs(lengths - 1).max())
    if off > UNIT_TOLERANCE:
        raise RaxelError(
            f"ray directions have length 1, here they go from {lengths.min():.3g} to {lengths.max():.3g}; "
            "is this an embedding of camera rays?"
        )


def _lenses(directions: Array, pixels: Array, width: int, height: int) -> Array:
    """Intrinsics (F, 3, 3) of each frame by itself.

    A ray is M u~ up to its length, with M = R K^-1: nine numbers up to scale, linear in the rays' cross products with
    it (direct linear transform). R is orthogonal and K^-1 upper triangular, so the two are M's QR decomposition.
    """
    spread = max(width, height) / 2
    u = np.c_[(pixels - (width / 2, height / 2)) / spread, np.ones(len(pixels))]
    crosses = np.cross(np.eye(3)[:, None, :, None], directions[None], axis=2)  # (3, F, 3, N): e_k x d
    rows = np.einsum("kfin,nj->fnikj", crosses, u).reshape(len(directions), -1, 9)
    _, vectors = np.linalg.eigh(rows.transpose(0, 2, 1) @ rows)
    _, upper = np.linalg.qr(vectors[:, :, 0].reshape(-1, 3, 3))
    upper = upper * np.sign(np.diagonal(upper, axis1=1, axis2=2))[:, :, None]
    if not np.abs(np.diagonal(upper, axis1=1, axis2=2)).min() > 1e-9:
        raise RaxelError(
            "the rays do not spread as those of a camera do; is this an embedding of camera rays?"
        )
    K = np.linalg.inv(upper)
    K = K / K[:, 2:, 2:]
    K[:, 0, 1] = 0  # no program that makes such rays has a skewed lens
    pixel = np.array([[spread, 0, width / 2], [0, spread, height / 2], [0, 0, 1.0]])
    return pixel @ K


def _snapped(K: Array, width: int, height: int) -> Array:
    """Without the last digits of rounding: a lens that is centred, and pixels that are square, are exactly so."""
    K = K.copy()
    middle = np.array([width / 2, height / 2])
    K[:, :2, 2] = np.where(np.abs(K[:, :2, 2] - middle) < SNAP_PX, middle, K[:, :2, 2])
    focal = K[:, [0, 1], [0, 1]]
    square = np.abs(focal[:, 1] / focal[:, 0] - 1) < SNAP_RATIO
    K[square, 0, 0] = K[square, 1, 1] = focal[square].mean(axis=1)
    return K


def _rotations(directions: Array, pixels: Array, K: Array) -> tuple[Array, Array]:
    """Rotations (F, 3, 3) that turn the rays of these lenses to the directions, and what is left (F, 3, N)."""
    local = np.linalg.inv(K) @ np.c_[pixels, np.ones(len(pixels))].T
    local = local / np.linalg.norm(local, axis=1, keepdims=True)
    R = nearest_rotation(directions @ local.transpose(0, 2, 1))
    return R, directions - R @ local


def _origins(d: Array, m: Array) -> Array:
    """Origins (F, 3) with o x d nearest to the moments: sum(|d|^2 I - d d^T) o = sum(d x m)."""
    A = np.square(d).sum(axis=(1, 2))[:, None, None] * np.eye(3) - d @ d.transpose(0, 2, 1)
    b: Array = np.cross(d, m, axis=1).sum(axis=2)
    return np.linalg.solve(A, b[..., None])[..., 0]
