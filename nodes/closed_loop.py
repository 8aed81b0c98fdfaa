"""RaxelClosedLoop: shoot along a path, read the path of the result, compare, and try again until it is near enough.

The page gets the films of all takes as from JointSampler (``raxel_clip``, where a page looks on; ``kept`` marks the one to
show), and ``raxel_paths``, ``raxel_errors`` and the picture as from RaxelCompareTrajectories, one entry of errors a take:
``compared.py`` has the shape.
"""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from ..raxel_core.errors import RaxelError
from ..raxel_core.evaluation.compare import Tolerance, compare
from ..raxel_core.evaluation.takes import Takes
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.sampling.options import SOLVERS, SamplingOptions
from .clips import clip_entry
from .closed_loop_inputs import closed_loop_inputs
from .compare import drawn, error_outputs
from .compared import errors_seen, paths_seen
from .host import Telling, progress_of_takes, watching_client, workflow_id
from .live import draws_itself
from .memory import plan_told
from .shooting import TASK, Shooting
from .shots import Result
from .text import Conditioning, texts_of
from .types import CATEGORY, LoadedModel, TrajectorySocket, schema
from .wiring import wanted_frames

SEEDS = 2**64
"""Counting on from the last one begins at 0 again."""


class RaxelClosedLoop(io.ComfyNode):
    """A shot that is held against the path that was asked for."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """A sampler's inputs, and how near is near enough."""
        return schema(
            node_id="RaxelClosedLoop",
            display_name="Closed Loop (Raxel)",
            category=CATEGORY,
            description="Shoots a still along a camera path, reads the camera path of the result with the same model, and compares. "
            "Takes further takes with other seeds until every frame is near enough, and keeps the best one.",
            search_aliases=["retake", "verify camera", "requested and achieved", "best take", "camera check"],
            has_intermediate_output=True,
            is_output_node=True,
            hidden=[io.Hidden.extra_pnginfo],
            inputs=closed_loop_inputs(),
            outputs=[
                io.Image.Output(display_name="images", tooltip="The frames of the take that was kept."),
                TrajectorySocket.Output(
                    display_name="trajectory",
                    tooltip="The achieved path: the cameras of the kept take as the model reads them, with a confidence for each.",
                ),
                *error_outputs("kept take"),
                io.Boolean.Output(
                    display_name="within_tolerance",
                    tooltip="True where every frame of the kept take is within both tolerances.",
                ),
                io.Int.Output(
                    display_name="seed",
                    tooltip="Of the kept take: Joint Sampler makes the same take with it.",
                ),
                io.String.Output(
                    display_name="report", tooltip="The kept take in words, and every take in a line."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, source_frames: str | None = "") -> bool | str:
        """Refuse frames that cannot be read, before anything runs; a linked text (None) is read later."""
        try:
            wanted_frames(TASK, source_frames or "", "")
        except RaxelError as error:
            return str(error)
        return True

    @classmethod
    def execute(
        cls,
        model: LoadedModel,
        vae: Any,
        source_images: Tensor,
        trajectory: Trajectory,
        seed: int,
        video_steps: int,
        video_shift: float,
        ray_steps: int,
        ray_shift: float,
        align: str,
        subject_distance: float,
        tolerance_deg: float,
        tolerance_distance: float,
        max_takes: int,
        positive: Conditioning | None = None,
        negative: Conditioning | None = None,
        cfg: float = 1.0,
        solver: str = SOLVERS[0],
        camera_guidance: float = 0.0,
        source_frames: str = "",
    ) -> io.NodeOutput:
        """Make takes until one is within, tell of every one, hand on the best."""
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
        shooting = Shooting.of(model, vae, source_images, trajectory, source_frames, options)
        telling, workflow = Telling("Closed Loop", shooting.notes), workflow_id(cls.hidden.extra_pnginfo)
        telling.say()
        on_step, films = progress_of_takes(max_takes, workflow), draws_itself(watching_client())
        takes, clips, best = Takes(Tolerance(tolerance_deg, tolerance_distance)), [], None
        with plan_told(model, telling.plan):
            for index in range(max_takes):
                used = (seed + index) % SEEDS
                result = shooting.take(used, on_step(index))
                path = result.path
                found = path and compare(shooting.path, path, align, subject_distance)
                best = result if takes.add(used, found) else best
                clips += [clip_entry(result, used, workflow)] if films else []
                telling.notes.append(takes.line(index))
                telling.say()
                if takes.within:
                    break
        if best is None:
            raise RaxelError(f"no camera could be read from any of {max_takes} takes; give more video_steps")
        return handed_on(best, takes, clips, cls)


def handed_on(
    best: Result, takes: Takes, clips: list[dict[str, Any]], node: type[io.ComfyNode]
) -> io.NodeOutput:
    """The kept take as outputs, and all takes for the page."""
    kept = takes.kept or 0
    plot = drawn(takes.best, takes.tolerance, takes.others, takes.line(kept))
    errors = [
        errors_seen(each, takes.tolerance, index, takes.seeds[index], index == kept)
        for index, each in enumerate(takes.comparisons)
    ]
    films = [{**clip, "kept": index == kept} for index, clip in enumerate(clips)]
    seen = {"raxel_paths": paths_seen(takes.best), "raxel_errors": errors}
    return io.NodeOutput(
        best.images,
        best.path,
        takes.best.rotation_deg.tolist(),
        takes.best.position.tolist(),
        plot,
        takes.within,
        takes.seeds[kept],
        takes.report(),
        ui={**ui.PreviewImage(plot, cls=node).as_dict(), **({"raxel_clip": films} if films else {}), **seen},
    )
