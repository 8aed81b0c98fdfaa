"""RaxelToRayImages: a camera path as pictures of rays, for models of other packs."""

from __future__ import annotations

from comfy_api.latest import io

from ..raxel_core.formats.bridges.ray_maps import VALUES, Values, ray_maps, shown
from ..raxel_core.geometry.trajectory import Trajectory
from .bridges import BRIDGES, fitted, size_inputs
from .host import to_host
from .types import TrajectorySocket, advanced, schema

LENGTHS = ("length 1", "depth 1")
WORLDS = ("first camera", "path's own world")


class RaxelToRayImages(io.ComfyNode):
    """Plücker maps and ray maps."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, the pictures that it is for, and what their numbers mean."""
        return schema(
            node_id="RaxelToRayImages",
            display_name="To Ray Images (Raxel)",
            category=BRIDGES,
            description="Draws the ray of every pixel as pictures: Plücker maps (direction and moment) and ray maps (direction and origin), "
            "for models that take cameras that way.",
            search_aliases=["plucker", "ray map", "raymap", "ray direction", "ray origin", "camera rays"],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path."),
                *size_inputs(
                    1, "One pixel of the maps for each, see cell.", "Set what the taking model wants."
                ),
                io.Combo.Input(
                    "values",
                    options=list(VALUES),
                    default=VALUES[0],
                    tooltip="pictures 0..1: half of the number plus 0.5, clamped. raw numbers: unchanged, also below 0 and above 1. "
                    "darkest to brightest: each frame stretched, as Depth Anything 3's node shows its rays.",
                ),
                io.Combo.Input(
                    "directions",
                    options=list(LENGTHS),
                    default=LENGTHS[0],
                    tooltip="length 1: unit rays, as in Plücker maps. depth 1: rays that reach to depth 1 in front of their camera, as in "
                    "Depth Anything 3's ray maps.",
                ),
                io.Float.Input(
                    "unit",
                    default=0.0,
                    min=0.0,
                    max=1000000.0,
                    step=0.01,
                    tooltip="Length on the path that an origin of 1 stands for. 0 takes the farthest that the path goes from its first camera; "
                    "1 keeps the path's own numbers.",
                ),
                advanced(
                    io.Combo.Input(
                        "told_from",
                        optional=True,
                        options=list(WORLDS),
                        default=WORLDS[0],
                        tooltip="first camera: it looks along +z from the origin. path's own world: as the path was made or imported.",
                    )
                ),
                advanced(
                    io.Int.Input(
                        "cell",
                        optional=True,
                        default=1,
                        min=1,
                        max=64,
                        tooltip="Pixels across and down that share one ray: 8 makes maps of the size of latents.",
                    )
                ),
            ],
            outputs=[
                io.Image.Output(
                    display_name="direction", tooltip="Direction of each ray: right, down, forward."
                ),
                io.Image.Output(
                    display_name="moment", tooltip="Origin x direction, the other half of a Plücker map."
                ),
                io.Image.Output(
                    display_name="origin",
                    tooltip="Where each ray starts: one colour a frame, the camera's position.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        trajectory: Trajectory,
        width: int,
        height: int,
        length: int,
        values: Values,
        directions: str,
        unit: float,
        told_from: str = WORLDS[0],
        cell: int = 1,
    ) -> io.NodeOutput:
        """Draw the maps, and turn them into what was asked for."""
        path = fitted("To Ray Images", trajectory, width, height, length, cell)
        maps = ray_maps(path, unit, directions == LENGTHS[1], told_from == WORLDS[0], cell)
        return io.NodeOutput(*(to_host(shown(part, values)) for part in maps))
