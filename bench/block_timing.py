"""Times two transformer blocks against each other: ours, and one of another project, at the 1.3B shape without rays.

Used by block.py in this project's interpreter and by block_in_host.py in ComfyUI's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from raxel_core.model import PRESET_CONFIGS
from raxel_core.model.block import Block, Stream
from raxel_core.model.rope import grid_coordinates, rope_table

CONFIG = PRESET_CONFIGS["wan-1.3b"]
ROWS, COLUMNS = 10, 25  # tokens of a frame
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
Other = Callable[[Tensor, Tensor, Tensor, Tensor], Any]
"""Another project's block as a function of tokens [1, N, dim], text, time [1, 6, dim] and our RoPE table."""


def compare(make_other: Callable[[torch.dtype], Other], tokens: list[int]) -> dict[str, list[float]]:
    """`{"fp32 1000": [our seconds, their seconds, ratio]}`, medians, in CPU seconds a thread."""
    results = {}
    for name, dtype in DTYPES.items():
        block = Block(CONFIG, nn, dtype=dtype)
        randomise(block)
        other = make_other(dtype)
        _alternate(block, other, dtype, ROWS * COLUMNS, repeats=1)  # warms up
        for count in tokens:
            repeats = min(max(12000 // count, 2), 6)
            times = _alternate(block, other, dtype, count, repeats)
            ratio = statistics.median(ours / theirs for ours, theirs in zip(*times, strict=True))
            medians = [statistics.median(seconds) / torch.get_num_threads() for seconds in times]
            results[f"{name} {count}"] = [*medians, ratio]
    return results


def randomise(module: nn.Module) -> None:
    """Random weights that keep activations of order 1."""
    for parameter in module.parameters():
        nn.init.normal_(parameter.data, std=parameter.shape[-1] ** -0.5)


@torch.no_grad()
def _alternate(
    block: Block, other: Other, dtype: torch.dtype, count: int, repeats: int
) -> tuple[list[float], list[float]]:
    """CPU seconds of our block and of the other for `count` tokens; they take turns, and turns at being first."""
    frames = count // (ROWS * COLUMNS)
    places = (grid_coordinates(ROWS, False), grid_coordinates(COLUMNS, False))
    rope = rope_table(range(frames), *places, CONFIG.head_dim, torch.device("cpu"))
    x = torch.randn(1, frames * ROWS * COLUMNS, CONFIG.dim, dtype=dtype)
    text = torch.randn(1, CONFIG.text_len, CONFIG.dim, dtype=dtype)
    row = torch.randn(1, 6, CONFIG.dim, dtype=dtype)
    stream = Stream(False, x, row.unsqueeze(1), (x.shape[1],), rope)
    times: tuple[list[float], list[float]] = ([], [])
    runs = [
        (times[0], lambda: block((stream._replace(tokens=x.clone()),), text, dtype)),
        (times[1], lambda: other(x.clone(), text, row, rope)),
    ]
    for repeat in range(repeats):
        for seconds, run in runs if repeat % 2 else reversed(runs):
            start = time.process_time()
            run()
            seconds.append(time.process_time() - start)
    return times
