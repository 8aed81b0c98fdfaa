"""How far an achieved path is from the requested one, as a picture: both in 3D beside the errors over the frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..evaluation.compare import Comparison, Tolerance
from ..evaluation.compare_words import in_short
from .canvas import BRIGHT, Canvas, time_color
from .charts import Chart, Curve, draw_chart
from .paths import shortened
from .plot import draw_doubt_legend, draw_path_legend
from .view3d import draw_view

LEAST_SIZE = (640, 400)
ROTATION, POSITION = time_color(0.05), time_color(0.95)


def plot_errors(
    comparison: Comparison,
    tolerance: Tolerance | None = None,
    others: Sequence[Comparison] = (),
    width: int = 960,
    height: int = 640,
    title: str = "",
    names: tuple[str, str] = ("achieved", "requested"),
) -> NDArray[np.uint8]:
    """Draw a comparison: the achieved path over the requested one, dashed, and both errors of every frame.

    Doubtful frames are hatched, and rings on the path; the tolerance is a dashed line.

    Args:
        comparison: of F frames.
        tolerance: up to where errors are within.
        others: of further takes against the same path; their errors are drawn thin.
        width: pixels across the picture, at least 640.
        height: pixels down the picture, at least 400.
        title: one line above; empty says the largest errors.
        names: what the legend calls the two paths.

    Returns:
        (height, width, 3) uint8.
    """
    if width < LEAST_SIZE[0] or height < LEAST_SIZE[1]:
        raise RaxelError(f"a plot of errors needs at least 640x400 pixels, got {width}x{height}")
    found = comparison.achieved
    canvas, seam, foot = Canvas(width, height), round(0.54 * width), height - 22
    canvas.text(16, 12, shortened(canvas, title or in_short(comparison), seam - 32, 13), BRIGHT, 13)
    draw_view(canvas, found, comparison.requested, found.confidence, 24, 50, seam - 28, height - 44)
    after = draw_path_legend(canvas, names, found.num_frames, 16, foot)
    if comparison.doubtful.any():
        draw_doubt_legend(canvas, *((after + 16, foot) if after + 200 < seam else (16, 32)))
    charts = charts_of_errors(comparison, tolerance, others)
    step = (height - 20 + 8) / len(charts)
    for index, chart in enumerate(charts):
        draw_chart(canvas, chart, seam, 10 + index * step, width - 10, 2 + (index + 1) * step)
    return canvas.finish()


def charts_of_errors(
    comparison: Comparison, tolerance: Tolerance | None, others: Sequence[Comparison]
) -> list[Chart]:
    """Rotation in degrees, position in subject distances, from 0 up."""
    doubtful = comparison.doubtful if comparison.doubtful.any() else None
    kinds = (
        ("rotation, degrees off", "rotation_deg", ROTATION, 1.0),
        ("position, subject distances off", "position", POSITION, 0.02),
    )
    return [
        Chart(
            title,
            [Curve("", color, getattr(comparison, name), others=[getattr(other, name) for other in others])],
            least,
            (0.0,),
            None if tolerance is None else getattr(tolerance, name),
            doubtful,
        )
        for title, name, color, least in kinds
    ]
