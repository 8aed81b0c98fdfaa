"""The 3D half of a path plot: ground grid, path, frusta, seen from behind, above and to the right.

Display axes are right-handed with y up: x right, y up, z towards the reader, i.e. OpenCV's turned half a turn about x.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..geometry.doubt import LOW_CONFIDENCE
from ..geometry.trajectory import Trajectory
from .canvas import BRIGHT, COMPARED, GRID, QUIET, Canvas, Color, Points, time_color

AZIMUTH_DEG, ELEVATION_DEG = 32.0, 27.0
DISPLAY_FROM_OPENCV = np.diag([1.0, -1.0, -1.0])
MOST_PIECES = 1000
"""Of a path in the colours of time; nobody sees more of them."""
RING_GAP = 6.0
"""Pixels that rings of neighbouring cameras are apart at least."""
STILL = 1e-6
"""A path shorter than this (the threshold of ``scene_scale``) is drawn as a turn on the spot."""


@dataclass(frozen=True)
class View:
    """Display space -> pixels: a perspective camera, then scaled and shifted so that everything fits the window."""

    R: Points
    """(3, 3) display axes to eye axes."""
    center: Points
    """(3,) point looked at."""
    distance: float
    """Eye to centre."""
    zoom: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)

    def project(self, points: Points) -> Points:
        """(N, 3) display points -> (N, 2) pixels."""
        eye = (np.atleast_2d(points) - self.center) @ self.R.T
        depth = self.distance - eye[:, 2]
        return np.stack([eye[:, 0], -eye[:, 1]], -1) / depth[:, None] * self.zoom + np.array(self.offset)

    def depth(self, point: Points) -> float:
        """Distance along the line of sight; larger is farther."""
        return float(self.distance - (point - self.center) @ self.R[2])


def fitted_view(points: Points, left: float, top: float, right: float, bottom: float) -> View:
    """The view in which display points (N, 3) fill the window given in pixels."""
    azimuth, elevation = np.radians([AZIMUTH_DEG, ELEVATION_DEG])
    about_y = np.array(
        [
            [np.cos(azimuth), 0, -np.sin(azimuth)],
            [0, 1, 0],
            [np.sin(azimuth), 0, np.cos(azimuth)],
        ]
    )
    about_x = np.array(
        [
            [1, 0, 0],
            [0, np.cos(elevation), -np.sin(elevation)],
            [0, np.sin(elevation), np.cos(elevation)],
        ]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    raw = View(about_x @ about_y, (low + high) / 2, 3.2 * float(np.linalg.norm(high - low)) or 1.0)
    flat = raw.project(points)
    flat_low, flat_high = flat.min(axis=0), flat.max(axis=0)
    span = np.maximum(flat_high - flat_low, 1e-12)
    zoom = float(min((right - left) / span[0], (bottom - top) / span[1]))
    middle = (flat_low + flat_high) / 2 * zoom
    offset = ((left + right) / 2 - middle[0], (top + bottom) / 2 - middle[1])
    return View(raw.R, raw.center, raw.distance, zoom, offset)


def frustum(trajectory: Trajectory, frame: int, depth: float) -> Points:
    """(5, 3) display points of one camera: its centre, then the corners of its picture ``depth`` away, clockwise."""
    corners = np.array(
        [(0, 0), (trajectory.width, 0), (trajectory.width, trajectory.height), (0, trajectory.height)]
    )
    rays = np.concatenate([corners, np.ones((4, 1))], -1) @ np.linalg.inv(trajectory.K[frame]).T
    rays *= depth / np.linalg.norm(rays, axis=-1).mean()
    c2w = trajectory.c2w[frame]
    world = np.concatenate([np.zeros((1, 3)), rays]) @ c2w[:3, :3].T + c2w[:3, 3]
    return world @ DISPLAY_FROM_OPENCV


def positions(trajectory: Trajectory) -> Points:
    """(F, 3) camera centres in display axes."""
    return trajectory.c2w[:, :3, 3] @ DISPLAY_FROM_OPENCV


def nice_step(span: float, cells: int = 10) -> float:
    """The 1, 2 or 5 times a power of ten that cuts ``span`` into about ``cells``."""
    power = 10.0 ** np.floor(np.log10(span / cells))
    return float(next(power * digit for digit in (1, 2, 5, 10) if power * digit * cells >= span * 0.999))


def draw_view(
    canvas: Canvas,
    trajectory: Trajectory,
    compare: Trajectory | None,
    confidence: Points | None,
    left: float,
    top: float,
    right: float,
    bottom: float,
) -> None:
    """Draw the path, and the compared one dashed, into a window of the canvas given in pixels."""
    shown = [path for path in (trajectory, compare) if path is not None]
    centers = np.concatenate([positions(path) for path in shown])
    reach = float(np.linalg.norm(centers.max(axis=0) - centers.min(axis=0)))
    size = 0.3 * reach if reach > STILL else 1.0
    chosen = frames_shown(trajectory.num_frames)
    frusta = {frame: frustum(trajectory, frame, size) for frame in chosen}
    compared = (
        [frustum(compare, frame, size) for frame in frames_shown(compare.num_frames, 3)] if compare else []
    )
    solids = np.concatenate([centers, *frusta.values(), *compared])
    ground, step = ground_grid(solids)
    view = fitted_view(np.concatenate([solids, ground.reshape(-1, 3)]), left, top, right, bottom)

    for segment in ground:
        canvas.line(view.project(segment), GRID, 1.0)
    floor = float(ground[0, 0, 1])
    _draw_shadow(canvas, view, positions(trajectory), floor)
    if compare is not None:
        canvas.dashed(view.project(positions(compare)), COMPARED, 1.4)
        for corners in compared:
            draw_frustum(canvas, view.project(corners), COMPARED, 0)
    _draw_path(canvas, view, trajectory, frusta, confidence)
    unit = "units" if trajectory.scale == "metric" else "of unknown scale"
    still = "turns on the spot" if reach <= STILL else f"grid {step:g} {unit}"
    canvas.text(left, bottom + 4, still, QUIET, 10)


def frames_shown(num_frames: int, most: int = 6) -> list[int]:
    """Frames that get a frustum: first, last and some evenly between."""
    return sorted(set(np.linspace(0, num_frames - 1, min(num_frames, most)).round().astype(int).tolist()))


def ground_grid(points: Points) -> tuple[Points, float]:
    """Grid lines (N, 2, 3) on the floor below all points, and the side of a cell."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = max(high[0] - low[0], high[2] - low[2], 1e-9)
    step = nice_step(span * 1.15)
    floor = low[1] - 0.12 * span
    x0, x1 = np.floor(low[0] / step) * step, np.ceil(high[0] / step) * step
    z0, z1 = np.floor(low[2] / step) * step, np.ceil(high[2] / step) * step
    along_z = [[(x, floor, z0), (x, floor, z1)] for x in np.arange(x0, x1 + step / 2, step)]
    along_x = [[(x0, floor, z), (x1, floor, z)] for z in np.arange(z0, z1 + step / 2, step)]
    return np.array(along_z + along_x), step


