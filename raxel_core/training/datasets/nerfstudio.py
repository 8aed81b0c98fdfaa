"""nerfstudio's ``transforms.json`` (DL3DV too): camera-to-world with OpenGL axes, and the pictures' names.

The lens stands once for all frames or in every frame: ``fl_x``, ``fl_y``, ``cx``, ``cy`` in pixels of ``w`` x ``h``, or
``camera_angle_x`` in radians. Real pictures may be smaller (DL3DV's ``images_4`` for ``images``): lenses follow.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import RaxelError
from ...formats import read_text
from ...formats.axes import OPENGL_TO_OPENCV
from ...formats.parsing import parse_json
from ...geometry.trajectory import Trajectory
from .pictures import natural, picture_files
from .scene import Entry, Scene, inside

NAME = "transforms.json"
DEPTH = 4
REDUCED = ("images_2", "images_4", "images_8")
PINHOLES = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL")
FPS = 30.0  # of frames that tell no time
MOST_BENDING = 0.03  # how far distortion may move a point of the border, as a share of the width
SHAPE_TOLERANCE = 0.02


def find(root: Path) -> list[Entry]:
    """All folders with a ``transforms.json``, up to three below, in the order of their names."""
    patterns = ["*/" * depth + NAME for depth in range(DEPTH)]
    files = sorted(file for pattern in patterns for file in root.glob(pattern) if file.is_file())
    return [_entry(root, file) for file in files]


def _entry(root: Path, file: Path) -> Entry:
    name = file.parent.relative_to(root).as_posix()
    return Entry(root.name if name == "." else name, file, file.parent, partial(_read, root, file))


def _read(root: Path, file: Path) -> Scene:
    head = parse_json(read_text(inside(root, file)))
    frames = head.get("frames") if isinstance(head, dict) else None
    if not isinstance(frames, list) or not frames:
        raise RaxelError(f'{NAME} has no "frames", or none in it')
    frames = sorted(frames, key=lambda frame: natural(Path(_path(frame))))
    pictures = picture_files(_files(root, file.parent, [_path(frame) for frame in frames]), file.parent)
    lenses = [_lens({**head, **frame}, pictures.size) for frame in frames]
    width, height = pictures.size
    K = np.stack([lens for lens, _ in lenses])
    c2w = np.stack([_matrix(frame) for frame in frames]) @ OPENGL_TO_OPENCV
    bent = max(bending for _, bending in lenses)
    if bent > MOST_BENDING:
        raise RaxelError(
            f"the lens bends the picture by {bent:.0%} of its width, more than {MOST_BENDING:.0%}; undistort it first"
        )
    notes = (f"distortion of {bent:.1%} of the width is left as it is",) if bent > 0.002 else ()
    return Scene(Trajectory(c2w, K, width, height, FPS, "relative"), pictures, notes)


def _path(frame: Any) -> str:
    path = frame.get("file_path") if isinstance(frame, dict) else None
    if not isinstance(path, str) or not path or "\0" in path:
        raise RaxelError(f'a frame of {NAME} has no "file_path"')
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise RaxelError(f"{path!r} leads out of the folder; name pictures within it")
    return path


def _matrix(frame: dict[str, Any]) -> np.ndarray:
    try:
        c2w = np.array(frame.get("transform_matrix"), dtype=np.float64)
    except (TypeError, ValueError):
        c2w = np.empty(0)
    if c2w.shape != (4, 4):
        raise RaxelError(f'{frame["file_path"]}: "transform_matrix" must be 4 rows of 4 numbers')
    return c2w


def _files(root: Path, home: Path, paths: list[str]) -> list[Path | None]:
    """Every picture where it is said to be, else all of them in a reduced folder; None for what is in neither."""
    found = [_existing(root, home / path) for path in paths]
    for reduced in REDUCED:
        if any(found):
            break
        found = [_existing(root, home / _moved(path, reduced)) for path in paths]
    return found


def _existing(root: Path, file: Path) -> Path | None:
    inside(root, file)
    named = file if file.suffix else file.with_suffix(".png")  # Blender's scenes leave the suffix out
    return named if named.is_file() else None


def _moved(path: str, folder: str) -> str:
    parts = Path(path).parts
    return "/".join(folder if part == "images" else part for part in parts)


def _lens(values: dict[str, Any], size: tuple[int, int]) -> tuple[np.ndarray, float]:
    """K in pixels of the pictures, and how far distortion moves a point of the border, as a share of the width."""
    model = values.get("camera_model", "OPENCV")
    if model not in PINHOLES:
        raise RaxelError(f"the camera model {model!r} is no pinhole; undistort the pictures first")
    width, height = _number(values, "w", size[0]), _number(values, "h", size[1])
    if abs((width / height) / (size[0] / size[1]) - 1) > SHAPE_TOLERANCE:
        raise RaxelError(
            f"{NAME} is of {width:g}x{height:g} pictures, these have {size[0]}x{size[1]}: another shape"
        )
    fx = _focal(values, "x", width)
    fy = _focal(values, "y", height) if {"fl_y", "camera_angle_y"} & set(values) else fx
    cx, cy = _number(values, "cx", width / 2), _number(values, "cy", height / 2)
    K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    scale = np.array([size[0] / width, size[1] / height, 1.0])
    return K * scale[:, None], _bending(values, K, width, height)


def _focal(values: dict[str, Any], axis: str, size: float) -> float:
    if f"fl_{axis}" in values:
        return _number(values, f"fl_{axis}", 0)
    if f"camera_angle_{axis}" not in values:
        raise RaxelError(f"{NAME} has no lens: neither fl_{axis} nor camera_angle_{axis}")
    return size / 2 / math.tan(_number(values, f"camera_angle_{axis}", 0) / 2)


def _bending(values: dict[str, Any], K: np.ndarray, width: float, height: float) -> float:
    """How far OpenCV's distortion moves the lower right corner, as a share of the width."""
    k1, k2, k3, p1, p2 = (_number(values, name, 0.0) for name in ("k1", "k2", "k3", "p1", "p2"))
    x, y = (width - K[0, 2]) / K[0, 0], (height - K[1, 2]) / K[1, 1]
    r2 = x * x + y * y
    radial = k1 * r2 + k2 * r2**2 + k3 * r2**3
    moved_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    moved_y = y * radial + 2 * p2 * x * y + p1 * (r2 + 2 * y * y)
    return math.hypot(moved_x * K[0, 0], moved_y * K[1, 1]) / width


def _number(values: dict[str, Any], name: str, default: float) -> float:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RaxelError(f"{NAME}: {name} must be a finite number, got {value!r:.40}")
    return float(value)
