"""Raxel's own JSON: every field of a Trajectory, exactly. Schema in docs/trajectory.schema.json.

Cameras are camera-to-world with OpenCV axes (x right, y down, z forward), row-major; K in pixels of width x height.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from .format import HOLDS, Format
from .parsing import parse_json
from .source import MAX_SIZE_PX, Source, check_frames
from .values import number

FORMAT = "raxel-trajectory"
VERSION = 1


def write(
    trajectory: Trajectory,
    confidence: Sequence[float] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> str:
    """JSON text of a trajectory, one line a camera; numbers read back exactly.

    Args:
        trajectory: F cameras.
        confidence: F numbers in 0..1 from an estimator; None takes the trajectory's own, if it has any.
        metadata: where the path comes from, such as the workflow that made it; anything that JSON holds. Readers ignore it.
    """
    if confidence is None and trajectory.confidence is not None:
        confidence = trajectory.confidence.tolist()
    if confidence is not None and len(confidence) != trajectory.num_frames:
        raise RaxelError(f"{trajectory.num_frames} cameras cannot carry {len(confidence)} confidences")
    head = {
        "format": FORMAT,
        "version": VERSION,
        "width": trajectory.width,
        "height": trajectory.height,
        "fps": trajectory.fps,
        "scale": trajectory.scale,
    }
    if confidence is not None:
        head["confidence"] = [round(float(value), 6) for value in confidence]
    frames = [
        json.dumps({"c2w": c2w.ravel().tolist(), "K": K.ravel().tolist()})
        for c2w, K in zip(trajectory.c2w, trajectory.K, strict=True)
    ]
    text = json.dumps(head, indent=1)[:-2]
    if metadata:
        # JSON has no word for numbers that are none; a queued prompt may hold some.
        plain = json.loads(json.dumps(metadata, default=str), parse_constant=lambda _: None)
        text += f',\n "metadata": {json.dumps(plain)}'
    return text + ',\n "frames": [\n  ' + ",\n  ".join(frames) + "\n ]\n}\n"


def read(text: str) -> Trajectory:
    """Trajectory of a JSON text; RaxelError names what is wrong and where."""
    document = parse_json(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise RaxelError(f'this JSON has no "format": "{FORMAT}", so it is not a Raxel trajectory')
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise RaxelError(f'"version" must be a whole number from 1, got {version!r:.40}')
    if version > VERSION:
        raise RaxelError(
            f"this file has version {version!s:.40}, this Raxel reads up to version {VERSION}; please update Raxel"
        )
    frames = document.get("frames")
    if not isinstance(frames, list) or not frames:
        raise RaxelError('"frames" must be a list of at least one camera')
    check_frames(len(frames))
    return Trajectory(
        c2w=np.stack([_matrix(frame, index, "c2w", 4) for index, frame in enumerate(frames)]),
        K=np.stack([_matrix(frame, index, "K", 3) for index, frame in enumerate(frames)]),
        width=_size(document, "width"),
        height=_size(document, "height"),
        fps=number(document.get("fps"), '"fps"'),
        scale=document.get("scale", "relative"),
        confidence=_confidence(document.get("confidence")),
    )


def _matrix(frame: object, index: int, key: str, size: int) -> np.ndarray:
    values = frame.get(key) if isinstance(frame, dict) else None
    if not isinstance(values, list) or len(values) != size * size:
        got = f"{len(values)} values" if isinstance(values, list) else repr(values)[:40]
        raise RaxelError(f'frame {index}: "{key}" must be {size * size} numbers, row by row, got {got}')
    numbers = [number(value, f'frame {index}: every value of "{key}"') for value in values]
    return np.array(numbers, dtype=np.float64).reshape(size, size)


def _confidence(values: object) -> np.ndarray | None:
    if values is None:
        return None
    if not isinstance(values, list):
        raise RaxelError('"confidence" must be a list of numbers, one a frame')
    return np.array([number(value, 'every value of "confidence"') for value in values])


def _size(document: dict, key: str) -> int:
    value = document.get(key)
    if type(value) is not int or not 1 <= value <= MAX_SIZE_PX:
        raise RaxelError(
            f'"{key}" must be a whole number of pixels within 1 and {MAX_SIZE_PX}, got {value!r:.40}'
        )
    return value


def recognises(source: Source) -> bool:
    """Whether a JSON says that it is ours."""
    return (
        source.looks == "json"
        and isinstance(source.document, dict)
        and source.document.get("format") == FORMAT
    )


ENTRY = Format(
    name="json",
    title="Raxel JSON",
    endings=(".json",),
    read=lambda source: read(source.text),
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset(HOLDS),
    axes="camera-to-world, x right, y down, z forward; the trajectory's own unit",
)
