"""RaxelTransformTrajectory: edits of a whole camera path, one below the other."""

from __future__ import annotations

from typing import Final, Literal

from comfy_api.latest import io

from ..raxel_core.errors import RaxelError
from ..raxel_core.geometry.doubt import doubtful, filled
from ..raxel_core.geometry.edit import SIZINGS, Sizing, anchored, mirrored, resized_to, retimed, trimmed
from ..raxel_core.geometry.presets import EASINGS
from ..raxel_core.geometry.steady import moved, steadied
from ..raxel_core.geometry.trajectory import Trajectory
from .host import say
from .types import CATEGORY, TrajectorySocket, schema

KEEP: Final = "keep"
FIRST, FRAME, OTHER = "first camera", "frame", "other path"
MOST_FRAMES = 100_000


class RaxelTransformTrajectory(io.ComfyNode):
    """Trims, fills, smooths, reverses, retimes, mirrors, scales and moves a camera path."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, and every edit at what leaves it alone."""
        return schema(
            node_id="RaxelTransformTrajectory",
            display_name="Transform Trajectory (Raxel)",
            category=CATEGORY,
            description="Edits a whole camera path: trim, fill doubtful frames, smooth, reverse, retime, mirror, scale, re-anchor. They are "
            "done from top to bottom; each is off until you set it.",
            search_aliases=[
                "retime camera", "resample path", "reverse camera", "smooth camera", "scale camera path", "mirror camera",
                "trim path", "flip", "speed",
            ],
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path to edit."),
                *_frame_inputs(),
                *_time_inputs(),
                *_place_inputs(),
            ],
            outputs=[TrajectorySocket.Output(display_name="trajectory", tooltip="The edited camera path.")],
        )  # fmt: skip

    @classmethod
    def execute(
        cls,
        trajectory: Trajectory,
        first_frame: int = 0,
        last_frame: int = -1,
        fill_below: float = 0.0,
        smooth: float = 0.0,
        reverse: bool = False,
        speed: float = 1.0,
        frames: int = 0,
        fps: float = 0.0,
        easing: str = "linear",
        mirror: bool = False,
        scale: Sizing | Literal["keep"] = KEEP,
        scale_to: float = 1.0,
        anchor: str = KEEP,
        anchor_frame: int = 0,
        onto: Trajectory | None = None,
    ) -> io.NodeOutput:
        """The edits in the order of the inputs; what they did is said under the node."""
        path, notes = _mended(trimmed(trajectory, first_frame, last_frame), fill_below, smooth)
        path = path.reversed() if reverse else path
        if speed != 1 or frames or fps or easing != "linear":
            path = retimed(path, speed, frames or None, fps or None, easing)
        path = mirrored(path) if mirror else path
        if scale != KEEP:
            path, factor = resized_to(path, scale, scale_to)
            notes.append(f"scaled by {factor:.4g}")
        path = _anchored(path, anchor, anchor_frame, onto)
        if onto is not None and anchor != OTHER:
            notes.append(f'onto only counts with anchor at "{OTHER}"')
        seconds = (path.num_frames - 1) / path.fps
        say(
            "Transform Trajectory",
            "; ".join([f"{path.num_frames} cameras, {seconds:.3g} s at {path.fps:.4g} fps", *notes]),
        )
        return io.NodeOutput(path)


def _mended(path: Trajectory, fill_below: float, smooth: float) -> tuple[Trajectory, list[str]]:
    """Doubtful cameras filled, then shake removed; and what that did."""
    notes = []
    if fill_below > 0:
        count = int(doubtful(path, fill_below).sum())
        path = filled(path, fill_below)
        notes.append(
            "the path does not say how sure its cameras are, so none was filled"
            if path.confidence is None
            else f"filled {count} doubtful cameras"
        )
    if smooth > 0:
        before, path = path, steadied(path, smooth)
        way = moved(before, path)
        notes.append(f"smoothed by up to {way.turn_deg.max():.3g} degrees and {way.distance.max():.3g} units")
    return path, notes


