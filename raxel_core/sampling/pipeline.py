"""The five tasks from frames to frames: checks, the autoencoder, a task, progress. What command line and nodes call.

Every run has at least one source still, and the first one is the canonical camera [ours]. Sizes are multiples of 32 and
lengths of clips 4n + 1; callers fit what users bring. Frames are [F, H, W, 3] in 0..1. Results come back on the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..errors import RaxelError
from ..geometry.anchor import Anchor
from ..geometry.raxels import Raxels
from . import tasks
from .checks import check_length, check_pace, check_path, check_pictures, check_rays, given_of, places_of
from .confidence import confidence_of, reread
from .given import GivenCameras, Hold, frames_of
from .options import SamplingOptions
from .preview import OnStep
from .run import Run, finite


@dataclass(frozen=True, eq=False)
class Shot:
    """What a run gives: pictures, and the cameras that belong to them."""

    images: Tensor
    """[F, H, W, 3] in 0..1: made by the model, or the clip or stills that were given."""
    raxels: Raxels
    """One camera for every image."""
    rays_known: bool
    """All cameras were given, so there is nothing to estimate."""


@torch.no_grad()
def pose_from_video(
    model: RaxelModel,
    vae: VideoVAE,
    frames: Tensor,
    fps: float,
    options: SamplingOptions,
    *,
    raxels: Raxels | None = None,
    given_frames: Sequence[int] | None = None,
    on_step: OnStep | None = None,
) -> Shot:
    """The cameras of a clip [F, H, W, 3], in the frame of its first camera.

    Args:
        model: network, config and record.
        vae: its autoencoder.
        frames: the clip.
        fps: of the clip.
        options: the clock of the rays, among others.
        raxels: a path of F cameras of which some are given.
        given_frames: which; these come back exactly.
        on_step: called after every step.
    """
    check_pictures(frames, "the clip")
    check_length(len(frames), "the clip")
    check_pace(fps)
    options.check_text_width(model.config)
    given = _given_for_clip(model, frames, raxels, given_frames)
    run = Run(model, vae, options, on_step)
    hold = Hold(run.codec, (0,), given) if given else None
    video_z, source_z = run.video(frames), run.stills(frames[:1])
    video_r = tasks.pose_from_video(run.solver(hold), run.noise, source_z, video_z, options.ray_clock)
    path = _path(run, video_r, fps, given)
    if model.info.confidence:
        other = run.first["video_r"] if options.ray_steps > 1 else reread(run, 2)
        path = _sure(run, path, frames[:1], frames, given, other)
    return Shot(frames, path, False)


@torch.no_grad()
def video_from_trajectory(
    model: RaxelModel,
    vae: VideoVAE,
    stills: Tensor,
    raxels: Raxels,
    options: SamplingOptions,
    *,
    source_frames: Sequence[int] | None = None,
    given_frames: Sequence[int] | None = None,
    on_step: OnStep | None = None,
) -> Shot:
    """Stills [M, H, W, 3] shot along a path.

    Args:
        model: network, config and record.
        vae: its autoencoder.
        stills: pictures of the place.
        raxels: the path, F cameras.
        options: the clock of the pictures (and of the rays, where some are not given), among others.
        source_frames: frame at which each still stands; None spreads them evenly, the first one at frame 0.
        given_frames: frames whose cameras are given, which come back exactly; the others are denoised. None: all.
        on_step: called after every step.
    """
    check_pictures(stills, "the stills")
    check_length(raxels.num_frames, "the path")
    check_path(raxels, stills, "the stills")
    options.check_text_width(model.config)
    places = places_of(source_frames, len(stills), raxels.num_frames)
    frames = given_of(given_frames, raxels.num_frames)
    check_rays(raxels, frames)
    given = GivenCameras.of(model.info, raxels, frames, places[0])
    run = Run(model, vae, options, on_step)
    source_z = run.stills(stills)
    if len(frames) < raxels.num_frames:
        solve = run.solver(Hold(run.codec, places, given), follows_cameras=True)
        clocks = options.video_clock, options.ray_clock
        latent_frames = (raxels.num_frames - 1) // 4 + 1
        video_z, video_r = tasks.joint(solve, run.noise, source_z, latent_frames, *clocks)
        clip, path = _clip(run, video_z), _path(run, video_r, raxels.fps, given)
        return Shot(clip, _sure(run, path, stills[:1], clip, given), False)
    source_r, video_r = run.still_rays(frames_of(given.network, places)), run.rays(given.network)
    solve = run.solver(follows_cameras=True)
    video_z = tasks.video_from_trajectory(solve, run.noise, source_z, source_r, video_r, options.video_clock)
    return Shot(_clip(run, video_z), raxels, True)


@torch.no_grad()
def joint(
    model: RaxelModel,
    vae: VideoVAE,
    stills: Tensor,
    frames: int,
    fps: float,
    options: SamplingOptions,
    *,
    source_frames: Sequence[int] | None = None,
    on_step: OnStep | None = None,
) -> Shot:
    """A new clip from stills [M, H, W, 3], and its cameras. Rays with fewer steps than the clip finish early.

    Args:
        model: network, config and record.
        vae: its autoencoder.
        stills: pictures of the place.
        frames: length of the clip.
        fps: of the clip.
        options: both clocks, among others.
        source_frames: frame at which each still stands: a still and its frame then have one camera. None leaves the
            places to the model, which takes the first still for the beginning.
        on_step: called after every step.
    """
    check_pictures(stills, "the stills")
    check_length(frames, "the new clip")
    check_pace(fps)
    options.check_text_width(model.config)
    places = None if source_frames is None else places_of(source_frames, len(stills), frames)
    run = Run(model, vae, options, on_step)
    solve = run.solver(Hold(run.codec, places) if places else None)
    clocks = options.video_clock, options.ray_clock
    video_z, video_r = tasks.joint(solve, run.noise, run.stills(stills), (frames - 1) // 4 + 1, *clocks)
    raxels = _path(run, video_r, fps)
    if places and places[0] != 0:  # told from the first still; a path is told from its first camera
        raxels = Anchor.at(raxels, 0).seen(raxels)
    clip = _clip(run, video_z)
    return Shot(clip, _sure(run, raxels, stills[:1], clip), False)


@torch.no_grad()
def poses_of_stills(
    model: RaxelModel,
    vae: VideoVAE,
    stills: Tensor,
    options: SamplingOptions,
    *,
    on_step: OnStep | None = None,
) -> Shot:
    """The cameras of stills [M, H, W, 3] in any order, in the frame of the first one's camera.

    Args:
        model: network, config and record.
        vae: its autoencoder.
        stills: pictures of one place.
        options: the clock of the rays, among others.
        on_step: called after every step.
    """
    check_pictures(stills, "the stills")
    options.check_text_width(model.config)
    run = Run(model, vae, options, on_step)
    source_r = tasks.poses_of_stills(run.solver(), run.noise, run.stills(stills), options.ray_clock)
    raxels = run.decoded(lambda: run.codec.decode_still_rays(source_r))
    return Shot(stills, replace(raxels, images=finite(raxels.images, "rays")), False)


@torch.no_grad()
def stills_from_cameras(
    model: RaxelModel,
    vae: VideoVAE,
    stills: Tensor,
    raxels: Raxels,
    options: SamplingOptions,
    *,
    source_frames: Sequence[int] | None = None,
    on_step: OnStep | None = None,
) -> Shot:
    """The place of stills [M, H, W, 3] from single cameras, any number of them: one image for each.

    Args:
        model: network, config and record.
        vae: its autoencoder.
        stills: pictures of the place.
        raxels: the cameras, those of the stills among them.
        options: the clock of the pictures, among others.
        source_frames: which of the cameras each still was taken with; None spreads them evenly, the first at camera 0.
        on_step: called after every step.
    """
    check_pictures(stills, "the stills")
    check_path(raxels, stills, "the stills")
    options.check_text_width(model.config)
    places = places_of(source_frames, len(stills), raxels.num_frames)
    frames = given_of(None, raxels.num_frames)
    check_rays(raxels, frames)
    given = GivenCameras.of(model.info, raxels, frames, places[0])
    run = Run(model, vae, options, on_step)
    source_r, target_r = run.still_rays(frames_of(given.network, places)), run.still_rays(given.network)
    solve = run.solver(follows_cameras=True)
    target_z = tasks.stills_from_cameras(
        solve, run.noise, run.stills(stills), source_r, target_r, options.video_clock
    )
    images = run.decoded(lambda: run.codec.decode_stills(finite(target_z, "pictures")))
    return Shot(images.cpu(), raxels, True)


def _given_for_clip(
    model: RaxelModel, frames: Tensor, raxels: Raxels | None, given_frames: Sequence[int] | None
) -> GivenCameras | None:
    """The given cameras of a clip; None where there are none. Its first frame is the canonical camera."""
    if raxels is None and given_frames is None:
        return None
    if raxels is None or given_frames is None:
        missing = "a path" if raxels is None else "given_frames, which says which of its cameras are known"
        raise RaxelError(f"given cameras need a path and given_frames together; {missing} is missing.")
    check_path(raxels, frames, "the frames of the clip")
    if raxels.num_frames != len(frames):
        raise RaxelError(
            f"the path has {raxels.num_frames} cameras, the clip {len(frames)} frames; make both one length."
        )
    given = given_of(given_frames, len(frames))
    check_rays(raxels, given)
    return GivenCameras.of(model.info, raxels, given, canonical=0)


def _clip(run: Run, video_z: Tensor) -> Tensor:
    return run.decoded(lambda: run.codec.decode_video(finite(video_z, "pictures"))).cpu()


def _path(run: Run, video_r: Tensor, fps: float, given: GivenCameras | None = None) -> Raxels:
    """Decoded rays of a clip, on the CPU; with given cameras, as their giver tells them."""
    scale = given.network.scale if given else 1.0
    raxels = run.decoded(lambda: run.codec.decode_rays(video_r, fps, scale))
    raxels = replace(raxels, images=finite(raxels.images, "rays"))
    return given.returned(raxels) if given else raxels


def _sure(
    run: Run,
    raxels: Raxels,
    still: Tensor,
    frames: Tensor,
    given: GivenCameras | None = None,
    other: Tensor | None = None,
) -> Raxels:
    """The path with the model's confidence, where its checkpoint has what that takes; given cameras are sure."""
    values = confidence_of(run, still, frames, other)
    if values is not None and given is not None:
        values = tuple(1.0 if frame in given.frames else value for frame, value in enumerate(values))
    return replace(raxels, confidence=values)
