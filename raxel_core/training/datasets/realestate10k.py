"""RealEstate10K's layout: ``ID.txt`` of cameras, and a folder of pictures named by timestamps, or a video.

Texts lie in the folder or up to two folders below. For ``PLACE/ID.txt`` pictures are looked for in ``PLACE/ID/``,
``PLACE/ID.mp4``, and in the folders `SIDES` beside PLACE and in PLACE: ``frames/ID/``, ``videos/ID.mp4``, and with the
name of PLACE between, ``frames/train/ID/``.
"""

from __future__ import annotations

from pathlib import Path

from ...formats.realestate10k import COLUMNS, is_row
from .paired import paired, video_named
from .scene import Entry

SIDES = ("frames", "images", "videos", "clips")
DEPTH = 3  # folders of a text, the data set's own included


def find(root: Path) -> list[Entry]:
    """All clips, in the order of their names."""
    patterns = ["/".join(["*"] * depth) + ".txt" for depth in range(1, DEPTH + 1)]
    texts = sorted(
        file for pattern in patterns for file in root.glob(pattern) if file.is_file() and _is_cameras(file)
    )
    return [paired(root, text, _pictures(root, text), by_source=True) for text in texts]


def _pictures(root: Path, text: Path) -> Path | None:
    place, name = text.parent, text.stem
    stems = [place / name]
    for home in (place,) if place == root else (place, place.parent):
        for side in SIDES:
            stems += [home / side / name, home / side / place.name / name]
    for stem in stems:
        found = stem if stem.is_dir() else video_named(stem)
        if found is not None:
            return found
    return None


def _is_cameras(file: Path) -> bool:
    """Whether the first lines look like a camera text: an address or a row of cameras."""
    with file.open(errors="replace") as lines:
        head = [lines.readline(2048) for _ in range(2)]
    return head[0].startswith(("http://", "https://")) or any(
        is_row(line) and len(line.split()) == COLUMNS for line in head
    )
