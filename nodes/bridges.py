"""What the bridge nodes share: their inputs for size and length, and the sockets of other packs. They turn nothing themselves."""

from __future__ import annotations

from comfy_api.latest import io

from ..raxel_core.formats.bridges.clip import clip_of
from ..raxel_core.geometry.trajectory import Trajectory
from .host import say
from .types import CATEGORY

BRIDGES = f"{CATEGORY}/bridges"
"""Menu of the bridge nodes."""
MOST_PIXELS, MOST_FRAMES = 16384, 10000

CameraCtrlSocket = io.Custom("CAMERACTRL_POSES")
CameraPosesSocket = io.Custom("CAMERAPOSES")
ExtrinsicsSocket = io.Custom("EXTRINSICS")
IntrinsicsSocket = io.Custom("INTRINSICS")
CameraParamsSocket = io.Custom("CAMERA_PARAMS")
WanCameraSocket = io.Custom("WAN_CAMERA_EMBEDDING")


def size_inputs(step: int, pixels: str, frames: str) -> list[io.Input]:
    """width, height and length of a bridge out of Raxel; 0 keeps the path's own.

    Args:
        step: of sizes.
        pixels: what is to be known of sizes, a sentence.
        frames: what is to be known of the length, a sentence.
    """
    return [
        io.Int.Input(
            "width",
            default=0,
            min=0,
            max=MOST_PIXELS,
            step=step,
            tooltip=f"Width of the pictures in pixels; 0 keeps the path's own. {pixels}",
        ),
        io.Int.Input(
            "height",
            default=0,
            min=0,
            max=MOST_PIXELS,
            step=step,
            tooltip=f"Height of the pictures in pixels; 0 keeps the path's own. {pixels}",
        ),
        io.Int.Input(
            "length",
            default=0,
            min=0,
            max=MOST_FRAMES,
            tooltip=f"Number of frames, taken evenly over the path; 0 keeps the path's own. {frames}",
        ),
    ]


def fps_input() -> io.Input:
    """Frames per second, for a bridge into Raxel."""
    return io.Float.Input(
        "fps",
        default=16.0,
        min=0.1,
        max=240.0,
        step=0.1,
        tooltip="Frames per second of the path; these cameras do not know it.",
    )


def lens_input(when: str) -> io.Input:
    """Horizontal angle of view, for a bridge into Raxel from cameras without a lens."""
    return io.Float.Input(
        "hfov",
        default=60.0,
        min=1.0,
        max=170.0,
        step=0.1,
        tooltip=f"Horizontal angle of view in degrees{when}; 60 degrees is about 31 mm.",
    )


def picture_inputs(width: int, height: int, words: str) -> list[io.Input]:
    """width and height of a bridge into Raxel; 0 means what ``words`` says, where 0 is the default."""
    least = 0 if width == 0 else 32
    return [
        io.Int.Input(
            name,
            default=default,
            min=least,
            max=MOST_PIXELS,
            tooltip=f"{name.capitalize()} in pixels {words}",
        )
        for name, default in (("width", width), ("height", height))
    ]


def size_outputs() -> list[io.Output]:
    """Size and length as they came out, for the inputs of other nodes."""
    return [
        io.Int.Output(display_name="width", tooltip="Width of the pictures in pixels, for the next node."),
        io.Int.Output(display_name="height", tooltip="Height of the pictures in pixels, for the next node."),
        io.Int.Output(display_name="length", tooltip="Number of frames, for the next node."),
    ]


def fitted(
    node: str,
    trajectory: Trajectory,
    width: int,
    height: int,
    length: int,
    size_step: int = 1,
    length_step: int = 1,
) -> Trajectory:
    """The path at the wanted size and length; what was rounded is said under the node."""
    path, notes = clip_of(trajectory, width, height, length, size_step, length_step)
    if notes:
        say(node, "; ".join(notes))
    return path


def exactly_one(first: bool, second: bool, first_name: str, second_name: str) -> bool | str:
    """True where one of two inputs is connected and the other is not, else a sentence."""
    if first and second:
        return f"{first_name} and {second_name} are both connected; a path comes from one of them: disconnect the other"
    if not (first or second):
        return f"nothing is connected; connect {first_name} or {second_name}"
    return True
