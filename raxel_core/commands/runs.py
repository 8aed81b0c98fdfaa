"""The five tasks as the command line and the demo run them: one measured ``Run`` out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..geometry.estimate import Focal, Method, estimate_trajectory
from ..geometry.raxels import Raxels, raxels_from_trajectory
from ..geometry.trajectory import Trajectory
from ..sampling import (
    SamplingOptions,
    Shot,
    joint,
    pose_from_video,
    poses_of_stills,
    stills_from_cameras,
    video_from_trajectory,
)
from ..sampling.confidence import doubt
from .engine import Engine
from .inputs import Clip
from .meter import Meter, measured, progress

Frames = Sequence[int] | None
STILLS_FPS = 1.0
"""Single pictures have no pace; their raxels move this slowly when they are shown."""


@dataclass(frozen=True)
class Run:
    """What a task was given, what it gave, and what it took."""

    task: str
    """One of the sampling floor's names."""
    given: Tensor
    """[F or M, H, W, 3] in 0..1: the clip or stills as the model saw them."""
    frames: Tensor | None
    """[F, H, W, 3] in 0..1: the clip or the stills made; None where only cameras were wanted."""
    raxels: Raxels
    """Made, or where the cameras were given, asked for."""
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
    seed: int = 0
    """Of the noise."""
    placement: str | None = None
    """Where the network's blocks were at the end, in one line."""


def run_pose(
    engine: Engine,
    clip: Clip,
    options: SamplingOptions,
    method: Method = "joint",
    focal: Focal = "clip",
    known: Trajectory | None = None,
    given_frames: Frames = None,
) -> Run:
    """Camera path of a clip; some of its cameras may be known."""
    raxels = None if known is None else drawn(engine, known)
    with progress("camera path") as on_step, measured() as meter:
        shot = pose_from_video(
            engine.model, engine.vae, clip.frames, clip.fps, options,
            raxels=raxels, given_frames=given_frames, on_step=on_step,
        )  # fmt: skip
        read = _read(shot, method, focal, known, given_frames)
    return _run(engine, "pose_from_video", clip.frames, shot, read, options, meter, clip.notes)


def run_generate(
    engine: Engine,
    stills: Tensor,
    trajectory: Trajectory,
    options: SamplingOptions,
    source_frames: Frames = None,
    given_frames: Frames = None,
    notes: tuple[str, ...] = (),
) -> Run:
    """A clip from stills along a path, which has as many cameras as the clip shall have frames."""
    with progress("clip") as on_step, measured() as meter:
        shot = video_from_trajectory(
            engine.model, engine.vae, stills, drawn(engine, trajectory), options,
            source_frames=source_frames, given_frames=given_frames, on_step=on_step,
        )  # fmt: skip
        read = _read(shot, known=trajectory, given_frames=given_frames)
    return _run(engine, "video_from_trajectory", stills, shot, read, options, meter, notes)


def run_joint(
    engine: Engine,
    stills: Tensor,
    num_frames: int,
    fps: float,
    options: SamplingOptions,
    source_frames: Frames = None,
    notes: tuple[str, ...] = (),
) -> Run:
    """A clip and its camera path from stills."""
    with progress("clip and path") as on_step, measured() as meter:
        shot = joint(
            engine.model, engine.vae, stills, num_frames, fps, options,
            source_frames=source_frames, on_step=on_step,
        )  # fmt: skip
        read = _read(shot)
    return _run(engine, "joint", stills, shot, read, options, meter, notes)


def run_poses_of_stills(
    engine: Engine, stills: Tensor, options: SamplingOptions, notes: tuple[str, ...] = ()
) -> Run:
    """Cameras of stills, in the frame of the first one's."""
    with progress("cameras") as on_step, measured() as meter:
        shot = poses_of_stills(engine.model, engine.vae, stills, options, on_step=on_step)
        shot = replace(shot, raxels=replace(shot.raxels, fps=STILLS_FPS))
        read = _read(shot)
    return _run(engine, "poses_of_stills", stills, shot, read, options, meter, notes)


