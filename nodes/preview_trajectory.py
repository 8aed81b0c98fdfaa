"""RaxelPreviewTrajectory: camera paths over each other in one picture, for the page and for the workflow."""

from __future__ import annotations

import torch
from comfy_api.latest import io, ui

from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.report.paths import VIEWS, plot_paths
from .host import to_host
from .seeds import seed_of
from .types import CATEGORY, TrajectorySocket, schema

ALL_VIEWS = "all three"
SIZE = (960, 640)


class RaxelPreviewTrajectory(io.ComfyNode):
    """Shows up to four camera paths from above, from the side and in perspective."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """One path, up to three more, and from where they are looked at."""
        more = (
            "Another path, drawn over the first one. Each is told from its own first camera.",
            "A third path.",
            "A fourth path.",
        )
        return schema(
            node_id="RaxelPreviewTrajectory",
            display_name="Preview Trajectory (Raxel)",
            category=CATEGORY,
            description="Draws up to four camera paths over each other, from above, from the side and in perspective, with a scale bar. "
            "A second path also appears in the Camera Path Editor in front of it.",
            search_aliases=["camera plot", "show path", "compare trajectories", "camera viewer"],
            is_output_node=True,
            inputs=[
                TrajectorySocket.Input(
                    "trajectory",
                    tooltip="The camera path; the one that was asked for, if several are compared.",
                ),
                *(
                    TrajectorySocket.Input(f"trajectory_{number}", optional=True, tooltip=words)
                    for number, words in enumerate(more, 2)
                ),
                io.Combo.Input(
                    "views",
                    optional=True,
                    options=[ALL_VIEWS, *VIEWS],
                    default=ALL_VIEWS,
                    tooltip="From where the paths are seen: top, side (from the right) or perspective, or all three side by side.",
                ),
                io.String.Input(
                    "names",
                    optional=True,
                    default="",
                    placeholder="requested, achieved",
                    tooltip="Names for the legend, with commas between them. Empty: path 1, path 2, and so on.",
                ),
            ],
            outputs=[io.Image.Output(display_name="plot", tooltip="The picture, 960x640.")],
        )

    @classmethod
    def execute(
        cls,
        trajectory: Trajectory,
        trajectory_2: Trajectory | None = None,
        trajectory_3: Trajectory | None = None,
        trajectory_4: Trajectory | None = None,
        views: str = ALL_VIEWS,
        names: str = "",
    ) -> io.NodeOutput:
        """Draw what is connected; the names follow the inputs, also where one in between is empty."""
        slots = zip((trajectory, trajectory_2, trajectory_3, trajectory_4), _names(names), strict=True)
        shown = [(path, name) for path, name in slots if path is not None]
        paths = [path for path, _ in shown]
        chosen = VIEWS if views == ALL_VIEWS else (views,)
        picture = torch.from_numpy(plot_paths(paths, [name for _, name in shown], chosen, *SIZE)) / 255
        plot = to_host(picture[None])
        seen = ui.PreviewImage(plot, cls=cls).as_dict()
        return io.NodeOutput(plot, ui={**seen, "raxel_paths": [seed_of(path) for path in paths]})


def _names(text: str) -> list[str]:
    """Four names; what is not named keeps its number."""
    given = [name.strip() for name in text.split(",")][:4]
    return [name or f"path {number}" for number, name in enumerate([*given, *[""] * (4 - len(given))], 1)]
