"""The tasks of JointSampler: each brings what is connected to the size and length of the run, once for all takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from comfy_api.latest import Input
from torch import Tensor

from ..raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel
from ..raxel_core.errors import RaxelError
from ..raxel_core.geometry.estimate import PoseEstimate, estimate_trajectory
from ..raxel_core.geometry.raxels import Raxels
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.sampling import pipeline
from .fitting import fitted_clip, fitted_pictures, whole_length
from .host import to_host
from .vae import HostVAE

Take = Callable[..., pipeline.Shot]
"""A task with all but `options` and `on_step` filled in."""


@dataclass(frozen=True, eq=False)
class Connected:
    """What is connected to the node, and what belongs to it."""

    source_images: Tensor | None
    video: Tensor | Input.Video | None
    raxels: Raxels | None
    frames: int
    """Length wanted; 0 takes the model's."""
    fps: float
    source_frames: tuple[int, ...] | None
    given_frames: tuple[int, ...] | None
    notes: list[str] = field(default_factory=list)
    """What was done to the inputs, in words: the host shows one message under a node, so all are said together."""

    def bytes_of_take(self, info: CheckpointInfo) -> int:
        """Memory that the results of one take will hold, in float32."""
        if self.raxels is not None:
            count, height, width = self.raxels.num_frames, self.raxels.height, self.raxels.width
        else:
            stills = 0 if self.source_images is None else len(self.source_images)
            count, height, width = max(self.frames or info.frames, stills), info.height, info.width
        return 4 * 3 * count * height * width * 5 // 4  # raxels are a quarter of their pictures


def take_of(task: str, model: RaxelModel, vae: HostVAE, inputs: Connected) -> Take:
    """The task, ready to be run once for every take."""
    return _TASKS[task](model, vae, inputs)


def _pose_from_video(model: RaxelModel, vae: HostVAE, inputs: Connected) -> Take:
    path = {"raxels": inputs.raxels, "given_frames": inputs.given_frames}
    length = inputs.raxels.num_frames if inputs.raxels else inputs.frames or model.info.frames
    clip, fps = _clip(inputs, length, *_size(model, inputs))
    return partial(pipeline.pose_from_video, model, vae, clip, fps, **path)


def _video_from_trajectory(model: RaxelModel, vae: HostVAE, inputs: Connected) -> Take:
    frames = {"source_frames": inputs.source_frames, "given_frames": inputs.given_frames}
    stills = _stills(model, inputs)
    return partial(pipeline.video_from_trajectory, model, vae, stills, _path(inputs), **frames)


def _joint(model: RaxelModel, vae: HostVAE, inputs: Connected) -> Take:
    length, stills = whole_length(inputs.frames or model.info.frames), _stills(model, inputs)
    return partial(pipeline.joint, model, vae, stills, length, inputs.fps, source_frames=inputs.source_frames)


def _poses_of_stills(model: RaxelModel, vae: HostVAE, inputs: Connected) -> Take:
    return partial(pipeline.poses_of_stills, model, vae, _stills(model, inputs))


def _stills_from_cameras(model: RaxelModel, vae: HostVAE, inputs: Connected) -> Take:
    stills, path = _stills(model, inputs), _path(inputs)
    return partial(pipeline.stills_from_cameras, model, vae, stills, path, source_frames=inputs.source_frames)


_TASKS: dict[str, Callable[[RaxelModel, HostVAE, Connected], Take]] = {
    "pose_from_video": _pose_from_video,
    "video_from_trajectory": _video_from_trajectory,
    "joint": _joint,
    "poses_of_stills": _poses_of_stills,
    "stills_from_cameras": _stills_from_cameras,
}


CLIPS = frozenset({"pose_from_video", "video_from_trajectory", "joint"})
"""Tasks whose pictures are a shot; the others give single stills."""


@dataclass(frozen=True, eq=False)
class Result:
    """One take as the host keeps it."""

    images: Tensor
    raxels: Raxels
    confidence: list[float]
    """How far to trust each camera, 0..1: 1 for all where they were given, 0 for what is no camera."""
    path: Trajectory | None
    """The cameras, for the page; None where there are none, or nobody asked for the path of known ones."""


def result_of(shot: pipeline.Shot, wants_path: bool = False) -> Result:
    """Images, raxels and confidence; cameras that were given are only read back where somebody looks on."""
    raxels = replace(shot.raxels, images=to_host(shot.raxels.images))
    estimate = None if shot.rays_known and not wants_path else estimate_of(shot)
    known = np.full(shot.raxels.num_frames, float(shot.rays_known))
    confidence = known if shot.rays_known or estimate is None else estimate.confidence
    path = None if estimate is None else estimate.trajectory
    return Result(to_host(shot.images), raxels, [float(value) for value in confidence], path)


def estimate_of(shot: pipeline.Shot) -> PoseEstimate | None:
    """The cameras in the rays, None where no frame holds one."""
    try:
        return estimate_trajectory(shot.raxels, reference=0)
    except RaxelError:
        return None


def _size(model: RaxelModel, inputs: Connected) -> tuple[int, int]:
    """Height and width of the run: the path's, or those that the model was trained at."""
    if inputs.raxels is not None:
        return inputs.raxels.height, inputs.raxels.width
    return model.info.height, model.info.width


def _path(inputs: Connected) -> Raxels:
    assert inputs.raxels is not None, "resolve_task has seen it"
    return inputs.raxels


def _stills(model: RaxelModel, inputs: Connected) -> Tensor:
    """The connected stills at the size of the run."""
    assert inputs.source_images is not None, "resolve_task has seen it"
    stills, changes = fitted_pictures(inputs.source_images, *_size(model, inputs), "source_images")
    if changes:
        inputs.notes.append(changes)
    return stills


def _clip(inputs: Connected, length: int, height: int, width: int) -> tuple[Tensor, float]:
    """The connected clip at the size and length of the run, and its frames per second (``fps`` for pictures)."""
    video, fps = inputs.video, inputs.fps
    assert video is not None, "resolve_task has seen it"
    frames, fps = (video, fps) if isinstance(video, Tensor) else _decoded(video)
    if len(frames) == 0:
        raise RaxelError("the video holds no frames; load another file")
    frames, fps, changes = fitted_clip(frames, fps, length, height, width)
    if changes:
        inputs.notes.append(changes)
    return frames, fps


def _decoded(video: Input.Video) -> tuple[Tensor, float]:
    """Frames and rate of a VIDEO; its file is only opened here, so a bad file shows here."""
    try:
        components = video.get_components()
    except Exception as error:
        raise RaxelError(
            f"the video cannot be decoded ({error}); load another file or export it as mp4"
        ) from error
    return components.images, float(components.frame_rate)
