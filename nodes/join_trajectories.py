"""RaxelJoinTrajectories: camera paths one after the other."""

from __future__ import annotations

from comfy_api.latest import io

from ..raxel_core.geometry.join import PLACES, Place, joined
from ..raxel_core.geometry.trajectory import Trajectory
from .host import say
from .types import CATEGORY, TrajectorySocket, schema


class RaxelJoinTrajectories(io.ComfyNode):
    """Joins two to four camera paths into one, with soft transitions."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The paths, where each begins, and how long the way over takes."""
        more = (
            ("trajectory_2", False, "The path that follows."),
            ("trajectory_3", True, "A third path."),
            ("trajectory_4", True, "A fourth path."),
        )
        return schema(
            node_id="RaxelJoinTrajectories",
            display_name="Join Trajectories (Raxel)",
            category=CATEGORY,
            description="Joins camera paths into one. Position, turn and lens keep their speed over the transition, so the camera neither "
            "jumps nor jerks.",
            search_aliases=["append camera path", "concatenate", "chain camera moves", "blend camera", "combine trajectories"],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The first path. Its picture size and rate are those of the result."),
                *(TrajectorySocket.Input(name, optional=optional, tooltip=words) for name, optional, words in more),
                io.Combo.Input(
                    "place", optional=True, options=list(PLACES), default=PLACES[0],
                    tooltip="continue: every path is moved so that it begins at the last camera of the one before. stay: all stay where "
                    "they are in the world, and the transition leads from one to the next.",
                ),
                io.Float.Input(
                    "blend", optional=True, default=0.5, min=0.0, max=60.0, step=0.05,
                    tooltip="Seconds of each transition. continue: it replaces the end of one path and the start of the next; 0 keeps "
                    "the corner. stay: it is new frames between them; 0 is a cut.",
                ),
            ],
            outputs=[TrajectorySocket.Output(display_name="trajectory", tooltip="All paths as one.")],
        )  # fmt: skip

    @classmethod
    def execute(
        cls,
        trajectory: Trajectory,
        trajectory_2: Trajectory,
        trajectory_3: Trajectory | None = None,
        trajectory_4: Trajectory | None = None,
        place: Place = PLACES[0],
        blend: float = 0.5,
    ) -> io.NodeOutput:
        """Join them in order; what was fitted to the first path is said under the node."""
        path, notes = trajectory, []
        for number, follows in enumerate((trajectory_2, trajectory_3, trajectory_4), 2):
            if follows is not None:
                notes += _fitted(path, follows, number)
                path = joined(path, follows, place, blend)
        seconds = (path.num_frames - 1) / path.fps
        say("Join Trajectories", "; ".join([f"{path.num_frames} cameras, {seconds:.3g} s", *notes]))
        return io.NodeOutput(path)


def _fitted(path: Trajectory, follows: Trajectory, number: int) -> list[str]:
    """What of a path gives way to the first one's, in words."""
    notes = []
    if follows.fps != path.fps:
        notes.append(f"path {number} was resampled from {follows.fps:.4g} to {path.fps:.4g} fps")
    if (follows.width, follows.height) != (path.width, path.height):
        notes.append(
            f"path {number} was cropped from {follows.width}x{follows.height} to {path.width}x{path.height}"
        )
    if follows.scale != path.scale:
        notes.append(
            f"path {number} is {follows.scale} and those before {path.scale}: their lengths were taken as they are"
        )
    return notes