def run_stills_from_cameras(
    engine: Engine,
    stills: Tensor,
    cameras: Trajectory,
    options: SamplingOptions,
    source_frames: Frames = None,
    notes: tuple[str, ...] = (),
) -> Run:
    """One picture for each camera."""
    with progress("stills") as on_step, measured() as meter:
        shot = stills_from_cameras(
            engine.model, engine.vae, stills, drawn(engine, cameras), options,
            source_frames=source_frames, on_step=on_step,
        )  # fmt: skip
        read = _read(shot, known=cameras)
    return _run(engine, "stills_from_cameras", stills, shot, read, options, meter, notes)


def drawn(engine: Engine, trajectory: Trajectory) -> Raxels:
    """A path as raxels of the model's size, contrast and units."""
    info = engine.model.info
    scale = 1.0 if info.scale_mode == "metric" else None
    return raxels_from_trajectory(trajectory, info.alpha, scale, info.width, info.height)


def _read(
    shot: Shot,
    method: Method = "joint",
    focal: Focal = "clip",
    known: Trajectory | None = None,
    given_frames: Frames = None,
) -> tuple[Trajectory, NDArray[np.float64] | None]:
    """The path of a shot and the confidence of its cameras; known cameras are what was asked for, to the last digit."""
    width, height = shot.raxels.width, shot.raxels.height
    asked = None if known is None else known.canonical(0).fitted(width, height)
    if asked is not None and shot.rays_known:
        return asked, None
    if asked is None or given_frames is None:
        read = estimate_trajectory(shot.raxels, method, focal, reference=0)
        return read.trajectory, read.confidence
    read = estimate_trajectory(shot.raxels, method, focal)
    given, c2w, K = list(given_frames), read.trajectory.c2w.copy(), read.trajectory.K.copy()
    c2w[given], K[given] = asked.c2w[given], asked.K[given]
    return replace(read.trajectory, c2w=c2w, K=K), read.confidence


STEPS = {
    "pose_from_video": "{ray_steps} ray",
    "video_from_trajectory": "{video_steps} video",
    "joint": "{video_steps} video, {ray_steps} ray",
    "poses_of_stills": "{ray_steps} ray",
    "stills_from_cameras": "{video_steps} video",
}
"""Steps of the clocks that a task uses, in words."""
UNCALIBRATED = "the confidence of these cameras is not calibrated: it says how well the rays fit a camera, not whether it is the right one"
ONLY_CAMERAS = ("pose_from_video", "poses_of_stills")


def _run(
    engine: Engine,
    task: str,
    given: Tensor,
    shot: Shot,
    read: tuple[Trajectory, NDArray[np.float64] | None],
    options: SamplingOptions,
    meter: Meter,
    notes: tuple[str, ...],
) -> Run:
    path, confidence = read
    clocks = "joint" if task == "video_from_trajectory" and not shot.rays_known else task
    return Run(
        task=task,
        given=given,
        frames=None if task in ONLY_CAMERAS else shot.images,
        raxels=shot.raxels,
        path=path,
        confidence=confidence,
        steps=STEPS[clocks].format(video_steps=options.video_steps, ray_steps=options.ray_steps),
        seconds=meter.seconds,
        peak_mb=meter.peak_mb,
        notes=(*notes, *_mishaps(engine), *_trust(shot)),
        seed=options.seed,
        placement=engine.placement(),
    )


def _mishaps(engine: Engine) -> tuple[str, ...]:
    """What must be said where memory ran out on the way."""
    if not engine.mishaps():
        return ()
    count = engine.mishaps()
    often = "once; that step was" if count == 1 else f"{count} times; those steps were"
    return (f"memory ran out {often} done again with less on the device",)


def _trust(shot: Shot) -> tuple[str, ...]:
    """What must be said of the confidence: nothing where it is calibrated and high, or where no camera was estimated."""
    if shot.rays_known:
        return ()
    if shot.raxels.confidence is None:
        return (UNCALIBRATED,)
    warning = doubt(shot.raxels.confidence)
    return () if warning is None else (warning,)
