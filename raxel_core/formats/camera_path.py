"""nerfstudio's ``camera_path.json``: what its viewer saves of a path, and ``ns-render camera-path`` plays.

``camera_path`` holds one camera a frame: ``camera_to_world``, 16 numbers row by row with OpenGL axes, and ``fov``, the
vertical angle of view in degrees; pictures are ``render_width`` x ``render_height`` with square pixels. ``keyframes`` are
what the viewer's user set; it makes a new path of them when it loads the file.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.rays import focal_from_fov, fov_from_focal
from ..geometry.trajectory import Trajectory
from .axes import OPENGL_TO_OPENCV
from .format import Format
from .parsing import parse_json
from .scene import size_of_shape
from .source import Source, check_frames, check_size
from .values import matrix4, number, positive

NAME = "camera_path.json"
FPS = 24.0
"""Of a file that does not say; the rate at which nerfstudio's first viewer played."""
TRANSITION_S = 2.0
"""Seconds between keyframes of a file that does not say; the viewer's own."""
ANGLES_DEG = (1e-4, 179.99)
ASPECT_TOLERANCE = 0.01

Array = NDArray[np.float64]


def read(source: Source) -> Trajectory:
    """The cameras of a camera_path.json; its keyframes where it has no others."""
    document = source.document
    _check_type(document)
    cameras, fps, matrix = _cameras(source, document)
    width, height = _size(source, document, cameras[0])
    c2w = np.stack(
        [_c2w(camera.get(matrix), f'camera {index}: "{matrix}"') for index, camera in enumerate(cameras)]
    )
    focal = np.array([_focal(source, document, camera, width, height) for camera in cameras])
    K = np.zeros((len(cameras), 3, 3))
    K[:, 0, 0] = K[:, 1, 1] = focal
    K[:, 0, 2], K[:, 1, 2], K[:, 2, 2] = width / 2, height / 2, 1.0
    _notes(source, document, cameras, width / height)
    return Trajectory(c2w @ OPENGL_TO_OPENCV, K, width, height, fps, "relative")


def _check_type(document: Any) -> None:
    if not isinstance(document, dict):
        raise RaxelError('a camera path of nerfstudio is an object with a "camera_path"')
    kind = document.get("camera_type") or "perspective"
    if not isinstance(kind, str) or kind.lower() != "perspective":
        raise RaxelError(
            f"its cameras are {kind!r:.40}; only perspective ones are read: set that type in nerfstudio's viewer"
        )


def _cameras(source: Source, document: dict[str, Any]) -> tuple[list[dict[str, Any]], float, str]:
    """Cameras, their rate, and under which name they have their matrix."""
    if document.get("camera_path"):
        cameras = _objects(document["camera_path"], "camera_path")
        return cameras, _fps(source, document, len(cameras)), "camera_to_world"
    if document.get("keyframes"):
        cameras = _objects(document["keyframes"], "keyframes")
        source.note(
            f"the file has {len(cameras)} keyframes and no path between them; there is one camera a keyframe"
        )
        return cameras, _keyframe_rate(source, document, cameras), "matrix"
    raise RaxelError('this file has no "camera_path" and no "keyframes", or none in them')


