"""A path without its shake: what sways faster than a stated time goes, what moves slower stays, and both ends are held.

One low-pass filter for position, lens and the quaternions of the turn, over a path that is continued beyond its ends by its
own point reflection. So its ends stay, and a steady move (a straight way, a turn of even speed) stays to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .checks import number
from .rotation import matrix_from_quaternion, quaternion_wxyz, rotation_angle_deg, slerp
from .trajectory import Trajectory

Array = NDArray[np.float64]

SIGMA_OF_PERIOD = 0.29156
"""Width of the Gaussian, as a share of the period of which just half is left: (1 + x) exp(-x) = 1/2 at x = (2 pi share)^2 / 2."""
REACH = 4.0
"""The filter ends at so many widths."""
MAX_SECONDS = 600.0
WHIRL = 0.1
"""A mean quaternion shorter than this is of a camera that spins round in less than a third of the filter's period: what is left
of its turn could not be told from its jitter, so it keeps its turn."""


@dataclass(frozen=True, eq=False)
class Moved:
    """How far cameras lie from where they were."""

    turn_deg: Array
    """(F,) degrees."""
    distance: Array
    """(F,) in the path's unit."""


def steadied(
    path: Trajectory, seconds: float, rotation: float = 1.0, position: float = 1.0, lens: float = 1.0
) -> Trajectory:
    """Remove the shake.

    Args:
        path: F cameras.
        seconds: a sway of this period is halved; of half the period it is gone, of twice the period 93% stay. 0 does nothing.
        rotation: share of the shake that is taken from the turn, 0..1.
        position: share that is taken from the position.
        lens: share that is taken from the lens.

    Returns:
        F cameras; the first and the last are as they were.
    """
    number(seconds, "seconds", 0, MAX_SECONDS)
    for share, what in ((rotation, "rotation"), (position, "position"), (lens, "lens")):
        number(share, what, 0, 1)
    weights = kernel(seconds * path.fps, path.num_frames)
    if len(weights) == 1:
        return path
    c2w, K = path.c2w.copy(), path.K.copy()
    inner = slice(1, -1)
    turned = slerp(c2w[:, :3, :3], _smooth_turn(c2w[:, :3, :3], weights), np.full(path.num_frames, rotation))
    c2w[inner, :3, :3] = turned[inner]
    c2w[inner, :3, 3] += position * (low_pass(c2w[:, :3, 3], weights) - c2w[:, :3, 3])[inner]
    K[inner] += lens * (_smooth_lens(K, weights) - K)[inner]
    return replace(path, c2w=c2w, K=K)


def moved(before: Trajectory, after: Trajectory) -> Moved:
    """How far the cameras of two paths of one length lie apart. Raises RaxelError for other lengths."""
    if before.num_frames != after.num_frames:
        raise RaxelError(f"{before.num_frames} cameras cannot be compared with {after.num_frames}")
    way = after.c2w[:, :3, 3] - before.c2w[:, :3, 3]
    return Moved(rotation_angle_deg(before.c2w[:, :3, :3], after.c2w[:, :3, :3]), np.linalg.norm(way, axis=1))


def kernel(period: float, num_frames: int) -> Array:
    """Weights (2 W + 1,) of a low-pass filter that halves a sway of ``period`` frames; one weight where it would do nothing.

    A Gaussian times a parabola, such that the sum is 1 and the second moment 0: it leaves lines and parabolas alone.
    """
    sigma = SIGMA_OF_PERIOD * period
    half = min(int(np.ceil(REACH * sigma)), num_frames - 1)
    if sigma < 0.1 or half < 2:
        return np.ones(1)
    s2 = np.arange(-half, half + 1.0) ** 2
    gauss = np.exp(-s2 / (2 * sigma**2))
    m0, m2, m4 = gauss.sum(), gauss @ s2, gauss @ s2**2
    return gauss * (m4 - m2 * s2) / (m0 * m4 - m2**2)


def low_pass(values: Array, weights: Array) -> Array:
    """(F, C) channels through the filter, continued beyond their ends by point reflection."""
    half = len(weights) // 2
    before = 2 * values[:1] - values[half:0:-1]
    after = 2 * values[-1:] - values[-2 : -half - 2 : -1]
    return _filtered(np.concatenate([before, values, after]), weights)


def _smooth_turn(R: Array, weights: Array) -> Array:
    """Rotations (F, 3, 3) whose quaternions are the filtered ones; beyond the ends the turn is run through backwards."""
    q = quaternion_wxyz(R)
    flips = np.where((q[1:] * q[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    q[1:] *= np.cumprod(flips)[:, None]
    half = len(weights) // 2
    before = _reflected(q[half:0:-1], q[0])
    after = _reflected(q[-2 : -half - 2 : -1], q[-1])
    mean = _filtered(np.concatenate([before, q, after]), weights)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return matrix_from_quaternion(np.where(length > WHIRL, mean / np.maximum(length, WHIRL), q))


def _reflected(q: Array, pivot: Array) -> Array:
    """Quaternions (N, 4) on the other side of a pivot (4,): as far from it, the other way."""
    return 2 * (q @ pivot)[:, None] * pivot - q


def _smooth_lens(K: Array, weights: Array) -> Array:
    """Intrinsics (F, 3, 3) with filtered focal lengths (as logarithms, which stay positive), centre and skew."""
    if np.array_equal(K, np.broadcast_to(K[0], K.shape)):
        return K  # one lens for the clip stays that to the last bit
    smooth = K.copy()
    focal = np.log(K[:, [0, 1], [0, 1]])
    smooth[:, [0, 1], [0, 1]] = np.exp(low_pass(focal, weights))
    smooth[:, [0, 0, 1], [1, 2, 2]] = low_pass(K[:, [0, 0, 1], [1, 2, 2]], weights)
    return smooth


def _filtered(values: Array, weights: Array) -> Array:
    """(F, C) from values (F + 2 W, C) and weights (2 W + 1,), by FFT: long filters on long paths stay quick."""
    size = len(values) + len(weights) - 1
    spectrum = np.fft.rfft(values, size, axis=0) * np.fft.rfft(weights, size)[:, None]
    return np.fft.irfft(spectrum, size, axis=0)[len(weights) - 1 : len(values)]
