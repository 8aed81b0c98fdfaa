"""Presets: named camera moves as trajectories.

Amounts are degrees or subject distances and never depend on the number of frames: the last camera of 17 frames is the
last camera of 81. The subject is the point at ``subject_distance`` on the start camera's optical axis. Film words: pan,
tilt and roll rotate; truck, pedestal and dolly translate; a lens zoom changes the focal length. The paper's ``zoom_in``
and ``zoom_out`` keep the paper's names and are dollies.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from . import moves
from .moves import Move, MoveFunction, Shot
from .rays import intrinsics
from .trajectory import Trajectory

Array = NDArray[np.float64]

MAX_FRAMES = 10_000
"""Bound on the length of one preset: ten minutes at 16 fps, and 2 MB."""


@dataclass(frozen=True)
class Preset:
    """One named move."""

    amount: float
    """Used when the caller gives none."""
    unit: Literal["degrees", "subject distances"]
    """Of ``amount``."""
    description: str
    """One line for a menu."""
    move: MoveFunction
    """Cameras as a function of progress."""


PRESETS: dict[str, Preset] = {
    "arc_left": Preset(
        30, "degrees", "circles the subject to the camera's left, aimed at it", moves.around(-1)
    ),
    "arc_right": Preset(
        30, "degrees", "circles the subject to the camera's right, aimed at it", moves.around(1)
    ),
    "zoom_in": Preset(
        0.5, "subject distances", "the paper's zoom: a dolly towards the subject", moves.shift(2, 1)
    ),
    "zoom_out": Preset(
        0.5, "subject distances", "the paper's zoom: a dolly away from the subject", moves.shift(2, -1)
    ),
    "static": Preset(0, "degrees", "stands still", moves.static),
    "pan_left": Preset(30, "degrees", "turns to the left on the spot", moves.turn(1, -1)),
    "pan_right": Preset(30, "degrees", "turns to the right on the spot", moves.turn(1, 1)),
    "tilt_up": Preset(20, "degrees", "looks up on the spot", moves.turn(0, 1)),
    "tilt_down": Preset(20, "degrees", "looks down on the spot", moves.turn(0, -1)),
    "roll_cw": Preset(30, "degrees", "rolls clockwise; the picture turns anticlockwise", moves.turn(2, 1)),
    "roll_ccw": Preset(30, "degrees", "rolls anticlockwise; the picture turns clockwise", moves.turn(2, -1)),
    "truck_left": Preset(0.3, "subject distances", "slides to the left", moves.shift(0, -1)),
    "truck_right": Preset(0.3, "subject distances", "slides to the right", moves.shift(0, 1)),
    "pedestal_up": Preset(0.3, "subject distances", "rises, still level", moves.shift(1, -1)),
    "pedestal_down": Preset(0.3, "subject distances", "sinks, still level", moves.shift(1, 1)),
    "dolly_in": Preset(0.5, "subject distances", "moves towards the subject", moves.shift(2, 1)),
    "dolly_out": Preset(0.5, "subject distances", "moves away from the subject", moves.shift(2, -1)),
    "orbit_left": Preset(
        360, "degrees", "goes once round the subject, leaving to the left", moves.around(-1)
    ),
    "orbit_right": Preset(
        360, "degrees", "goes once round the subject, leaving to the right", moves.around(1)
    ),
    "crane_up": Preset(0.5, "subject distances", "rises and keeps the subject in the centre", moves.crane_up),
    "spiral": Preset(0.25, "subject distances", "two widening turns, aimed at the subject", moves.spiral),
    "dolly_zoom": Preset(
        0.4, "subject distances", "dollies in and widens: the subject keeps its size", moves.dolly_zoom
    ),
    "lens_zoom_in": Preset(20, "degrees", "narrows the lens; the camera stays", moves.lens_zoom(-1)),
    "lens_zoom_out": Preset(20, "degrees", "widens the lens; the camera stays", moves.lens_zoom(1)),
    "handheld": Preset(1.5, "degrees", "sways as a camera in the hand does, after the seed", moves.handheld),
}

EASINGS = {
    "linear": lambda t: t,
    "ease_in": lambda t: t**2,
    "ease_out": lambda t: 1 - (1 - t) ** 2,
    "ease_in_out": lambda t: t**2 * (3 - 2 * t),
}


def _one_of(kind: str, name: str, names: dict) -> None:
    if name not in names:
        raise RaxelError(f"unknown {kind} {name!r}; choose one of {', '.join(names)}")


def _within(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise RaxelError(f"{what} must be within {low:g} and {high:g}, got {value:g}")


def preset_trajectory(
    name: str,
    frames: int = 81,
    width: int = 832,
    height: int = 480,
    fps: float = 16.0,
    amount: float | None = None,
    hfov_deg: float = 60.0,
    subject_distance: float = 1.0,
    easing: str = "ease_in_out",
    seed: int = 0,
    start: Trajectory | None = None,
) -> Trajectory:
    """Cameras of a named move.

    Args:
        name: one of PRESETS.
        frames: cameras of this move, 1..10000.
        width: pixels across the image.
        height: pixels down the image.
        fps: frames per second.
        amount: degrees or subject distances, as the preset's unit says; None takes the preset's; negative goes the other way.
        hfov_deg: horizontal angle of view of the lens at the start, 1..170; with ``start`` its last lens is kept instead.
        subject_distance: from the start camera to the subject, in scene units.
        easing: one of EASINGS.
        seed: for ``handheld``.
        start: earlier path; the move goes on from its last camera, which is not repeated.

    Returns:
        ``frames`` cameras, the first the identity; with ``start`` its cameras and then ``frames - 1`` more.
    """
    _one_of("preset", name, PRESETS)
    _one_of("easing", easing, EASINGS)
    _within("frames", frames, 1, MAX_FRAMES)
    _within("hfov_deg", hfov_deg, 1, 170)
    _within("subject_distance", subject_distance, 1e-6, 1e6)
    amount = PRESETS[name].amount if amount is None else float(amount)
    _within("amount", amount, -3600, 3600)
    K = intrinsics(hfov_deg, width, height)
    if start is not None:
        start = replace(start.fitted(width, height), fps=fps)
        K, hfov_deg = start.K[-1], float(start.hfov_deg[-1])
    time = np.linspace(0, 1, frames)
    shot = Shot(EASINGS[easing](time), time, amount, subject_distance, hfov_deg, seed)
    path = _zoomed(K, PRESETS[name].move(shot), width, height, fps)
    return path if start is None else start.then(path)


def _zoomed(K: Array, move: Move, width: int, height: int, fps: float) -> Trajectory:
    Ks = np.tile(K, (len(move.zoom), 1, 1))
    Ks[:, 0, 0] *= move.zoom
    Ks[:, 1, 1] *= move.zoom
    return Trajectory(move.c2w, Ks, width, height, fps, "metric")
