"""A camera path as one picture: the move in 3D beside its numbers over the frames. Pillow and numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RaxelError
from ..geometry.doubt import LOW_CONFIDENCE
from ..geometry.trajectory import Trajectory
from .canvas import BRIGHT, COMPARED, QUIET, Canvas, time_color
from .charts import charts_of, draw_chart
from .view3d import draw_view


def plot_trajectory(
    trajectory: Trajectory,
    width: int = 640,
    height: int = 480,
    confidence: ArrayLike | None = None,
    compare: Trajectory | None = None,
    title: str = "",
    names: tuple[str, str] = ("path", "compared with"),
) -> NDArray[np.uint8]:
    """Draw a camera path, seen from behind, above and to the right of its first camera.

    Args:
        trajectory: F cameras; drawn in the frame of the first one.
        width: pixels across the picture, at least 320.
        height: pixels down the picture, at least 240.
        confidence: (F,) in 0..1, None takes the path's own; unsure cameras are drawn fainter, doubtful ones (below
            LOW_CONFIDENCE) as rings, and hatched over the frames.
        compare: another path, drawn dashed, in the frame of its own first camera.
        title: one line above the plot.
        names: what the legend calls the two paths.

    Returns:
        (height, width, 3) uint8.
    """
    if width < 320 or height < 240:
        raise RaxelError(f"a path plot needs at least 320x240 pixels, got {width}x{height}")
    confidence = trajectory.confidence if confidence is None else confidence
    sure = None if confidence is None else np.asarray(confidence, float)
    if sure is not None and sure.shape != (trajectory.num_frames,):
        raise RaxelError(
            f"confidence must be [{trajectory.num_frames}] like the cameras, got {list(sure.shape)}"
        )
    path = trajectory.canonical(0)
    other = None if compare is None else compare.canonical(0)
    canvas = Canvas(width, height)
    panel_left = width - max(140, round(0.34 * width))
    if title:
        canvas.text(16, 12, title, BRIGHT, 14)
    head = 50 if title or other is not None else 26
    draw_view(canvas, path, other, sure, 24, head, panel_left - 28, height - 44)
    x, y = 16, height - 22
    x = draw_path_legend(canvas, names if other is not None else None, path.num_frames, x, y)
    if sure is not None and (sure < LOW_CONFIDENCE).any():
        draw_doubt_legend(canvas, x + 16, y)
    charts = charts_of(path, other, sure)
    step = (height - 20 + 8) / len(charts)
    for index, chart in enumerate(charts):
        top = 10 + index * step
        draw_chart(canvas, chart, panel_left, top, width - 10, top + step - 8)
    return canvas.finish()


def draw_doubt_legend(canvas: Canvas, x: float, y: float) -> None:
    """What rings and hatched frames are."""
    canvas.ring((x + 4, y + 7), 3.4, BRIGHT)
    canvas.text(x + 13, y, f"doubtful: confidence below {LOW_CONFIDENCE:g}", QUIET, 10)


def draw_path_legend(
    canvas: Canvas, names: tuple[str, str] | None, num_frames: int, x: float, y: float
) -> float:
    """The colours of time, and what the solid and the dashed line are; where it ends."""
    for i in range(60):
        canvas.line([(x + i, y + 7), (x + i + 1.4, y + 7)], time_color(i / 59), 4)
    label = f"frame 0 to {num_frames - 1}" if names is None else f"{names[0]}, frame 0 to {num_frames - 1}"
    canvas.text(x + 68, y, label, QUIET, 10)
    after = x + 68 + canvas.text_width(label, 10)
    if names is None:
        return after
    canvas.dashed(np.array([(after + 16, y + 7), (after + 42, y + 7)]), COMPARED, 1.4)
    canvas.text(after + 49, y, names[1], QUIET, 10)
    return after + 49 + canvas.text_width(names[1], 10)
