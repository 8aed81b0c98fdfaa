"""RaxelTrajectoryEditor: keys of a camera path as text, drawn and edited on the page, sampled here.

The text is an ordinary input: it is saved in the workflow and works without a page. The page is in ``web/editor``.
"""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from PIL import Image, ImageOps
from torch import Tensor

from ..raxel_core.errors import RaxelError
from ..raxel_core.formats import raxel_path
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.media.write import to_uint8
from .folders import temporary_file
from .seeds import seed_of
from .types import CATEGORY, TrajectorySocket, schema

LONGEST_SIDE = 1024
"""Of the picture that the editor shows."""


class RaxelTrajectoryEditor(io.ComfyNode):
    """A camera path of the user's own."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The text, and what the page may take from the workflow: a path to begin with, and the picture to fly through."""
        return schema(
            node_id="RaxelTrajectoryEditor",
            display_name="Camera Path Editor (Raxel)",
            category=CATEGORY,
            description="Draw a camera path: place keys in 3D, play it, and look through the camera before any model runs.",
            search_aliases=[
                "camera path",
                "trajectory editor",
                "keyframes",
                "camera animation",
                "dolly",
                "orbit",
                "3d camera",
            ],
            has_intermediate_output=True,
            is_output_node=True,
            inputs=[
                io.String.Input(
                    "path",
                    default=raxel_path.DEFAULT_PATH,
                    tooltip="The path as JSON text, which the editor writes. Described in docs/path-json.md; may also be pasted or linked.",
                ),
                TrajectorySocket.Input(
                    "trajectory",
                    optional=True,
                    tooltip="A path to begin with. It goes through untouched until you change something in the editor; edits are never "
                    "overwritten by it.",
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture that the path is made for: the editor shows it at the first camera and through the moving one.",
                ),
            ],
            outputs=[
                TrajectorySocket.Output(display_name="trajectory", tooltip="The camera of every frame.")
            ],
        )

    @classmethod
    def validate_inputs(cls, path: str | None) -> bool | str:
        """Refuse a text that holds no path, before anything runs; a linked text (None) is read later."""
        if path is None:
            return True
        try:
            raxel_path.read(path)
        except RaxelError as error:
            return str(error)
        return True

    @classmethod
    def execute(
        cls, path: str, trajectory: Trajectory | None = None, image: Tensor | None = None
    ) -> io.NodeOutput:
        """The keys as a trajectory, or the wired one as long as nobody edited; and what the page wants to see."""
        document = raxel_path.read(path)
        untouched = trajectory is not None and not document.edited
        seen: dict[str, list[Any]] = {}
        if trajectory is not None:
            seen["raxel_seed"] = [seed_of(trajectory)]
        if image is not None and len(image):
            seen["raxel_image"] = [picture_for_page(image)]
        return io.NodeOutput(trajectory if untouched else document.trajectory(), ui=seen)


def picture_for_page(image: Tensor) -> dict[str, str]:
    """The first picture of IMAGE [B, H, W, C] as a small JPEG in the host's temporary folder, as an entry for the page."""
    picture = Image.fromarray(to_uint8(image[0, ..., :3].nan_to_num()))
    if max(picture.size) > LONGEST_SIDE:
        picture = ImageOps.contain(picture, (LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    file, entry = temporary_file("raxel_image", ".jpg")
    picture.save(file, quality=88)
    return entry
