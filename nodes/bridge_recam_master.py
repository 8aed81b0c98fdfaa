"""Between camera paths and CAMERAPOSES of WanVideoWrapper's ReCamMaster nodes."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..raxel_core.errors import RaxelError
from ..raxel_core.formats.bridges.recam_master import LATENT_STEP, poses_of, trajectory_of_poses
from ..raxel_core.geometry.trajectory import Trajectory
from .bridges import (
    BRIDGES,
    MOST_FRAMES,
    CameraPosesSocket,
    fitted,
    fps_input,
    lens_input,
    picture_inputs,
)
from .types import TrajectorySocket, schema


class RaxelToReCamMaster(io.ComfyNode):
    """Any camera path for ReCamMaster, which shoots a clip anew."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, the clip that it is for, and the size of the world."""
        return schema(
            node_id="RaxelToReCamMaster",
            display_name="To ReCamMaster Poses (Raxel)",
            category=BRIDGES,
            description="Turns a camera path into the camera poses of WanVideoWrapper's ReCamMaster nodes: any path, not only its ten "
            "moves. The lens is not part of them.",
            search_aliases=["recammaster", "camera poses", "wanvideowrapper camera", "reshoot"],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path."),
                io.Int.Input(
                    "length",
                    default=0,
                    min=0,
                    max=MOST_FRAMES,
                    tooltip="Frames of the clip, taken evenly over the path; 0 keeps the path's own, or takes that of latents. "
                    "Rounded down to 4n + 1.",
                ),
                io.Float.Input(
                    "metres_per_unit",
                    default=1.0,
                    min=0.0001,
                    max=10000.0,
                    step=0.01,
                    tooltip="What one unit of the path counts as in metres. ReCamMaster's own moves are about 2 metres long; a path with the "
                    "subject at distance 1 may want 3 or so.",
                ),
                io.Latent.Input(
                    "latents",
                    optional=True,
                    tooltip="The source clip as ReCamMaster takes it: the path gets its length.",
                ),
            ],
            outputs=[
                CameraPosesSocket.Output(
                    display_name="camera_poses",
                    tooltip="One pose for each latent frame, for ReCamMaster Camera Embed.",
                ),
                io.Int.Output(
                    display_name="length", tooltip="Number of frames of the clip, for the next node."
                ),
            ],
        )

    @classmethod
    def execute(
        cls, trajectory: Trajectory, length: int, metres_per_unit: float, latents: dict | None = None
    ) -> io.NodeOutput:
        """Fit the path to the clip, take every fourth camera."""
        length = length if latents is None else length_of(latents, length)
        path = fitted("To ReCamMaster Poses", trajectory, 0, 0, length, length_step=LATENT_STEP)
        return io.NodeOutput(poses_of(path, metres_per_unit), path.num_frames)


def length_of(latents: dict, asked: int) -> int:
    """Frames of a clip in latents [1, channels, T, rows, columns]; RaxelError where that is no clip, or not as long as asked."""
    samples = latents["samples"]
    if samples.ndim != 5:
        raise RaxelError(
            f"latents must be of a video [1, channels, frames, rows, columns], got {list(samples.shape)}"
        )
    length = LATENT_STEP * (samples.shape[2] - 1) + 1
    if asked not in (0, length):
        raise RaxelError(f"latents hold {length} frames, but length asks for {asked}; set length to 0")
    return length


class RaxelFromReCamMaster(io.ComfyNode):
    """Takes ReCamMaster's camera poses as a camera path."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The poses, and what they do not know."""
        return schema(
            node_id="RaxelFromReCamMaster",
            display_name="From ReCamMaster Poses (Raxel)",
            category=BRIDGES,
            description="Takes the camera poses of WanVideoWrapper's ReCamMaster nodes as a camera path in metres.",
            search_aliases=["recammaster", "camera poses to path", "wanvideowrapper camera"],
            inputs=[
                CameraPosesSocket.Input("camera_poses", tooltip="From one of the ReCamMaster camera nodes."),
                lens_input(", which poses do not know"),
                *picture_inputs(832, 480, "of the pictures that the path is for."),
                fps_input(),
                io.Boolean.Input(
                    "every_frame",
                    default=True,
                    tooltip="On: a camera for every frame of the clip, those between two poses interpolated. Off: one for each pose, a "
                    "quarter of the frames.",
                ),
            ],
            outputs=[
                TrajectorySocket.Output(
                    display_name="trajectory",
                    tooltip="The camera path in metres, told from its first camera.",
                )
            ],
        )

    @classmethod
    def execute(
        cls, camera_poses: Any, hfov: float, width: int, height: int, fps: float, every_frame: bool
    ) -> io.NodeOutput:
        """One call of ``trajectory_of_poses``."""
        return io.NodeOutput(trajectory_of_poses(camera_poses, hfov, width, height, fps, every_frame))
