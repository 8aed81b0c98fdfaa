"""Smooth cameras through those of some frames of a path: what fills a gap, and what lies between two frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .pchip import hermite, pchip_slopes
from .rotation import rotation_exp, rotation_log
from .round import round_slopes
from .trajectory import Trajectory

Array = NDArray[np.float64]

Slopes = Callable[[Array, Array], Array]
"""Slopes (n, D) at knots from the steps between them (n - 1,) and the changes a frame (n - 1, D)."""


def cameras_through(path: Trajectory, knots: NDArray[np.intp], times: Array) -> Trajectory:
    """Cameras at fractional frames, on a smooth curve through the cameras of some frames of a path.

    Position and turn each follow a cubic curve that rounds its corners (``round.py``), so the curve of a path that is moved
    or turned is the curve, moved or turned; the lens one that never overshoots (``pchip.py``). Confidence is linear.

    Args:
        path: F cameras.
        knots: (n,) frames of it, ascending, at least one; their cameras are met exactly.
        times: (N,) frames of it; before the first knot and after the last one the camera stands.

    Returns:
        N cameras.
    """
    times = np.clip(np.asarray(times, dtype=np.float64), knots[0], knots[-1])
    i = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, max(0, len(knots) - 2))
    after = np.minimum(i + 1, len(knots) - 1)
    c2w, K = path.c2w[knots], path.K[knots]
    steps = np.diff(knots).astype(np.float64)
    share = (times - knots[i]) / (steps[i] if len(steps) else 1.0)

    def moved(change: Array, rule: Slopes) -> Array:
        return _moved(change, rule, steps, i, share)

    cameras, lenses = c2w[i], K[i]
    cameras[:, :3, 3] += moved(np.diff(c2w[:, :3, 3], axis=0), round_slopes)
    turns = rotation_log(np.swapaxes(c2w[:-1, :3, :3], -1, -2) @ c2w[1:, :3, :3])
    cameras[:, :3, :3] = cameras[:, :3, :3] @ rotation_exp(moved(turns, round_slopes))
    lenses += moved(np.diff(K, axis=0).reshape(-1, 9), pchip_slopes).reshape(-1, 3, 3)
    for share_there, knot in ((0.0, i), (1.0, after)):
        there = share == share_there
        cameras[there], lenses[there] = c2w[knot[there]], K[knot[there]]
    sure = None if path.confidence is None else np.interp(times, knots, path.confidence[knots])
    return replace(path, c2w=cameras, K=lenses, confidence=sure)


def _moved(change: Array, rule: Slopes, steps: Array, index: NDArray[np.intp], share: Array) -> Array:
    """How far (N, D) a quantity has come from knot ``index`` (N,), where it changes by ``change`` (n - 1, D) a step."""
    if not len(steps):
        return np.zeros((len(index), change.shape[1]))
    slopes = rule(steps, change / steps[:, None])
    step = steps[index][:, None]
    start = np.zeros_like(change[index])
    return hermite(share[:, None], start, change[index], slopes[index] * step, slopes[index + 1] * step)
