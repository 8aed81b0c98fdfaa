"""A band of a picture: results side by side, each a few strips of frames and, where there is one, a plot below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .canvas import BRIGHT, QUIET, Canvas
from .overview import GAP, HEAD, MARGIN, WIDTH

Pixels = NDArray[np.uint8]

BETWEEN, WORDS, SHOWN = 28, 20, 4
"""Pixels between columns and for a line of words; frames of a strip."""


@dataclass(frozen=True)
class Column:
    """One result."""

    title: str
    strips: Sequence[tuple[str, Pixels]]
    """What a strip shows, in words, and its clip (F, H, W, 3); all clips of a band have one size."""
    plot: Pixels | None = None
    """(H', W', 3)"""


def band(title: str, columns: Sequence[Column]) -> Pixels:
    """Draw results of one kind beside each other: (height, 1500, 3) uint8."""
    wide = (WIDTH - 2 * MARGIN - (len(columns) - 1) * BETWEEN) // len(columns)
    strips = [[_strip(clip, wide) for _, clip in column.strips] for column in columns]
    plots = [None if column.plot is None else _scaled(column.plot, wide) for column in columns]
    row, top = (
        strips[0][0].height + WORDS + GAP,
        HEAD + (WORDS if any(column.title for column in columns) else 0),
    )
    plot_height = max((plot.height for plot in plots if plot), default=0)
    ground = Canvas(WIDTH, top + len(strips[0]) * row + plot_height + MARGIN, oversampling=2)
    ground.text(MARGIN, 0, title, BRIGHT, 21)
    lefts = [MARGIN + index * (wide + BETWEEN) for index in range(len(columns))]
    for left, column in zip(lefts, columns, strict=True):
        ground.text(left, HEAD - 4, column.title, BRIGHT, 14)
        for index, (words, _) in enumerate(column.strips):
            ground.text(left, top + (index + 1) * row - WORDS - GAP + 2, words, QUIET, 13)
    picture = Image.fromarray(ground.finish())
    for left, parts, plot in zip(lefts, strips, plots, strict=True):
        for index, part in enumerate(parts):
            picture.paste(part, (left, top + index * row))
        if plot:
            picture.paste(plot, (left, top + len(parts) * row))
    return np.asarray(picture)


def side_by_side(clips: Sequence[Pixels], enlarge: int = 1, gap: int = 8) -> Pixels:
    """Clips (F, H, W, 3) of one length and size as one clip, from left to right, each pixel drawn ``enlarge`` times as large."""
    frames, height, width, _ = clips[0].shape
    size = (width * enlarge, height * enlarge)
    step = size[0] + gap
    joined = np.zeros((frames, size[1], step * len(clips) - gap, 3), np.uint8)
    for index, clip in enumerate(clips):
        for frame, picture in enumerate(clip):
            large = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
            joined[frame, :, index * step : index * step + size[0]] = np.asarray(large)
    return joined


def _strip(clip: Pixels, wide: int) -> Image.Image:
    """Frames of a clip, first to last, in a row."""
    thumb = (wide - (SHOWN - 1) * GAP) // SHOWN
    frames = [
        _scaled(clip[frame], thumb) for frame in np.linspace(0, len(clip) - 1, SHOWN).round().astype(int)
    ]
    row = Image.new("RGB", (wide, frames[0].height), (17, 19, 24))
    for index, frame in enumerate(frames):
        row.paste(frame, (index * (thumb + GAP), 0))
    return row


def _scaled(picture: Pixels, wide: int) -> Image.Image:
    high = round(wide * picture.shape[0] / picture.shape[1])
    return Image.fromarray(picture).resize((wide, high), Image.Resampling.BICUBIC)
