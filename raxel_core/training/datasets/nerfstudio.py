"""Folders of nerfstudio's ``transforms.json`` (DL3DV too) and the pictures that it names; the file is read in formats.

Real pictures may be smaller than the file says (DL3DV's ``images_4`` for ``images``): lenses follow.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import RaxelError
from ...formats import read_text
from ...formats.lenses import NOTED_BENDING, refuse_bending
from ...formats.nerfstudio import NAME, Lens, c2w_of, frames_of, lens_of, worst_bending
from ...formats.order import natural
from ...formats.parsing import parse_json
from ...geometry.trajectory import Trajectory
from .pictures import picture_files
from .scene import Entry, Scene, inside

DEPTH = 4
REDUCED = ("images_2", "images_4", "images_8")
FPS = 30.0  # of frames that tell no time
SHAPE_TOLERANCE = 0.02
MOST_BENDING = 0.03  # less than a path may have: here every pixel is told its ray


def find(root: Path) -> list[Entry]:
    """All folders with a ``transforms.json``, up to three below, in the order of their names."""
    patterns = ["*/" * depth + NAME for depth in range(DEPTH)]
    files = sorted(file for pattern in patterns for file in root.glob(pattern) if file.is_file())
    return [_entry(root, file) for file in files]


def _entry(root: Path, file: Path) -> Entry:
    name = file.parent.relative_to(root).as_posix()
    return Entry(root.name if name == "." else name, file, file.parent, partial(_read, root, file))


def _read(root: Path, file: Path) -> Scene:
    document = parse_json(read_text(inside(root, file)))
    frames = sorted(frames_of(document), key=lambda frame: natural(_path(frame)))
    pictures = picture_files(_files(root, file.parent, [_path(frame) for frame in frames]), file.parent)
    lenses = [lens_of({**document, **frame}, pictures.size) for frame in frames]
    width, height = pictures.size
    K = np.stack([_scaled(lens, pictures.size) for lens in lenses])
    c2w = np.stack([c2w_of(frame, frame["file_path"]) for frame in frames])
    bent = worst_bending(lenses)
    refuse_bending(bent, MOST_BENDING)
    notes = (f"distortion of {bent:.1%} of the width is left as it is",) if bent > NOTED_BENDING else ()
    return Scene(Trajectory(c2w, K, width, height, FPS, "relative"), pictures, notes)


def _scaled(lens: Lens, size: tuple[int, int]) -> np.ndarray:
    """K in pixels of the pictures; RaxelError where they have another shape than the file says."""
    if abs((lens.width / lens.height) / (size[0] / size[1]) - 1) > SHAPE_TOLERANCE:
        raise RaxelError(
            f"{NAME} is of {lens.width}x{lens.height} pictures, these have {size[0]}x{size[1]}: another shape"
        )
    return lens.K * np.array([size[0] / lens.width, size[1] / lens.height, 1.0])[:, None]


def _path(frame: dict[str, Any]) -> str:
    path = frame.get("file_path")
    if not isinstance(path, str) or not path or "\0" in path:
        raise RaxelError(f'a frame of {NAME} has no "file_path"')
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise RaxelError(f"{path!r} leads out of the folder; name pictures within it")
    return path


def _files(root: Path, home: Path, paths: list[str]) -> list[Path | None]:
    """Every picture where it is said to be, else all of them in a reduced folder; None for what is in neither."""
    found = [_existing(root, home / path) for path in paths]
    for reduced in REDUCED:
        if any(found):
            break
        found = [_existing(root, home / _moved(path, reduced)) for path in paths]
    return found


def _existing(root: Path, file: Path) -> Path | None:
    inside(root, file)
    named = file if file.suffix else file.with_suffix(".png")  # Blender's scenes leave the suffix out
    return named if named.is_file() else None


def _moved(path: str, folder: str) -> str:
    parts = Path(path).parts
    return "/".join(folder if part == "images" else part for part in parts)
