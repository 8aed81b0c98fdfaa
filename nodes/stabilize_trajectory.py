"""RaxelStabilizeTrajectory: a camera path without its shake."""

from __future__ import annotations

from comfy_api.latest import io

from ..raxel_core.geometry.doubt import doubtful, filled
from ..raxel_core.geometry.steady import Moved, moved, steadied
from ..raxel_core.geometry.trajectory import Trajectory
from .host import say
from .types import CATEGORY, TrajectorySocket, schema


class RaxelStabilizeTrajectory(io.ComfyNode):
    """Removes shake and keeps the move."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, what counts as shake, and how much of it goes."""
        return schema(
            node_id="RaxelStabilizeTrajectory",
            display_name="Stabilize Trajectory (Raxel)",
            category=CATEGORY,
            description="Removes shake from a camera path and keeps the move: sways faster than a stated time go, slower ones stay, and the "
            "first and last camera are held.",
            search_aliases=["stabilise", "smooth camera", "remove shake", "handheld", "denoise path", "steadicam"],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path to steady."),
                io.Float.Input(
                    "seconds", optional=True, default=1.0, min=0.0, max=60.0, step=0.05,
                    tooltip="What counts as shake: a sway of this period is halved, one of half the period is gone, one of twice the "
                    "period stays nearly whole. 0 is off.",
                ),
                *(
                    io.Float.Input(
                        name, optional=True, default=1.0, min=0.0, max=1.0, step=0.05,
                        tooltip=f"Share of the shake that is taken from the {what}: 1 all of it, 0 none.",
                    )
                    for name, what in (("rotation", "turn"), ("position", "position"), ("lens", "lens"))
                ),
                io.Float.Input(
                    "fill_below", optional=True, default=0.0, min=0.0, max=1.0, step=0.01,
                    tooltip="First replace cameras whose confidence is below this by a smooth way between the sure ones, so that a bad "
                    "frame does not pull its neighbours. 0.25 is what plots mark; 0 fills none.",
                ),
            ],
            outputs=[
                TrajectorySocket.Output(display_name="trajectory", tooltip="The steady camera path."),
                io.Float.Output(display_name="degrees", tooltip="The farthest that a camera was turned, in degrees."),
                io.Float.Output(display_name="distance", tooltip="The farthest that a camera was moved, in the path's unit."),
                io.String.Output(display_name="report", tooltip="How far cameras were turned and moved, on average and at most."),
            ],
        )  # fmt: skip

    @classmethod
    def execute(
        cls,
        trajectory: Trajectory,
        seconds: float = 1.0,
        rotation: float = 1.0,
        position: float = 1.0,
        lens: float = 1.0,
        fill_below: float = 0.0,
    ) -> io.NodeOutput:
        """Fill, steady, and tell how far that went from what came in."""
        count = int(doubtful(trajectory, fill_below).sum())
        path = steadied(filled(trajectory, fill_below), seconds, rotation, position, lens)
        way = moved(trajectory, path)
        report = "; ".join(
            [_report(trajectory, way), *([f"filled {count} doubtful cameras"] if count else [])]
        )
        say("Stabilize Trajectory", report)
        return io.NodeOutput(path, float(way.turn_deg.max()), float(way.distance.max()), report)


def _report(path: Trajectory, way: Moved) -> str:
    """Mean and worst of both, the worst way also as a share of how far the path reaches."""
    share = 100 * way.distance.max() / path.scene_scale()
    return (
        f"turned by {way.turn_deg.mean():.3g} degrees, {way.turn_deg.max():.3g} at most; "
        f"moved by {way.distance.mean():.3g}, {way.distance.max():.3g} at most ({share:.2g}% of the reach)"
    )
