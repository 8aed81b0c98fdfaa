"""nerfstudio's ``transforms.json`` (instant-ngp, DL3DV, SEVA and NeRF's synthetic scenes too).

Camera-to-world with OpenGL axes. The lens stands once for all frames or in every frame: ``fl_x``, ``fl_y``, ``cx``, ``cy``
in pixels of ``w`` x ``h``, or ``camera_angle_x`` in radians; ``k1`` .. ``k4``, ``p1``, ``p2`` bend it as in OpenCV. Frames
have the names of their pictures and no times: they are played in the natural order of the names, as nerfstudio sorts them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from .axes import OPENGL_TO_OPENCV
from .colmap_model import FPS, picture_name
from .format import Format
from .lenses import bending, brown, check_bending, fisheye, to_first_size
from .order import by_name
from .source import Source, check_frames, check_size
from .values import matrix4, number, positive

NAME = "transforms.json"
PINHOLES = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL")
FISHEYES = ("OPENCV_FISHEYE",)
LENS_KEYS = frozenset({"fl_x", "camera_angle_x"})
"""One of which a lens has; what is not said of y is as of x."""
BENDS = ("k1", "k2", "k3", "k4", "p1", "p2")

Array = NDArray[np.float64]


class Lens(NamedTuple):
    """A frame's lens, in pixels of width x height."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    bends: tuple[float, ...]
    """k1, k2, k3, k4, p1, p2."""
    is_fisheye: bool

    @property
    def K(self) -> Array:
        """(3, 3) of the pinhole that the lens is without its distortion."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]])


def worst_bending(lenses: Iterable[Lens]) -> float:
    """How far the lens that bends most does; see `lenses.bending`."""
    different = set(lenses)
    return max(
        _bending([lens for lens in different if lens.is_fisheye is is_fisheye], model)
        for is_fisheye, model in ((False, brown), (True, fisheye))
    )


def _bending(lenses: Sequence[Lens], model: Callable[..., tuple[Array, Array]]) -> float:
    if not lenses:
        return 0.0
    K = np.stack([lens.K for lens in lenses])
    sizes = np.array([(lens.width, lens.height) for lens in lenses])
    bends = np.array([lens.bends for lens in lenses])
    return float(bending(lambda x, y, q: model(x, y, q[:4], *q[4:]), bends, K, sizes).max())


def frames_of(document: Any) -> list[dict[str, Any]]:
    """The frames of a document, in the file's order; RaxelError where there are none, or too many."""
    frames = document.get("frames") if isinstance(document, dict) else None
    if not isinstance(frames, list) or not frames:
        raise RaxelError('this file has no "frames", or none in it')
    check_frames(len(frames))
    for index, frame in enumerate(frames):
        if not isinstance(frame, dict):
            raise RaxelError(f'frame {index} must be an object with a "transform_matrix", got {frame!r:.40}')
    return frames


def c2w_of(frame: Mapping[str, Any], what: str) -> Array:
    """A frame's camera-to-world (4, 4) with OpenCV axes; RaxelError begins with ``what``."""
    return matrix4(frame.get("transform_matrix"), f'{what}: "transform_matrix"') @ OPENGL_TO_OPENCV


def lens_of(values: Mapping[str, Any], size: tuple[int, int]) -> Lens:
    """The lens of a frame.

    Args:
        values: what the frame says, and for the rest what the file says for all.
        size: width and height of pictures whose size neither says.

    Raises:
        RaxelError: for a camera model that is no pinhole, and for numbers that no lens has.
    """
    model = values.get("camera_model", "OPENCV")
    if model not in (*PINHOLES, *FISHEYES):
        raise RaxelError(f"the camera model {model!r:.40} is no pinhole; undistort the pictures first")
    is_fisheye = model in FISHEYES or values.get("is_fisheye") is True
    width = round(positive(values.get("w", size[0]), '"w"'))
    height = round(positive(values.get("h", size[1]), '"h"'))
    check_size(width, height)
    fx = _focal(values, "x", width)
    if fx is None:
        raise RaxelError("the file has no lens: neither fl_x nor camera_angle_x")
    fy = _focal(values, "y", height) or fx
    cx, cy = number(values.get("cx", width / 2), '"cx"'), number(values.get("cy", height / 2), '"cy"')
    bends = tuple(number(values.get(name, 0.0), f'"{name}"') for name in BENDS)
    return Lens(width, height, fx, fy, cx, cy, bends, is_fisheye)


def _focal(values: Mapping[str, Any], axis: str, size: int) -> float | None:
    """Focal length along an axis in pixels; None where it is not said."""
    if f"fl_{axis}" in values:
        return positive(values[f"fl_{axis}"], f'"fl_{axis}"')
    if f"camera_angle_{axis}" not in values:
        return None
    angle = number(values[f"camera_angle_{axis}"], f'"camera_angle_{axis}"')
    if not 1e-6 <= angle <= 3.14:
        raise RaxelError(
            f'"camera_angle_{axis}" is in radians within 1e-06 and 3.14, got {angle:g}; is it in degrees?'
        )
    return size / 2 / math.tan(angle / 2)