def _anchored(path: Trajectory, anchor: str, frame: int, onto: Trajectory | None) -> Trajectory:
    """The path in the world that was chosen."""
    if anchor == OTHER:
        if onto is None:
            raise RaxelError(
                'anchor is "other path", but no path is connected to onto; connect the other one'
            )
        return anchored(path, onto.c2w[0])
    return path if anchor == KEEP else path.canonical(frame if anchor == FRAME else 0)


def _frame_inputs() -> list[io.Input]:
    """Which cameras, and how good they are."""
    return [
        io.Int.Input(
            "first_frame", optional=True, default=0, min=-MOST_FRAMES, max=MOST_FRAMES,
            tooltip="First frame that is kept, counted from 0. Negative ones count from the end.",
        ),
        io.Int.Input(
            "last_frame", optional=True, default=-1, min=-MOST_FRAMES, max=MOST_FRAMES,
            tooltip="Last frame that is kept. -1 is the last one of the path.",
        ),
        io.Float.Input(
            "fill_below", optional=True, default=0.0, min=0.0, max=1.0, step=0.01,
            tooltip="Cameras whose confidence is below this are replaced by a smooth way between the sure ones. 0.25 is what plots mark; "
            "0 fills none.",
        ),
        io.Float.Input(
            "smooth", optional=True, default=0.0, min=0.0, max=60.0, step=0.05,
            tooltip="Seconds: sways of a shorter period go, longer ones stay, both ends are held. 0 is off. Stabilize Trajectory does the "
            "same with more choice.",
        ),
        io.Boolean.Input("reverse", optional=True, default=False, tooltip="Last camera first."),
    ]  # fmt: skip


def _time_inputs() -> list[io.Input]:
    """How many cameras, how fast."""
    return [
        io.Float.Input(
            "speed", optional=True, default=1.0, min=0.01, max=100.0, step=0.01,
            tooltip="How many times as fast: 2 takes half the time, 0.5 is slow motion.",
        ),
        io.Int.Input(
            "frames", optional=True, default=0, min=0, max=MOST_FRAMES,
            tooltip="Number of cameras of the result, evenly over the move; 0 keeps it. The duration stays and fps follows, unless fps is "
            "set too.",
        ),
        io.Float.Input(
            "fps", optional=True, default=0.0, min=0.0, max=240.0, step=0.1,
            tooltip="Frames per second of the result; 0 keeps them. The duration stays and the number of cameras follows, unless frames "
            "is set too.",
        ),
        io.Combo.Input(
            "easing", optional=True, options=list(EASINGS), default="linear",
            tooltip="Lays a slow start, a slow end or both over the pace that the path has. linear leaves it alone.",
        ),
    ]  # fmt: skip


def _place_inputs() -> list[io.Input]:
    """Side, size and place."""
    return [
        io.Boolean.Input(
            "mirror", optional=True, default=False,
            tooltip="Swaps left and right, as seen from the first camera: a pan to the left becomes one to the right.",
        ),
        io.Combo.Input(
            "scale", optional=True, options=[KEEP, *SIZINGS], default=KEEP,
            tooltip="What scale_to is. factor: all ways are multiplied by it. subject distance: from the first camera to the point that "
            "all cameras look at. reach: from the first camera to the farthest. The last two make lengths count as the model's units.",
        ),
        io.Float.Input(
            "scale_to", optional=True, default=1.0, min=0.0001, max=10000.0, step=0.01,
            tooltip="The factor, or the length in the model's units, that scale asks for. The small model likes subjects 1 to 3 away.",
        ),
        io.Combo.Input(
            "anchor", optional=True, options=[KEEP, FIRST, FRAME, OTHER], default=KEEP,
            tooltip="Where the path lies in its world. first camera: that one is the origin. frame: that of anchor_frame is. other path: it "
            "begins at the first camera of onto.",
        ),
        io.Int.Input(
            "anchor_frame", optional=True, default=0, min=-MOST_FRAMES, max=MOST_FRAMES,
            tooltip="For anchor at frame: which of the edited path's cameras is the origin. Negative ones count from the end.",
        ),
        TrajectorySocket.Input(
            "onto", optional=True, tooltip="For anchor at other path: the result begins at this path's first camera."
        ),
    ]  # fmt: skip
