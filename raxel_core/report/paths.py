"""Up to four camera paths in one picture, seen from above, from the side and in perspective, each from its own first camera.

Paths are told apart three times over: by colour (Okabe and Ito's, which colour-blind readers can tell apart), by dashes, and by the
mark at their ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.doubt import doubtful
from ..geometry.trajectory import Trajectory
from .canvas import BRIGHT, GRID, PANEL, QUIET, Canvas, Color, Points
from .view3d import (
    STILL,
    draw_doubt,
    draw_frustum,
    fitted_view,
    frames_shown,
    frustum,
    ground_grid,
    nice_step,
    positions,
)

VIEWS = ("top", "side", "perspective")
MOST_PATHS = 4
LEAST_SIZE = (320, 240)
MARGIN, GAP, LEGEND_ROW = 10, 8, 20
ROOM_FOR_AXES = 220

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True)
class Style:
    """How one path is drawn."""

    color: Color
    dash: float
    """Length of dashes in pixels; 0 draws a whole line."""
    corners: int
    """Of the mark at the start of the path; 0 is a disc."""
    radius: float
    """Of the mark: all begin at the same place, so later ones are smaller."""


STYLES = (
    Style((86, 180, 233), 0, 0, 7.5),
    Style((230, 159, 0), 6, 4, 6),
    Style((204, 121, 167), 3, 3, 4.5),
    Style((0, 158, 115), 11, 5, 3),
)


class Projection(Protocol):
    """Display points (N, 3), x right, y up, z towards the reader, to pixels (N, 2)."""

    def project(self, points: Points) -> Points:
        """Pixels of the points."""
        ...


@dataclass(frozen=True)
class Flat:
    """A view without perspective, one length the same everywhere."""

    axes: Points
    """(2, 3) display axes that point right and down on the page."""
    zoom: float
    """Pixels per unit."""
    offset: tuple[float, float]

    def project(self, points: Points) -> Points:
        """(N, 3) display points -> (N, 2) pixels."""
        return np.atleast_2d(points) @ self.axes.T * self.zoom + np.array(self.offset)


AXES = {
    "top": (np.array([[1.0, 0, 0], [0, 0, 1.0]]), "seen from above", "right", "forward"),
    "side": (np.array([[0, 0, -1.0], [0, -1.0, 0]]), "seen from the right", "forward", "up"),
}
"""Axes of the page in display axes, and what they are called: across to the right, and up the page."""


def plot_paths(
    paths: Sequence[Trajectory],
    names: Sequence[str] = (),
    views: Sequence[str] = VIEWS,
    width: int = 960,
    height: int = 640,
) -> NDArray[np.uint8]:
    """Draw camera paths over each other, each in the frame of its first camera.

    Args:
        paths: one to four.
        names: for the legend; missing ones are numbered.
        views: some of VIEWS; the last one is drawn large.
        width: pixels across, at least 320.
        height: pixels down, at least 240.

    Returns:
        (height, width, 3) uint8.
    """
    if not 1 <= len(paths) <= MOST_PATHS:
        raise RaxelError(f"one to {MOST_PATHS} paths can be drawn together, got {len(paths)}")
    unknown = [view for view in views if view not in VIEWS]
    if unknown or not views:
        raise RaxelError(f"views must be some of {', '.join(VIEWS)}, got {', '.join(views) or 'none'}")
    if width < LEAST_SIZE[0] or height < LEAST_SIZE[1]:
        raise RaxelError(f"a plot of paths needs at least 320x240 pixels, got {width}x{height}")
    told = [path.canonical(0) for path in paths]
    canvas = Canvas(width, height)
    bottom = draw_names(canvas, told, names, width, height)
    for view, box in zip(views, boxes_of(len(views), width, bottom), strict=True):
        canvas.box(*box, PANEL)
        draw = draw_perspective if view == "perspective" else draw_flat
        draw(canvas, told, view, box)
    return canvas.finish()


def boxes_of(count: int, width: float, bottom: float) -> list[Box]:
    """Windows for one to three views: the last one large, the others in a column to its right."""
    top, right = MARGIN, width - MARGIN
    if count == 1:
        return [(MARGIN, top, right, bottom)]
    seam = MARGIN + 0.58 * (right - MARGIN)
    edges = np.linspace(top, bottom + GAP, count)
    column = [(seam + GAP, float(high), right, float(low) - GAP) for high, low in pairwise(edges)]
    return [*column, (MARGIN, top, seam, bottom)]


def draw_flat(canvas: Canvas, paths: Sequence[Trajectory], view: str, box: Box) -> None:
    """From above or from the side, with a scale bar."""
    axes, title, across, up = AXES[view]
    left, top, right, bottom = box
    solids = np.concatenate([solid_points(path, size_of(paths)) for path in paths])
    flat = fitted_flat(solids, axes, inside(box, 58))
    step = nice_step(min(right - left, bottom - top) / flat.zoom, 6)
    draw_squares(canvas, flat, step, box)
    for path, style in zip(paths, STYLES, strict=False):  # dashes let the line below them through
        draw_path(canvas, flat, path, style, size_of(paths))
    canvas.text(left + 10, top + 8, title, BRIGHT, 11)
    if right - left > ROOM_FOR_AXES:
        draw_axes(canvas, across, up, right - 12, bottom - 12)
    draw_scale_bar(canvas, flat.zoom, step, left + 12, bottom - 14, unit_of(paths))


def draw_perspective(canvas: Canvas, paths: Sequence[Trajectory], view: str, box: Box) -> None:
    """From behind, above and to the right of the first cameras, over a ground grid of stated cells."""
    left, top, _, bottom = box
    solids = np.concatenate([solid_points(path, size_of(paths)) for path in paths])
    ground, step = ground_grid(solids)
    eye = fitted_view(np.concatenate([solids, ground.reshape(-1, 3)]), *inside(box, 34))
    for segment in ground:
        canvas.line(eye.project(segment), GRID, 1.0)
    for path, style in zip(paths, STYLES, strict=False):  # dashes let the line below them through
        draw_path(canvas, eye, path, style, size_of(paths))
    canvas.text(left + 10, top + 8, f"in {view}", BRIGHT, 11)
    size = (
        "every path turns on the spot" if reach_of(paths) <= STILL else f"cells of {step:g} {unit_of(paths)}"
    )
    canvas.text(left + 10, bottom - 20, size, QUIET, 10)


def inside(box: Box, foot: float) -> Box:
    """The part of a window that paths fill: below its title and above its ``foot``, of which small windows leave less."""
    left, top, right, bottom = box
    side, head = min(24, (right - left) / 8), min(36, (bottom - top) / 4)
    return left + side, top + head, right - side, bottom - min(foot, (bottom - top) / 3)


def draw_path(canvas: Canvas, view: Projection, path: Trajectory, style: Style, size: float) -> None:
    """Frusta along the path, its line, rings on doubtful cameras, a mark at its start and a disc at its end."""
    for frame in frames_shown(path.num_frames, 5):
        draw_frustum(canvas, view.project(frustum(path, frame, size)), (*style.color[:3], 170), 18)
    flat = view.project(positions(path))
    if style.dash:
        canvas.dashed(flat, style.color, 2.2, style.dash)
    else:
        canvas.line(flat, style.color, 2.4)
    draw_doubt(canvas, flat, doubtful(path), style.color)
    canvas.disc(flat[-1], 3.2, style.color, BRIGHT)
    draw_mark(canvas, flat[0], style, style.radius)


def draw_mark(canvas: Canvas, at: Points, style: Style, radius: float) -> None:
    """The mark of a path: a disc, square, triangle or pentagon with a bright rim."""
    if not style.corners:
        canvas.disc(at, radius - 0.5, style.color, BRIGHT)
        return
    turn = 2 * np.pi * np.arange(style.corners) / style.corners - np.pi / 2
    turn += np.pi / 4 * (style.corners == 4)
    ring = np.stack([np.cos(turn), np.sin(turn)], -1)
    canvas.polygon(at + (radius + 1) * ring, BRIGHT)
    canvas.polygon(at + (radius - 0.3) * ring, style.color)


def draw_names(
    canvas: Canvas, paths: Sequence[Trajectory], names: Sequence[str], width: int, height: int
) -> float:
    """The legend below everything, two paths a row; the height at which it begins."""
    rows = -(-len(paths) // 2)
    top = height - MARGIN - rows * LEGEND_ROW
    column = (width - 2 * MARGIN) / min(len(paths), 2)
    for index, (path, style) in enumerate(zip(paths, STYLES, strict=False)):
        x, y = MARGIN + index % 2 * column, top + index // 2 * LEGEND_ROW + LEGEND_ROW / 2 + 2
        line = np.array([(x + 4, y), (x + 44, y)])
        if style.dash:
            canvas.dashed(line, style.color, 2.2, style.dash)
        else:
            canvas.line(line, style.color, 2.4)
        draw_mark(canvas, line[0], style, 5.5)
        name = names[index].strip() if index < len(names) else ""
        canvas.text(
            x + 54,
            y,
            shortened(canvas, described(path, name or f"path {index + 1}"), column - 60),
            BRIGHT,
            11,
            "lm",
        )
    return top - GAP


def described(path: Trajectory, name: str) -> str:
    """Name, length and, where it is so, that its unit is unknown and some cameras doubtful."""
    seconds, unsure = path.num_frames / path.fps, int(doubtful(path).sum())
    unknown = "" if path.scale == "metric" else ", scale unknown"
    rings = f", {unsure} doubtful (rings)" if unsure else ""
    return f"{name}: {path.num_frames} frames, {seconds:.3g} s{unknown}{rings}"


def shortened(canvas: Canvas, text: str, width: float, size: float = 11) -> str:
    """The text, cut with an ellipsis where it is wider than ``width`` pixels."""
    text = " ".join(text[:200].split())
    while text and canvas.text_width(text, size) > width:
        text = text[:-2].rstrip() + "\u2026"
        if len(text) < 3:
            return ""
    return text


def draw_squares(canvas: Canvas, flat: Flat, step: float, box: Box) -> None:
    """Grid lines every ``step`` units from the first camera."""
    left, top, right, bottom = box
    pixels = step * flat.zoom
    for x in np.arange(flat.offset[0] - np.floor((flat.offset[0] - left) / pixels) * pixels, right, pixels):
        canvas.line([(x, top + 28), (x, bottom - 28)], GRID, 0.7)
    low, high = top + 28, bottom - 28
    for y in np.arange(flat.offset[1] - np.floor((flat.offset[1] - low) / pixels) * pixels, high, pixels):
        canvas.line([(left + 2, y), (right - 2, y)], GRID, 0.7)


def draw_scale_bar(canvas: Canvas, zoom: float, step: float, x: float, y: float, unit: str) -> None:
    """A bar as long as one cell, with its length."""
    end = x + step * zoom
    canvas.line([(x, y), (end, y)], BRIGHT, 1.6)
    for tick in (x, end):
        canvas.line([(tick, y - 4), (tick, y + 4)], BRIGHT, 1.2)
    canvas.text(end + 8, y, f"{step:g} {unit}", QUIET, 10, "lm")


def draw_axes(canvas: Canvas, across: str, up: str, right: float, bottom: float) -> None:
    """Two arrows in the corner: what lies across the page and what lies up."""
    x, y, length = right - canvas.text_width(across, 10) - 28, bottom - 2, 20
    for end, side in (((x + length, y), (0, 3)), ((x, y - length), (3, 0))):
        tip, half = np.array(end), np.array(side, float)
        along = (tip - (x, y)) / length
        canvas.line([(x, y), end], QUIET, 1.2)
        canvas.polygon(np.stack([tip + 5 * along, tip + half, tip - half]), QUIET)
    canvas.text(right, y, across, QUIET, 10, "rm")
    canvas.text(x, y - length - 8, up, QUIET, 10, "md")


def fitted_flat(points: Points, axes: Points, box: Box) -> Flat:
    """The flat view in which display points (N, 3) fill the window."""
    left, top, right, bottom = box
    page = points @ axes.T
    low, high = page.min(axis=0), page.max(axis=0)
    span = np.maximum(high - low, 1e-9)
    zoom = float(min((right - left) / span[0], (bottom - top) / span[1]))
    middle = (low + high) / 2 * zoom
    return Flat(axes, zoom, ((left + right) / 2 - middle[0], (top + bottom) / 2 - middle[1]))


def solid_points(path: Trajectory, size: float) -> Points:
    """(N, 3) display points of the path and its frusta."""
    frusta = [frustum(path, frame, size) for frame in frames_shown(path.num_frames, 5)]
    return np.concatenate([positions(path), *frusta])


def size_of(paths: Sequence[Trajectory]) -> float:
    """Depth of the frusta: a fifth of how far any path reaches; 1 where all stand still."""
    reach = reach_of(paths)
    return 0.2 * reach if reach > STILL else 1.0


def reach_of(paths: Sequence[Trajectory]) -> float:
    """Longest diagonal of the boxes around the paths."""
    return max(float(np.linalg.norm(np.ptp(path.c2w[:, :3, 3], axis=0))) for path in paths)


def unit_of(paths: Sequence[Trajectory]) -> str:
    """The word behind lengths: units where all paths are metric."""
    return "units" if all(path.scale == "metric" for path in paths) else "of unknown scale"
