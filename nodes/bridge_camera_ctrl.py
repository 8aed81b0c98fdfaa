"""Between camera paths and CAMERACTRL_POSES: AnimateDiff-Evolved, WanVideoWrapper's Fun-Camera, KJNodes, VideoX-Fun."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..raxel_core.errors import RaxelError
from ..raxel_core.formats.bridges.camera_ctrl import (
    rows_of,
    text_of,
    trajectory_of_rows,
    trajectory_of_text,
)
from ..raxel_core.geometry.trajectory import Trajectory
from .bridges import (
    BRIDGES,
    CameraCtrlSocket,
    exactly_one,
    fitted,
    fps_input,
    picture_inputs,
    size_inputs,
    size_outputs,
)
from .types import ABSENT, TrajectorySocket, schema


class RaxelToCameraCtrl(io.ComfyNode):
    """Any camera path for nodes that take CameraCtrl poses."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, and the clip that it is for."""
        return schema(
            node_id="RaxelToCameraCtrl",
            display_name="To CameraCtrl Poses (Raxel)",
            category=BRIDGES,
            description="Turns a camera path into CameraCtrl poses, for AnimateDiff-Evolved, WanVideo FunCamera Embeds, KJNodes' "
            "Camera Pose Visualizer and, as text, VideoX-Fun.",
            search_aliases=[
                "cameractrl",
                "camera poses",
                "animatediff camera",
                "funcamera",
                "videox-fun camera",
            ],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path."),
                *size_inputs(
                    8,
                    "Set what the taking node makes, so that the lens is right.",
                    "Wan's clips need 4n + 1, AnimateDiff's usually 16.",
                ),
            ],
            outputs=[
                CameraCtrlSocket.Output(
                    display_name="poses", tooltip="A row of 19 numbers for each frame, told from the first."
                ),
                io.String.Output(
                    display_name="camera_trajectory",
                    tooltip="The same as text, for camera_conditions of VideoX-Fun's samplers.",
                ),
                *size_outputs(),
            ],
        )

    @classmethod
    def execute(cls, trajectory: Trajectory, width: int, height: int, length: int) -> io.NodeOutput:
        """Fit the path to the clip, write its rows."""
        path = fitted("To CameraCtrl Poses", trajectory, width, height, length)
        rows = rows_of(path)
        return io.NodeOutput(rows, text_of(rows), path.width, path.height, path.num_frames)


class RaxelFromCameraCtrl(io.ComfyNode):
    """Takes CameraCtrl poses as a camera path."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The poses in one of their two forms, and what they do not know."""
        return schema(
            node_id="RaxelFromCameraCtrl",
            display_name="From CameraCtrl Poses (Raxel)",
            category=BRIDGES,
            description="Takes the CameraCtrl poses of AnimateDiff-Evolved and others, or the camera_trajectory text of VideoX-Fun and "
            "CameraCtrl-Wrapper, as a camera path.",
            search_aliases=["cameractrl", "camera poses to path", "animatediff camera", "camera_trajectory"],
            inputs=[
                CameraCtrlSocket.Input(
                    "poses",
                    optional=True,
                    tooltip="CameraCtrl poses. Connect this or camera_trajectory, not both.",
                ),
                io.String.Input(
                    "camera_trajectory",
                    optional=True,
                    force_input=True,
                    tooltip="The text form: JSON, a list of rows of 18 numbers.",
                ),
                *picture_inputs(
                    0,
                    0,
                    "of the pictures that the path is for; 0 takes the poses' own, 1280x720 where they say nothing. Set what "
                    "the taking node makes.",
                ),
                fps_input(),
            ],
            outputs=[TrajectorySocket.Output(display_name="trajectory", tooltip="The camera path.")],
        )

    @classmethod
    def validate_inputs(
        cls, fps: float | None, poses: Any = ABSENT, camera_trajectory: Any = ABSENT
    ) -> bool | str:
        """Exactly one form. ``fps`` is named so that the host asks even where neither is connected."""
        return exactly_one(poses is not ABSENT, camera_trajectory is not ABSENT, "poses", "camera_trajectory")

    @classmethod
    def execute(
        cls,
        width: int,
        height: int,
        fps: float,
        poses: Any = None,
        camera_trajectory: str | None = None,
    ) -> io.NodeOutput:
        """Read the form that is connected."""
        words = exactly_one(poses is not None, camera_trajectory is not None, "poses", "camera_trajectory")
        if words is not True:
            raise RaxelError(str(words))
        if camera_trajectory is not None:
            return io.NodeOutput(trajectory_of_text(camera_trajectory, width, height, fps))
        return io.NodeOutput(trajectory_of_rows(poses, width, height, fps))
