"""JointSampler: the five tasks behind one node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comfy_api.latest import Input, io
from torch import Tensor

from ..raxel_core.errors import RaxelError
from ..raxel_core.geometry.raxels import Raxels
from ..raxel_core.sampling.confidence import doubt
from ..raxel_core.sampling.options import SOLVERS, SamplingOptions
from .clips import clip_entry
from .fitting import check_takes
from .host import Telling, progress_of_takes, watching_client, workflow_id
from .live import draws_itself
from .memory import plan_told
from .sampler_inputs import sampler_inputs
from .shots import CLIPS, Connected, result_of, take_of
from .text import Conditioning, texts_of
from .types import ABSENT, CATEGORY, LoadedModel, RaxelsSocket, schema
from .vae import HostVAE
from .wiring import resolve_task, wanted_frames


class JointSampler(io.ComfyNode):
    """Camera path of a clip, clip along a path, both from stills; cameras of stills, and stills from cameras."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Model and VAE, the two clocks, the three inputs that decide the task, text, and what is rarely needed."""
        return schema(
            node_id="JointSampler",
            display_name="Joint Sampler",
            category=CATEGORY,
            description="Runs a Raxel model. Connect video alone for the camera path of a clip, source_images and raxels to shoot "
            "a still along a path, source_images alone for a clip and its camera.",
            search_aliases=[
                "raxel sampler",
                "camera sampler",
                "match move",
                "camera tracking",
                "image to video",
                "video to camera",
            ],
            has_intermediate_output=True,
            hidden=[io.Hidden.extra_pnginfo],
            inputs=sampler_inputs(),
            outputs=[
                io.Image.Output(
                    display_name="images",
                    is_output_list=True,
                    tooltip="The frames: made by the model, or the clip or stills as the model saw them. One item a take.",
                ),
                RaxelsSocket.Output(
                    display_name="raxels",
                    is_output_list=True,
                    tooltip="The cameras of these frames, for Raxels To Poses. One item a take.",
                ),
                io.Float.Output(
                    display_name="confidence",
                    is_output_list=True,
                    tooltip="How surely the camera of each frame is read, 0 to 1: a list of numbers, one for each frame. "
                    "1 where it was given. One list a take.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(
        cls,
        task: str,
        source_images: Any = ABSENT,
        video: Any = ABSENT,
        raxels: Any = ABSENT,
        source_frames: str | None = "",
        given_frames: str | None = "",
    ) -> bool | str:
        """Refuse connections and frames that fit no task, before anything runs; linked texts (None) are read later."""
        linked = {"source_images": source_images, "video": video, "raxels": raxels}
        connected = {name for name, value in linked.items() if value is not ABSENT}
        given = bool(given_frames.strip()) if given_frames is not None else {"video", "raxels"} <= connected
        try:
            chosen = resolve_task(task, connected, given)
            wanted_frames(chosen, source_frames or "", given_frames or "")
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
        positive: Conditioning | None = None,
        negative: Conditioning | None = None,
        cfg: float = 1.0,
        solver: str = SOLVERS[0],
        camera_guidance: float = 0.0,
        source_frames: str = "",
        given_frames: str = "",
        takes: int = 1,
    ) -> io.NodeOutput:
        """Find the task, fit the inputs to the model, run it once for every take."""
        linked = {"source_images": source_images, "video": video, "raxels": raxels}
        connected = {name for name, value in linked.items() if value is not None}
        task = resolve_task(task, connected, bool(given_frames.strip()))
        places, given = wanted_frames(task, source_frames, given_frames)
        options = SamplingOptions(
            seed=seed,
            video_steps=video_steps,
            video_shift=video_shift,
            ray_steps=ray_steps,
            ray_shift=ray_shift,
            solver=solver,
            camera_guidance=camera_guidance,
            cfg=cfg,
            **texts_of(positive, negative, model.raxel.config),
        )
        inputs = Connected(source_images, video, raxels, frames, fps, places, given)
        check_takes(takes, inputs.bytes_of_take(model.raxel.info))
        take = take_of(task, model.raxel, HostVAE(vae), inputs)
        if cfg != 1 and not options.guides_by_text:
            inputs.notes.append(f"cfg {cfg:g} leads nowhere without two different texts: runs at cfg 1")
        telling = Telling("Joint Sampler", inputs.notes)
        telling.say()
        workflow = workflow_id(cls.hidden.extra_pnginfo)
        on_step = progress_of_takes(takes, workflow)
        films = task in CLIPS and draws_itself(watching_client())
        with plan_told(model, telling.plan):
            results = [
                result_of(take(options=replace(options, seed=seed + index), on_step=on_step(index)), films)
                for index in range(takes)
            ]
        if (warning := doubt(results[0].confidence)) is not None:
            inputs.notes.append(warning)
            telling.say()
        outputs = zip(*((result.images, result.raxels, result.confidence) for result in results), strict=True)
        clips = (
            [clip_entry(result, seed + index, workflow) for index, result in enumerate(results)]
            if films
            else []
        )
        return io.NodeOutput(*map(list, outputs), ui={"raxel_clip": clips} if clips else None)
