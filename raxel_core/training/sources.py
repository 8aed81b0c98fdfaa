"""Where the clips of a cache come from: the renderer, or a folder of real ones. Both are functions of a clip's number."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from ..errors import RaxelError
from ..formats import read_text, write_text
from ..formats.parsing import parse_json
from .cache_recipe import CacheRecipe
from .datasets import Dataset, Window, open_dataset
from .render import Clip, Shader, render_clips

log = logging.getLogger(__name__)

Source = Callable[[Sequence[int]], list[Clip]]
"""Clips of these numbers; those that cannot be read are left out."""

LIST = "windows.json"


def renderer(recipe: CacheRecipe, device: torch.device | str, shader: Shader | None = None) -> Source:
    """Clips that are rendered; there is no end of them."""
    split, seed, size = recipe.split, recipe.seed, (recipe.frames, recipe.height, recipe.width)
    assert split != "all"

    def clips(numbers: Sequence[int]) -> list[Clip]:
        return render_clips(split, seed, list(numbers), *size, device=device, shader=shader)

    return clips


class Folder:
    """Clips of a data set, in an order that the recipe's seed decides.

    The list of them is written to `LIST` in the cache's folder when it is made, and read from there afterwards: shards
    of one cache agree with each other even if clips are added to the folder meanwhile.

    Args:
        recipe: one with `data`.
        cache: the folder of the shards.
    """

    def __init__(self, recipe: CacheRecipe, cache: Path) -> None:
        self.recipe = recipe
        self.dataset = open_dataset(recipe.data, recipe.layout, recipe.scale)
        self.windows = _listed(recipe, self.dataset, cache / f"{recipe.split}-{LIST}")

    def __len__(self) -> int:
        return len(self.windows)

    def __call__(self, numbers: Sequence[int]) -> list[Clip]:
        """See `Source`."""
        clips = []
        for number in numbers[: max(0, len(self) - min(numbers))]:
            window, size = self.windows[number], (self.recipe.frames, self.recipe.height, self.recipe.width)
            try:
                clips.append(self.dataset.read(window.index, *size, window.start, window.stride))
            except RaxelError as error:
                log.warning("left out: %s", error)
        return clips


def _listed(recipe: CacheRecipe, dataset: Dataset, file: Path) -> list[Window]:
    """The list of a cache: read where it exists, else made and written."""
    described = json.loads(json.dumps(recipe.__dict__))
    if not file.exists():
        windows = _drawn(recipe, dataset)
        rows = [[window.name, window.start, window.stride] for window in windows]
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, json.dumps({"recipe": described, "windows": rows}))
        return windows
    known = parse_json(read_text(file))
    if {**known["recipe"], "alpha": recipe.alpha} != described:
        raise RaxelError(
            f"{file} lists clips of another recipe; take another work folder, or remove {file.parent}"
        )
    places = {dataset.name(index): index for index in range(len(dataset))}
    gone = {name for name, _, _ in known["windows"]} - set(places)
    if gone:
        raise RaxelError(
            f"{len(gone)} clips of {file} are gone from {recipe.data}, such as {min(gone)}; put them back"
        )
    return [Window(places[name], name, start, stride) for name, start, stride in known["windows"]]


def _drawn(recipe: CacheRecipe, dataset: Dataset) -> list[Window]:
    """All windows of the recipe's split, shuffled, so that any shards are a fair sample."""
    windows = list(dataset.windows(recipe.frames, recipe.split, recipe.strides, recipe.seed, recipe.windows))
    if not windows:
        raise RaxelError(
            f"{recipe.data} gives no clip of {recipe.frames} frames for the split {recipe.split!r} of its {len(dataset)} "
            f"scenes; `raxel check-dataset` tells why, and `split: all` takes every scene"
        )
    order = np.random.default_rng(recipe.seed).permutation(len(windows))
    return [windows[place] for place in order]
