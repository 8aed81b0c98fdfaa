"""Between camera paths and the EXTRINSICS and INTRINSICS of ComfyUI-DepthAnythingV3 and packs around it."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..raxel_core.errors import RaxelError
from ..raxel_core.formats.bridges.depth_anything import matrices_of_text, trajectory_of_views, views_of
from ..raxel_core.geometry.trajectory import Trajectory
from .bridges import (
    BRIDGES,
    CameraParamsSocket,
    ExtrinsicsSocket,
    IntrinsicsSocket,
    exactly_one,
    fitted,
    fps_input,
    lens_input,
    picture_inputs,
    size_inputs,
)
from .types import ABSENT, TrajectorySocket, schema


class RaxelToDepthAnything3(io.ComfyNode):
    """Any camera path as the matrices that Depth Anything 3 and others take."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, and the pictures that it is for."""
        return schema(
            node_id="RaxelToDepthAnything3",
            display_name="To Depth Anything 3 (Raxel)",
            category=BRIDGES,
            description="Turns a camera path into the extrinsics and intrinsics of Depth Anything 3's nodes and of packs that take them "
            "(Gaussian splats, point clouds, WorldMirror), as matrices and as text.",
            search_aliases=["extrinsics", "intrinsics", "depth anything 3", "da3 camera", "camera matrices"],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path."),
                *size_inputs(
                    1, "The intrinsics are in these pixels.", "Set the number of pictures that go with it."
                ),
            ],
            outputs=[
                ExtrinsicsSocket.Output(
                    display_name="extrinsics",
                    tooltip="World-to-camera, [frames, 4, 4], in the path's own world.",
                ),
                IntrinsicsSocket.Output(display_name="intrinsics", tooltip="Lens in pixels, [frames, 3, 3]."),
                io.String.Output(
                    display_name="extrinsics_json",
                    tooltip="The extrinsics as Depth Anything's nodes write them.",
                ),
                io.String.Output(
                    display_name="intrinsics_json",
                    tooltip="The intrinsics as Depth Anything's nodes write them.",
                ),
                CameraParamsSocket.Output(
                    display_name="camera_params",
                    tooltip="For camera_params of Depth Anything V3: known cameras, one for each picture.",
                ),
            ],
        )

    @classmethod
    def execute(cls, trajectory: Trajectory, width: int, height: int, length: int) -> io.NodeOutput:
        """Fit the path to the pictures, write its matrices."""
        return io.NodeOutput(*views_of(fitted("To Depth Anything 3", trajectory, width, height, length)))


class RaxelFromDepthAnything3(io.ComfyNode):
    """Takes the cameras that Depth Anything 3 found as a camera path."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The cameras as matrices or as text, and what they do not know."""
        return schema(
            node_id="RaxelFromDepthAnything3",
            display_name="From Depth Anything 3 (Raxel)",
            category=BRIDGES,
            description="Takes the cameras that Depth Anything 3 found (extrinsics and intrinsics, as matrices or as text) as a camera path. "
            "Only its node for several views gives cameras that belong together.",
            search_aliases=[
                "extrinsics to path",
                "depth anything 3",
                "da3 camera",
                "camera matrices to path",
            ],
            inputs=[
                ExtrinsicsSocket.Input(
                    "extrinsics",
                    optional=True,
                    tooltip="World-to-camera matrices. Connect this or extrinsics_json, not both.",
                ),
                IntrinsicsSocket.Input(
                    "intrinsics",
                    optional=True,
                    tooltip="Lens in pixels. Where neither this nor intrinsics_json is connected, hfov counts.",
                ),
                io.String.Input(
                    "extrinsics_json",
                    optional=True,
                    force_input=True,
                    tooltip="The text form, as the node for several views gives it.",
                ),
                io.String.Input(
                    "intrinsics_json", optional=True, force_input=True, tooltip="The text form of the lens."
                ),
                lens_input(" where no intrinsics are connected"),
                *picture_inputs(
                    0,
                    0,
                    "of the pictures that the path is for; 0 takes the intrinsics' own (832x480 without them).",
                ),
                fps_input(),
            ],
            outputs=[
                TrajectorySocket.Output(
                    display_name="trajectory",
                    tooltip="The camera path in Depth Anything's world, of unknown scale.",
                )
            ],
        )

    @classmethod
    def validate_inputs(
        cls, fps: float | None, extrinsics: Any = ABSENT, extrinsics_json: Any = ABSENT
    ) -> bool | str:
        """Exactly one form. ``fps`` is named so that the host asks even where neither is connected."""
        return exactly_one(
            extrinsics is not ABSENT, extrinsics_json is not ABSENT, "extrinsics", "extrinsics_json"
        )

    @classmethod
    def execute(
        cls,
        hfov: float,
        width: int,
        height: int,
        fps: float,
        extrinsics: Any = None,
        intrinsics: Any = None,
        extrinsics_json: str | None = None,
        intrinsics_json: str | None = None,
    ) -> io.NodeOutput:
        """Read the forms that are connected."""
        words = exactly_one(
            extrinsics is not None, extrinsics_json is not None, "extrinsics", "extrinsics_json"
        )
        if words is not True:
            raise RaxelError(str(words))
        if intrinsics is not None and intrinsics_json is not None:
            raise RaxelError("intrinsics and intrinsics_json are both connected; disconnect one of them")
        if extrinsics_json is not None:
            extrinsics = matrices_of_text(extrinsics_json, "extrinsics")
        if intrinsics_json is not None:
            intrinsics = matrices_of_text(intrinsics_json, "intrinsics")
        return io.NodeOutput(trajectory_of_views(extrinsics, intrinsics, hfov, width, height, fps))
