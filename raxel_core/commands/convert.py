"""``raxel init-from-wan IN... OUT``: the Raxel model that training starts from, made of a plain Wan 2.1."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

import torch

from ..engine.convert import Start, init_from_wan
from .meter import measured, progress

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "inputs", nargs="+", type=Path, metavar="IN",
        help="Wan 2.1 T2V 1.3B or 14B: its file (safetensors or GGUF), all its shards, their index or their folder",
    )  # fmt: skip
    parser.add_argument("out", type=Path, metavar="OUT", help="the new .safetensors file")
    parser.add_argument("--dtype", choices=DTYPES, default="bf16", help="type of the weights (default bf16)")
    parser.add_argument("--name", help="name in the record (default: after the size)")
    parser.add_argument(
        "--scale-mode", choices=("metric", "relative"), default="metric",
        help="whether lengths of paths mean units of the world or shares of the longest (default metric)",
    )  # fmt: skip
    parser.add_argument(
        "--null-context", type=Path, metavar="FILE",
        help="what stands in for text: one tensor [L, text width] in a safetensors file (default: zeros)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(args: Namespace) -> None:
    """Convert, and say what came out."""
    start = Start(args.name, args.scale_mode, args.null_context, DTYPES[args.dtype])
    with measured() as meter, progress("converting") as on_step:
        info = init_from_wan(
            args.inputs, args.out, start, lambda done, total: on_step(done, total, lambda: None)
        )
    facts = {
        "file": str(args.out),
        "name": info.name,
        "bytes": args.out.stat().st_size,
        "seconds": round(meter.seconds, 1),
        "peak_mb": round(meter.peak_mb),
    }
    if args.json:
        print(json.dumps(facts, indent=2))
        return
    print(
        f"{args.out}: {info.name}, {facts['bytes'] / 1e9:.2f} GB, in {facts['seconds']} s, {facts['peak_mb']} MB at most."
    )
    print(
        "The ray branch is a copy of the video branch and was never trained: this is where training starts."
    )
