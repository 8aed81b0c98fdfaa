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
from ..geometry.trajectory import Scale, Trajectory
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
    with np.errstate(all="ignore"):  # numbers that overflow are refused as not finite
        c2w, K = _poses(frames, numbers, source), _lenses(frames, size, document, source)
    trajectory = Trajectory(
        c2w,
        K,
        width,
        height,
        finite_number(document["fps"], '"fps"') if "fps" in document else source.fps(DEFAULT_FPS),
        _scale(document),
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


def _scale(document: dict[str, Any]) -> Scale:
    scale = document.get("scale", "relative")
    if scale not in ("metric", "relative"):
        raise RaxelError(f'"scale" must be "metric" or "relative", got {scale!r:.40}')
    return scale


def _poses(frames: list[dict[str, Any]], numbers: list[int], source: Source) -> Array:
    """Camera-to-world matrices (F, 4, 4) in our axes."""
    named = [(frame, f"frame {number}") for frame, number in zip(frames, numbers, strict=True)]
    own = np.array(["location" in frame for frame in frames])
    other = np.array([isinstance(frame.get(AFTER_EFFECTS), dict) for frame in frames])
    if not (own | other).all():
        where = named[int(np.argmin(own | other))][1]
        raise RaxelError(f'{where} has neither "location" nor "{AFTER_EFFECTS}"')
    seen = np.tile(np.eye(4), (len(frames), 1, 1))
    seen[other] = _after_effects([item for item, there in zip(named, other, strict=True) if there])
    c2w = seen.copy()
    c2w[own] = from_z_up(_blender([item for item, there in zip(named, own, strict=True) if there]))
    both = own & other
    if np.abs(seen[both] - c2w[both]).max(initial=0.0) > SAME * (1 + np.abs(c2w).max()):
        source.note("the numbers for After Effects differ from Blender's; Blender's are read")
    return c2w


def _blender(named: list[tuple[dict[str, Any], str]]) -> Array:
    """Camera-to-world matrices (n, 4, 4) in Blender's axes; of a turn that is told twice the quaternion counts."""
    world = np.tile(np.eye(4), (len(named), 1, 1))
    turned = np.array(["rotation_quaternion" in frame for frame, _ in named], dtype=bool)
    world[:, :3, 3] = _rows(named, "location", 3)
    quaternions = _rows(
        [item for item, there in zip(named, turned, strict=True) if there], "rotation_quaternion", 4
    )
    lengths = np.linalg.norm(quaternions, axis=1, keepdims=True)
    if not ((lengths > 1e-6) & (lengths < 1e150)).all():
        raise RaxelError(f'a "rotation_quaternion" has the length {float(lengths.min()):g}; it must be 1')
    world[turned, :3, :3] = matrix_from_quaternion(quaternions / lengths)
    angles = _rows(
        [item for item, there in zip(named, turned, strict=True) if not there], "rotation_euler", 3
    )
    x, y, z = (axis_rotation(axis, np.degrees(angles[:, axis])) for axis in range(3))
    world[~turned, :3, :3] = z @ y @ x  # Blender's order XYZ: x turns first
    return world


def _after_effects(named: list[tuple[dict[str, Any], str]]) -> Array:
    """Camera-to-world (n, 4, 4) of After Effects' position and orientation, whose axes are ours already."""
    theirs = [(frame[AFTER_EFFECTS], where) for frame, where in named]
    c2w = np.tile(np.eye(4), (len(named), 1, 1))
    angles = _rows(theirs, "orientation", 3)
    x, y, z = (axis_rotation(axis, angles[:, axis]) for axis in range(3))
    c2w[:, :3, :3] = x @ y @ z
    c2w[:, :3, 3] = _rows(theirs, "position", 3)
    return c2w


def _rows(named: list[tuple[dict[str, Any], str]], name: str, count: int) -> Array:
    """A field of every frame as (n, count)."""
    rows = [finite_numbers(item.get(name), count, f'{where}: "{name}"') for item, where in named]
    return np.reshape(rows, (len(rows), count))


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
