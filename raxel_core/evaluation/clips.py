"""Where clips to measure on come from: the renderer's held-out splits, or anybody's data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from ..engine.checkpoint import CheckpointInfo
from ..training.datasets import Dataset
from ..training.render import Clip, Split, render_clips

VALIDATION_SEED = 1
"""Of the validation split: what settings are chosen on, and what the ablation is measured on."""
TEST_SEED = 2718
"""Of the test split: the model card's numbers, measured once when a checkpoint is published and never tuned on."""


def rendered(info: CheckpointInfo, split: Split, seed: int, count: int) -> Iterator[Clip]:
    """Fresh clips of the renderer at the model's own size and length.

    Args:
        info: the model's record.
        split: "validation" or "test"; neither shares a scene or a path with training.
        seed: of scenes and paths.
        count: how many.
    """
    for index in range(count):
        yield render_clips(split, seed, [index], info.frames, info.height, info.width)[0]


def in_units_of(info: CheckpointInfo, clip: Clip) -> Clip:
    """The clip with its path in the units that the model tells: metric as it is, else its reach is 1."""
    if info.scale_mode == "metric":
        return clip
    path = clip.trajectory.canonical(0)
    c2w = path.c2w * np.ones(1)
    c2w[:, :3, 3] /= path.scene_scale()
    return Clip(clip.frames, replace(path, c2w=c2w))


def from_folder(
    dataset: Dataset, info: CheckpointInfo, split: str, seed: int, count: int, stride: int = 1
) -> Iterator[Clip]:
    """Clips of a data set at the model's size and length, one of each scene, in an order that the seed decides.

    Args:
        dataset: what `open_dataset` gives.
        info: the model's record.
        split: "validation", "test" or "all"; by a hash of the scene's name.
        seed: of the order and of where in a scene its clip begins.
        count: at most so many.
        stride: every so many of the folder's frames.
    """
    windows = dataset.windows(info.frames, split, (stride,), seed, most=1)
    for window in islice(windows, count):
        yield dataset.read(window.index, info.frames, info.height, info.width, window.start, window.stride)
