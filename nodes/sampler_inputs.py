"""The inputs of JointSampler, in the order that saved workflows rely on: new ones are appended."""

from __future__ import annotations

from comfy_api.latest import io

from ..raxel_core.sampling.options import RAY_SHIFT, RAY_STEPS, SOLVERS
from .types import RaxelModelSocket, RaxelsSocket, advanced
from .wiring import TASKS

MOST_TAKES = 64


def sampler_inputs() -> list[io.Input]:
    """All of them."""
    return [*model_and_clocks(), *what_decides_the_task(), *text(), *places_and_takes()]


def model_and_clocks() -> list[io.Input]:
    """What every run needs, and how many steps it takes."""
    return [
        RaxelModelSocket.Input("model", tooltip="From Load Raxel Model."),
        io.Vae.Input(
            "vae",
            tooltip="The second output of Load Raxel Model, or Load VAE with wan_2.1_vae.safetensors for big models.",
        ),
        io.Combo.Input(
            "task",
            options=list(TASKS),
            default="auto",
            tooltip="auto reads the task off the connections. Choose a task to be told when the connections do not fit it. "
            "poses_of_stills (where were these photos taken?) and stills_from_cameras must be chosen.",
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
            tooltip="Denoising steps of the pictures; unused where only cameras are wanted.",
        ),
        advanced(
            io.Float.Input(
                "video_shift",
                default=3.0,
                min=0.01,
                max=100.0,
                step=0.1,
                tooltip="Above 1 the picture clock spends more of its steps near pure noise, which settles the layout of a shot.",
            )
        ),
        io.Int.Input(
            "ray_steps",
            default=RAY_STEPS,
            min=1,
            max=1000,
            tooltip="Denoising steps of the rays; unused where all cameras are given. 2 to read cameras, 20 for joint.",
        ),
        advanced(
            io.Float.Input(
                "ray_shift",
                default=RAY_SHIFT,
                min=0.01,
                max=100.0,
                step=0.01,
                tooltip="The same for the ray clock. 0.1 to read cameras from pictures; 8, with 20 ray_steps, for joint.",
            )
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
    ]


def what_decides_the_task() -> list[io.Input]:
    """The three sockets of which the connected ones decide the task."""
    return [
        io.Image.Input(
            "source_images",
            optional=True,
            tooltip="One or more stills of the place. The first one is the origin of the cameras; where it stands says source_frames.",
        ),
        io.MultiType.Input(
            "video",
            [io.Image, io.Video],
            optional=True,
            tooltip="A clip whose camera path is wanted: a VIDEO, or frames as IMAGE.",
        ),
        RaxelsSocket.Input(
            "raxels",
            optional=True,
            tooltip="The path to shoot along, from Raxel From Camera. With video: a path of which some cameras are known, "
            "see given_frames.",
        ),
    ]


def text() -> list[io.Input]:
    """Text and its weight."""
    return [
        io.Conditioning.Input(
            "positive",
            optional=True,
            tooltip="What should be seen, from CLIP Text Encode with the model's own text encoder. Empty: the model's null text.",
        ),
        io.Conditioning.Input(
            "negative",
            optional=True,
            tooltip="What cfg leads away from. Empty: the model's null text.",
        ),
        io.Float.Input(
            "cfg",
            optional=True,
            default=1.0,
            min=0.0,
            max=100.0,
            step=0.1,
            tooltip="How strongly the text leads; 1 is off, and twice as fast. Without text it has no effect.",
        ),
    ]


def places_and_takes() -> list[io.Input]:
    """What is rarely needed, and the number of takes."""
    return [
        advanced(
            io.Combo.Input(
                "solver",
                optional=True,
                options=list(SOLVERS),
                default=SOLVERS[0],
                tooltip="euler: first order. The others remember the step before and are of second order: fewer steps for the same result.",
            )
        ),
        advanced(
            io.Float.Input(
                "camera_guidance",
                optional=True,
                default=0.0,
                min=0.0,
                max=100.0,
                step=0.1,
                tooltip="Makes pictures follow given cameras more strongly; 0 is off. Doubles the time.",
            )
        ),
        io.String.Input(
            "source_frames",
            optional=True,
            default="",
            placeholder="where the stills stand, e.g. 0, 8, 16",
            tooltip="Frame of the shot at which each still stands, such as 0, 8, 16 for three stills; for stills_from_cameras, "
            "which camera took it. Empty spreads them evenly, the first one at the start (joint: the model chooses).",
        ),
        io.String.Input(
            "given_frames",
            optional=True,
            default="",
            placeholder="known cameras, e.g. 0-8, 16",
            tooltip="Frames of the path whose cameras are known, such as 0-8, 16: these are kept exactly, the others are the "
            "model's. Empty: all of them. With video, raxels must be connected too.",
        ),
        io.Int.Input(
            "takes",
            optional=True,
            default=1,
            min=1,
            max=MOST_TAKES,
            tooltip="How many times to run, with seed, seed + 1, and so on. The outputs are lists with one item a take.",
        ),
    ]
