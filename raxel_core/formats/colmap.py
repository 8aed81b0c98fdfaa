"""COLMAP models, binary and text: a folder with a cameras and an images file, or with one below (``sparse/0``).

A path to one of the two files stands for the folder. Binary is read where both are there, as COLMAP does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from . import colmap_binary, colmap_text
from .colmap_model import ColmapCamera, ColmapImage, by_id, model_of_trajectory, trajectory_of_model
from .format import Format
from .source import Source, decoded, is_file, is_folder, read_bytes

PLACES = (
    "",
    "0",
    "sparse",
    "sparse/0",
    "colmap/sparse/0",
    "dense/sparse",
    "dense/0/sparse",
    "distorted/sparse/0",
)
"""Where below a folder its model is looked for, first first."""
NUMBERED = tuple(
    f"{above}{number}"
    for above in ("", "sparse/", "colmap/sparse/", "distorted/sparse/")
    for number in range(1, 100)
)
"""Where it is looked for then: COLMAP numbers its models, and some people throw 0 away."""
MAX_IMAGES_BYTES = 16 << 30
"""Largest images file; its points are passed over, so it may be far larger than other camera files."""
IMAGES_REMARK = b"IMAGE_ID, QW, QX, QY, QZ"
CAMERAS_REMARK = b"CAMERA_ID, MODEL, WIDTH"
HOLDS = frozenset({"size", "lens", "zoom", "centre", "pixels"})
AXES = "world-to-camera, x right, y down, z forward; no unit"


@dataclass(frozen=True)
class Model:
    """Where a model's files are."""

    images: Path
    cameras: Path | None
    """None where only the images file is there."""


def find(path: Path, suffix: str) -> Model | None:
    """The model of files with this suffix in or below a folder, or beside a file of it; None where there is none."""
    if not is_folder(path) and path.suffix != suffix:
        return None
    folders = [path / place for place in (*PLACES, *NUMBERED)] if is_folder(path) else [path.parent]
    for folder in folders:
        images, cameras = folder / f"images{suffix}", folder / f"cameras{suffix}"
        if is_file(images):
            return Model(images, cameras if is_file(cameras) else None)
    return None


def read(source: Source, suffixes: tuple[str, ...]) -> Trajectory:
    """The cameras of a folder's model.

    Args:
        source: the folder, or one of the model's files.
        suffixes: of the model's files; the first that is there.
    """
    found = next((model for suffix in suffixes if (model := find(source.path, suffix))), None)
    if found is None:
        raise RaxelError("a COLMAP model is a folder with cameras.bin and images.bin, or with both as .txt")
    _stays_inside(source, found)
    _other_models(source, found)
    cameras = None if found.cameras is None else by_id(_cameras(found.cameras))
    return trajectory_of_model(source, cameras, _images(source, found.images))


def _cameras(path: Path) -> list[ColmapCamera]:
    if path.suffix == ".txt":
        return colmap_text.read_cameras(decoded(read_bytes(path), path.name))
    with _opened(path) as file:
        return colmap_binary.read_cameras(file, path.name)


def _images(source: Source, path: Path) -> list[ColmapImage]:
    with _opened(path) as file:
        if path.suffix == ".txt":
            return colmap_text.read_images(file, source, path.name)
        return colmap_binary.read_images(file, path.name)


def _opened(path: Path) -> BinaryIO:
    try:
        if path.stat().st_size > MAX_IMAGES_BYTES:
            raise RaxelError(
                f"{path.name} is larger than {MAX_IMAGES_BYTES >> 30} GiB; cut the model into parts"
            )
        return path.open("rb")
    except OSError as error:
        raise RaxelError(f"{path.name} cannot be read: {error.strerror or error}") from error


def _stays_inside(source: Source, model: Model) -> None:
    """Raise RaxelError where a file of the model is a link that leads out of the folder."""
    folder = source.path if is_folder(source.path) else source.path.parent
    for file in (model.images, model.cameras):
        if file is not None and not file.resolve().is_relative_to(folder.resolve()):
            raise RaxelError(
                f"{file.name} leads out of the folder {folder.name}; copy what it points at into it"
            )


def _other_models(source: Source, model: Model) -> None:
    """Note models beside a numbered one: COLMAP writes 0, 1, ... where pictures fall apart."""
    folder = model.images.parent
    if is_folder(source.path) and folder != source.path and folder.name.isdigit():
        others = [
            number
            for number in range(100)
            if str(number) != folder.name and is_file(folder.parent / str(number) / model.images.name)
        ]
        if others:
            source.note(
                f"the folder holds {len(others) + 1} models; the one named {folder.name} is read, "
                f"name the folder of another ({', '.join(map(str, others[:5]))}) to read that"
            )


def _is_model(source: Source, suffix: str) -> bool:
    return source.looks == "folder" and find(source.path, suffix) is not None


def _is_text(source: Source) -> bool:
    """Whether this is a text model, or an images.txt without its cameras.txt."""
    if source.looks != "text":
        return _is_model(source, ".txt")
    return IMAGES_REMARK in source.data[:4096] or CAMERAS_REMARK in source.data[:4096]


def _read_text(source: Source) -> Trajectory:
    if source.looks != "text":
        return read(source, (".txt", ".bin"))
    if IMAGES_REMARK not in source.data[:4096] and CAMERAS_REMARK in source.data[:4096]:
        raise RaxelError("a cameras.txt of COLMAP has lenses and no path; its images.txt belongs beside it")
    return trajectory_of_model(source, None, _images(source, source.path))


BINARY = Format(
    name="colmap",
    title="COLMAP model (binary)",
    endings=("/",),
    read=lambda source: read(source, (".bin", ".txt")),
    write=lambda trajectory, _: colmap_binary.write(*model_of_trajectory(trajectory)),
    recognises=lambda source: _is_model(source, ".bin"),
    holds=HOLDS,
    axes=AXES,
)
TEXT = Format(
    name="colmap_text",
    title="COLMAP model (text)",
    endings=("/",),
    read=_read_text,
    write=lambda trajectory, _: colmap_text.write(*model_of_trajectory(trajectory)),
    recognises=_is_text,
    holds=HOLDS,
    axes=AXES,
)
