"""The frame rate of keys in seconds, for formats that know times but no frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .scene import FRAME_TOLERANCE
from .source import Source

Array = NDArray[np.float64]

USUAL = (
    24.0,
    25.0,
    30.0,
    60.0,
    50.0,
    24000 / 1001,
    30000 / 1001,
    60000 / 1001,
    48.0,
    16.0,
    12.0,
    15.0,
    120.0,
)
"""Rates that sparse keys are tried on, the likelier first; film and television also count 1001 for 1000."""
SLOWEST, FASTEST = 8.0, 480.0
"""Keys one after another at a rate within these are one a frame; slower ones were set by hand."""


def frames_of_keys(keys_s: Array, source: Source, default: float) -> float:
    """Frames per second of an animation with these keys.

    Keys that follow each other evenly are one a frame. Others were set by hand: the user's rate, else the first usual one
    on whose frames they all lie, else ``default``, with a note each.

    Args:
        keys_s: (n >= 2,) seconds of all keys, rising.
        source: is told what was assumed.
        default: the rate where nothing fits.
    """
    baked = _baked(keys_s)
    asked = source.ask.fps
    if baked is not None:
        if asked is not None and abs(asked / baked - 1) > 1e-3:
            source.note(
                f"the file has a key every frame at {baked:g} per second; {asked:g} was asked and left out"
            )
        return baked
    if asked is not None:
        return asked
    for rate in USUAL:
        if _on_frames(keys_s, rate):
            source.note(f"the file has no frame rate; its keys lie on frames of {rate:g} per second")
            return rate
    return source.fps(default)


def _baked(keys_s: Array) -> float | None:
    """The rate of keys of which most come one frame after the last."""
    gaps = np.diff(keys_s)
    one_frame = gaps < 1.5 * gaps.min()
    if one_frame.mean() < 0.5:
        return None
    steps = np.rint(gaps / np.median(gaps[one_frame]))
    rate = float(steps.sum() / (keys_s[-1] - keys_s[0]))
    if not SLOWEST <= rate <= FASTEST or not _on_frames(keys_s, rate):
        return None
    usual = min((float(round(rate)), *USUAL), key=lambda other: abs(rate - other))
    single_precision = 2.0**-22 * keys_s[-1] / (keys_s[-1] - keys_s[0])
    return usual if abs(rate / usual - 1) < 1e-4 + single_precision else round(rate, 4)


def _on_frames(keys_s: Array, rate: float) -> bool:
    frames = (keys_s - keys_s[0]) * rate
    return bool(np.abs(frames - np.rint(frames)).max() < 2 * FRAME_TOLERANCE)
