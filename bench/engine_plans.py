"""What the engine would do with the 20B network on cards of several sizes: its own plans, computed from shapes alone. Prints a table.

``python -m bench.engine_plans [--shape 81x480x832 ...]``; nothing is loaded. A budget is what the run may take of the card,
CUDA's libraries (0.8 GB) included; GB are 2**30 bytes, as cards are sold. Smallest: all blocks streamed.
"""

from __future__ import annotations

import argparse
import math
import re

import torch

from bench.engine_files import Weights
from bench.engine_job import job
from raxel_core.engine.offload.activations import activation_bytes
from raxel_core.engine.offload.placement import GB, Plan, plans
from raxel_core.engine.offload.placing import CONTEXT, ESTIMATE

MODEL = "raxel-14b"
FORMS = ("nf4", "int8", "bf16")  # fp8 is as large as int8
BUDGETS = (8, 12, 16, 24, 32)  # GB
SHAPES = ("81x480x832", "17x480x832", "81x720x1280")


def sizes(form: str) -> tuple[list[int], int, int]:
    """Bytes of every block and of all else as stored, and of the scratch."""
    weights = Weights(MODEL, form)
    blocks, rest = [0] * weights.config.num_layers, 0
    for name, (dtype, shape) in weights.plan.items():
        size, block = math.prod(shape) * dtype.itemsize, re.match(r"blocks\.(\d+)\.", name)
        if block:
            blocks[int(block[1])] += size
        else:
            rest += size
    largest = weights.config.dim * weights.config.ffn_dim
    return blocks, rest, 0 if form == "bf16" else 2 * largest * torch.bfloat16.itemsize


def planned(form: str, shape: str, budget: float) -> Plan:
    """The plan for one budget, or the smallest of all where none fits."""
    blocks, rest, scratch = sizes(form)
    latents, _ = job(shape, Weights(MODEL, form).config)
    activations = activation_bytes(
        Weights(MODEL, form).config,
        {name: tuple(value.shape) for name, value in latents.items()},
        torch.bfloat16,
        device="cuda",
    )
    fixed = rest + scratch + int(ESTIMATE * activations) + CONTEXT
    found = list(plans(blocks, fixed, int(budget * GB)))
    return next((plan for plan in found if plan.needed <= plan.budget), found[-1])


def cell(plan: Plan) -> str:
    """Resident blocks and what a step takes."""
    if plan.needed > plan.budget:
        return "does not fit"
    return f"{len(plan.resident)} resident, {plan.needed / GB:.1f}"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(prog="python -m bench.engine_plans")
    options.add_argument("--shape", nargs="+", default=SHAPES)
    chosen = options.parse_args()
    columns = ("20B, of 40 blocks", "smallest GB", *(f"{budget} GB" for budget in BUDGETS))
    print(f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    for shape in chosen.shape:
        for form in FORMS:
            smallest = f"{planned(form, shape, 0).needed / GB:.1f}"
            cells = [cell(planned(form, shape, budget)) for budget in BUDGETS]
            print(f"| {form}, {shape} | {smallest} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
