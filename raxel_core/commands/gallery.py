"""The demo's held-out clips and opposite moves on disk, on the page and in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..media import to_uint8, write_mp4, write_png
from ..report.columns import Column, band, side_by_side
from ..report.page import Medium, Section
from ..report.plot import plot_trajectory
from .held_out import HeldOut, Sample, best_middle_worst, by_path, by_picture, mean_errors
from .opposites import Move
from .outputs import enlargement
from .showcase import Row

Pixels = NDArray[np.uint8]


def write_gallery(
    folder: Path, pairs: Sequence[tuple[Move, Move]], still: Tensor, held: HeldOut | None
) -> list[Section]:
    """Write clips and plots into folders of their own; returns the sections that show them.

    Args:
        folder: of the demo.
        pairs: opposite moves.
        still: [H, W, 3] in 0..1, where they begin.
        held: held-out clips, if any.
    """
    sections = [_opposites(folder / "opposite_moves", pairs, still)]
    if held:
        sections += [_read(folder / "held_out", held), _shot(folder / "held_out", held)]
    return sections


def row_of_held_out(held: HeldOut) -> Row:
    """Means over the held-out clips, for the table."""
    errors = mean_errors([sample.errors for sample in held.samples])
    still = mean_errors([sample.still_errors for sample in held.samples])
    return Row(f"pose_from_video, {len(held.samples)} held-out clips", "2 ray", held.reading, errors, still)


def bands(pairs: Sequence[tuple[Move, Move]], held: HeldOut | None) -> list[Pixels]:
    """The same for the picture: bands 1500 pixels wide."""
    moves = [Column("", [(move.name, to_uint8(move.frames)) for move in pair]) for pair in pairs]
    drawn = [band("Opposite moves from one still", moves)]
    if held:
        title = f"Held-out clips, {len(held.samples)} that nobody chose: the best, the middle and the worst"
        drawn.append(band(title, _columns(held)))
    return drawn


def _columns(held: HeldOut) -> list[Column]:
    pictures = best_middle_worst(held.samples, by_picture)
    paths = best_middle_worst(held.samples, by_path)
    return [
        Column(
            rank,
            [
                (f"clip {sample.number}, the truth", to_uint8(sample.frames)),
                (f"made from its first frame: {_gain(sample)}", to_uint8(sample.made)),
            ],
            _plot(paths[rank]),
        )
        for rank, sample in pictures.items()
    ]


def _opposites(folder: Path, pairs: Sequence[tuple[Move, Move]], still: Tensor) -> Section:
    folder.mkdir()
    media = []
    for first, second in pairs:
        name = f"{first.name}-{second.name}.mp4"
        _write_beside(
            folder / name,
            [first.frames, still.expand_as(first.frames), second.frames],
            first.asked.fps,
        )
        caption = f"{first.name}, the still, {second.name}"
        media.append(Medium(f"{folder.name}/{name}", caption, wide=True))
    story = "The same picture and the same noise, and two cameras that go opposite ways. What the model shows must go opposite ways too."
    return Section(
        "Opposite moves from one still", story, media, [move.in_words for pair in pairs for move in pair]
    )


def _read(folder: Path, held: HeldOut) -> Section:
    folder.mkdir()
    chosen = best_middle_worst(held.samples, by_path)
    clips, plots = [], []
    for rank, sample in chosen.items():
        write_mp4(folder / f"path-{rank}.mp4", sample.frames, sample.truth.fps)
        write_png(folder / f"path-{rank}.png", _plot(sample))
        clips.append(Medium(f"{folder.name}/path-{rank}.mp4", f"{rank}: clip {sample.number}"))
        plots.append(Medium(f"{folder.name}/path-{rank}.png", f"{rank}, {_path_error(sample)}"))
    return Section(
        "Held-out clips: their paths, best, middle and worst",
        f"{len(held.samples)} clips were rendered just now from scenes, paths and lenses that training never saw. Of the paths read "
        "from them, these are the best, the middle and the worst by mean rotation error; the truth is dashed.",
        [*clips, *plots],
    )


def _shot(folder: Path, held: HeldOut) -> Section:
    media = []
    for rank, sample in best_middle_worst(held.samples, by_picture).items():
        name = f"shot-{rank}.mp4"
        _write_beside(
            folder / name,
            [sample.frames, sample.made, sample.frames[:1].expand_as(sample.frames)],
            sample.truth.fps,
        )
        caption = f"{rank}, clip {sample.number}: the truth, what the model made, the still repeated. {_gain(sample)}"
        media.append(Medium(f"{folder.name}/{name}", caption, wide=True))
    return Section(
        "Held-out clips: shot again along their paths, best, middle and worst",
        "Of the same clips, the model got the first frame and the true path. Ranked by how much nearer to the truth the last frame "
        "is than the first frame repeated.",
        media,
        [_means(held)],
    )


def _means(held: HeldOut) -> str:
    made = np.mean([sample.psnr_last for sample in held.samples])
    still = np.mean([sample.psnr_last_still for sample in held.samples])
    return f"last frames against the truth, mean of all {len(held.samples)}: {made:.1f} dB; the first frame repeated, {still:.1f} dB"


def _write_beside(path: Path, clips: Sequence[Tensor], fps: float) -> None:
    pixels = [to_uint8(clip) for clip in clips]
    joined = side_by_side(pixels, enlargement(pixels[0].shape[2]))
    write_mp4(path, torch.from_numpy(joined) / 255, fps)


def _plot(sample: Sample) -> Pixels:
    return plot_trajectory(sample.path, 560, 400, None, sample.truth, _path_error(sample), ("read", "truth"))


def _path_error(sample: Sample) -> str:
    error, still = sample.errors.rotation_deg, sample.still_errors.rotation_deg
    return f"clip {sample.number}: path {error:.1f}° off; standing still {still:.1f}°"


def _gain(sample: Sample) -> str:
    return f"{abs(sample.gain_db):.1f} dB {'nearer' if sample.gain_db > 0 else 'farther'} than the still"
