"""LOAD3D_CAMERA: the one camera that ComfyUI's 3D viewer hands out and takes.

World right-handed with y up, in the viewer's units; the camera looks down its own -z with +y up (OpenGL axes). Hosts
before 0.23 give position, target, zoom and cameraType; newer ones add a world quaternion (x, y, z, w) and ``fov``, the
vertical angle of view in degrees. ``zoom`` divides the tangent of half the angle, as in three.js. The world is turned to
ours, so that upright stays upright.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.checks import shown
from ..geometry.keyframes import MAX_COORDINATE, Interpolation, Key, KeyframePath
from ..geometry.rays import focal_from_fov
from ..geometry.rotation import look_at, matrix_from_quaternion, quaternion_wxyz
from ..geometry.trajectory import Trajectory
from .axes import OPENGL_TO_OPENCV, from_y_up, to_y_up

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
            f"the camera is {shown(camera['cameraType'])}; switch the 3D viewer to a perspective camera"
        )
    focal = float(focal_from_fov(_number(camera, "fov", DEFAULT_VFOV_DEG, 1, 179), height))
    focal *= _number(camera, "zoom", 1.0, 1e-3, 1e3)
    K = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    c2w = from_y_up(_c2w(camera))
    return Trajectory(
        np.tile(c2w, (frames, 1, 1)), np.tile(K, (frames, 1, 1)), width, height, fps, "relative"
    )


def path_through(
    cameras: Sequence[Any],
    at: Sequence[int] | None = None,
    frames: int = 81,
    width: int = 832,
    height: int = 480,
    fps: float = 16.0,
    interpolation: Interpolation = "smooth",
    easing: str = "linear",
) -> Trajectory:
    """A path through cameras of the viewer, each a keyframe; one camera alone stands still.

    Args:
        cameras: LOAD3D_CAMERA values, in the order of the shot.
        at: their frames, ascending; None spreads them evenly from the first to the last frame.
        frames: of the shot.
        width: pixels across the pictures.
        height: pixels down the pictures.
        fps: frames per second.
        interpolation: of the way from one to the next.
        easing: of each of these ways.

    Returns:
        a trajectory of unknown scale. Raises RaxelError for values that are no such cameras, or too few frames for them.
    """
    stills = [_still(camera, index, width, height) for index, camera in enumerate(cameras, 1)]
    if at is None:
        if frames < len(stills):
            raise RaxelError(f"{len(stills)} cameras need as many frames or more, got {frames}")
        at = np.linspace(0, frames - 1, len(stills)).round().astype(int).tolist() if len(stills) > 1 else [0]
    if len(at) != len(stills):
        raise RaxelError(f"{len(stills)} cameras are connected, but key_frames names {len(at)} frames")
    keys = [
        Key(
            frame,
            tuple(still.c2w[0, :3, 3].tolist()),
            tuple(quaternion_wxyz(still.c2w[0, :3, :3]).tolist()),
            float(still.hfov_deg[0]),
            interpolation,
            easing,
        )
        for frame, still in zip(at, stills, strict=True)
    ]
    return KeyframePath(tuple(keys), frames, fps, width, height, "relative").trajectory()


def _still(camera: Any, number: int, width: int, height: int) -> Trajectory:
    """One camera; a sentence about it says which one it is."""
    try:
        return read_load3d(camera, 1, width, height)
    except RaxelError as error:
        raise RaxelError(f"camera {number}: {error}") from error


def write_load3d(trajectory: Trajectory, frame: int = 0, subject_distance: float = 1.0) -> dict[str, Any]:
    """One camera of a path for the viewer: the shape of old and of new hosts in one.

    Old hosts aim it from position to target and lose its roll and its lens.

    Args:
        trajectory: F cameras.
        frame: which of them, -F..F - 1; -1 is the last.
        subject_distance: from the camera to the target, in units of the path: what the viewer turns about.

    Raises:
        RaxelError: the path has no such frame, or the distance is not positive.
    """
    count = trajectory.num_frames
    if not -count <= frame < count:
        raise RaxelError(
            f"frame {frame} is outside the path's {count} frames; choose one of 0 to {count - 1}"
        )
    if not 0 < subject_distance < np.inf:
        raise RaxelError(f"subject_distance must be positive, got {subject_distance:g}")
    c2w = to_y_up(trajectory.c2w[frame])
    position = c2w[:3, 3]
    w, *xyz = quaternion_wxyz(c2w[:3, :3]).tolist()
    return {
        "position": _letters(position.tolist()),
        "target": _letters((position - subject_distance * c2w[:3, 2]).tolist()),
        "zoom": 1,
        "cameraType": "perspective",
        "quaternion": {**_letters(xyz), "w": w},
        "fov": float(trajectory.vfov_deg[frame]),
        "aspect": trajectory.width / trajectory.height,
    }


def lens_losses(trajectory: Trajectory, frame: int) -> list[str]:
    """What of a camera's lens the viewer has no place for, a phrase each."""
    K = trajectory.K[frame]
    middle = np.array([trajectory.width / 2, trajectory.height / 2])
    lost = []
    if np.abs(K[:2, 2] - middle).max() > 1e-6:
        lost.append("a lens that is off centre")
    if abs(K[0, 0] / K[1, 1] - 1) > 1e-9 or K[0, 1]:
        lost.append("pixels that are not square")
    return lost


def _letters(values: Sequence[float]) -> dict[str, float]:
    return dict(zip("xyz", values, strict=True))


def _c2w(camera: dict[str, Any]) -> NDArray[np.float64]:
    """Camera-to-world with OpenGL axes, from the quaternion if there is one, else from position and target."""
    position = _vector(camera, "position", "xyz")
    if camera.get("quaternion") is not None:
        c2w = np.eye(4)
        c2w[:3, :3] = _rotation(_vector(camera, "quaternion", "xyzw"))
        c2w[:3, 3] = position
        return c2w
    target = _vector(camera, "target", "xyz")
    view = target - position
    if np.linalg.norm(view) < 1e-9:
        raise RaxelError("the camera stands on its own target and looks nowhere; move it in the 3D viewer")
    straight_up = np.linalg.norm(np.cross(view, [0, 1, 0])) < 1e-9 * np.linalg.norm(view)
    down = (0, 0, -np.sign(view[1])) if straight_up else (0, -1, 0)
    return look_at(position, target, down) @ OPENGL_TO_OPENCV


def _rotation(quaternion_xyzw: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = np.linalg.norm(quaternion_xyzw)
    if norm < 1e-6:
        raise RaxelError("the camera's quaternion is zero; move the camera in the 3D viewer")
    return matrix_from_quaternion((quaternion_xyzw / norm)[[3, 0, 1, 2]])


def _vector(camera: dict[str, Any], name: str, letters: str) -> NDArray[np.float64]:
    try:
        values = np.array([float(camera[name][letter]) for letter in letters])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RaxelError(
            f"the camera has no {name} with {', '.join(letters)}; is it a LOAD3D_CAMERA?"
        ) from error
    if not np.isfinite(values).all():
        raise RaxelError(f"the camera's {name} holds a value that is not a finite number")
    if np.abs(values).max() > MAX_COORDINATE:
        raise RaxelError(
            f"the camera's {name} holds {np.abs(values).max():.3g}, farther than {MAX_COORDINATE:.0e}"
        )
    return values


def _number(camera: dict[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = camera.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise RaxelError(
            f"the camera's {name} must be a number within {low:g} and {high:g}, got {shown(value)}"
        )
    return float(value)
