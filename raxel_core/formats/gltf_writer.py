"""glTF 2.0 written: one camera node with a key a frame, a lens that zooms by ``KHR_animation_pointer``, exact extras.

glTF stores single precision; ``extras.raxel`` is the whole trajectory as Raxel JSON, for Raxel alone.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry.rotation import quaternion_wxyz
from ..geometry.trajectory import Trajectory
from . import raxel_json
from .axes import to_y_up
from .gltf_data import glb
from .source import Ask

Array = NDArray[np.float64]

NAME = "RaxelCamera"
NEAR = 0.01
"""glTF demands a near plane; a far one it does not."""
KIND = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}
FLOAT = 5126
POINTER = "KHR_animation_pointer"


def write_glb(trajectory: Trajectory, ask: Ask) -> bytes:
    """The binary kind. Lenses are angles, so the film width plays no part."""
    document, binary = _document(trajectory)
    document["buffers"] = [{"byteLength": len(binary)}]
    return glb(json.dumps(document, separators=(",", ":")), binary)


def write_text(trajectory: Trajectory, ask: Ask) -> str:
    """The JSON kind in one file: its buffer is a data: address."""
    document, binary = _document(trajectory)
    address = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    document["buffers"] = [{"byteLength": len(binary), "uri": address}]
    return json.dumps(document, indent=1) + "\n"


def continuous(quaternions: Array) -> Array:
    """Quaternions (F, 4) of which none turns to the other sign of the one before: q and -q are the same rotation."""
    flips = np.sum(quaternions[1:] * quaternions[:-1], axis=1) < 0
    signs = np.cumprod(np.where(np.concatenate([[False], flips]), -1.0, 1.0))
    return quaternions * signs[:, None]


def _document(trajectory: Trajectory) -> tuple[dict[str, Any], bytes]:
    """The JSON without its buffers, and the bytes of the one buffer."""
    c2w = to_y_up(trajectory.c2w)
    lens = _lens(trajectory)
    tracks = {
        "translation": c2w[:, :3, 3],
        "rotation": np.roll(continuous(quaternion_wxyz(c2w[:, :3, :3])), -1, axis=1),
        **{name: values[:, None] for name, values in lens.items() if np.ptp(values) > 1e-9 * values.max()},
    }
    times = np.arange(trajectory.num_frames)[:, None] / trajectory.fps
    columns = [
        (np.ascontiguousarray(values, dtype="<f4") + np.float32(0)) for values in (times, *tracks.values())
    ]
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Raxel"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {
                "name": NAME,
                "camera": 0,
                "translation": columns[1][0].astype(float).tolist(),
                "rotation": columns[2][0].astype(float).tolist(),
            }
        ],
        "cameras": [
            {
                "name": NAME,
                "type": "perspective",
                "perspective": {**{name: float(values[0]) for name, values in lens.items()}, "znear": NEAR},
            }
        ],
        "animations": [_animation(list(tracks))],
        **_accessors(columns),
        "extras": {"raxel": json.loads(raxel_json.write(trajectory))},
    }
    if len(tracks) > 2:
        document["extensionsUsed"] = [POINTER]
    return document, b"".join(column.tobytes() for column in columns)


def _lens(trajectory: Trajectory) -> dict[str, Array]:
    """Vertical angle of view in radians and width by height of the picture, (F,) each."""
    width, height, K = trajectory.width, trajectory.height, trajectory.K
    return {
        "yfov": 2 * np.arctan2(0.5 * height, K[:, 1, 1]),
        "aspectRatio": (width / height) * (K[:, 1, 1] / K[:, 0, 0]),
    }


def _animation(names: list[str]) -> dict[str, Any]:
    """One animation; accessor 0 is its times, the others are the tracks in order."""
    return {
        "name": NAME,
        "samplers": [
            {"input": 0, "output": number, "interpolation": "LINEAR"} for number in range(1, len(names) + 1)
        ],
        "channels": [{"sampler": index, "target": _target(name)} for index, name in enumerate(names)],
    }


def _target(name: str) -> dict[str, Any]:
    if name in ("translation", "rotation"):
        return {"node": 0, "path": name}
    return {"path": "pointer", "extensions": {POINTER: {"pointer": f"/cameras/0/perspective/{name}"}}}


def _accessors(columns: list[NDArray[np.float32]]) -> dict[str, Any]:
    views, accessors, offset = [], [], 0
    for index, column in enumerate(columns):
        views.append({"buffer": 0, "byteOffset": offset, "byteLength": column.nbytes})
        accessor = {
            "bufferView": index,
            "componentType": FLOAT,
            "count": len(column),
            "type": KIND[column.shape[1]],
        }
        if index == 0:  # players need the length of an animation before its data
            accessor |= {"min": [float(column.min())], "max": [float(column.max())]}
        accessors.append(accessor)
        offset += column.nbytes
    return {"bufferViews": views, "accessors": accessors}
