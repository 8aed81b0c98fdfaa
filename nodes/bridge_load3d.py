"""Between camera paths and LOAD3D_CAMERA, the one camera of ComfyUI's 3D viewer."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..raxel_core.formats.load3d import lens_losses, path_through, write_load3d
from ..raxel_core.geometry.keyframes import Interpolation
from ..raxel_core.geometry.presets import EASINGS
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.sampling.frames import parse_frames
from .bridges import BRIDGES, MOST_FRAMES, fps_input, picture_inputs
from .host import say
from .types import CameraSocket, TrajectorySocket, advanced, schema

INTERPOLATIONS = ("smooth", "linear", "round")
MORE_CAMERAS = tuple(f"camera_{number}" for number in range(2, 9))


class RaxelToLoad3D(io.ComfyNode):
    """One camera of a path for ComfyUI's 3D viewer and renderers."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, which of its cameras, and what the viewer turns about."""
        return schema(
            node_id="RaxelToLoad3D",
            display_name="To Load 3D Camera (Raxel)",
            category=BRIDGES,
            description="Gives one camera of a path to ComfyUI's 3D nodes (Preview 3D, Render Splat, Render Mesh). A list of frame numbers "
            "makes one camera for each.",
            search_aliases=["load3d camera", "camera_info", "3d viewer camera", "preview 3d camera"],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path."),
                io.Int.Input(
                    "frame",
                    default=0,
                    min=-MOST_FRAMES,
                    max=MOST_FRAMES,
                    tooltip="Which camera, counted from 0; -1 is the last.",
                ),
                io.Float.Input(
                    "subject_distance",
                    default=1.0,
                    min=0.001,
                    max=10000.0,
                    step=0.01,
                    tooltip="From the camera to the point that it looks at, in units of the path: the point that the viewer turns about.",
                ),
            ],
            outputs=[
                CameraSocket.Output(display_name="camera_info", tooltip="The camera, for ComfyUI's 3D nodes.")
            ],
        )

    @classmethod
    def execute(cls, trajectory: Trajectory, frame: int, subject_distance: float) -> io.NodeOutput:
        """Write one camera; say what of its lens is lost."""
        camera = write_load3d(trajectory, frame, subject_distance)
        if lost := lens_losses(trajectory, frame):
            say("To Load 3D Camera", f"the 3D viewer cannot hold {' or '.join(lost)}; left out")
        return io.NodeOutput(camera)


class RaxelFromLoad3D(io.ComfyNode):
    """A path through cameras that were set in ComfyUI's 3D viewer."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The cameras, when the path is at each, and how it goes from one to the next."""
        return schema(
            node_id="RaxelFromLoad3D",
            display_name="From Load 3D Cameras (Raxel)",
            category=BRIDGES,
            description="Makes a camera path through one to eight cameras of ComfyUI's 3D viewer (Load 3D, Create Camera Info), each a "
            "keyframe. One camera alone stands still.",
            search_aliases=[
                "load3d camera",
                "camera_info to path",
                "3d viewer keyframes",
                "camera keyframes",
            ],
            inputs=[
                CameraSocket.Input("camera", tooltip="The first camera."),
                io.Int.Input(
                    "frames", default=81, min=1, max=MOST_FRAMES, tooltip="Number of cameras of the path."
                ),
                fps_input(),
                *picture_inputs(
                    832, 480, "of the pictures that the path is for. The viewer's lens is the vertical one."
                ),
                io.Combo.Input(
                    "interpolation",
                    options=list(INTERPOLATIONS),
                    default=INTERPOLATIONS[0],
                    tooltip="How the path goes from one camera to the next: smooth, straight, or in a round curve.",
                ),
                io.Combo.Input(
                    "easing",
                    options=list(EASINGS),
                    default="linear",
                    tooltip="How each of these ways starts and stops.",
                ),
                *(
                    CameraSocket.Input(
                        name, optional=True, tooltip="A further camera; empty ones are passed over."
                    )
                    for name in MORE_CAMERAS
                ),
                advanced(
                    io.String.Input(
                        "key_frames",
                        optional=True,
                        default="",
                        placeholder="0, 40, 80",
                        tooltip="Frames at which the path is at each camera, ascending. Empty: spread evenly from first to last frame.",
                    )
                ),
            ],
            outputs=[
                TrajectorySocket.Output(
                    display_name="trajectory", tooltip="The camera path, of unknown scale."
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        camera: dict,
        frames: int,
        fps: float,
        width: int,
        height: int,
        interpolation: Interpolation,
        easing: str,
        key_frames: str = "",
        **more: dict[str, Any] | None,
    ) -> io.NodeOutput:
        """Keyframes in the order of the inputs."""
        cameras = [camera, *(more[name] for name in MORE_CAMERAS if more.get(name) is not None)]
        at = parse_frames(key_frames, "key_frames")
        return io.NodeOutput(path_through(cameras, at, frames, width, height, fps, interpolation, easing))