def _draw_shadow(canvas: Canvas, view: View, centers: Points, floor: float) -> None:
    """The path seen from above, on the ground, with a plumb line at both ends."""
    below = centers * np.array([1, 0, 1]) + np.array([0, floor, 0])
    canvas.line(view.project(below), (0, 0, 0, 150), 2.2)
    for end in (0, -1):
        canvas.line(view.project(np.stack([centers[end], below[end]])), (120, 128, 146, 120), 0.8)


def draw_frustum(canvas: Canvas, corners: Points, color: Color, fill_alpha: int) -> None:
    """A pyramid of five pixel positions, with a tab on its upper edge that shows which way is up."""
    apex, picture = corners[0], corners[1:]
    if fill_alpha:
        canvas.polygon(picture, (*color[:3], fill_alpha))
    for corner in picture:
        canvas.line([apex, corner], color, 0.9)
    canvas.line([*picture, picture[0]], color, 1.1)
    upper = (picture[0] + picture[1]) / 2
    side = (picture[1] - picture[0]) * 0.16
    up = (picture[0] - picture[3]) * 0.2
    canvas.polygon(np.stack([upper - side, upper + side, upper + up]), (*color[:3], 220))


def draw_doubt(canvas: Canvas, flat: Points, doubtful: NDArray[np.bool_], color: Color) -> None:
    """Rings on the doubtful cameras of a path with pixels (F, 2), as many as have room."""
    last = None
    for point in flat[doubtful]:
        if last is None or float(np.linalg.norm(point - last)) >= RING_GAP:
            canvas.ring(point, 3.4, color)
            last = point


def _draw_path(
    canvas: Canvas, view: View, trajectory: Trajectory, frusta: dict[int, Points], confidence: Points | None
) -> None:
    """Frusta from far to near, the path in the colours of time, its two ends; an unsure frame is fainter, a doubtful one has a ring."""
    last = max(trajectory.num_frames - 1, 1)
    for frame in sorted(frusta, key=lambda frame: -view.depth(frusta[frame][0])):
        sure = 1.0 if confidence is None else float(np.clip(confidence[frame], 0.15, 1))
        color = time_color(frame / last, round(235 * sure))
        draw_frustum(canvas, view.project(frusta[frame]), color, round(38 * sure))
    flat = view.project(positions(trajectory))
    ends = np.linspace(0, len(flat) - 1, min(len(flat), MOST_PIECES)).round().astype(int)
    for start, end in pairwise(ends):
        canvas.line(flat[start : end + 1], time_color((start + end) / 2 / last), 2.6)
    if confidence is not None:
        draw_doubt(canvas, flat, np.asarray(confidence) < LOW_CONFIDENCE, BRIGHT)
    canvas.disc(flat[-1], 4.5, time_color(1.0), BRIGHT)
    canvas.disc(flat[0], 4.5, time_color(0.0), BRIGHT)
    apart = len(flat) > 1 and float(np.linalg.norm(flat[-1] - flat[0])) > 26
    canvas.text(
        flat[0][0] + 8, flat[0][1] + 2, "start" if apart or len(flat) == 1 else "start, end", BRIGHT, 11
    )
    if apart:
        canvas.text(flat[-1][0] + 8, flat[-1][1] + 2, "end", BRIGHT, 11)
