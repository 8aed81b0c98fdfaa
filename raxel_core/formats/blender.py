"""The camera JSON for scripts in Blender and After Effects, both ways; docs/camera-json.md has the schema and two scripts.

Each frame says the camera twice, in the numbers that the two programs' own fields take. Blender: world z up, the camera
looks along its own -z with +y up; metres, radians, millimetres. After Effects: x right, y down, z into the screen;
degrees, turned by Rx Ry Rz; the zoom in pixels. Read are Blender's numbers, and After Effects' where those are missing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.rays import focal_from_fov
from ..geometry.rotation import axis_rotation, matrix_from_quaternion
from ..geometry.trajectory import Trajectory
from .axes import from_z_up
from .blender_writer import AFTER_EFFECTS, FORMAT, VERSION, write
from .format import HOLDS, Format
from .scene import finite_number, finite_numbers, lenses
from .source import Source, check_frames

Array = NDArray[np.float64]

DEFAULT_FPS = 24.0
MAX_SIZE_PX = 32_768
SAME = 1e-5
"""Largest difference between the two programs' numbers that is taken for rounding."""


def read(source: Source) -> Trajectory:
    """The camera of a file. Raises RaxelError for the frame and the field that are wrong."""
    document = source.document
    if not isinstance(document, dict) or document.get("format", FORMAT) != FORMAT:
        raise RaxelError(
            f'this JSON has no "format": "{FORMAT}", so it is no camera for Blender or After Effects'
        )
    version = document.get("version", VERSION)
    if type(version) is not int or not 1 <= version <= VERSION:
        raise RaxelError(f"this file has version {version!r:.20}, this Raxel reads up to version {VERSION}")
    frames = document.get("frames")
    if not isinstance(frames, list) or not frames or not all(isinstance(frame, dict) for frame in frames):
        raise RaxelError('"frames" must be a list of at least one camera')
    numbers = _frame_numbers(frames)
    width, height = size = _size(document, source)
    c2w = np.stack(
        [_pose(frame, f"frame {number}", source) for frame, number in zip(frames, numbers, strict=True)]
    )
    trajectory = Trajectory(
        c2w,
        _lenses(frames, size, document, source),
        width,
        height,
        finite_number(document["fps"], '"fps"') if "fps" in document else source.fps(DEFAULT_FPS),
        document.get("scale", "relative"),
        _confidence(frames),
    )
    every = np.arange(numbers[0], numbers[-1] + 1)
    if len(every) == len(numbers):
        return trajectory
    source.note(f"the file has {len(numbers)} of {len(every)} frames; those between are filled in evenly")
    return trajectory.at(np.interp(every, numbers, np.arange(len(numbers))))


def _frame_numbers(frames: list[dict[str, Any]]) -> list[int]:
    """The frames' own numbers, rising; 0, 1, 2... where they have none."""
    numbers = [frame.get("frame", index) for index, frame in enumerate(frames)]
    for index, number in enumerate(numbers):
        if type(number) is not int or abs(number) > 1e9:
            raise RaxelError(f'"frame" of camera {index} must be a whole number, got {number!r:.30}')
        if index and number <= numbers[index - 1]:
            raise RaxelError(f"frame {number} follows frame {numbers[index - 1]}; their numbers must rise")
    check_frames(numbers[-1] - numbers[0] + 1)
    return numbers


def _size(document: dict[str, Any], source: Source) -> tuple[int, int]:
    if "width" not in document or "height" not in document:
        return source.size()
    for name in ("width", "height"):
        value = document[name]
        if type(value) is not int or not 1 <= value <= MAX_SIZE_PX:
            raise RaxelError(
                f'"{name}" must be a whole number of pixels within 1 and {MAX_SIZE_PX}, got {value!r:.30}'
            )
    return document["width"], document["height"]


def _pose(frame: dict[str, Any], where: str, source: Source) -> Array:
    """Camera-to-world matrix (4, 4) of one frame, in our axes."""
    other = frame.get(AFTER_EFFECTS)
    seen = _after_effects(other, where) if isinstance(other, dict) else None
    if "location" not in frame:
        if seen is None:
            raise RaxelError(f'{where} has neither "location" nor "{AFTER_EFFECTS}"')
        return seen
    world = np.eye(4)
    world[:3, :3] = _blender_turn(frame, where)
    world[:3, 3] = finite_numbers(frame["location"], 3, f'{where}: "location"')
    c2w = from_z_up(world)
    if seen is not None and np.abs(seen - c2w).max() > SAME * (1 + np.abs(c2w).max()):
        source.note("the numbers for After Effects differ from Blender's; Blender's are read")
    return c2w


