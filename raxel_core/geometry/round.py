"""Slopes of a cubic Hermite curve that rounds its corners, whole vectors at a time.

At a knot that of the parabola through it and its neighbours, shortened where the way turns back or where a neighbour is
near. A turned path is the same path turned, which PCHIP (``pchip.py``, one coordinate at a time) is not. web/math/round.mjs
is the twin.
"""

import numpy as np
from numpy.typing import NDArray

from .pchip import knot_slopes

Array = NDArray[np.float64]

MOST = 2.0
"""A slope is at most so many times the slower way beside it; up to 3 a straight way still never overshoots."""


def round_slopes(steps: Array, secants: Array) -> Array:
    """Slopes (n, D) at n knots of a curve in D dimensions.

    Args:
        steps: (n - 1,) time between knots, > 0.
        secants: (n - 1, D) differences of value over ``steps``.
    """
    return knot_slopes(steps, secants, _inner_slopes, _end_slope)


def _inner_slopes(steps: Array, secants: Array) -> Array:
    before, after = secants[:-1], secants[1:]
    step_before, step_after = steps[:-1, None], steps[1:, None]
    fast, slow = np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1)
    least = np.minimum(fast, slow)
    stands = least == 0
    parabola = (step_after * before + step_before * after) / (step_before + step_after)
    cosine = (before * after).sum(axis=1) / np.where(stands, 1, fast) / np.where(stands, 1, slow)
    back = np.clip(1 + cosine, 0, 1)  # 1 up to a right angle, 0 where the way turns round
    return np.where(stands[:, None], 0.0, _shortened(back[:, None] * parabola, MOST * least))


def _end_slope(step: float, inner: float, secant: Array, inner_secant: Array) -> Array:
    slope = ((2 * step + inner) * secant - step * inner_secant) / (step + inner)
    if slope @ secant <= 0:
        return np.zeros_like(slope)
    return _shortened(slope[None], MOST * np.linalg.norm(secant[None], axis=1))[0]


def _shortened(slopes: Array, most: Array) -> Array:
    length = np.linalg.norm(slopes, axis=1)
    return slopes * np.where(length > most, most / np.where(length > 0, length, 1), 1.0)[:, None]
