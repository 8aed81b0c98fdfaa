"""LOAD3D_CAMERA: the one camera that ComfyUI's 3D viewer hands out.

World right-handed with y up, in the viewer's units; the camera looks down its own -z with +y up (OpenGL axes). Hosts
before 0.23 give position, target, zoom and cameraType; newer ones add a world quaternion (x, y, z, w) and ``fov``, the
vertical angle of view in degrees. ``zoom`` divides the tangent of half the angle, as in three.js.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.rays import focal_from_fov
from ..geometry.rotation import look_at
from ..geometry.trajectory import Trajectory
from .axes import OPENGL_TO_OPENCV

DEFAULT_VFOV_DEG = 35.0
"""Of a camera that names no fov; the viewer's own lens."""


def read_load3d(
    camera: Any, frames: int = 81, width: int = 832, height: int = 480, fps: float = 16.0
) -> Trajectory:
    """A shot of ``frames`` frames that stands still at the viewer's camera.

    Args:
        camera: the LOAD3D_CAMERA value, a dict.
        frames: number of equal cameras.
        width: pixels across the image.
        height: pixels down the image.
        fps: frames per second.

    Returns:
        a trajectory of unknown scale. Raises RaxelError for a value that is no such camera.
    """
    if not isinstance(camera, dict):
        raise RaxelError(f"the camera must be a LOAD3D_CAMERA of the 3D viewer, got {type(camera).__name__}")
    if camera.get("cameraType", "perspective") != "perspective":
        raise RaxelError(
            f"the camera is {camera['cameraType']}; switch the 3D viewer to a perspective camera"
        )
    focal = float(focal_from_fov(_number(camera, "fov", DEFAULT_VFOV_DEG, 1, 179), height))
    focal *= _number(camera, "zoom", 1.0, 1e-3, 1e3)
    K = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    c2w = _c2w(camera)
    return Trajectory(
        np.tile(c2w, (frames, 1, 1)), np.tile(K, (frames, 1, 1)), width, height, fps, "relative"
    )


def _c2w(camera: dict[str, Any]) -> NDArray[np.float64]:
    """Camera-to-world with OpenCV camera axes, from the quaternion if there is one, else from position and target."""
    position = _vector(camera, "position", "xyz")
    if camera.get("quaternion") is not None:
        c2w = np.eye(4)
        c2w[:3, :3] = _rotation(_vector(camera, "quaternion", "xyzw"))
        c2w[:3, 3] = position
        return c2w @ OPENGL_TO_OPENCV
    target = _vector(camera, "target", "xyz")
    view = target - position
    if np.linalg.norm(view) < 1e-9:
        raise RaxelError("the camera stands on its own target and looks nowhere; move it in the 3D viewer")
    straight_up = np.linalg.norm(np.cross(view, [0, 1, 0])) < 1e-9 * np.linalg.norm(view)
    return look_at(position, target, down=(0, 0, -np.sign(view[1])) if straight_up else (0, -1, 0))


def _rotation(quaternion_xyzw: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = np.linalg.norm(quaternion_xyzw)
    if norm < 1e-6:
        raise RaxelError("the camera's quaternion is zero; move the camera in the 3D viewer")
    x, y, z, w = quaternion_xyzw / norm
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _vector(camera: dict[str, Any], name: str, letters: str) -> NDArray[np.float64]:
    try:
        values = np.array([float(camera[name][letter]) for letter in letters])
    except (KeyError, TypeError, ValueError) as error:
        raise RaxelError(
            f"the camera has no {name} with {', '.join(letters)}; is it a LOAD3D_CAMERA?"
        ) from error
    if not np.isfinite(values).all():
        raise RaxelError(f"the camera's {name} holds a value that is not a finite number")
    return values


def _number(camera: dict[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = camera.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise RaxelError(f"the camera's {name} must be a number within {low:g} and {high:g}, got {value!r}")
    return float(value)
