"""A plain folder of clips: ``NAME.mp4`` (mov, webm, ...) or a folder ``NAME/`` of pictures, and ``NAME.json`` or
``NAME.txt``, its cameras as Raxel's JSON or RealEstate10K text. Subfolders are searched too.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ...errors import RaxelError
from .paired import paired, video_named
from .pictures import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from .scene import Entry, Scene

CAMERAS = (".json", ".txt")
DEPTH = 3


def find(root: Path) -> list[Entry]:
    """All clips, and videos and camera files that lack the other half, in the order of their names."""
    entries: dict[str, Entry] = {}
    files = _files(root)
    for file in files:
        stem = file.with_suffix("")
        if file.suffix.lower() in CAMERAS:
            pictures = stem if _holds_pictures(stem) else video_named(stem)
            if pictures is not None:
                entry = paired(root, file, pictures)
                entries.setdefault(entry.name, entry)
    for file in files:
        name = file.relative_to(root).with_suffix("").as_posix()
        if file.suffix.lower() in VIDEO_SUFFIXES:
            entries.setdefault(name, Entry(name, file, file, partial(_no_cameras, file)))
    return [entries[name] for name in sorted(entries)]


def _files(root: Path) -> list[Path]:
    """Camera files and videos, up to two folders below."""
    patterns = ["/".join(["*"] * depth) for depth in range(1, DEPTH + 1)]
    found = (file for pattern in patterns for file in root.glob(pattern))
    return sorted(file for file in found if file.suffix.lower() in CAMERAS + VIDEO_SUFFIXES)


def _holds_pictures(folder: Path) -> bool:
    return folder.is_dir() and any(file.suffix.lower() in PICTURE_SUFFIXES for file in folder.iterdir())


def _no_cameras(video: Path) -> Scene:
    raise RaxelError(
        f"{video.name} has no cameras; put {video.stem}.json or {video.stem}.txt beside it, as `raxel pose` writes them"
    )
