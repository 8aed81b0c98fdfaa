"""A comparison of two paths in numbers and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry.doubt import LOW_CONFIDENCE
from .compare import Comparison, Tolerance

NOISE = 1e-9
"""Degrees or subject distances: less is the rounding of the arithmetic, not of any camera."""
MOST_RANGES = 12
"""Of frames in one line; the rest is counted."""


def numbers(comparison: Comparison) -> dict[str, Any]:
    """Ready for JSON: rotation_deg and position, each with mean, largest, worst_frame and per_frame; and how it was done."""
    return {
        "frames": len(comparison.position),
        "align": comparison.align,
        "scale": comparison.scale,
        "subject_distance": comparison.subject_distance,
        "rotation_deg": _errors(comparison.rotation_deg),
        "position": _errors(comparison.position),
        "lens_deg": float(np.abs(comparison.hfov_deg).max()),
        "doubtful_frames": np.flatnonzero(comparison.doubtful).tolist(),
        "notes": list(comparison.notes),
    }


def in_words(comparison: Comparison, tolerance: Tolerance | None = None) -> str:
    """A few lines for a person, the verdict first where there is a tolerance."""
    rotation, position = comparison.rotation_deg, comparison.position
    lines = [] if tolerance is None else [verdict(comparison, tolerance)]
    lines += [
        f"rotation: {_spread(rotation)} degrees (frame {rotation.argmax()})",
        f"position: {_spread(position)} subject distances (frame {position.argmax()})",
        f"lens: off by up to {np.abs(comparison.hfov_deg).max():.2g} degrees",
    ]
    if comparison.scale != 1:
        lines.append(f"lengths of the achieved path were multiplied by {comparison.scale:.4g}")
    if comparison.doubtful.any():
        frames = frame_ranges(comparison.doubtful)
        lines.append(f"doubtful, with a confidence below {LOW_CONFIDENCE:g}: frames {frames}")
    return "\n".join([*lines, *comparison.notes])


def told(error: float) -> str:
    """An error in three digits; what only rounding leaves is none."""
    return f"{error:.3g}" if error >= NOISE else "0"


def verdict(comparison: Comparison, tolerance: Tolerance) -> str:
    """One line: within the tolerance, or how many frames are not."""
    bounds = f"{tolerance.rotation_deg:g} degrees and {tolerance.position:g} subject distances"
    outside = tolerance.excess(comparison) > 1
    if not outside.any():
        return f"within {bounds} in all of {len(outside)} frames"
    return f"not within {bounds} in {outside.sum()} of {len(outside)} frames: {frame_ranges(outside)}"


def in_short(comparison: Comparison) -> str:
    """The largest errors in one phrase."""
    rotation, position = comparison.rotation_deg.max(), comparison.position.max()
    return f"off by up to {told(rotation)} degrees and {told(position)} subject distances"


def frame_ranges(chosen: NDArray[np.bool_]) -> str:
    """Frame numbers of a mask (F,) as one would write them: ``0-3, 7``; "" where none is chosen."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    runs = [f"{a}" if a == after - 1 else f"{a}-{after - 1}" for a, after in edges.reshape(-1, 2)]
    return ", ".join(runs[:MOST_RANGES]) + (
        f" and {len(runs) - MOST_RANGES} more" if len(runs) > MOST_RANGES else ""
    )


def _errors(values: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "mean": float(values.mean()),
        "largest": float(values.max()),
        "worst_frame": int(values.argmax()),
        "per_frame": values.tolist(),
    }


def _spread(values: NDArray[np.float64]) -> str:
    return f"{told(values.mean())} on average, {told(values.max())} at most"
