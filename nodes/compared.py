"""What RaxelCompareTrajectories and RaxelClosedLoop tell the page. Knows no host.

Both leave this in the ``ui`` of their outputs (the message ``executed``, and the history), beside their pictures:

``raxel_paths``: [requested, achieved], each as in ``seeds.seed_of``. Both are told from the requested path's first camera, the
achieved one as it was compared: aligned, and in as many frames as the requested one. Of RaxelClosedLoop the achieved path is
that of the kept take.

``raxel_errors``: one entry a take, in their order; of RaxelCompareTrajectories always one. An entry holds

* ``rotation_deg``: a number a frame, degrees.
* ``position``: a number a frame, subject distances.
* ``confidence``: a number a frame in 0..1, or null where nobody says; below ``low_confidence`` a frame is doubtful.
* ``tolerance_deg``, ``tolerance_distance``: how far a frame may be off, in the same units.
* ``within_tolerance``: whether every frame is within.
* ``frames``: of the requested path; paths longer than ``seeds.MOST_CAMERAS`` are sent thinned out, as their cameras are.
* ``align``, ``scale``, ``subject_distance``: as in ``Comparison``.
* ``take``: its number from 0. ``seed``: its seed as text (64 bits are too many for a page's numbers), or null for no take.
* ``kept``: whether it is the one whose path is in ``raxel_paths``; true for exactly one entry.

Where the host runs RaxelCompareTrajectories once for every item of a list, both hold what all of these runs told, one after the
other.

A take in which no camera was found has ``rotation_deg``, ``position`` and ``confidence`` null; it is never kept. No number is
ever NaN or infinite.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raxel_core.evaluation.compare import Comparison, Tolerance
from ..raxel_core.geometry.doubt import LOW_CONFIDENCE
from .seeds import MOST_CAMERAS, Seed, rounded, seed_of

Errors = dict[str, Any]


def paths_seen(comparison: Comparison) -> list[Seed]:
    """``raxel_paths``."""
    return [seed_of(comparison.requested), seed_of(comparison.achieved)]


def errors_seen(
    comparison: Comparison | None,
    tolerance: Tolerance,
    take: int = 0,
    seed: int | None = None,
    kept: bool = True,
) -> Errors:
    """One entry of ``raxel_errors``; None is a take without cameras."""
    shared = {
        "tolerance_deg": tolerance.rotation_deg,
        "tolerance_distance": tolerance.position,
        "low_confidence": LOW_CONFIDENCE,
        "take": take,
        "seed": None if seed is None else str(seed),
        "kept": kept,
    }
    if comparison is None:
        return {
            **shared,
            "rotation_deg": None,
            "position": None,
            "confidence": None,
            "within_tolerance": False,
        }
    return {
        **shared,
        "rotation_deg": thinned(comparison.rotation_deg),
        "position": thinned(comparison.position),
        "confidence": thinned(comparison.achieved.confidence),
        "within_tolerance": tolerance.holds(comparison),
        "frames": len(comparison.position),
        "align": comparison.align,
        "scale": rounded(comparison.scale),
        "subject_distance": comparison.subject_distance,
    }


def thinned(values: NDArray[np.float64] | None) -> list[float] | None:
    """Values a frame, rounded, at those frames whose cameras are sent."""
    if values is None:
        return None
    if len(values) > MOST_CAMERAS:
        values = np.interp(np.linspace(0, len(values) - 1, MOST_CAMERAS), np.arange(len(values)), values)
    return [rounded(value) for value in values.tolist()]
