"""Random smooth camera paths inside a room.

Every path is a start camera and a motion in that camera's own axes; the motion is drawn from the families that artists
ask for (arc, dolly, truck, pedestal, pan, tilt, and mixtures of them), so that the presets lie inside the training set.
"""

import numpy as np

from ..geometry.rotation import rotation_exp

FAMILIES = ("arc", "pan", "tilt", "dolly", "truck", "pedestal", "mix")
SHARES = (0.24, 0.15, 0.04, 0.06, 0.06, 0.02, 0.43)
PLACES = 3  # where a path could be, of which one is taken
MARGIN = 0.6  # units between a camera and a wall


def _progress(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """Monotone 0..1 over the clip: linear, eased, or in between. (F,)"""
    u = np.linspace(0.0, 1.0, num_frames)
    return u + rng.uniform(0.0, 1.0) * (u * u * (3 - 2 * u) - u)


def _signed(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high) * rng.choice([-1.0, 1.0]))


def _arc(rng: np.random.Generator, progress: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Around a point on the optical axis, which stays in the middle of the picture."""
    distance, angle = rng.uniform(0.8, 3.0), np.radians(_signed(rng, 25, 65)) * progress
    position = distance * np.stack([np.sin(angle), np.zeros_like(angle), 1 - np.cos(angle)], axis=-1)
    turn = np.stack([np.zeros_like(angle), -angle, np.zeros_like(angle)], axis=-1)
    return position, turn


def _mix(rng: np.random.Generator, progress: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A pan and any of the other five freedoms at once, with a bend in the way."""
    bend = (4 * progress * (1 - progress))[:, None]
    keep = (rng.random(6) < 0.7) | (np.arange(6) == 4)
    travel = rng.uniform([-1.8, -0.5, -1.8], [1.8, 0.5, 1.8]) * keep[:3]
    tilt, roll = rng.uniform([-18, -8], [18, 8])
    turn = np.radians([tilt, _signed(rng, 15, 65), roll]) * keep[3:]
    position = progress[:, None] * travel + bend * rng.normal(0, 0.15, 3) * keep[:3]
    return position, progress[:, None] * turn + bend * rng.normal(0, 0.04, 3) * keep[3:]


def _motion(rng: np.random.Generator, num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions (F, 3) and rotation vectors (F, 3) in the axes of the first camera."""
    progress = _progress(rng, num_frames)
    family = str(rng.choice(FAMILIES, p=SHARES))
    if family == "arc":
        return _arc(rng, progress)
    if family == "mix":
        return _mix(rng, progress)
    axis = {"truck": 0, "pedestal": 1, "dolly": 2, "tilt": 3, "pan": 4}[family]
    amount = {
        "truck": _signed(rng, 0.3, 1.8),
        "pedestal": _signed(rng, 0.2, 0.7),
        "dolly": _signed(rng, 0.3, 1.8),
        "tilt": np.radians(_signed(rng, 8, 25)),
        "pan": np.radians(_signed(rng, 20, 75)),
    }[family]
    freedom = np.zeros((num_frames, 6))
    freedom[:, axis] = amount * progress
    return freedom[:, :3], freedom[:, 3:]


def sample_path(rng: np.random.Generator, num_frames: int, room: np.ndarray) -> np.ndarray:
    """Draw a path that stays MARGIN away from the walls of a room of half size (3,).

    Returns:
        (F, 4, 4) camera-to-world, OpenCV axes, float64.
    """
    position, turn = _motion(rng, num_frames)
    yaw, pitch, roll = np.radians(rng.uniform([-180, -12, -3], [180, 12, 3]))
    start = (
        rotation_exp(np.array([0.0, yaw, 0.0]))
        @ rotation_exp(np.array([pitch, 0.0, 0.0]))
        @ rotation_exp(np.array([0.0, 0.0, roll]))
    )
    offsets = position @ start.T
    low, high = -room + MARGIN - offsets.min(axis=0), room - MARGIN - offsets.max(axis=0)
    middle, half = (low + high) / 2, np.maximum(high - low, 0.0) / 2
    places = middle + rng.uniform(-0.9, 0.9, (PLACES, 3)) * half
    c2w = np.tile(np.eye(4), (num_frames, 1, 1))
    c2w[:, :3, :3] = start @ rotation_exp(turn)
    # The farthest back of a few places: a camera that faces a near wall sees nothing but paint.
    c2w[:, :3, 3] = offsets + places[(places @ start[:, 2]).argmin()]
    return c2w
