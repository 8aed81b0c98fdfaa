"""``raxel quantize IN OUT --format F``: the same model with its large matrices in fewer bits."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..cli import INTERRUPTED
from ..engine.fidelity import Fidelity, compare
from ..engine.manifest import WRITTEN, Quantization
from ..engine.quantize import quantize_file
from ..errors import RaxelError
from .meter import measured, progress

FORMATS = (*WRITTEN, "bf16")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", type=Path, metavar="IN", help="a Raxel model, .safetensors or .gguf")
    parser.add_argument("out", type=Path, metavar="OUT", help="the new .safetensors file")
    parser.add_argument(
        "--format", choices=FORMATS, required=True,
        help="int8: for any card and the CPU; nf4: half of that; fp8: as large as int8; bf16: undoes a quantisation",
    )  # fmt: skip
    parser.add_argument(
        "--keep",
        default="",
        metavar="first:2,last:3",
        help="so many blocks at the start and the end stay bf16",
    )
    parser.add_argument(
        "--report", action="store_true", help="then compare every block with IN: cosine and relative L2"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(args: Namespace) -> int:
    """Quantise, and say what came out."""
    quantization = parse(args.format, args.keep)
    done = 0

    def on_block(block: int, total: int) -> None:
        nonlocal done
        done = block
        on_step(block, total, lambda: None)

    try:
        with measured() as meter, progress("quantising") as on_step:
            result = quantize_file(args.source, args.out, quantization, on_block, _say)
    except KeyboardInterrupt:
        if not done:
            raise
        _say(f"interrupted after block {done}; the same command goes on from there")
        return INTERRUPTED
    facts: dict[str, Any] = {
        "file": str(args.out),
        "format": quantization.in_words() if quantization else "bf16",
        "bytes": args.out.stat().st_size,
        "bytes_before": args.source.stat().st_size,
        "blocks": result.blocks,
        "resumed": result.resumed,
        "seconds": round(meter.seconds, 1),
        "peak_mb": round(meter.peak_mb),
    }
    rows = compare(args.source, args.out) if args.report else []
    if args.json:
        print(json.dumps(facts | ({"report": [asdict(row) for row in rows]} if rows else {}), indent=2))
        return 0
    print(
        f"{args.out}: {facts['format']}, {in_words(facts['bytes'])} made of {in_words(facts['bytes_before'])}, "
        f"in {facts['seconds']} s, {facts['peak_mb']} MB at most."
    )
    if rows:
        print(table(rows))
    return 0


def parse(format: str, keep: str) -> Quantization | None:
    """The options as one value; None: bf16."""
    kept = {"first": 0, "last": 0}
    for word in filter(None, keep.split(",")):
        side, _, number = word.strip().partition(":")
        if kept.get(side) != 0 or not number.isdecimal() or len(number) > 6:
            raise RaxelError(f"--keep is first:N, last:M or both with a comma between, got {word[:40]!r}.")
        kept[side] = int(number)
    if format == "bf16":
        if keep:
            raise RaxelError(
                "--keep says which blocks stay bf16, and --format bf16 makes all so; leave it out."
            )
        return None
    return Quantization(format, kept["first"], kept["last"])


def table(rows: list[Fidelity]) -> str:
    """Markdown: of every block the matrices and the change that the block makes to the tokens."""
    lines = [
        "| block | weights: cosine | relative L2 | output: cosine | relative L2 |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.block} | {row.weight_cosine:.6f} | {row.weight_error:.4f} | {row.output_cosine:.6f} | {row.output_error:.4f} |"
        for row in rows
    ]
    return "\n".join(lines)


def in_words(size: int) -> str:
    """A number of bytes."""
    return f"{size / 1e9:.2f} GB" if size >= 1e8 else f"{size / 1e6:.2f} MB"


def _say(sentence: str) -> None:
    print(f"raxel: {sentence}", file=sys.stderr)
