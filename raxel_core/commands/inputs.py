"""What users bring: clips and stills from files, fitted to the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..errors import RaxelError
from ..media import (
    ClipInfo,
    describe_length,
    describe_size,
    fit_frames,
    model_length,
    probe_clip,
    read_clip,
    read_still,
)
from .engine import Engine


@dataclass(frozen=True)
class Clip:
    """A clip fitted to the model."""

    frames: Tensor
    """[F, H, W, 3] in 0..1."""
    fps: float
    """Of these frames."""
    info: ClipInfo
    """Of the file."""
    notes: tuple[str, ...]
    """How it was fitted, in words."""


def load_clip(engine: Engine, path: Path, num_frames: int | None, info: ClipInfo | None = None) -> Clip:
    """Read a clip at the model's size and at 4n + 1 frames, taken evenly over the whole of it."""
    info = info or checked_clip(path)
    size = engine.model.info.height, engine.model.info.width
    length = model_length(info.num_frames, num_frames or engine.model.info.frames)
    frames, fps = read_clip(path, *size, num_frames=length)
    notes = (describe_length(info.num_frames, length), describe_size(info.height, info.width, *size))
    return Clip(frames, fps, info, tuple(note for note in notes if note))


def checked_clip(path: Path) -> ClipInfo:
    """Look at a clip before any model is loaded. Raises RaxelError for one that has no motion to read."""
    info = probe_clip(path)
    if info.num_frames < 2:
        raise RaxelError(f"{path} has a single frame; a camera path needs a clip of at least 2")
    return info


def load_stills(engine: Engine, pictures: Sequence[tuple[Path, Tensor]]) -> tuple[Tensor, tuple[str, ...]]:
    """Fit pictures [H, W, 3] to the model's size: [M, H, W, 3], and how, in words."""
    size = engine.model.info.height, engine.model.info.width
    notes = [
        f"{path.name}: {note}"
        for path, picture in pictures
        if (note := describe_size(picture.shape[0], picture.shape[1], *size))
    ]
    return torch.cat([fit_frames(picture[None], *size) for _, picture in pictures]), tuple(notes)


def read_stills(paths: Sequence[Path]) -> list[tuple[Path, Tensor]]:
    """Read pictures before any model is loaded."""
    return [(path, read_still(path)) for path in paths]
