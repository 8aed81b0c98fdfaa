"""The inputs of RaxelClosedLoop, in the order that saved workflows rely on: new ones are appended."""

from __future__ import annotations

from comfy_api.latest import io

from ..raxel_core.sampling.options import RAY_SHIFT, RAY_STEPS
from .compare import how_to_compare
from .sampler_inputs import sampler_inputs, text
from .types import TrajectorySocket, advanced

MOST_TAKES = 8


def closed_loop_inputs() -> list[io.Input]:
    """All of them; those of the same name mean what they mean in JointSampler."""
    of_sampler = {each.id: each for each in sampler_inputs()}
    clock = [of_sampler["video_steps"], of_sampler["video_shift"]]
    rare = [of_sampler[name] for name in ("solver", "camera_guidance", "source_frames")]
    return [
        *(of_sampler[name] for name in ("model", "vae")),
        *shot(),
        *clock,
        *reading(),
        *how_to_compare(),
        io.Int.Input(
            "max_takes",
            default=4,
            min=1,
            max=MOST_TAKES,
            tooltip="How many takes to make at most, with seed, seed + 1, and so on. The first one within the tolerances ends it; else "
            "the best one is kept.",
        ),
        *text(),
        *rare,
    ]


def shot() -> list[io.Input]:
    """What is shot, along which path, from which noise."""
    return [
        io.Image.Input(
            "source_images",
            tooltip="One or more stills of the place. The first one is the origin of the cameras; where it stands says source_frames.",
        ),
        TrajectorySocket.Input(
            "trajectory", tooltip="The path to shoot along, and to hold the result against."
        ),
        io.Int.Input(
            "seed",
            default=0,
            min=0,
            max=0xFFFFFFFFFFFFFFFF,
            control_after_generate=True,
            tooltip="The starting noise of the first take; every further take counts on from it.",
        ),
    ]


def reading() -> list[io.Input]:
    """How the cameras of a take are read."""
    return [
        io.Int.Input(
            "ray_steps",
            default=RAY_STEPS,
            min=1,
            max=1000,
            tooltip="Denoising steps of the rays, when the cameras of a take are read from its pictures. 2 are enough.",
        ),
        advanced(
            io.Float.Input(
                "ray_shift",
                default=RAY_SHIFT,
                min=0.01,
                max=100.0,
                step=0.01,
                tooltip="Where these steps lie: 0.1 to read cameras from pictures.",
            )
        ),
    ]
