"""Where a clip's pictures come from: a video, or files of a folder. Only the wanted ones are decoded, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from ...errors import RaxelError
from ...formats.order import natural
from ...media import frame_times, probe_clip, read_moments, read_picture

VIDEO_SUFFIXES = (".mp4", ".mov", ".webm", ".mkv", ".m4v", ".avi")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
TIME_TOLERANCE = 0.6  # of a frame's duration, between a camera's timestamp and a video's frame


class Pictures(Protocol):
    """The pictures of F cameras."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    @property
    def present(self) -> np.ndarray:
        """(F,) bool: whether the camera's picture exists."""
        ...

    def read(self, cameras: Sequence[int]) -> Iterator[Image.Image]:
        """RGB pictures of these cameras, ascending; a RaxelError for one that cannot be read."""
        ...


@dataclass(frozen=True)
class PictureFiles:
    """One file a camera, None where it is missing. Pixels are taken as stored: COLMAP knows no EXIF orientation."""

    files: tuple[Path | None, ...]
    size: tuple[int, int]
    present: np.ndarray

    def read(self, cameras: Sequence[int]) -> Iterator[Image.Image]:
        """See `Pictures.read`."""
        for camera in cameras:
            file = self.files[camera]
            if file is None:
                raise RaxelError(f"the picture of camera {camera} is missing")
            picture = read_picture(file)
            if picture.size != self.size:
                raise RaxelError(
                    f"{file.name} has {picture.width}x{picture.height} pixels, the clip's first picture "
                    f"{self.size[0]}x{self.size[1]}; bring them to one size"
                )
            yield picture


@dataclass(frozen=True)
class VideoFile:
    """A video, and which of its frames belongs to which camera."""

    path: Path
    numbers: np.ndarray
    size: tuple[int, int]
    present: np.ndarray

    def read(self, cameras: Sequence[int]) -> Iterator[Image.Image]:
        """See `Pictures.read`."""
        for pixels in read_moments(self.path, [int(self.numbers[camera]) for camera in cameras]):
            yield Image.fromarray(pixels)


def picture_files(files: Sequence[Path | None], where: Path) -> PictureFiles:
    """Files of cameras, in their order; a RaxelError where none exists."""
    first = next((file for file in files if file is not None), None)
    if first is None:
        raise RaxelError(f"none of the {len(files)} pictures exists in {where.name}")
    present = np.array([file is not None for file in files])
    return PictureFiles(tuple(files), picture_size(first), present)


def picture_size(file: Path) -> tuple[int, int]:
    """Width and height as stored, from the file's head."""
    try:
        with Image.open(file) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        reason = "no known picture format" if isinstance(error, Image.UnidentifiedImageError) else error
        raise RaxelError(f"{file.name} cannot be read as a picture ({reason})") from error


def folder_pictures(folder: Path, cameras: int, timestamps_us: np.ndarray | None) -> PictureFiles:
    """A folder's pictures for F cameras: by timestamp where the names are timestamps, else in the order of their names.

    Raises RaxelError where their numbers differ and no timestamps tell which is missing.
    """
    found = sorted(
        (file for file in folder.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES),
        key=lambda file: natural(file.name),
    )
    if timestamps_us is not None:
        by_name = {file.stem.lstrip("0") or "0": file for file in found}
        files = [by_name.get(str(int(time))) for time in timestamps_us]
        matched = sum(file is not None for file in files)
        # Names that merely count from 0 meet a timestamp by chance: the first one.
        if matched > 1 or (matched and len(found) != cameras):
            return picture_files(files, folder)
    if len(found) != cameras:
        raise RaxelError(f"{cameras} cameras for {len(found)} pictures in {folder.name}")
    return picture_files(found, folder)


def video_pictures(path: Path, cameras: int, timestamps_us: np.ndarray | None) -> VideoFile:
    """A video's frames for F cameras: one each where there are as many, else the nearest to each timestamp."""
    info = probe_clip(path)
    numbers = np.arange(cameras)
    if info.num_frames != cameras:
        if timestamps_us is None:
            raise RaxelError(f"{cameras} cameras for {info.num_frames} frames of {path.name}")
        numbers = _nearest(frame_times(path), timestamps_us / 1e6, path)
    return VideoFile(path, numbers, (info.width, info.height), np.ones(cameras, bool))


def _nearest(times: np.ndarray, wanted: np.ndarray, path: Path) -> np.ndarray:
    """The frame nearest to each time; a RaxelError where there is none within `TIME_TOLERANCE`."""
    numbers = np.abs(times[None] - wanted[:, None]).argmin(axis=1)
    step = np.diff(times).mean() if len(times) > 1 else 1.0
    far = np.abs(times[numbers] - wanted) > TIME_TOLERANCE * step
    if far.any():
        camera = int(far.argmax())
        raise RaxelError(
            f"{len(wanted)} cameras for {len(times)} frames of {path.name}, which lasts {times[-1]:.2f} s and has "
            f"none at the {wanted[camera]:.2f} s of camera {camera}"
        )
    return numbers
