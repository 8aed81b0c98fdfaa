"""A clip of a data set: found (`Entry`), then read (`Scene`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import RaxelError
from ...geometry.trajectory import Trajectory
from .pictures import Pictures


@dataclass(frozen=True)
class Scene:
    """Cameras and pictures of one clip."""

    trajectory: Trajectory
    """F cameras, K in pixels of the pictures, translations as the file has them."""
    pictures: Pictures
    notes: tuple[str, ...] = ()
    """What was made of the files, where a person may want to know."""


@dataclass(frozen=True)
class Entry:
    """A clip before anything of it is read."""

    name: str
    """Its place in the folder, without suffix."""
    cameras: Path
    """The file of its cameras."""
    pictures: Path | None
    """Its video, or folder of pictures; None where there is none."""
    read: Callable[[], Scene]
    """Reads cameras and looks the pictures up; a RaxelError tells why it cannot be used."""
    group: str = ""
    """Clips of one group go into the same split; empty: the name."""


def inside(root: Path, path: Path) -> Path:
    """The path, or a RaxelError where it or what it links to lies outside of the data set's folder."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise RaxelError(f"{path.name} leads out of the folder {root.name}; copy what it points at into it")
    return path


def rising(timestamps_us: np.ndarray) -> None:
    """A RaxelError where time does not go forward from camera to camera."""
    steps = np.diff(timestamps_us)
    if len(steps) and steps.min() <= 0:
        camera = int(np.argmax(steps <= 0)) + 1
        raise RaxelError(
            f"timestamps are out of order: camera {camera} has {timestamps_us[camera]:.0f} after "
            f"{timestamps_us[camera - 1]:.0f}"
        )
