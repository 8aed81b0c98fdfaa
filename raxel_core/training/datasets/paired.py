"""A camera file of ours or of RealEstate10K, and the video or the folder of pictures that belongs to it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ...errors import RaxelError
from ...formats import read_file, read_text
from ...formats.realestate10k import SOURCE_LINE, timestamps_us
from ...geometry.trajectory import Trajectory
from .pictures import VIDEO_SUFFIXES, Pictures, folder_pictures, video_pictures
from .scene import Entry, Scene, inside, rising

SHAPE_TOLERANCE = 0.02  # between the shape of a JSON's pictures and that of the real ones


def paired(root: Path, cameras: Path, pictures: Path | None, by_source: bool = False) -> Entry:
    """The entry of a camera file.

    Args:
        root: the data set's folder.
        cameras: Raxel JSON or RealEstate10K text.
        pictures: a video or a folder; None where none was found.
        by_source: clips cut from one source, told by the first line of the text, share a split.
    """
    name = cameras.relative_to(root).with_suffix("").as_posix()
    group = _source(cameras) if by_source else ""
    return Entry(name, cameras, pictures, partial(_read, root, cameras, pictures), group)


def _read(root: Path, cameras: Path, pictures: Path | None) -> Scene:
    if pictures is None:
        raise RaxelError(f"there is no video and no folder of pictures for {cameras.name}")
    reading = read_file(inside(root, cameras))
    trajectory, kind = reading.trajectory, reading.format.name
    times = timestamps_us(read_text(cameras)) if kind == "realestate10k" else None
    if times is not None:
        rising(times)
    inside(root, pictures)
    look = folder_pictures if pictures.is_dir() else video_pictures
    found: Pictures = look(pictures, trajectory.num_frames, times)
    return Scene(_in_pixels_of(found, trajectory, kind), found)


def _in_pixels_of(pictures: Pictures, trajectory: Trajectory, kind: str) -> Trajectory:
    """The cameras in the pixels of these pictures. RealEstate10K's lenses are shares and fit any; JSON names a size."""
    width, height = pictures.size
    shape = (width / height) / (trajectory.width / trajectory.height)
    if kind == "json" and abs(shape - 1) > SHAPE_TOLERANCE:
        raise RaxelError(
            f"the cameras are of {trajectory.width}x{trajectory.height} pictures, these have {width}x{height}: "
            "another shape"
        )
    return trajectory.resized(width, height)


def _source(cameras: Path) -> str:
    """The web address on the first line; empty where there is none, or where Raxel wrote its own."""
    with cameras.open(errors="replace") as file:
        line = file.readline(2048).strip()
    return line if line.startswith(("http://", "https://")) and line != SOURCE_LINE else ""


def video_named(stem: Path) -> Path | None:
    """The video of this path without suffix, if there is one."""
    return next((file for suffix in VIDEO_SUFFIXES if (file := _suffixed(stem, suffix)).is_file()), None)


def _suffixed(stem: Path, suffix: str) -> Path:
    return stem.parent / (stem.name + suffix)
