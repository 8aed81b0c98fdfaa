"""One picture of a run: for every task a strip of frames, the rays below it, and the path beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .canvas import BRIGHT, QUIET, Canvas

Pixels = NDArray[np.uint8]

WIDTH, MARGIN, GAP, HEAD = 1500, 28, 8, 46
SHOWN, THUMB_WIDTH = 5, 160
PLOT_WIDTH = WIDTH - 2 * MARGIN - SHOWN * (THUMB_WIDTH + GAP) - 20
"""Five frames and the plot fill the width."""


@dataclass(frozen=True)
class Strip:
    """One task."""

    title: str
    given: str
    """What the upper strip shows, in words."""
    frames: Pixels
    """(F, H, W, 3)"""
    raxels: Pixels
    """(F, h, w, 3)"""
    plot: Pixels
    """(H', W', 3)"""


def overview(strips: Sequence[Strip]) -> Pixels:
    """Draw the tasks below each other: (height, 1500, 3) uint8."""
    rows = [_thumb_height(strip) for strip in strips]
    heights = [
        HEAD + max(2 * (row + GAP) + 22, _plot_height(strip)) for row, strip in zip(rows, strips, strict=True)
    ]
    ground = Canvas(WIDTH, sum(heights) + 2 * MARGIN, oversampling=2)
    top = MARGIN
    for strip, row, height in zip(strips, rows, heights, strict=True):
        ground.text(MARGIN, top, strip.title, BRIGHT, 21)
        ground.text(MARGIN, top + HEAD + 2 * (row + GAP) + 2, strip.given, QUIET, 13)
        top += height
    picture = Image.fromarray(ground.finish())
    top = MARGIN
    for strip, row, height in zip(strips, rows, heights, strict=True):
        _paste(picture, strip, top + HEAD, row)
        top += height
    return np.asarray(picture)


def _paste(picture: Image.Image, strip: Strip, top: int, row: int) -> None:
    """Both strips and the plot of one task."""
    for line, pixels in enumerate((strip.frames, strip.raxels)):
        for column, frame in enumerate(np.linspace(0, len(pixels) - 1, SHOWN).round().astype(int)):
            thumb = Image.fromarray(pixels[frame]).resize((THUMB_WIDTH, row), Image.Resampling.BICUBIC)
            picture.paste(thumb, (MARGIN + column * (THUMB_WIDTH + GAP), top + line * (row + GAP)))
    plot = Image.fromarray(strip.plot).resize((PLOT_WIDTH, _plot_height(strip)), Image.Resampling.LANCZOS)
    picture.paste(plot, (WIDTH - MARGIN - PLOT_WIDTH, top - 20))


def _thumb_height(strip: Strip) -> int:
    return round(THUMB_WIDTH * strip.frames.shape[1] / strip.frames.shape[2])


def _plot_height(strip: Strip) -> int:
    return round(PLOT_WIDTH * strip.plot.shape[0] / strip.plot.shape[1])
