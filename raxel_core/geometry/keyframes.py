"""Keyframes: a camera path as a few cameras at frames, and the smooth path through them.

Positions, lens and rotation each pass through the keys without overshoot (PCHIP); a key can make the way to the next one
straight or round, ease it, and rest before it. With ``aim="subject"`` what is interpolated is the rotation over looking at the
subject, so that keys that aim at it give a camera that aims at it all the way. docs/path-json.md says the rules;
web/math/path.mjs computes the same cameras, to 1e-6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .checks import number, one_of, unit_quaternion, vector, whole
from .pchip import hermite, pchip_slopes
from .presets import EASINGS, MAX_FRAMES
from .rays import intrinsics
from .rotation import (
    facing,
    matrix_from_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_wxyz,
    rotation_exp,
)
from .round import round_slopes
from .trajectory import Scale, Trajectory

Array = NDArray[np.float64]
Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Interpolation = Literal["smooth", "linear", "round"]
Aim = Literal["free", "subject"]

MAX_KEYS = 1000
MAX_COORDINATE = 1e9
"""Of positions and the subject, scene units; far enough, and no arithmetic overflows."""
TINY = 1e-9
"""Below this a length or a sine counts as none."""


@dataclass(frozen=True)
class Key:
    """A camera at a frame. ``interpolation``, ``easing`` and ``hold`` are of the way to the next key.

    Raises RaxelError for values outside their range.
    """

    frame: int
    """From 0."""
    position: Vector
    """In the world (OpenCV axes), scene units."""
    rotation: Quaternion
    """Camera-to-world, scalar first; rounded ones are made unit length."""
    hfov_deg: float = 60.0
    """Horizontal angle of view, 1..170."""
    interpolation: Interpolation = "smooth"
    """Of position, rotation and lens."""
    easing: str = "linear"
    """One of EASINGS: how time passes."""
    hold: int = 0
    """Frames that the camera rests here, at most up to one frame before the next key."""

    def __post_init__(self) -> None:
        """Check everything once, here."""
        set_ = object.__setattr__
        set_(self, "frame", whole(self.frame, '"frame"', 0, MAX_FRAMES - 1))
        set_(self, "position", vector(self.position, '"position"', 3, MAX_COORDINATE))
        set_(self, "rotation", unit_quaternion(self.rotation, '"rotation"'))
        set_(self, "hfov_deg", number(self.hfov_deg, '"hfov_deg"', 1, 170))
        one_of(self.interpolation, '"interpolation"', ["smooth", "linear", "round"])
        one_of(self.easing, '"easing"', list(EASINGS))
        set_(self, "hold", whole(self.hold, '"hold"', 0, MAX_FRAMES))


@dataclass(frozen=True)
class KeyframePath:
    """Keys and the clip that they are for.

    Raises RaxelError for values outside their range, and keys that do not ascend or lie outside the clip.
    """

    keys: tuple[Key, ...]
    """1..1000, ascending frames."""
    frames: int = 81
    """Of the clip, 1..10000."""
    fps: float = 16.0
    """Frames per second."""
    width: int = 832
    """Pixels across the picture."""
    height: int = 480
    """Pixels down the picture."""
    scale: Scale = "metric"
    """What a translation means, as in Trajectory."""
    subject: Vector = (0.0, 0.0, 1.0)
    """Point in the world that the path is about."""
    aim: Aim = "free"
    """"subject": rotations are interpolated as what they add to looking at the subject."""
    edited: bool = False
    """Whether a person changed something; an unedited path gives way to a trajectory that is wired in."""

    def __post_init__(self) -> None:
        """Check everything once, here."""
        set_ = object.__setattr__
        set_(self, "frames", whole(self.frames, '"frames"', 1, MAX_FRAMES))
        set_(self, "fps", number(self.fps, '"fps"', 0.001, 240))
        set_(self, "width", whole(self.width, '"width"', 32, 8192))
        set_(self, "height", whole(self.height, '"height"', 32, 8192))
        one_of(self.scale, '"scale"', ["metric", "relative"])
        set_(self, "subject", vector(self.subject, '"subject"', 3, MAX_COORDINATE))
        one_of(self.aim, '"aim"', ["free", "subject"])
        one_of(self.edited, '"edited"', [False, True])
        set_(self, "keys", tuple(self.keys))
        _check_order(self.keys, self.frames)

    def trajectory(self) -> Trajectory:
        """Cameras of all frames, lens centred and pixels square."""
        positions, R, hfov_deg = cameras_at(self, np.arange(self.frames, dtype=np.float64))
        c2w = np.tile(np.eye(4), (self.frames, 1, 1))
        c2w[:, :3, :3], c2w[:, :3, 3] = R, positions
        K = intrinsics(hfov_deg, self.width, self.height)
        return Trajectory(c2w, K, self.width, self.height, self.fps, self.scale)


def _check_order(keys: tuple[Key, ...], frames: int) -> None:
    if not 1 <= len(keys) <= MAX_KEYS:
        raise RaxelError(f"a path has 1 to {MAX_KEYS} keys, got {len(keys)}")
    for index, key in enumerate(keys):
        whole(key.frame, f'key {index}: "frame"', 0, frames - 1)
        if index and key.frame <= keys[index - 1].frame:
            raise RaxelError(
                f"key {index}: its frame {key.frame} must come after frame {keys[index - 1].frame} of the key before"
            )


class _Knots(NamedTuple):
    """The moments at which the camera is known: every key, and the end of every hold."""

    keys: list[Key]
    time: Array  # (n,)
    turn: Array  # (n, 4) rotations, or what they add to looking at the subject

    def straight(self) -> NDArray[np.bool_]:
        """(n,) whether the way on from each knot is linear."""
        return np.array([key.interpolation == "linear" for key in self.keys])


def _knots(path: KeyframePath) -> _Knots:
    keys, time = [], []
    for index, key in enumerate(path.keys):
        last = index + 1 == len(path.keys)
        hold = 0 if last else min(key.hold, path.keys[index + 1].frame - key.frame - 1)
        for rest in [0, hold] if hold > 0 else [0]:
            keys.append(key)
            time.append(float(key.frame + rest))
    turn = np.array([key.rotation for key in keys], dtype=np.float64)
    if path.aim == "subject":
        aimed = quaternion_wxyz(_aimed(np.array([key.position for key in keys]), path.subject))
        turn = quaternion_multiply(quaternion_conjugate(aimed), turn)
    return _Knots(keys, np.array(time), turn)


def cameras_at(path: KeyframePath, times: Array) -> tuple[Array, Array, Array]:
    """Positions (N, 3), rotations (N, 3, 3) and lenses (N,) in degrees at fractional frames (N,); outside, it stands."""
    knots = _knots(path)
    count = len(knots.time)
    values = np.array([[*key.position, key.hfov_deg, 0, 0, 0] for key in knots.keys])  # (n, 7)
    steps = np.diff(knots.time)
    change = np.diff(values, axis=0)
    change[:, 4:] = shortest_turn(quaternion_multiply(quaternion_conjugate(knots.turn[:-1]), knots.turn[1:]))
    slopes = _slopes(knots, steps, change / steps[:, None])
    i = np.clip(np.searchsorted(knots.time, times, side="right") - 1, 0, max(0, count - 2))
    at = values[i]
    if count > 1:
        u = _eased(knots, i, np.clip((times - knots.time[i]) / steps[i], 0, 1))[:, None]
        step = steps[i][:, None]
        smooth = hermite(u, at, at + change[i], slopes[i] * step, slopes[i + 1] * step)
        at = np.where(knots.straight()[i][:, None], at + u * change[i], smooth)
    R = matrix_from_quaternion(knots.turn[i]) @ rotation_exp(at[:, 4:])
    if path.aim == "subject":
        R = _aimed(at[:, :3], path.subject) @ R
    return at[:, :3], R, at[:, 3]


VECTORS = (slice(0, 3), slice(3, 4), slice(4, 7))
"""Channels that belong together: position, lens, turn."""


def _slopes(knots: _Knots, steps: Array, secants: Array) -> Array:
    """Slopes (n, 7): those that round corners at knots between round ways, else those that never overshoot."""
    slopes = pchip_slopes(steps, secants)
    ways = np.array([key.interpolation == "round" for key in knots.keys])[: len(steps)]
    if ways.any():
        rounded = np.concatenate([round_slopes(steps, secants[:, vector]) for vector in VECTORS], axis=1)
        on_round = np.append(ways, True) & np.insert(ways, 0, True)
        slopes[on_round] = rounded[on_round]
    return slopes


def _eased(knots: _Knots, index: NDArray[np.intp], share: Array) -> Array:
    """Progress (N,) along segments ``index`` from shares (N,) of their time."""
    used = sorted({key.easing for key in knots.keys})
    easing = np.array([used.index(key.easing) for key in knots.keys])[index]
    eased: list[Callable[[Array], Array]] = [EASINGS[name] for name in used]
    return np.choose(easing, [ease(share) for ease in eased])


def shortest_turn(q_wxyz: Array) -> Array:
    """Rotation vectors (N, 3), radians, of unit quaternions (N, 4).

    A half turn has two; the one whose last component that is not zero is positive is taken, so that JS and Python agree.
    """
    w, xyz = q_wxyz[:, 0], q_wxyz[:, 1:]
    present = np.abs(xyz[:, ::-1]) > TINY
    last = np.take_along_axis(xyz[:, ::-1], present.argmax(axis=1)[:, None], axis=1)[:, 0]
    positive = np.where(np.abs(w) > TINY, w >= 0, (last >= 0) | ~present.any(axis=1))
    sign = np.where(positive, 1.0, -1.0)
    sine = np.linalg.norm(xyz, axis=1)
    factor = np.where(sine > 0, 2 * np.arctan2(sine, sign * w) / np.where(sine > 0, sine, 1), 2.0)
    return xyz * (sign * factor)[:, None]


def _aimed(positions: Array, subject: Vector) -> Array:
    """Rotations (N, 3, 3) that look at the subject; the identity at the subject, image down along z for plumb views."""
    view = np.array(subject) - positions
    distance = np.linalg.norm(view, axis=1)
    nowhere = distance <= TINY
    forward = view / np.where(nowhere, 1, distance)[:, None]
    plumb = np.hypot(forward[:, 0], forward[:, 2]) <= TINY
    down = np.where((plumb & ~nowhere)[:, None], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0])
    R = facing(np.where(nowhere[:, None], [0.0, 0.0, 1.0], forward), down)
    return np.where(nowhere[:, None, None], np.eye(3), R)
