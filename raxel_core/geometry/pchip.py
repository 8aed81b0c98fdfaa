"""Cubic curves that never overshoot: PCHIP slopes and the Hermite curve through them.

Slopes are Fritsch and Butland's weighted harmonic mean of the neighbouring secants (SIAM J. Sci. Stat. Comput. 5, 1984),
with the three-point rule at both ends; scipy's PchipInterpolator computes the same. web/math/pchip.mjs is the twin.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def pchip_slopes(steps: Array, secants: Array) -> Array:
    """Slopes (n, C) at n knots of C channels.

    Args:
        steps: (n - 1,) time between knots, > 0.
        secants: (n - 1, C) differences of value over ``steps``.
    """
    return knot_slopes(steps, secants, _inner_slopes, _end_slope)


def knot_slopes(
    steps: Array,
    secants: Array,
    inner_slopes: Callable[[Array, Array], Array],
    end_slope: Callable[[float, float, Array, Array], Array],
) -> Array:
    """Slopes (n, C) by one rule for the knots between others and one for the ends, told from the end inwards."""
    if len(steps) == 0:
        return np.zeros((1, secants.shape[1]))
    if len(steps) == 1:
        return np.repeat(secants, 2, axis=0)
    first = end_slope(steps[0], steps[1], secants[0], secants[1])
    last = end_slope(steps[-1], steps[-2], secants[-1], secants[-2])
    return np.concatenate([first[None], inner_slopes(steps, secants), last[None]])


def _inner_slopes(steps: Array, secants: Array) -> Array:
    before, after = secants[:-1], secants[1:]
    weight_before = (2 * steps[1:] + steps[:-1])[:, None]
    weight_after = (steps[1:] + 2 * steps[:-1])[:, None]
    flat = np.sign(before) * np.sign(after) <= 0
    with np.errstate(over="ignore"):  # a secant near the smallest number: its slope is 0, as it should be
        mean = weight_before / np.where(flat, 1, before) + weight_after / np.where(flat, 1, after)
    return np.where(flat, 0.0, (weight_before + weight_after) / np.where(flat, 1, mean))


def _end_slope(step: float, inner: float, secant: Array, inner_secant: Array) -> Array:
    slope = ((2 * step + inner) * secant - step * inner_secant) / (step + inner)
    steep = (np.sign(secant) != np.sign(inner_secant)) & (np.abs(slope) > 3 * np.abs(secant))
    return np.where(np.sign(slope) != np.sign(secant), 0.0, np.where(steep, 3 * secant, slope))


def hermite(u: Array, a: Array, b: Array, slope_a: Array, slope_b: Array) -> Array:
    """Cubic Hermite curve at u in 0..1 from a to b; slopes are per u. Exactly a where a = b and both slopes are 0."""
    v = 1 - u
    return a + (b - a) * u * u * (3 - 2 * u) + u * v * v * slope_a - u * u * v * slope_b
