"""Arguments that the subcommands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ..media import model_length

DEFAULT_MODEL = Path(__file__).resolve().parents[2] / "models" / "raxel-small.safetensors"
"""The shipped model, beside the package in a clone."""


def add_common(parser: argparse.ArgumentParser) -> None:
    """Model, seed, place of the results, form of the summary."""
    parser.add_argument(
        "--model",
        type=Path,
        default=DEFAULT_MODEL,
        help="a Raxel checkpoint (default: the shipped small model)",
    )
    parser.add_argument(
        "--vae", type=Path, help="a Wan VAE (default: MODEL-vae.safetensors beside the model)"
    )
    parser.add_argument("--seed", type=whole(0), default=0, help="same seed, same result (default 0)")
    parser.add_argument("--out", type=Path, help="folder for the results (default: named after the input)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def add_frames(parser: argparse.ArgumentParser, what: str) -> None:
    """Length of the clip."""
    parser.add_argument(
        "--frames", type=clip_length, help=f"{what}, of the form 4n + 1 (default: the model's own)"
    )


def whole(least: int) -> Callable[[str], int]:
    """An argument type: a whole number, ``least`` or more."""

    def parse(text: str) -> int:
        if not text.strip().lstrip("-").isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of {least} or more")
        return int(text)

    return parse


def within(low: float, high: float) -> Callable[[str], float]:
    """An argument type: a number from ``low`` to ``high``."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
        return value

    return parse


def clip_length(text: str) -> int:
    """An argument type: a number of frames that the model can take."""
    value = whole(5)(text)
    if value % 4 != 1:
        below = model_length(value, value)
        raise argparse.ArgumentTypeError(f"{value} frames are not 4n + 1; try {below} or {below + 4}")
    return value


def focal_mode(text: str) -> str | float:
    """An argument type: "clip", "frame" or an angle of view in degrees."""
    return text if text in ("clip", "frame") else within(1, 178)(text)
