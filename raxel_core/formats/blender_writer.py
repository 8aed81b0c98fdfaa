"""The camera JSON for Blender and After Effects written; what it means stands in `blender` and in docs/camera-json.md."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry.rotation import quaternion_wxyz
from ..geometry.trajectory import Trajectory
from .axes import to_z_up
from .gltf_writer import continuous
from .source import Ask

Array = NDArray[np.float64]

FORMAT, VERSION = "raxel-camera", 1
AFTER_EFFECTS = "after_effects"


def write(trajectory: Trajectory, ask: Ask) -> str:
    """JSON text, one line a frame; ``ask.film_width_mm`` is the width of Blender's sensor."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "width": trajectory.width,
        "height": trajectory.height,
        "fps": trajectory.fps,
        "scale": trajectory.scale,
        "sensor_width": ask.film_width_mm,
    }
    lines = ",\n  ".join(json.dumps(frame) for frame in _frames(trajectory, ask.film_width_mm))
    return json.dumps(head, indent=1)[:-2] + ',\n "frames": [\n  ' + lines + "\n ]\n}\n"


def euler_xyz(R: Array) -> Array:
    """Angles (F, 3) in radians with R = Rz Ry Rx, without jumps from frame to frame. R: (F, 3, 3).

    Looking straight along the middle axis (y = 90 degrees) the other two turn about the same line; there z is kept 0 and
    x does the turning.
    """
    flat = np.hypot(R[:, 0, 0], R[:, 1, 0]) < 1e-9
    y = np.arctan2(-R[:, 2, 0], np.hypot(R[:, 0, 0], R[:, 1, 0]))
    x = np.where(flat, np.arctan2(-R[:, 1, 2], R[:, 1, 1]), np.arctan2(R[:, 2, 1], R[:, 2, 2]))
    z = np.where(flat, 0.0, np.arctan2(R[:, 1, 0], R[:, 0, 0]))
    return _followed(np.stack([x, y, z], axis=1))


def _followed(angles: Array) -> Array:
    """Angles (F, 3) of the same turns, each the nearest to the frame before.

    (x, y, z) and (x + pi, pi - y, z + pi) are the same turn, and so is every full turn more.
    """
    found = angles[:1].copy()
    rows = [found[0]]
    for row in angles[1:]:
        twins = np.array([row, [row[0] + np.pi, np.pi - row[1], row[2] + np.pi]])
        twins -= 2 * np.pi * np.rint((twins - rows[-1]) / (2 * np.pi))
        rows.append(twins[np.abs(twins - rows[-1]).sum(axis=1).argmin()])
    return np.stack(rows)


def orientation_deg(R: Array) -> Array:
    """After Effects' orientation (F, 3) in degrees: R = Rx Ry Rz. R: (F, 3, 3), x right, y down, z forward."""
    return -np.degrees(euler_xyz(R.transpose(0, 2, 1)))


def _frames(trajectory: Trajectory, film_width_mm: float) -> list[dict[str, Any]]:
    """One object a frame."""
    blender, K = to_z_up(trajectory.c2w), trajectory.K
    width, height = trajectory.width, trajectory.height
    columns: dict[str, Array] = {
        "location": blender[:, :3, 3],
        "rotation_quaternion": continuous(quaternion_wxyz(blender[:, :3, :3])),
        "rotation_euler": euler_xyz(blender[:, :3, :3]),
        "lens": K[:, 0, 0] * film_width_mm / width,
        "shift_x": (width / 2 - K[:, 0, 2]) / width,
        "shift_y": (K[:, 1, 2] - height / 2) / width * K[:, 0, 0] / K[:, 1, 1],
        "pixel_aspect": K[:, 1, 1] / K[:, 0, 0],
    }
    if trajectory.confidence is not None:
        columns["confidence"] = trajectory.confidence
    theirs = {
        "position": trajectory.c2w[:, :3, 3],
        "orientation": orientation_deg(trajectory.c2w[:, :3, :3]),
        "zoom": K[:, 0, 0],
    }
    return [
        {"frame": index, **_row(columns, index), AFTER_EFFECTS: _row(theirs, index)}
        for index in range(trajectory.num_frames)
    ]


def _row(columns: dict[str, Array], index: int) -> dict[str, Any]:
    return {name: (values[index] + 0.0).tolist() for name, values in columns.items()}
