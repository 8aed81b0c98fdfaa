"""Between cameras and raxels: draw a path or a single camera as raxels, and read raxels back to a path."""

from __future__ import annotations

from typing import Any

import torch
from comfy_api.latest import io

from ..raxel_core.errors import RaxelError
from ..raxel_core.formats.load3d import read_load3d
from ..raxel_core.formats.raxel_json import write as write_json
from ..raxel_core.geometry.estimate import Method, estimate_trajectory
from ..raxel_core.geometry.raxels import Raxels, raxels_from_trajectory
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.media.fit import uncropped
from ..raxel_core.report.plot import plot_trajectory
from .fitting import fitted_trajectory
from .host import say, to_host
from .types import ABSENT, CATEGORY, CameraSocket, RaxelsSocket, TrajectorySocket, schema
from .wiring import chosen_camera

FOCAL_MODES = ("one per clip", "one per frame", "fixed")
PLOT_SIZE = (960, 640)
MAX_FRAMES = 1001


class RaxelFromCamera(io.ComfyNode):
    """Draws cameras as pictures of rays."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """A path, or one camera of ComfyUI's 3D viewer."""
        return schema(
            node_id="RaxelFromCamera",
            display_name="Raxel From Camera",
            category=CATEGORY,
            description="Draws a camera path as raxels: one picture for every frame, whose colours say through which ray each pixel looks.",
            search_aliases=["camera to rays", "ray map", "plucker", "draw camera"],
            inputs=[
                TrajectorySocket.Input(
                    "trajectory", optional=True, tooltip="The camera path. Connect this or camera, not both."
                ),
                CameraSocket.Input(
                    "camera",
                    optional=True,
                    tooltip="One camera of ComfyUI's 3D viewer (Load 3D, Preview 3D): a shot that stands still there.",
                ),
                io.Int.Input(
                    "frames",
                    default=0,
                    min=0,
                    max=MAX_FRAMES,
                    tooltip="Number of frames, taken evenly over the path. 0 keeps the path's own length (81 for a single camera). "
                    "Rounded down to 4n + 1 for a clip.",
                ),
                io.Int.Input(
                    "width",
                    default=0,
                    min=0,
                    max=4096,
                    step=32,
                    tooltip="Width of the video in pixels. 0 keeps the path's own (832 for a single camera). Rounded to a multiple of 32.",
                ),
                io.Int.Input(
                    "height",
                    default=0,
                    min=0,
                    max=4096,
                    step=32,
                    tooltip="Height of the video in pixels. 0 keeps the path's own (480 for a single camera). Rounded to a multiple of 32.",
                ),
                io.Boolean.Input(
                    "single_cameras",
                    optional=True,
                    default=False,
                    tooltip="Off: a clip. On: every camera for itself, any number of them, for the task stills_from_cameras.",
                ),
            ],
            outputs=[
                RaxelsSocket.Output(display_name="raxels", tooltip="The rays, for Joint Sampler."),
                io.Image.Output(
                    display_name="pictures", tooltip="The raxels as pictures, half the size of the video."
                ),
            ],
        )

    @classmethod
    def validate_inputs(
        cls, frames: int | None, trajectory: Any = ABSENT, camera: Any = ABSENT
    ) -> bool | str:
        """Exactly one of the two cameras. ``frames`` is named so that the host asks even where neither is connected."""
        if frames is not None and not 0 <= frames <= MAX_FRAMES:
            return f"must be within 0 and {MAX_FRAMES}, got {frames}"
        return chosen_camera(trajectory is not ABSENT, camera is not ABSENT)

    @classmethod
    def execute(
        cls,
        frames: int,
        width: int,
        height: int,
        trajectory: Trajectory | None = None,
        camera: dict | None = None,
        single_cameras: bool = False,
    ) -> io.NodeOutput:
        """Fit the path to the wanted frames and size, draw it."""
        if (words := chosen_camera(trajectory is not None, camera is not None)) is not True:
            raise RaxelError(words)
        if trajectory is None:
            count = frames or (1 if single_cameras else 81)
            trajectory = read_load3d(camera, frames=count, width=width or 832, height=height or 480)
        trajectory, changes = fitted_trajectory(trajectory, frames, width, height, single_cameras)
        if changes:
            say("Raxel From Camera", changes)
        raxels = raxels_from_trajectory(trajectory)
        return io.NodeOutput(raxels, to_host(raxels.to_pictures()))


class RaxelsToPoses(io.ComfyNode):
    """Reads the camera path out of raxels."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The raxels, the estimator, and what is known of the lens."""
        return schema(
            node_id="RaxelsToPoses",
            display_name="Raxels To Poses",
            category=CATEGORY,
            description="Reads the camera of every frame out of raxels: where it stood, how it looked, and through which lens.",
            search_aliases=[
                "camera estimation",
                "match move",
                "camera tracking",
                "rays to camera",
                "solve camera",
            ],
            inputs=[
                RaxelsSocket.Input("raxels", tooltip="From Joint Sampler or Raxel From Camera."),
                io.Combo.Input(
                    "method",
                    options=["joint", "paper"],
                    default="joint",
                    tooltip="joint: robust fit of rotation, position and lens together. paper: the method of the paper, faster.",
                ),
                io.Combo.Input(
                    "focal",
                    options=list(FOCAL_MODES),
                    default=FOCAL_MODES[0],
                    tooltip="one per clip: the lens did not zoom. one per frame: it did. fixed: you know it, see hfov.",
                ),
                io.Float.Input(
                    "hfov",
                    default=60.0,
                    min=1.0,
                    max=170.0,
                    step=0.1,
                    tooltip="Horizontal angle of view in degrees of the frames that the model saw; used where focal is fixed.",
                ),
                io.Int.Input(
                    "width",
                    default=0,
                    min=0,
                    max=16384,
                    tooltip="Width in pixels of the clip before it was fitted to the model, so that the lens comes out in its pixels. "
                    "0 keeps the size that the model worked at.",
                ),
                io.Int.Input(
                    "height",
                    default=0,
                    min=0,
                    max=16384,
                    tooltip="Height in pixels of the clip before it was fitted to the model. 0 keeps the size that the model worked at.",
                ),
            ],
            outputs=[
                TrajectorySocket.Output(
                    display_name="trajectory", tooltip="The camera path, in the frame of its first camera."
                ),
                io.Image.Output(display_name="plot", tooltip="A picture of the path."),
                io.String.Output(
                    display_name="json", tooltip="The path as Raxel JSON, with a confidence for every frame."
                ),
                io.Float.Output(
                    display_name="confidence",
                    tooltip="How surely the camera of each frame is read, 0 to 1: a list of numbers, one for each frame.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls, raxels: Raxels, method: Method, focal: str, hfov: float, width: int = 0, height: int = 0
    ) -> io.NodeOutput:
        """Estimate, draw, and write as text."""
        lens = {"one per clip": "clip", "one per frame": "frame", "fixed": hfov}[focal]
        estimate = estimate_trajectory(raxels, method=method, focal=lens, reference=0)
        trajectory = estimate.trajectory
        if width and height:
            trajectory = uncropped(trajectory, height, width)
        plot = torch.from_numpy(plot_trajectory(trajectory, *PLOT_SIZE, confidence=estimate.confidence)) / 255
        confidence = estimate.confidence.tolist()
        text = write_json(trajectory, confidence=confidence)
        return io.NodeOutput(trajectory, to_host(plot[None]), text, confidence)
