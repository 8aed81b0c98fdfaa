"""The numbers half of a path plot: turn, position and lens over the frames, in film words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry.doubt import LOW_CONFIDENCE
from ..geometry.trajectory import Trajectory
from .canvas import AXIS_COLORS, BRIGHT, COMPARED, GRID, PANEL, QUIET, Canvas, Color, Points, time_color

HATCH: Color = (138, 146, 162, 110)
"""Of frames whose camera is doubtful."""


@dataclass(frozen=True)
class Curve:
    """One quantity over the frames."""

    name: str
    color: Color
    values: Points
    """(F,)"""
    compared: Points | None = None
    """(F',) the same quantity of the path compared with, drawn dashed."""
    others: Sequence[Points] = ()
    """The same quantity of further paths, drawn thin behind it."""


@dataclass(frozen=True)
class Chart:
    """Curves that share a scale."""

    title: str
    curves: Sequence[Curve]
    least_span: float
    """The scale covers at least this much, so that rounding noise does not look like motion."""
    shown: tuple[float, ...] = ()
    """Values that the scale always includes."""
    limit: float | None = None
    """A value that is marked by a dashed line, and included."""
    doubtful: NDArray[np.bool_] | None = None
    """(F,) frames that are hatched."""


def pan_tilt_roll(trajectory: Trajectory) -> Points:
    """(F, 3) degrees from the first frame, each unwrapped: pan right, tilt up, roll clockwise are positive.

    R = R_y(pan) R_x(tilt) R_z(roll) in OpenCV axes.
    """
    R = trajectory.canonical(0).c2w[:, :3, :3]
    pan = np.arctan2(R[:, 0, 2], R[:, 2, 2])
    tilt = np.arcsin(np.clip(-R[:, 1, 2], -1, 1))
    roll = np.arctan2(R[:, 1, 0], R[:, 1, 1])
    return np.degrees(np.unwrap(np.stack([pan, tilt, roll], axis=-1), axis=0))


def right_up_forward(trajectory: Trajectory) -> Points:
    """(F, 3) distance moved from the first frame, along its right, up and forward."""
    return trajectory.canonical(0).c2w[:, :3, 3] * np.array([1, -1, 1])


def charts_of(trajectory: Trajectory, compare: Trajectory | None, confidence: Points | None) -> list[Chart]:
    """Turn, position, lens and, where known, confidence."""
    unit = "units" if trajectory.scale == "metric" else "relative"
    reach = max(trajectory.scene_scale(), 1e-6)

    def three(names: Sequence[str], values: Points, compared: Points | None) -> list[Curve]:
        return [
            Curve(names[i], AXIS_COLORS[i], values[:, i], None if compared is None else compared[:, i])
            for i in range(3)
        ]

    turn = three(
        ("pan", "tilt", "roll"),
        pan_tilt_roll(trajectory),
        None if compare is None else pan_tilt_roll(compare),
    )
    moved = three(
        ("right", "up", "forward"),
        right_up_forward(trajectory),
        None if compare is None else right_up_forward(compare),
    )
    doubtful = None if confidence is None else np.asarray(confidence) < LOW_CONFIDENCE
    lens = Curve("hfov", time_color(0.12), trajectory.hfov_deg, None if compare is None else compare.hfov_deg)
    charts = [
        Chart("turn, degrees", turn, 1.0, doubtful=doubtful),
        Chart(f"position, {unit}", moved, reach * 0.02, doubtful=doubtful),
        Chart("lens, degrees", [lens], 2.0, doubtful=doubtful),
    ]
    if confidence is not None:
        sure = Curve("", time_color(0.75), np.asarray(confidence, float))
        charts.append(Chart("confidence", [sure], 1.0, (0.0, 1.0), LOW_CONFIDENCE, doubtful))
    return charts


def draw_chart(canvas: Canvas, chart: Chart, left: float, top: float, right: float, bottom: float) -> None:
    """One chart in a rounded box given in pixels."""
    canvas.box(left, top, right, bottom, PANEL)
    canvas.text(left + 8, top + 6, chart.title, BRIGHT, 10)
    _draw_legend(canvas, chart, right - 8, top + 6)
    low, high = _range(chart)
    inner_left, inner_right, inner_top, inner_bottom = left + 8, right - 40, top + 25, bottom - 9

    def pixels(values: Points) -> Points:
        x = np.linspace(inner_left, inner_right, len(values)) if len(values) > 1 else np.array([inner_left])
        return np.stack([x, inner_bottom - (values - low) / (high - low) * (inner_bottom - inner_top)], -1)

    if chart.doubtful is not None:
        _hatch(canvas, chart.doubtful, inner_left, inner_top, inner_right, inner_bottom)
    for value in (low, high):
        y = inner_bottom if value == low else inner_top
        canvas.line([(inner_left, y), (inner_right, y)], GRID, 0.8)
        canvas.text(inner_right + 4, y, _short(value, high - low), QUIET, 9, "lm")
    if low < 0 < high:
        y = pixels(np.zeros(1))[0, 1]
        canvas.line([(inner_left, y), (inner_right, y)], GRID, 0.8)
    if chart.limit is not None:
        _draw_limit(
            canvas, pixels(np.full(2, chart.limit)), _short(chart.limit, high - low), inner_top, inner_bottom
        )
    for curve in chart.curves:
        _draw_curve(canvas, curve, pixels)


def _draw_curve(canvas: Canvas, curve: Curve, pixels: Callable[[Points], Points]) -> None:
    """One quantity; what it is compared with lies behind it."""
    for other in curve.others:
        canvas.line(pixels(other), COMPARED, 0.8)
    if curve.compared is not None:
        canvas.dashed(pixels(curve.compared), (*curve.color[:3], 190), 1.1, 3.5)
    if len(curve.values) > 1:
        canvas.line(pixels(curve.values), curve.color, 1.7)
    else:
        canvas.disc(pixels(curve.values)[0], 2.2, curve.color)


def _draw_limit(canvas: Canvas, ends: Points, label: str, top: float, bottom: float) -> None:
    """A dashed line from the first to the second end, with its value where the numbers at both ends of the scale leave room."""
    canvas.dashed(ends, BRIGHT, 1.0, 4)
    y = ends[1, 1]
    if min(bottom - y, y - top) > 11:
        canvas.text(ends[1, 0] + 4, y, label, BRIGHT, 9, "lm")


def _hatch(
    canvas: Canvas, doubtful: NDArray[np.bool_], left: float, top: float, right: float, bottom: float
) -> None:
    """A hatched column for every doubtful frame, half a frame to both sides of it."""
    step = (right - left) / max(len(doubtful) - 1, 1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], doubtful, [False]]).astype(int)))
    for first, after in edges.reshape(-1, 2):
        low, high = left + (first - 0.5) * step, left + (after - 0.5) * step
        canvas.hatch(max(left, low), top, min(right, high), bottom, HATCH)


def _draw_legend(canvas: Canvas, chart: Chart, right: float, y: float) -> None:
    """Names of the curves in their colours, set from the right."""
    for curve in reversed(chart.curves):
        right -= canvas.text_width(curve.name, 9)
        canvas.text(right, y + 1, curve.name, curve.color, 9)
        right -= 7


def _range(chart: Chart) -> tuple[float, float]:
    """Lowest and highest value shown, around the curves and at least ``least_span`` apart."""
    values = np.concatenate(
        [
            part
            for curve in chart.curves
            for part in (curve.values, curve.compared, *curve.others)
            if part is not None
        ]
        + [np.array([*chart.shown, *([] if chart.limit is None else [chart.limit])])]
    )
    low, high = float(values.min()), float(values.max())
    if high - low < chart.least_span:
        middle = (low + high) / 2
        low, high = middle - chart.least_span / 2, middle + chart.least_span / 2
    return low, high


def _short(value: float, span: float) -> str:
    """A number with as many decimals as its scale is worth."""
    if abs(value) >= 1e4 or span < 1e-3:
        return f"{value:.1e}"
    decimals = int(np.clip(np.ceil(-np.log10(span)) + 1, 0, 4))
    text = f"{value:.{decimals}f}"
    return text if float(text) else "0"
