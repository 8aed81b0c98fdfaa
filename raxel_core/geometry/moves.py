"""Camera moves: what each preset does, as functions of progress.

Every move starts at the identity camera (OpenCV axes: x right, y down, z forward) with the subject at
(0, 0, distance) on its optical axis, and depends only on progress 0..1, never on the number of frames.
Rotation signs: +y turns right, +x looks up, +z rolls clockwise as the operator sees it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .rays import focal_from_fov
from .rotation import axis_rotation, look_at, rotation_exp

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shot:
    """What a move is told."""

    progress: Array
    """(F,) eased progress, 0 at the first frame and 1 at the last."""
    time: Array
    """(F,) the same without easing."""
    amount: float
    """Degrees or subject distances, as the move says."""
    distance: float
    """To the subject, in scene units."""
    hfov_deg: float
    """Lens at the start."""
    seed: int
    """For moves that are drawn by chance."""


class Move(NamedTuple):
    """Cameras of a move."""

    c2w: Array
    """(F, 4, 4), the first one the identity."""
    zoom: Array
    """(F,) focal length over the starting focal length."""


MoveFunction = Callable[[Shot], Move]


def _rigid(R: Array | None, T: Array | None, num_frames: int) -> Array:
    c2w = np.tile(np.eye(4), (num_frames, 1, 1))
    if R is not None:
        c2w[:, :3, :3] = R
    if T is not None:
        c2w[:, :3, 3] = T
    return c2w


def _unzoomed(c2w: Array) -> Move:
    return Move(c2w, np.ones(len(c2w)))


def _aimed(positions: Array, shot: Shot) -> Move:
    return _unzoomed(look_at(positions, [0.0, 0.0, shot.distance]))


def static(shot: Shot) -> Move:
    """Nothing moves."""
    return _unzoomed(_rigid(None, None, len(shot.progress)))


def turn(axis: int, sign: int) -> MoveFunction:
    """Rotation by ``amount`` degrees about the camera's own x (tilt), y (pan) or z (roll) axis."""

    def move(shot: Shot) -> Move:
        return _unzoomed(
            _rigid(axis_rotation(axis, sign * shot.amount * shot.progress), None, len(shot.progress))
        )

    return move


def shift(axis: int, sign: int) -> MoveFunction:
    """Straight move of ``amount`` subject distances along x (truck), y (pedestal) or z (dolly); no rotation."""

    def move(shot: Shot) -> Move:
        T = (sign * shot.amount * shot.distance * shot.progress)[:, None] * np.eye(3)[axis]
        return _unzoomed(_rigid(None, T, len(shot.progress)))

    return move


def around(sign: int) -> MoveFunction:
    """Level circle of ``amount`` degrees about the subject, aimed at it; sign -1 moves to the camera's left."""

    def move(shot: Shot) -> Move:
        R = axis_rotation(1, -sign * shot.amount * shot.progress)
        subject = np.array([0.0, 0.0, shot.distance])
        return _unzoomed(_rigid(R, subject - R @ subject, len(R)))

    return move


def crane_up(shot: Shot) -> Move:
    """Rise by ``amount`` subject distances, aimed at the subject."""
    return _aimed((shot.amount * shot.distance * shot.progress)[:, None] * np.array([0.0, -1.0, 0.0]), shot)


def spiral(shot: Shot) -> Move:
    """Two widening clockwise turns in the plane across the start view, out to ``amount`` subject distances, aimed at it."""
    angle = 4 * np.pi * shot.progress
    radius = shot.amount * shot.distance * shot.progress
    return _aimed(np.stack([radius * np.cos(angle), radius * np.sin(angle), 0 * angle], axis=-1), shot)


def dolly_zoom(shot: Shot) -> Move:
    """Dolly in by ``amount`` subject distances while the lens widens, so that the subject keeps its size."""
    if shot.amount >= 1:
        raise RaxelError(
            f"dolly_zoom must stop before the subject: amount must be below 1, got {shot.amount:g}"
        )
    return Move(shift(2, 1)(shot).c2w, 1 - shot.amount * shot.progress)


def lens_zoom(sign: int) -> MoveFunction:
    """Change the horizontal angle of view by ``amount`` degrees, sign -1 narrows it (zooms in); the camera stays."""

    def move(shot: Shot) -> Move:
        hfov_deg = shot.hfov_deg + sign * shot.amount * shot.progress
        if hfov_deg.min() < 1 or hfov_deg.max() > 170:
            raise RaxelError(
                f"a lens zoom of {shot.amount:g} degrees from {shot.hfov_deg:g} ends at {hfov_deg[-1]:g}; "
                "angles of view must stay within 1 and 170 degrees"
            )
        return Move(static(shot).c2w, focal_from_fov(hfov_deg, 2.0) / focal_from_fov(shot.hfov_deg, 2.0))

    return move


HANDHELD_CYCLES = np.arange(8) + 0.75
"""Frequencies of handheld in cycles per clip, none whole so that the clip does not end where it began; amplitudes fall as
1 / frequency."""


def handheld(shot: Shot) -> Move:
    """Seeded sway that strays up to ``amount`` degrees, and half of that angle's arc in subject distances, from the start.

    A sum of eight sines over normalised time, so the same path whatever the number of frames; easing does not apply.
    """
    rng = np.random.default_rng(shot.seed)
    weights = (
        rng.standard_normal((2, 8, 6)) / HANDHELD_CYCLES[:, None]
    )  # cosine and sine parts of 6 degrees of freedom
    weights[..., 2] *= 0.3  # hands roll less than they pan and tilt

    def sway(time: Array) -> Array:
        phase = 2 * np.pi * time[:, None] * HANDHELD_CYCLES
        return (np.cos(phase) - 1) @ weights[0] + np.sin(phase) @ weights[1]

    dense = sway(np.linspace(0, 1, 1001)).reshape(-1, 2, 3)
    peak = np.linalg.norm(dense, axis=-1).max(axis=0)  # of the rotation vector, of the translation
    reach = np.radians(shot.amount) * np.array([1.0, 0.5 * shot.distance])
    path = sway(shot.time).reshape(-1, 2, 3) * (reach / peak)[:, None]
    return _unzoomed(_rigid(rotation_exp(path[:, 0]), path[:, 1], len(path)))
