"""Between camera paths and ComfyUI's own Wan Fun-Camera nodes."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..raxel_core.formats.bridges.wan import trajectory_from_wan, wan_embedding, with_core_lens
from ..raxel_core.geometry.trajectory import Trajectory
from .bridges import BRIDGES, WanCameraSocket, fitted, fps_input, size_inputs, size_outputs
from .host import to_host
from .types import TrajectorySocket, advanced, schema

OWN_LENS, CORE_LENS = LENSES = ("of the path", "ComfyUI's default")
SIZE_STEP, LENGTH_STEP = 16, 4
"""Of Wan: the VAE's 8 and patches of 2; the VAE's 4 in time."""


class RaxelToWanCamera(io.ComfyNode):
    """Any camera path for Wan 2.1 and 2.2 Fun-Camera models."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, and the clip that it is for."""
        return schema(
            node_id="RaxelToWanCamera",
            display_name="To Wan Camera (Raxel)",
            category=BRIDGES,
            description="Turns a camera path into the camera embedding of ComfyUI's Wan 2.1 and 2.2 Fun-Camera nodes, in place of "
            "WanCameraEmbedding: any path, not only its nine moves.",
            search_aliases=["wan fun camera", "wan camera embedding", "camera control", "plucker embedding"],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path."),
                *size_inputs(
                    SIZE_STEP,
                    "Rounded to a multiple of 16.",
                    "Rounded down to 4n + 1, as Wan's clips are: 81, 49, 17.",
                ),
                advanced(
                    io.Combo.Input(
                        "lens",
                        optional=True,
                        options=list(LENSES),
                        default=OWN_LENS,
                        tooltip="of the path: as it is. ComfyUI's default: that of WanCameraEmbedding (fx = fy = 0.5), whose pixels are "
                        "not square; for clips that should match earlier ones.",
                    )
                ),
            ],
            outputs=[
                WanCameraSocket.Output(
                    display_name="camera_embedding", tooltip="For camera_conditions of WanCameraImageToVideo."
                ),
                *size_outputs(),
            ],
        )

    @classmethod
    def execute(
        cls, trajectory: Trajectory, width: int, height: int, length: int, lens: str = OWN_LENS
    ) -> io.NodeOutput:
        """Fit the path to the clip, draw its rays."""
        path = fitted("To Wan Camera", trajectory, width, height, length, SIZE_STEP, LENGTH_STEP)
        if lens == CORE_LENS:
            path = with_core_lens(path)
        return io.NodeOutput(to_host(wan_embedding(path)), path.width, path.height, path.num_frames)


class RaxelFromWanCamera(io.ComfyNode):
    """Reads the camera path out of a Wan camera embedding."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The embedding, and what it does not know."""
        return schema(
            node_id="RaxelFromWanCamera",
            display_name="From Wan Camera (Raxel)",
            category=BRIDGES,
            description="Reads the camera path out of the camera embedding of ComfyUI's Wan Fun-Camera nodes, to look at it, edit it or "
            "use it with another model.",
            search_aliases=["wan camera embedding to path", "read camera embedding", "wan fun camera"],
            inputs=[
                WanCameraSocket.Input(
                    "camera_embedding", tooltip="From WanCameraEmbedding or To Wan Camera."
                ),
                fps_input(),
            ],
            outputs=[
                TrajectorySocket.Output(
                    display_name="trajectory", tooltip="The camera path, told from its first camera."
                )
            ],
        )

    @classmethod
    def execute(cls, camera_embedding: Any, fps: float) -> io.NodeOutput:
        """One call of ``trajectory_from_wan``."""
        return io.NodeOutput(trajectory_from_wan(camera_embedding, fps))
