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
HANDFUL = 5
"""Up to so many keys may be even by chance."""
NEARLY_ALL = 0.9
"""Share of gaps of one frame from which on keys are one a frame. Exporters leave out keys where nothing moves."""


def frames_of_keys(keys_s: Array, source: Source, default: float) -> float:
    """Frames per second of an animation with these keys.

    No file says it. Many keys of which nearly all follow each other evenly are one a frame; the user's rate then only
    counts where they all lie on its frames too. Others were set by hand: the user's rate, else the first usual one on
    whose frames they all lie, else the keys' own where they are even, else ``default``, with a note each.

    Args:
        keys_s: (n >= 2,) seconds of all keys, rising.
        source: is told what was assumed.
        default: the rate where nothing fits.
    """
    baked, asked = _baked(keys_s), source.ask.fps
    many = len(keys_s) > HANDFUL
    if asked is not None:
        if baked is None or not many or _on_frames(keys_s, asked):
            return asked
        source.note(
            f"the file has a key every frame at {baked:g} per second; {asked:g} was asked and left out"
        )
        return baked
    usual = next((rate for rate in USUAL if _on_frames(keys_s, rate)), None)
    if usual is not None and not (baked and many):
        source.note(f"the file has no frame rate; its keys lie on frames of {usual:g} per second")
        return usual
    if baked is not None:
        source.note(f"the file has no frame rate; its {len(keys_s)} keys come at {baked:g} per second")
        return baked
    return source.fps(default)


def _baked(keys_s: Array) -> float | None:
    """The rate of keys of which nearly all come one frame after the last."""
    gaps = np.diff(keys_s)
    one_frame = gaps < 1.5 * gaps.min()
    if one_frame.mean() < NEARLY_ALL:
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
