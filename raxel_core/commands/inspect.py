"""``raxel inspect FILE``: what a file is, and what to do with it."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ..engine.describe import describe, verify_file

SHOWN = (
    "name",
    "variant",
    "quantization",
    "format_version",
    "architecture",
    "alpha",
    "scale_mode",
    "checksums",
)
LONGEST = 100  # characters of a value


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="any file, or a folder of shards")
    parser.add_argument("--verify", action="store_true", help="read all weights and compare the checksums")
    parser.add_argument("--json", action="store_true", help="print all that is known as JSON")


def run(args: Namespace) -> None:
    """Print it."""
    facts = describe(args.file)
    if args.verify:
        facts["verified"] = verify_file(args.file)
    print(json.dumps(facts, indent=2) if args.json else in_words(facts))


def in_words(facts: dict[str, Any]) -> str:
    """The line that says what the file is, and below it the details."""
    rows: dict[str, Any] = {
        name.replace("_", " "): facts[name] for name in SHOWN if facts.get(name) is not None
    }
    if "parameters" in facts:
        rows["parameters"] = (
            f"{facts['parameters']:,} in {facts['tensors']:,} tensors ({', '.join(facts['types'])})"
        )
    if "bytes" in facts:
        rows["size"] = f"{facts['bytes']:,} bytes"
    if "frames" in facts:
        rows["made for"] = f"{facts['height']}x{facts['width']}, {facts['frames']} frames"
    rows |= {f"training: {key}": value for key, value in facts.get("training", {}).items()}
    if "verified" in facts:
        rows["verified"] = facts["verified"]
    lines = [f"  {_printable(name):<16}  {_printable(value)}" for name, value in rows.items()]
    return "\n".join([_printable(f"{facts['file']}: {facts['kind']}; {facts['advice']}.", 1000), *lines])


def _printable(value: object, longest: int = LONGEST) -> str:
    """Text from a stranger's file, without what steers a terminal."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= longest else text[: longest - 3] + "..."
