"""A small drawing surface: shapes at fractional pixels, smooth edges by drawing larger and scaling down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int] | tuple[int, int, int, int]
Points = NDArray[np.float64]

BACKGROUND: Color = (17, 19, 24)
PANEL: Color = (24, 27, 34)
GRID: Color = (52, 58, 70)
QUIET: Color = (138, 146, 162)
BRIGHT: Color = (232, 235, 240)
COMPARED: Color = (172, 178, 190, 200)
AXIS_COLORS: tuple[Color, Color, Color] = ((255, 107, 107), (94, 214, 140), (96, 165, 255))

_RAMP = np.array([(255, 196, 61), (255, 122, 89), (214, 72, 140), (126, 87, 214), (64, 156, 255)], float)
"""Colours of time, first frame to last: amber to blue, of even brightness steps on the dark ground."""


def time_color(t: float, alpha: int = 255) -> Color:
    """Colour of a moment, t in 0..1."""
    at = float(np.clip(t, 0, 1)) * (len(_RAMP) - 1)
    below = min(int(at), len(_RAMP) - 2)
    red, green, blue = _RAMP[below] + (at - below) * (_RAMP[below + 1] - _RAMP[below])
    return round(red), round(green), round(blue), alpha


class Canvas:
    """Draw in pixels of the final picture; ``finish`` gives it."""

    def __init__(self, width: int, height: int, oversampling: int = 3) -> None:
        """An empty dark picture of width x height, drawn ``oversampling`` times as large."""
        self.width, self.height, self.oversampling = width, height, oversampling
        self._image = Image.new("RGB", (width * oversampling, height * oversampling), BACKGROUND[:3])
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def line(self, points: Sequence | Points, color: Color, width: float = 1.0) -> None:
        """A polyline through points (N, 2)."""
        self._draw.line(self._scaled(points), color, max(1, round(width * self.oversampling)), joint="curve")

    def dashed(self, points: Points, color: Color, width: float = 1.0, dash: float = 5.0) -> None:
        """A polyline of dashes ``dash`` pixels long, as far apart."""
        points = np.asarray(points, float)
        if len(points) < 2:
            return
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        for start in np.arange(0, along[-1], 2 * dash):
            inside = along[(along > start) & (along < start + dash)]
            stops = np.concatenate([[start], inside, [min(start + dash, along[-1])]])
            piece = np.stack([np.interp(stops, along, points[:, axis]) for axis in (0, 1)], axis=-1)
            self.line(piece, color, width)

    def polygon(self, points: Points, fill: Color) -> None:
        """A filled polygon with corners (N, 2)."""
        self._draw.polygon(self._scaled(points), fill)

    def disc(self, center: Sequence | Points, radius: float, fill: Color, rim: Color | None = None) -> None:
        """A filled circle, with a rim one pixel wide where a colour is given."""
        x, y = (float(value) * self.oversampling for value in center)
        r = radius * self.oversampling
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill, rim, self.oversampling)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Color) -> None:
        """A filled rectangle with rounded corners."""
        corners = [value * self.oversampling for value in (left, top, right, bottom)]
        self._draw.rounded_rectangle(corners, 5 * self.oversampling, fill)

    def hatch(
        self, left: float, top: float, right: float, bottom: float, color: Color, gap: float = 5.0
    ) -> None:
        """Slanting lines over a rectangle, ``gap`` pixels apart across; they run on through rectangles beside it."""
        first = np.ceil((left + top) / gap) * gap
        for total in np.arange(first, right + bottom, gap):  # a line is all points of one x + y
            low, high = max(left, total - bottom), min(right, total - top)
            if high > low:
                self.line([(low, total - low), (high, total - high)], color, 0.8)

    def ring(self, center: Sequence | Points, radius: float, color: Color) -> None:
        """An open circle, its inside as dark as the ground."""
        self.disc(center, radius, color)
        self.disc(center, radius - 1.1, BACKGROUND)

    def text(
        self, x: float, y: float, text: str, color: Color = QUIET, size: float = 11, anchor: str = "la"
    ) -> None:
        """Text at x, y; ``anchor`` as in Pillow: l m r across, a m s d down."""
        self._draw.text(
            (x * self.oversampling, y * self.oversampling),
            text,
            color,
            font=ImageFont.load_default(size * self.oversampling),
            anchor=anchor,
        )

    def text_width(self, text: str, size: float = 11) -> float:
        """Pixels across that ``text`` takes."""
        font = ImageFont.load_default(size * self.oversampling)
        return self._draw.textlength(text, font) / self.oversampling

    def finish(self) -> NDArray[np.uint8]:
        """The picture, (height, width, 3) uint8."""
        small = self._image.resize((self.width, self.height), Image.Resampling.BOX)
        return np.asarray(small).copy()

    def _scaled(self, points: Sequence | Points) -> list[tuple[float, float]]:
        return [(float(x) * self.oversampling, float(y) * self.oversampling) for x, y in points]
