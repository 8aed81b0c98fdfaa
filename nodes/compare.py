"""RaxelCompareTrajectories: how far one camera path is from another, frame by frame.

What the page gets (``raxel_paths``, ``raxel_errors``, and the picture as ``images``) is described in ``compared.py``.
"""

from __future__ import annotations

import torch
from comfy_api.latest import io, ui
from torch import Tensor

from ..raxel_core.evaluation.compare import ALIGNMENTS, Comparison, Tolerance, compare
from ..raxel_core.evaluation.compare_words import in_words
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.report.errors import plot_errors
from .compared import errors_seen, paths_seen
from .host import to_host
from .types import CATEGORY, TrajectorySocket, schema

TOLERANCE_DEG, TOLERANCE_DISTANCE = 5.0, 0.1
"""What a frame may be off by where nobody says: a rotation that counts as right (``sampling.confidence.RIGHT_DEG``), and a tenth
of the way to the subject."""


class RaxelCompareTrajectories(io.ComfyNode):
    """Requested against achieved."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Both paths, what is taken off before they are compared, and how far a frame may be off."""
        return schema(
            node_id="RaxelCompareTrajectories",
            display_name="Compare Trajectories (Raxel)",
            category=CATEGORY,
            description="How far an achieved camera path is from the requested one, frame by frame: degrees, subject distances, a "
            "picture, and whether it is near enough. A Camera Path Editor in front of it shows both.",
            search_aliases=[
                "camera error",
                "path difference",
                "requested and achieved",
                "ATE",
                "trajectory error",
            ],
            is_output_node=True,
            inputs=[
                TrajectorySocket.Input("requested", tooltip="The path that was asked for."),
                TrajectorySocket.Input(
                    "achieved",
                    tooltip="The path that came of it, as the cameras of the result were read. Each path is told from its own first "
                    "camera.",
                ),
                *how_to_compare(),
            ],
            outputs=[
                *error_outputs("achieved path"),
                io.Boolean.Output(
                    display_name="within_tolerance",
                    tooltip="True where every frame is within both tolerances: a switch for what follows.",
                ),
                io.String.Output(display_name="report", tooltip="The same in words."),
            ],
        )

    @classmethod
    def execute(
        cls,
        requested: Trajectory,
        achieved: Trajectory,
        align: str,
        subject_distance: float,
        tolerance_deg: float,
        tolerance_distance: float,
    ) -> io.NodeOutput:
        """One call of ``compare``, as numbers, picture and words."""
        tolerance = Tolerance(tolerance_deg, tolerance_distance)
        result = compare(requested, achieved, align, subject_distance)
        plot = drawn(result, tolerance)
        seen = ui.PreviewImage(plot, cls=cls).as_dict()
        return io.NodeOutput(
            result.rotation_deg.tolist(),
            result.position.tolist(),
            plot,
            tolerance.holds(result),
            in_words(result, tolerance),
            ui={
                **seen,
                "raxel_paths": paths_seen(result),
                "raxel_errors": [errors_seen(result, tolerance)],
            },
        )


def how_to_compare() -> list[io.Input]:
    """What the errors are counted in, and how large they may be; RaxelClosedLoop has the same."""
    return [
        io.Combo.Input(
            "align",
            options=list(ALIGNMENTS),
            default=ALIGNMENTS[0],
            tooltip="What is taken off the achieved path first. none: nothing, lengths count as they are. scale: its unit, for paths whose "
            "scale is unknown. sim3: also how it is turned and where it starts.",
        ),
        io.Float.Input(
            "subject_distance",
            default=1.0,
            min=0.001,
            max=10000.0,
            step=0.01,
            tooltip="Distance from the first camera to the subject, in the requested path's units: errors of position are counted in "
            "it. The same number as in Trajectory Preset.",
        ),
        io.Float.Input(
            "tolerance_deg",
            default=TOLERANCE_DEG,
            min=0.01,
            max=180.0,
            step=0.1,
            tooltip="How many degrees the rotation of any frame may be off.",
        ),
        io.Float.Input(
            "tolerance_distance",
            default=TOLERANCE_DISTANCE,
            min=0.001,
            max=1000.0,
            step=0.01,
            tooltip="How far the position of any frame may be off, in subject distances: 0.1 is a tenth of the way to the subject.",
        ),
    ]


def error_outputs(what: str) -> list[io.Output]:
    """Both errors and their picture."""
    return [
        io.Float.Output(
            display_name="rotation_error",
            tooltip=f"Degrees by which the {what} is off: a list of numbers, one for each frame.",
        ),
        io.Float.Output(
            display_name="position_error",
            tooltip=f"Subject distances by which the {what} is off: a list of numbers, one for each frame.",
        ),
        io.Image.Output(
            display_name="plot",
            tooltip="Both paths and both errors over the frames, 960x640: tolerances dashed, doubtful frames hatched.",
        ),
    ]


def drawn(
    comparison: Comparison, tolerance: Tolerance, others: list[Comparison] | None = None, title: str = ""
) -> Tensor:
    """The plot as IMAGE [1, 640, 960, 3]."""
    picture = plot_errors(comparison, tolerance, others or (), title=title)
    return to_host(torch.from_numpy(picture)[None] / 255)
