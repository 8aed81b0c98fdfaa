"""Which clips of N frames a scene gives, and which split it belongs to: functions of names and seeds alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import RaxelError
from ...geometry.rotation import rotation_angle_deg
from ...geometry.trajectory import Trajectory

SPLITS = ("train", "validation", "test", "all")
SHARES = {"validation": 0.05, "test": 0.05}
"""Of the names, by their hash; the rest is for training."""
JUMP = 10.0
"""How many times longer than its neighbours a step between two cameras is, where the camera is lost or the clip cut."""
LEAST_TURN_DEG, LEAST_MOVE = 3.0, 0.05
"""Of a jump; the move as a share of the scene's extent."""


@dataclass(frozen=True)
class Window:
    """Frames `start`, `start + stride`, ... of the clip number `index` of a data set."""

    index: int
    name: str
    start: int
    stride: int


def split_of(name: str) -> str:
    """The split of a scene (or of a group of scenes): by a hash of its name, so it never moves."""
    place = number_of(name) / 2**64
    if place < SHARES["validation"]:
        return "validation"
    return "test" if place < SHARES["validation"] + SHARES["test"] else "train"


def number_of(*words: str | int) -> int:
    """64 bits that depend on these words alone, on every machine."""
    return int.from_bytes(hashlib.sha256("\n".join(map(str, words)).encode()).digest()[:8], "big")


def jumps(trajectory: Trajectory) -> np.ndarray:
    """(F - 1,) whether the step to the next camera is a jump: 10 times the median of the two steps on either side."""
    R, T = trajectory.c2w[:, :3, :3], trajectory.c2w[:, :3, 3]
    turns = rotation_angle_deg(R[:-1], R[1:])
    moves = np.linalg.norm(np.diff(T, axis=0), axis=1)
    extent = float(np.linalg.norm(T - np.median(T, axis=0), axis=1).max())
    return _outliers(turns, LEAST_TURN_DEG) | _outliers(moves, LEAST_MOVE * extent)


def _outliers(steps: np.ndarray, least: float) -> np.ndarray:
    if len(steps) < 3:
        return np.zeros(len(steps), bool)
    padded = np.pad(steps, 2, constant_values=np.nan)
    around = np.stack([padded[:-4], padded[1:-3], padded[3:-1], padded[4:]])
    return (steps > JUMP * np.nanmedian(around, axis=0)) & (steps > max(least, 1e-9))


def segments(trajectory: Trajectory, present: np.ndarray) -> list[tuple[int, int]]:
    """Runs of frames [start, stop) without a missing picture or a jump in them."""
    starts = np.concatenate([[True], jumps(trajectory)])
    runs: list[tuple[int, int]] = []
    for frame in np.flatnonzero(present):
        if runs and runs[-1][1] == frame and not starts[frame]:
            runs[-1] = (runs[-1][0], int(frame) + 1)
        else:
            runs.append((int(frame), int(frame) + 1))
    return runs


def cut(
    runs: Sequence[tuple[int, int]], frames: int, strides: Sequence[int], seed: int, name: str, most: int = 0
) -> list[tuple[int, int]]:
    """(start, stride) of a scene's windows.

    For every stride, each run of L frames gives floor(L / span) windows end to end, span = (frames - 1) * stride + 1,
    the first of them as many frames in as the seed and the name say. Of all these, `most` are drawn (0: all).
    """
    if frames < 1 or not strides or min(strides) < 1:
        raise RaxelError(f"frames and strides must be at least 1, got {frames} and {list(strides)}")
    rng = np.random.default_rng([seed, number_of(name)])
    found = []
    for stride in strides:
        span = (frames - 1) * stride + 1
        for start, stop in runs:
            count = (stop - start) // span
            if count:
                first = start + int(rng.integers(0, stop - start - count * span + 1))
                found += [(first + k * span, stride) for k in range(count)]
    if most and len(found) > most:
        found = [found[k] for k in sorted(rng.choice(len(found), most, replace=False))]
    return found
