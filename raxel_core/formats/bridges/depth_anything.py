"""EXTRINSICS and INTRINSICS, as ComfyUI-DepthAnythingV3 hands out its cameras and packs around it take them.

Extrinsics (F, 4, 4) or (F, 3, 4) are world-to-camera, OpenCV axes, scale as the model felt it. Intrinsics are pixels of its
pictures, (F, 3, 3), or padded to (F, 4, 4); the lens is centred, so they say how large the pictures are. Its node for several
views gives both as JSON: ``{"extrinsics": [{"image_0": [[...]]}, ...]}``, or a sentence in place of the list.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import RaxelError
from ...geometry.rays import intrinsics as lens_of
from ...geometry.trajectory import Trajectory, invert_rigid
from ..parsing import parse_json
from .arrays import matrices, rigid

Array = NDArray[np.float64]


class Views(NamedTuple):
    """A path as these packs take it."""

    extrinsics: Tensor
    """(F, 4, 4) float32 world-to-camera, in the path's own world."""
    intrinsics: Tensor
    """(F, 3, 3) float32, pixels of the path's pictures: the shape that every taker understands."""
    extrinsics_json: str
    intrinsics_json: str
    camera_params: dict[str, Any]
    """CAMERA_PARAMS: one camera for each picture of a batch, by which DA3 is told what it need not guess."""


def views_of(trajectory: Trajectory) -> Views:
    """The cameras of a path. fps is lost, and so is the picture size: takers read it off the centre of the lens."""
    extrinsics = torch.from_numpy(trajectory.w2c).float()
    K = torch.from_numpy(trajectory.K.copy()).float()
    params = {
        "extrinsics": extrinsics[:, None],
        "intrinsics": K[:, None],
        "image_size": (trajectory.height, trajectory.width),
    }
    return Views(extrinsics, K, _text("extrinsics", extrinsics), _text("intrinsics", K), params)


def _text(name: str, values: Tensor) -> str:
    return json.dumps({name: [{f"image_{i}": matrix} for i, matrix in enumerate(values.tolist())]})


def matrices_of_text(text: str, name: str) -> Array:
    """The matrices of the pack's JSON text; RaxelError for what is none, or says that there are none.

    Args:
        text: of its output.
        name: "extrinsics" or "intrinsics".
    """
    document = parse_json(text)
    values = document.get(name) if isinstance(document, dict) else None
    if isinstance(values, str):
        raise RaxelError(f"Depth Anything gives no {name} here ({values[:60]}); use a main or nested model")
    if not isinstance(values, list) or not all(isinstance(view, dict) and len(view) == 1 for view in values):
        raise RaxelError(
            f'the {name} text must hold "{name}", a list of views {{"image_0": [[...]]}}; is it another output\'s?'
        )
    found = [next(iter(view.values())) for view in values]
    if None in found:
        raise RaxelError(f"view {found.index(None)} of the {name} text has no camera; leave that picture out")
    rows = (3, 4)
    return matrices(found, f"the {name}", rows, (4,) if name == "extrinsics" else rows)


def trajectory_of_views(
    extrinsics: Any,
    intrinsics: Any = None,
    hfov_deg: float = 60.0,
    width: int = 0,
    height: int = 0,
    fps: float = 16.0,
) -> Trajectory:
    """The cameras, in the model's own world and of unknown scale.

    Args:
        extrinsics: (F, 4, 4) or (F, 3, 4) world-to-camera.
        intrinsics: (F or 1, 3, 3) or padded (F or 1, 4, 4); None: hfov_deg.
        hfov_deg: horizontal angle of view in degrees where there are no intrinsics.
        width: pixels across the pictures; 0 takes twice the centre of the intrinsics, or 832 where there are none.
            Another size than theirs is reached as a picture would be: covered, then cropped about the centre.
        height: pixels down the pictures, likewise; 480.
        fps: frames per second, which the model does not know.

    Raises:
        RaxelError: these are no such cameras, their numbers differ, or the model gave no lens.
    """
    w2c = rigid(matrices(extrinsics, "the extrinsics"))
    if intrinsics is None:
        width, height = width or 832, height or 480
        K, own = lens_of(hfov_deg, width, height)[None], (width, height)
    else:
        K = matrices(intrinsics, "the intrinsics", (3, 4), (3, 4))[:, :3, :3]
        own = _size_of(K)
    if len(K) not in (1, len(w2c)):
        raise RaxelError(f"{len(w2c)} extrinsics and {len(K)} intrinsics do not belong together")
    K = np.tile(K, (len(w2c), 1, 1)) if len(K) == 1 else K
    cameras = Trajectory(w2c, K, *own, fps, "relative")
    path = Trajectory(invert_rigid(cameras.c2w), K, *own, fps, "relative")
    size = (width or own[0], height or own[1])
    return path if size == own else path.fitted(*size)


def _size_of(K: Array) -> tuple[int, int]:
    """Picture size, of a lens that is centred."""
    if np.allclose(K, np.eye(3)):
        raise RaxelError(
            "Depth Anything's mono and metric models give no lens (the intrinsics are all 1); disconnect them and give hfov"
        )
    width, height = round(2 * K[0, 0, 2]), round(2 * K[0, 1, 2])
    if not (1 <= width <= 65536 and 1 <= height <= 65536):
        raise RaxelError(
            f"the intrinsics' centre {K[0, 0, 2]:.4g}, {K[0, 1, 2]:.4g} is no middle of a picture in pixels; are they shares?"
        )
    return width, height
