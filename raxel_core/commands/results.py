"""A result on disk: ``results.json`` with what was run, on what, with which versions, and ``table.md`` to read."""

from __future__ import annotations

import json
import math
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from ..media.atomic import replacing

PACKAGES = ("raxel", "torch", "numpy", "diffusers", "opencv-python-headless", "opencv-python")


def save_results(folder: Path, table: str, record: dict[str, Any], results: Any) -> None:
    """Write both files; each is replaced whole or not at all.

    Args:
        folder: made where it is missing.
        table: Markdown.
        record: what was asked for: model, clips, seed.
        results: the numbers.
    """
    whole = {"command": command(), "versions": versions(), **record, "results": without_nan(results)}
    for name, text in (
        ("results.json", json.dumps(whole, indent=2)),
        ("table.md", f"`{command()}`\n\n{table}"),
    ):
        with replacing(folder / name) as part:
            part.write_text(text + "\n", encoding="utf-8")


def command() -> str:
    """The command line as it was given."""
    return " ".join(["raxel", *sys.argv[1:]])


def versions() -> dict[str, str]:
    """Of Python and of the packages that numbers can depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def without_nan(value: Any) -> Any:
    """The same with None for every number that is none: JSON has no nan."""
    if isinstance(value, dict):
        return {key: without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
