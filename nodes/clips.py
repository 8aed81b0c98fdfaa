"""The finished takes for the page: a small film each, with its cameras. Only made where a page looks on."""

from __future__ import annotations

from typing import Any

from ..raxel_core.media.write import write_mp4
from .folders import temporary_file
from .seeds import seed_of
from .shots import Result

QUALITY = 18
"""Of x264: a film to look at; the workflow has the frames themselves."""


def clip_entry(result: Result, seed: int, workflow: str) -> dict[str, Any]:
    """Write one take into the host's temporary folder.

    Returns:
        what the page is told of it: filename, subfolder, type, fps, frames, width, height, seed, workflow; cameras: rows as
        in ``seed_of``, or None where no camera was found.
    """
    file, entry = temporary_file("raxel_clip", ".mp4")
    count, height, width = result.images.shape[:3]
    fps = result.raxels.fps
    write_mp4(file, result.images, fps, QUALITY)
    cameras = None if result.path is None else seed_of(result.path)["cameras"]
    size = {"fps": fps, "frames": count, "width": width, "height": height}
    return {**entry, **size, "seed": str(seed), "workflow": workflow, "cameras": cameras}
