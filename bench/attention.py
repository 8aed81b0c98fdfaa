"""What do the ray tokens cost, and what does decoupling their attention save? Prints a table of times and peaks.

``python -m bench.attention [tokens ...]``: one block of the 1.3B shape, inference, batch 1, for so many video tokens and a
quarter as many ray tokens: without the rays, with decoupled attention (each branch in itself, then across), and with joint
attention (one over all tokens). Times are medians of turns in CPU seconds a thread. Peaks are activations of bf16, counted
on the "meta" device as in bench.activations.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace

import torch
from torch import nn

from bench.activations import block_peak_gib
from bench.block_timing import DTYPES, randomise
from raxel_core.model import PRESET_CONFIGS
from raxel_core.model.block import Block, Stream
from raxel_core.model.rope import grid_coordinates, rope_table

CONFIG = PRESET_CONFIGS["raxel-1.3b"]
JOINT = replace(CONFIG, attention="joint")
ROWS, COLUMNS = 10, 20  # video tokens of a frame


def stream(is_ray: bool, frames: int, dtype: torch.dtype) -> Stream:
    """Random tokens of one branch."""
    rows, columns = (size // 2 if is_ray else size for size in (ROWS, COLUMNS))
    places = (grid_coordinates(rows, is_ray), grid_coordinates(columns, is_ray))
    count = frames * rows * columns
    return Stream(
        is_ray,
        tokens=torch.randn(1, count, CONFIG.dim, dtype=dtype),
        time=torch.randn(1, 1, 6, CONFIG.dim, dtype=dtype),
        lengths=(count,),
        rope=rope_table(range(frames), *places, CONFIG.head_dim, torch.device("cpu")),
    )


@torch.no_grad()
def seconds(decoupled: Block, joint: Block, frames: int, dtype: torch.dtype) -> list[float]:
    """CPU seconds a thread without rays, decoupled, and joint: medians of turns."""
    both = tuple(stream(is_ray, frames, dtype) for is_ray in (False, True))
    text = torch.randn(1, CONFIG.text_len, CONFIG.dim, dtype=dtype)
    runs = [(decoupled, both[:1]), (decoupled, both), (joint, both)]
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(max(12 // frames, 2)):
        for (block, given), spent in zip(runs, times, strict=True):
            fresh = tuple(s._replace(tokens=s.tokens.clone()) for s in given)
            start = time.process_time()
            block(fresh, text, dtype)
            spent.append(time.process_time() - start)
    return [statistics.median(spent) / torch.get_num_threads() for spent in times]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Decoupled against joint attention.")
    parser.add_argument("tokens", nargs="*", type=int, help="video tokens, multiples of 200")
    tokens = parser.parse_args().tokens or [1000, 4000]
    print(
        f"One block of the 1.3B shape, inference, {torch.get_num_threads()} thread(s), CPU seconds a thread.\n"
    )
    print(
        "| video + ray tokens | without rays | decoupled | joint | rays' share | peak decoupled | peak joint |"
    )
    print("| --- |" + " --- |" * 6)
    for name, dtype in DTYPES.items():
        blocks = [Block(config, nn, dtype=dtype) for config in (CONFIG, JOINT)]
        for block in blocks:
            randomise(block)
        seconds(blocks[0], blocks[1], 1, dtype)  # warms up
        for count in tokens:
            frames = count // (ROWS * COLUMNS)
            alone, decoupled, joint = seconds(blocks[0], blocks[1], frames, dtype)
            cells = [f"{alone:.3f}", f"{decoupled:.3f}", f"{joint:.3f}", f"{1 - alone / decoupled:.0%}"]
            peaks = [block_peak_gib(config, (frames, ROWS, COLUMNS)) for config in (CONFIG, JOINT)]
            cells += [f"{1024 * peak:.0f} MiB" for peak in peaks]
            print(f"| {name} {count} + {count // 4} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