def read(source: Source) -> Trajectory:
    """The cameras of a transforms.json."""
    document = source.document
    frames = frames_of(document)
    names = [name for frame in frames if isinstance(name := frame.get("file_path"), str)]
    if len(names) == len(frames):
        frames = [frames[index] for index in by_name(source, names)]
    _notes(source, document)
    lenses = _lenses(source, document, frames)
    sizes = [(lens.width, lens.height) for lens in lenses]
    K = to_first_size(source, np.stack([lens.K for lens in lenses]), sizes)
    c2w = np.stack([c2w_of(frame, _named(frame, index)) for index, frame in enumerate(frames)])
    return Trajectory(c2w, K, *sizes[0], source.fps(FPS), "relative")


def _named(frame: Mapping[str, Any], index: int) -> str:
    name = frame.get("file_path")
    return repr(name[-60:]) if isinstance(name, str) and name else f"frame {index}"


def _lenses(source: Source, document: dict[str, Any], frames: Sequence[dict[str, Any]]) -> list[Lens]:
    """Every frame's lens; the user's where the file has none. The worst bend is noted or refused."""
    merged = [{**document, **frame} for frame in frames]
    if not all(LENS_KEYS & set(values) for values in merged):
        angle = math.radians(source.hfov_deg())
        merged = [
            values if LENS_KEYS & set(values) else {**values, "camera_angle_x": angle} for values in merged
        ]
    size = (1, 1) if all("w" in values and "h" in values for values in merged) else _size(source, merged[0])
    lenses = [lens_of(values, size) for values in merged]
    check_bending(source, worst_bending(lenses))
    return lenses


def _size(source: Source, values: Mapping[str, Any]) -> tuple[int, int]:
    """Picture size for a file that does not say: the user's, else twice the lens's centre, else the usual one."""
    if source.ask.size is None and "cx" in values and "cy" in values:
        size = tuple(round(2 * positive(values[key], f'"{key}"')) for key in ("cx", "cy"))
        source.note(
            f"the file does not say how large its pictures are; its lens is centred in {size[0]}x{size[1]}"
        )
        return size[0], size[1]
    return source.size()


def _notes(source: Source, document: dict[str, Any]) -> None:
    """What of the file has no part in the path."""
    others = document.get("test_frames")
    if isinstance(others, list) and others:
        source.note(f'the file\'s {len(others)} "test_frames" are not read; the path is that of its "frames"')
    applied = document.get("applied_transform")
    if isinstance(applied, list) and applied[:3] != np.eye(4)[:3].tolist():
        source.note('the world stays turned as the file\'s "applied_transform" says it is')


def write(trajectory: Trajectory) -> str:
    """JSON text of a path, one line a frame; pictures are named images/frame_00001.png and so on."""
    lenses = [_lens_values(K) for K in trajectory.K]
    is_zoom = any(lens != lenses[0] for lens in lenses)
    head = {"camera_model": "OPENCV", "w": trajectory.width, "h": trajectory.height}
    head |= dict.fromkeys(("k1", "k2", "p1", "p2"), 0.0) | ({} if is_zoom else lenses[0])
    frames = [
        json.dumps(
            {
                "file_path": f"images/{picture_name(index)}",
                **(lens if is_zoom else {}),
                "transform_matrix": (c2w @ OPENGL_TO_OPENCV + 0.0).tolist(),
            }
        )
        for index, (c2w, lens) in enumerate(zip(trajectory.c2w, lenses, strict=True))
    ]
    return json.dumps(head, indent=1)[:-2] + ',\n "frames": [\n  ' + ",\n  ".join(frames) + "\n ]\n}\n"


def _lens_values(K: Array) -> dict[str, float]:
    return {"fl_x": K[0, 0], "fl_y": K[1, 1], "cx": K[0, 2], "cy": K[1, 2]}


def recognises(source: Source) -> bool:
    """Whether a JSON has frames with a transform_matrix, or the name and frames without."""
    if source.looks != "json" or not isinstance(source.document, dict):
        return False
    frames = source.document.get("frames")
    if not isinstance(frames, list):
        return source.name == NAME
    return source.name == NAME or any(
        isinstance(frame, dict) and "transform_matrix" in frame for frame in frames[:1]
    )


ENTRY = Format(
    name="nerfstudio",
    title="nerfstudio transforms.json",
    endings=(NAME,),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset({"size", "lens", "zoom", "centre", "pixels"}),
    axes="camera-to-world, x right, y up, z back; no unit",
)
