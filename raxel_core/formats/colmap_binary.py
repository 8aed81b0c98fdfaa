"""COLMAP's binary model: ``cameras.bin`` and ``images.bin``, little-endian.

A count (uint64), then that many cameras ``id uint32, model int32, width uint64, height uint64, params float64[]``, or images
``id uint32, q float64[4], t float64[3], camera uint32, name, 0, points uint64, (x float64, y float64, id int64)[]``.
Points are jumped over; counts are believed only as far as the file goes.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from ..errors import RaxelError
from .colmap_model import ColmapCamera, ColmapImage, checked_camera
from .lenses import MODELS
from .source import check_frames
from .values import finite

COUNT = struct.Struct("<Q")
CAMERA = struct.Struct("<IiQQ")
IMAGE = struct.Struct("<I7dI")
POINT_BYTES = 24
MAX_NAME_BYTES = 4096
EQUIRECTANGULAR, EQUIRECTANGULAR_PARAMS = 17, 2
NAMES = {model.number: name for name, model in MODELS.items()} | {EQUIRECTANGULAR: "EQUIRECTANGULAR"}


def read_cameras(file: BinaryIO, name: str) -> list[ColmapCamera]:
    """Cameras of a cameras.bin that is open for reading; RaxelError for one that is cut off or of another kind."""
    (count,) = _take(file, COUNT, name)
    check_frames(count)
    return [_camera(file, name) for _ in range(count)]


def _camera(file: BinaryIO, name: str) -> ColmapCamera:
    id, number, width, height = _take(file, CAMERA, name)
    model = NAMES.get(number)
    if model is None:
        raise RaxelError(
            f"{name} has the camera model {number}, which Raxel does not know; "
            "undistort the model (colmap image_undistorter), or is it no COLMAP file?"
        )
    params = MODELS[model].count if model in MODELS else EQUIRECTANGULAR_PARAMS
    values = _take(file, struct.Struct(f"<{params}d"), name)
    return checked_camera(ColmapCamera(id, model, width, height, values), f"camera {id} of {name}")


def read_images(file: BinaryIO, name: str) -> list[ColmapImage]:
    """Images of an images.bin that is open for reading, in its order; RaxelError for one that is cut off."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    (count,) = _take(file, COUNT, name)
    check_frames(count)
    images = []
    for _ in range(count):
        id, *pose, camera = _take(file, IMAGE, name)
        finite(np.array(pose), f"image {id} of {name}")
        picture = _name(file, name)
        (points,) = _take(file, COUNT, name)
        if points * POINT_BYTES > size - file.tell():
            raise _cut_off(name)
        file.seek(points * POINT_BYTES, os.SEEK_CUR)
        images.append(ColmapImage(id, tuple(pose), camera, picture))
    return images


def _name(file: BinaryIO, name: str) -> str:
    """A text that ends with a zero byte."""
    start = file.tell()
    text, end, _ = file.read(MAX_NAME_BYTES).partition(b"\0")
    if not end:
        raise _cut_off(name)
    file.seek(start + len(text) + 1)
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RaxelError(
            f"{name} has a picture whose name is not UTF-8 text; is it a COLMAP file?"
        ) from error


def _take(file: BinaryIO, layout: struct.Struct, name: str) -> tuple:
    data = file.read(layout.size)
    if len(data) < layout.size:
        raise _cut_off(name)
    return layout.unpack(data)


def _cut_off(name: str) -> RaxelError:
    return RaxelError(f"{name} ends in the middle of a camera or image; was it cut off?")


def write(cameras: Sequence[ColmapCamera], images: Sequence[ColmapImage]) -> dict[str, bytes]:
    """The model's files; its points file counts none, as COLMAP wants one."""
    heads = [
        CAMERA.pack(camera.id, MODELS[camera.model].number, camera.width, camera.height)
        + struct.pack(f"<{len(camera.params)}d", *camera.params)
        for camera in cameras
    ]
    bodies = [
        IMAGE.pack(image.id, *image.pose, image.camera) + image.name.encode() + b"\0" + COUNT.pack(0)
        for image in images
    ]
    return {
        "cameras.bin": COUNT.pack(len(heads)) + b"".join(heads),
        "images.bin": COUNT.pack(len(bodies)) + b"".join(bodies),
        "points3D.bin": COUNT.pack(0),
    }
