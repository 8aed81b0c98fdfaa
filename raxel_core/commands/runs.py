"""The three tasks as the command line and the demo run them: files in, one measured ``Run`` out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import RaxelError
from ..geometry.estimate import Focal, Method, estimate_trajectory
from ..geometry.raxels import Raxels, raxels_from_trajectory
from ..geometry.trajectory import Trajectory
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
from ..sampling import SamplingOptions, joint, pose_from_video, video_from_trajectory
from .engine import Engine
from .meter import measured, progress


@dataclass(frozen=True)
class Run:
    """What a task was given, what it gave, and what it took."""

    task: str
    """One of the sampling floor's names."""
    given: Tensor
    """[F or M, H, W, 3] in 0..1: the clip or stills as the model saw them."""
    frames: Tensor | None
    """[F, H, W, 3] in 0..1: the clip made; None for a pose estimate."""
    raxels: Raxels
    """Made, or for ``video_from_trajectory`` asked for."""
    path: Trajectory
    """Read from the raxels, or asked for; K in the pixels of the clip as the model saw it."""
    confidence: NDArray[np.float64] | None
    """(F,) of the cameras that were read, 0..1; None where the path was asked for."""
    steps: str
    """Steps of each clock, in words."""
    seconds: float
    """Sampling, VAE included."""
    peak_mb: float
    """Most memory of the process meanwhile, in MB."""
    notes: tuple[str, ...]
    """What had to be done to the input, in words."""


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


def run_pose(
    engine: Engine,
    clip: Clip,
    options: SamplingOptions,
    method: Method = "joint",
    focal: Focal = "clip",
) -> Run:
    """Camera path of a clip."""
    with progress("camera path") as on_step, measured() as meter:
        shot = pose_from_video(engine.model, engine.vae, clip.frames, clip.fps, options, on_step=on_step)
        read = estimate_trajectory(shot.raxels, method, focal, reference=0)
    return Run(
        task="pose_from_video",
        given=clip.frames,
        frames=None,
        raxels=shot.raxels,
        path=read.trajectory,
        confidence=read.confidence,
        steps=f"{options.ray_steps} ray",
        seconds=meter.seconds,
        peak_mb=meter.peak_mb,
        notes=clip.notes,
    )


def run_generate(
    engine: Engine,
    stills: Tensor,
    trajectory: Trajectory,
    options: SamplingOptions,
    notes: tuple[str, ...] = (),
) -> Run:
    """A clip from stills along a path, which has as many cameras as the clip shall have frames."""
    info = engine.model.info
    scale = 1.0 if info.scale_mode == "metric" else None
    raxels = raxels_from_trajectory(trajectory, info.alpha, scale, info.width, info.height)
    with progress("clip") as on_step, measured() as meter:
        shot = video_from_trajectory(engine.model, engine.vae, stills, raxels, options, on_step=on_step)
    return Run(
        task="video_from_trajectory",
        given=stills,
        frames=shot.images,
        raxels=raxels,
        path=trajectory.canonical(0).fitted(info.width, info.height),
        confidence=None,
        steps=f"{options.video_steps} video",
        seconds=meter.seconds,
        peak_mb=meter.peak_mb,
        notes=notes,
    )


def run_joint(
    engine: Engine,
    stills: Tensor,
    num_frames: int,
    fps: float,
    options: SamplingOptions,
    notes: tuple[str, ...] = (),
) -> Run:
    """A clip and its camera path from stills."""
    with progress("clip and path") as on_step, measured() as meter:
        shot = joint(engine.model, engine.vae, stills, num_frames, fps, options, on_step=on_step)
        read = estimate_trajectory(shot.raxels, reference=0)
    return Run(
        task="joint",
        given=stills,
        frames=shot.images,
        raxels=shot.raxels,
        path=read.trajectory,
        confidence=read.confidence,
        steps=f"{options.video_steps} video, {options.ray_steps} ray",
        seconds=meter.seconds,
        peak_mb=meter.peak_mb,
        notes=notes,
    )
