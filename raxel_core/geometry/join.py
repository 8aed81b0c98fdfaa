"""Camera paths one after the other, with a bridge between them on which position, turn and lens keep their speed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .edit import MAX_FRAMES, anchored, retimed, trimmed
from .pchip import hermite
from .rotation import hat, rotation_exp, rotation_log
from .trajectory import Trajectory

Array = NDArray[np.float64]
Place = Literal["continue", "stay"]
PLACES: tuple[Place, ...] = ("continue", "stay")


def joined(
    first: Trajectory, second: Trajectory, place: Place = "continue", blend_s: float = 0.0
) -> Trajectory:
    """One path, then another; the second is brought to the first one's rate (its duration stays) and picture size.

    Args:
        first: F cameras.
        second: what follows.
        place: "continue" moves the second path so that it begins at the last camera of the first, which is not repeated;
            "stay" leaves both where they are.
        blend_s: seconds of the bridge. "continue": it replaces as much of the end of the first path as of the start of the
            second. "stay": it lies between them, as new cameras; 0 is a cut.

    Returns:
        the path, metric if both are. Raises RaxelError for a bridge longer than the paths allow, or too many cameras.
    """
    if not (np.isfinite(blend_s) and blend_s >= 0):
        raise RaxelError(f"a blend takes 0 seconds or more, got {blend_s:g}")
    if place not in PLACES:
        raise RaxelError(f"there is no place {str(place)[:40]!r}; choose one of {', '.join(PLACES)}")
    second = retimed(second, fps=first.fps)
    if (second.width, second.height) != (first.width, first.height):
        second = second.fitted(first.width, first.height)
    if place == "stay":
        return _bridged(first, second, round(blend_s * first.fps) or 1)
    second = anchored(second, first.c2w[-1])
    half = round(blend_s * first.fps / 2)
    if half == 0:
        return _chained([first, trimmed(second, 1, -1)] if second.num_frames > 1 else [first])
    most = max(0, min(first.num_frames, second.num_frames) - 2)  # two cameras stay, and tell how fast they go
    if half > most:
        raise RaxelError(
            f"a blend of {blend_s:g} s takes {half} frames of either path, the shorter one has {most} to give; "
            f"blend at most {2 * most / first.fps:.3g} s"
        )
    return _bridged(trimmed(first, 0, -1 - half), trimmed(second, half, -1), 2 * half)


def _bridged(first: Trajectory, second: Trajectory, steps: int) -> Trajectory:
    """Both paths with ``steps - 1`` new cameras between them."""
    if first.num_frames + second.num_frames + steps > MAX_FRAMES:
        raise RaxelError(
            f"the joined path would have more than {MAX_FRAMES} cameras; trim the paths or shorten the blend"
        )
    return _chained([first, *([bridge(first, second, steps)] if steps > 1 else []), second])


def bridge(first: Trajectory, second: Trajectory, steps: int) -> Trajectory:
    """The cameras between the last of one path and the first of another, ``steps`` frames later, speed kept at both ends.

    Args:
        first: path of which the last cameras count, at most three.
        second: path of which the first cameras count, at most three.
        steps: frames from one to the other, at least 2.

    Returns:
        ``steps - 1`` cameras.
    """
    u = np.arange(1, steps)[:, None] / steps
    start, end = _End.of(first.c2w[::-1], first.K[::-1], -1.0), _End.of(second.c2w, second.K, 1.0)
    way = rotation_log(start.R.T @ end.R)
    # The curve runs in the turn's logarithm, where the speed at its far end looks different than in camera axes.
    turn = hermite(u, np.zeros(3), way, steps * start.turn_rate, steps * (_log_rate(way) @ end.turn_rate))
    values = hermite(u, start.values, end.values, steps * start.value_rate, steps * end.value_rate)
    c2w, K = np.tile(np.eye(4), (steps - 1, 1, 1)), np.zeros((steps - 1, 3, 3))
    c2w[:, :3, :3], c2w[:, :3, 3] = start.R @ rotation_exp(turn), values[:, :3]
    K[:, [0, 1], [0, 1]], K[:, [0, 0, 1], [1, 2, 2]] = np.exp(values[:, 3:5]), values[:, 5:]
    K[:, 2, 2] = 1
    return replace(first, c2w=c2w, K=K, confidence=_confidence_between(first, second, u[:, 0]))


def _confidence_between(first: Trajectory, second: Trajectory, share: Array) -> Array | None:
    """(N,) from the last camera of one path to the first of another; None where neither says anything."""
    if first.confidence is None and second.confidence is None:
        return None
    start = 1.0 if first.confidence is None else first.confidence[-1]
    end = 1.0 if second.confidence is None else second.confidence[0]
    return start + share * (end - start)


@dataclass(frozen=True, eq=False)
class _End:
    """A camera at an end of a path, and its rates a frame, forward in time."""

    R: Array
    turn_rate: Array
    """(3,) in camera axes."""
    values: Array
    """(8,) position, logarithms of fx and fy, skew, cx, cy."""
    value_rate: Array

    @classmethod
    def of(cls, c2w: Array, K: Array, sign: float) -> _End:
        """Of cameras told from the end inwards; ``sign`` is 1 where time runs inwards."""
        c2w, K = c2w[:3], K[:3]
        lens = np.concatenate([np.log(K[:, [0, 1], [0, 1]]), K[:, [0, 0, 1], [1, 2, 2]]], axis=1)
        values = np.concatenate([c2w[:, :3, 3], lens], axis=1)
        turns = rotation_log(np.swapaxes(c2w[:-1, :3, :3], -1, -2) @ c2w[1:, :3, :3])
        return cls(c2w[0, :3, :3], sign * _rate(turns), values[0], sign * _rate(np.diff(values, axis=0)))


def _rate(changes: Array) -> Array:
    """The rate at an end from up to two changes a frame, told from there inwards: of the parabola through three values."""
    if not len(changes):
        return np.zeros(changes.shape[1])
    return changes[0] if len(changes) == 1 else 1.5 * changes[0] - 0.5 * changes[1]


def _log_rate(turn: Array) -> Array:
    """(3, 3) from a rate in camera axes to that of the logarithm (3,): the inverse of SO(3)'s right Jacobian."""
    angle = float(np.linalg.norm(turn))
    skew = hat(turn)
    second = 1 / 12 if angle < 1e-4 else 1 / angle**2 - 1 / (2 * angle * np.tan(angle / 2))
    return np.eye(3) + 0.5 * skew + second * (skew @ skew)


def _chained(parts: list[Trajectory]) -> Trajectory:
    """Paths of one picture size as one, the first one's rate; a part that says nothing of its confidence counts as sure."""
    sure = [np.ones(part.num_frames) if part.confidence is None else part.confidence for part in parts]
    return replace(
        parts[0],
        c2w=np.concatenate([part.c2w for part in parts]),
        K=np.concatenate([part.K for part in parts]),
        scale="metric" if all(part.scale == "metric" for part in parts) else "relative",
        confidence=None if all(part.confidence is None for part in parts) else np.concatenate(sure),
    )