def _blender_turn(frame: dict[str, Any], where: str) -> Array:
    """Rotation (3, 3) of a quaternion, scalar first, or of Euler angles of Blender's order XYZ: x turns first."""
    if "rotation_quaternion" in frame:
        quaternion = finite_numbers(frame["rotation_quaternion"], 4, f'{where}: "rotation_quaternion"')
        norm = np.linalg.norm(quaternion)
        if not 1e-6 < norm < 1e150:
            raise RaxelError(f"{where}: the quaternion's length is {norm:g}; it must be 1")
        return matrix_from_quaternion(quaternion / norm)
    x, y, z = np.degrees(finite_numbers(frame.get("rotation_euler"), 3, f'{where}: "rotation_euler"'))
    return axis_rotation(2, z) @ axis_rotation(1, y) @ axis_rotation(0, x)


def _after_effects(numbers: dict[str, Any], where: str) -> Array:
    """Camera-to-world of After Effects' position and orientation, whose axes are ours already."""
    c2w = np.eye(4)
    x, y, z = finite_numbers(numbers.get("orientation"), 3, f'{where}: "orientation"')
    c2w[:3, :3] = axis_rotation(0, x) @ axis_rotation(1, y) @ axis_rotation(2, z)
    c2w[:3, 3] = finite_numbers(numbers.get("position"), 3, f'{where}: "position"')
    return c2w


def _lenses(
    frames: list[dict[str, Any]], size: tuple[int, int], document: dict[str, Any], source: Source
) -> Array:
    """K (F, 3, 3): millimetres on the film's width, shifts in shares of the width, or After Effects' zoom."""
    film_mm = finite_number(document.get("sensor_width", source.ask.film_width_mm), '"sensor_width"')
    if not 1e-3 < film_mm < 1e6:
        raise RaxelError(f'"sensor_width" must be a positive number of millimetres, got {film_mm:g}')
    fx = np.array([_focal_px(frame, index, film_mm, size[0], source) for index, frame in enumerate(frames)])

    def each(name: str, default: float) -> Array:
        return np.array([finite_number(frame.get(name, default), f'"{name}"') for frame in frames])

    # Blender moves the view right and up, so the lens's axis meets the picture further left and lower. Both shifts are
    # shares of the width, the second too, and so it counts rows by the pixels' shape.
    pixel_aspect = each("pixel_aspect", 1.0)
    cx = size[0] / 2 - each("shift_x", 0.0) * size[0]
    cy = size[1] / 2 + each("shift_y", 0.0) * size[0] * pixel_aspect
    return lenses(fx, fx * pixel_aspect, cx, cy, len(frames))


def _focal_px(frame: dict[str, Any], index: int, film_mm: float, width: int, source: Source) -> float:
    other = frame.get(AFTER_EFFECTS)
    if "lens" in frame:
        return finite_number(frame["lens"], f'"lens" of camera {index}') / film_mm * width
    if isinstance(other, dict) and "zoom" in other:
        return finite_number(other["zoom"], f'"zoom" of camera {index}')
    return float(focal_from_fov(source.hfov_deg(), width))


def _confidence(frames: list[dict[str, Any]]) -> Array | None:
    if not any("confidence" in frame for frame in frames):
        return None
    return np.array([finite_number(frame.get("confidence", 1.0), '"confidence"') for frame in frames])


def recognises(source: Source) -> bool:
    """Whether a JSON says that it is this one."""
    return (
        source.looks == "json"
        and isinstance(source.document, dict)
        and source.document.get("format") == FORMAT
    )


ENTRY = Format(
    name="blender",
    title="Camera JSON for Blender and After Effects",
    endings=("blender.json",),
    read=read,
    write=write,
    recognises=recognises,
    holds=frozenset(HOLDS) - {"skew"},
    axes="Blender: camera-to-world, world z up, camera x right, y up, z back; After Effects: x right, y down, z forward",
)
