"""JointSampler: the three tasks behind one node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comfy_api.latest import Input, io
from torch import Tensor

from ..raxel_core.errors import RaxelError
from ..raxel_core.geometry.raxels import Raxels
from ..raxel_core.sampling import SamplingOptions, pipeline
from .fitting import fitted_clip, fitted_pictures, whole_length
from .host import say, step_reporter, to_host
from .types import ABSENT, CATEGORY, LoadedModel, RaxelModelSocket, RaxelsSocket
from .vae import HostVAE
from .wiring import TASKS, resolve_task


class JointSampler(io.ComfyNode):
    """Camera path of a clip, clip along a path, or both from a still."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Model and VAE, the two clocks, and the three inputs that decide the task."""
        return io.Schema(
            node_id="JointSampler",
            display_name="Joint Sampler",
            category=CATEGORY,
            description="Runs a Raxel model. Connect video alone for the camera path of a clip, source_images and raxels to shoot "
            "a still along a path, source_images alone for a clip and its camera.",
            inputs=[
                RaxelModelSocket.Input("model", tooltip="From Load Raxel Model."),
                io.Vae.Input(
                    "vae",
                    tooltip="The second output of Load Raxel Model, or Load VAE with wan_2.1_vae.safetensors for big models.",
                ),
                io.Combo.Input(
                    "task",
                    options=list(TASKS),
                    default="auto",
                    tooltip="auto reads the task off the connections. Choose a task to be told when the connections do not fit it.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=0xFFFFFFFFFFFFFFFF,
                    control_after_generate=True,
                    tooltip="The starting noise. The same seed gives the same result.",
                ),
                io.Int.Input(
                    "video_steps",
                    default=20,
                    min=1,
                    max=1000,
                    tooltip="Denoising steps of the pictures; unused for pose_from_video.",
                ),
                io.Float.Input(
                    "video_shift",
                    default=3.0,
                    min=0.01,
                    max=100.0,
                    step=0.1,
                    tooltip="Above 1 the picture clock spends more of its steps near pure noise, which settles the layout of a shot.",
                ),
                io.Int.Input(
                    "ray_steps",
                    default=2,
                    min=1,
                    max=1000,
                    tooltip="Denoising steps of the rays; unused for video_from_trajectory. Few are enough.",
                ),
                io.Float.Input(
                    "ray_shift",
                    default=1.0,
                    min=0.01,
                    max=100.0,
                    step=0.1,
                    tooltip="The same for the ray clock. 1 spaces its steps evenly.",
                ),
                io.Int.Input(
                    "frames",
                    default=0,
                    min=0,
                    max=1001,
                    tooltip="Length: of the new clip for joint, or how many frames to take evenly from the video for pose_from_video. "
                    "0 takes what the model was trained at. Rounded down to 4n + 1. A path brings its own length.",
                ),
                io.Float.Input(
                    "fps",
                    default=16.0,
                    min=0.1,
                    max=240.0,
                    step=0.1,
                    tooltip="Frames per second of the new clip for joint, and of a video that comes as IMAGE. A VIDEO and a path bring "
                    "their own.",
                ),
                io.Image.Input(
                    "source_images",
                    optional=True,
                    tooltip="One or more stills of the place. The first one is the first frame, and the origin of the cameras.",
                ),
                io.MultiType.Input(
                    "video",
                    [io.Image, io.Video],
                    optional=True,
                    tooltip="A clip whose camera path is wanted: a VIDEO, or frames as IMAGE.",
                ),
                RaxelsSocket.Input(
                    "raxels", optional=True, tooltip="The path to shoot along, from Raxel From Camera."
                ),
            ],
            outputs=[
                io.Image.Output(
                    display_name="images",
                    tooltip="The frames: made by the model, or the clip as the model saw it.",
                ),
                RaxelsSocket.Output(
                    display_name="raxels", tooltip="The cameras of these frames, for Raxels To Poses."
                ),
            ],
        )

    @classmethod
    def validate_inputs(
        cls, task: str, source_images: Any = ABSENT, video: Any = ABSENT, raxels: Any = ABSENT
    ) -> bool | str:
        """Refuse connections that fit no task, before anything runs."""
        linked = {"source_images": source_images, "video": video, "raxels": raxels}
        try:
            resolve_task(task, {name for name, value in linked.items() if value is not ABSENT})
        except RaxelError as error:
            return str(error)
        return True

    @classmethod
    def execute(
        cls,
        model: LoadedModel,
        vae: Any,
        task: str,
        seed: int,
        video_steps: int,
        video_shift: float,
        ray_steps: int,
        ray_shift: float,
        frames: int,
        fps: float,
        source_images: Tensor | None = None,
        video: Tensor | Input.Video | None = None,
        raxels: Raxels | None = None,
    ) -> io.NodeOutput:
        """Find the task, fit the inputs to the model, run it."""
        given = {"source_images": source_images, "video": video, "raxels": raxels}
        task = resolve_task(task, {name for name, value in given.items() if value is not None})
        info, adapter = model.raxel.info, HostVAE(vae)
        options = SamplingOptions(seed, video_steps, video_shift, ray_steps, ray_shift)
        size = (info.height, info.width) if raxels is None else (raxels.height, raxels.width)
        run = {"on_step": step_reporter(adapter.frame_bytes(*size))}
        if task == "pose_from_video":
            clip, fps = _clip(video, fps, frames or info.frames, *size)
            shot = pipeline.pose_from_video(model.raxel, adapter, clip, fps, options, **run)
            return io.NodeOutput(to_host(clip), _on_host(shot.raxels))
        assert source_images is not None, "resolve_task has seen it"
        stills = _stills(source_images, *size)
        if raxels is not None:
            shot = pipeline.video_from_trajectory(model.raxel, adapter, stills, raxels, options, **run)
            return io.NodeOutput(to_host(shot.images), raxels)
        length = whole_length(frames or info.frames)
        shot = pipeline.joint(model.raxel, adapter, stills, length, fps, options, **run)
        return io.NodeOutput(to_host(shot.images), _on_host(shot.raxels))


def _on_host(raxels: Raxels) -> Raxels:
    """Raxels whose pictures lie where the host keeps results."""
    return replace(raxels, images=to_host(raxels.images))


def _stills(pictures: Tensor, height: int, width: int) -> Tensor:
    """The connected stills at the size of the run."""
    stills, changes = fitted_pictures(pictures, height, width, "source_images")
    if changes:
        say("Joint Sampler", changes)
    return stills


def _clip(
    video: Tensor | Input.Video, fps: float, length: int, height: int, width: int
) -> tuple[Tensor, float]:
    """The connected clip at the size and length of the run, and its frames per second (``fps`` for pictures)."""
    frames, fps = (video, fps) if isinstance(video, Tensor) else _decoded(video)
    if len(frames) == 0:
        raise RaxelError("the video holds no frames; load another file")
    frames, fps, changes = fitted_clip(frames, fps, length, height, width)
    if changes:
        say("Joint Sampler", changes)
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