def _objects(values: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise RaxelError(f'"{name}" must be a list of cameras')
    check_frames(len(values))
    return values


def _c2w(value: Any, what: str) -> Array:
    """A camera's matrix; the first viewer wrote its keyframes' as a text of three.js, column by column."""
    if isinstance(value, str):
        return matrix4(parse_json(value), what).T
    return matrix4(value, what)


def _fps(source: Source, document: dict[str, Any], count: int) -> float:
    """Frames per second; a note where the file's length in seconds says another rate."""
    seconds = document.get("seconds")
    length_s = None if seconds is None else number(seconds, '"seconds"')
    if document.get("fps") is None:
        return count / length_s if length_s and length_s > 0 else source.fps(FPS)
    fps = positive(document["fps"], '"fps"')
    if length_s and abs(length_s * fps - count) > 1.5:
        source.note(
            f"{count} cameras at {fps:g} frames per second do not last the {length_s:g} seconds that the file says"
        )
    return fps


def _keyframe_rate(source: Source, document: dict[str, Any], keyframes: list[dict[str, Any]]) -> float:
    """Keyframes per second, by the time that the viewer takes from one to the next."""
    usual = document.get("default_transition_sec")
    usual_s = positive(TRANSITION_S if usual is None else usual, '"default_transition_sec"')
    if any(keyframe.get("override_transition_enabled") is True for keyframe in keyframes):
        source.note(f"its keyframes have times of their own; they are taken to be {usual_s:g} seconds apart")
    return 1 / usual_s


def _size(source: Source, document: dict[str, Any], camera: dict[str, Any]) -> tuple[int, int]:
    """Width and height; where the file has none, the user's or the usual height at the file's aspect."""
    said = [document.get(key) for key in ("render_width", "render_height")]
    if None not in said:
        width, height = (round(positive(value, '"render_width" and "render_height"')) for value in said)
    else:
        told = source.ask.size is None and camera.get("aspect") is not None
        width, height = (
            size_of_shape(positive(camera["aspect"], '"aspect"'), source) if told else source.size()
        )
    check_size(width, height)
    return width, height


def _focal(
    source: Source, document: dict[str, Any], camera: dict[str, Any], width: int, height: int
) -> float:
    """Focal length in pixels of a camera, square pixels."""
    fov = camera.get("fov", document.get("default_fov"))
    if fov is None:
        return float(focal_from_fov(source.hfov_deg(), width))
    vfov_deg = number(fov, '"fov"')
    if not ANGLES_DEG[0] <= vfov_deg <= ANGLES_DEG[1]:
        raise RaxelError(
            f'"fov" is a vertical angle in degrees within {ANGLES_DEG[0]:g} and {ANGLES_DEG[1]:g}, got {vfov_deg:g}'
        )
    return float(focal_from_fov(vfov_deg, height))


def _notes(source: Source, document: dict[str, Any], cameras: list[dict[str, Any]], aspect: float) -> None:
    """What of the file has no part in the path."""
    aspects = [
        number(camera["aspect"], f'camera {index}: "aspect"')
        for index, camera in enumerate(cameras)
        if camera.get("aspect") is not None
    ]
    if any(not abs(value / aspect - 1) <= ASPECT_TOLERANCE for value in aspects):
        source.note(
            f"cameras with another aspect than the picture's {aspect:.4g} are taken at the picture's, as nerfstudio does"
        )
    if document.get("crop") is not None:
        source.note("the file's crop of the scene is no part of a path and is left out")
    if any("render_time" in camera for camera in cameras):
        source.note("times of a moving scene (render_time) are left out")


def write(trajectory: Trajectory) -> str:
    """JSON text of a path, one line a camera; every frame is a keyframe too, so that the viewer shows the same path."""
    aspect = trajectory.width / trajectory.height
    fov = fov_from_focal(trajectory.K[:, 1, 1], trajectory.height).tolist()
    matrices = [row.ravel().tolist() for row in trajectory.c2w @ OPENGL_TO_OPENCV + 0.0]
    head = {
        "camera_type": "perspective",
        "render_height": trajectory.height,
        "render_width": trajectory.width,
        "fps": trajectory.fps,
        "seconds": trajectory.num_frames / trajectory.fps,
        "is_cycle": False,
        "smoothness_value": 0.0,
        "default_fov": fov[0],
        "default_transition_sec": 1 / trajectory.fps,
    }
    frames = [
        json.dumps({"camera_to_world": matrix, "fov": angle, "aspect": aspect})
        for matrix, angle in zip(matrices, fov, strict=True)
    ]
    timing = {"override_transition_enabled": False, "override_transition_sec": None}
    keyframes = [
        json.dumps({"matrix": matrix, "fov": angle, "aspect": aspect, **timing})
        for matrix, angle in zip(matrices, fov, strict=True)
    ]
    lists = (
        f' "{name}": [\n  ' + ",\n  ".join(lines) + "\n ]"
        for name, lines in (("camera_path", frames), ("keyframes", keyframes))
    )
    return json.dumps(head, indent=1)[:-2] + ",\n" + ",\n".join(lists) + "\n}\n"


def recognises(source: Source) -> bool:
    """Whether a JSON has a camera_path, or keyframes and the size to render at."""
    document = source.document if source.looks == "json" else None
    if not isinstance(document, dict):
        return False
    return isinstance(document.get("camera_path"), list) or (
        isinstance(document.get("keyframes"), list)
        and bool({"render_height", "default_transition_sec", "camera_type"} & set(document))
    )


ENTRY = Format(
    name="camera_path",
    title="nerfstudio camera_path.json",
    endings=(NAME,),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset({"size", "fps", "lens", "zoom"}),
    axes="camera-to-world, x right, y up, z back; no unit",
)
