"""Arguments that the subcommands share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import RaxelError
from ..media import model_length
from ..sampling import SOLVERS, SamplingOptions
from ..sampling.frames import parse_frames
from ..sampling.options import MAX_GUIDANCE, RAY_SHIFT, RAY_STEPS

DEFAULT_MODEL = Path(__file__).resolve().parents[2] / "models" / "raxel-small.safetensors"
"""The shipped model, beside the package in a clone."""


def add_common(parser: argparse.ArgumentParser) -> None:
    """Model, seed, solver, place of the results, form of the summary."""
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
    parser.add_argument(
        "--takes",
        type=whole(1),
        default=1,
        help="results with the seeds that follow, a folder each (default 1)",
    )
    parser.add_argument(
        "--solver", choices=SOLVERS, default=SOLVERS[0], help="of the denoising (default euler)"
    )
    parser.add_argument(
        "--lora", type=lora, action="append", default=[], metavar="FILE[:STRENGTH]",
        help="a LoRA made for Wan 2.1, strength 1 unless told; may be repeated",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help="folder for the results (default: named after the input)")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def add_frames(parser: argparse.ArgumentParser, what: str) -> None:
    """Length of the clip."""
    parser.add_argument(
        "--frames", type=clip_length, help=f"{what}, of the form 4n + 1 (default: the model's own)"
    )


def add_video_clock(parser: argparse.ArgumentParser) -> None:
    """Steps and shift of pictures."""
    parser.add_argument(
        "--steps", type=whole(1), default=20, help="denoising steps of the pictures (default 20)"
    )
    parser.add_argument(
        "--shift", type=within(0.01, 100), default=3.0, help="shift of their schedule (default 3)"
    )


def add_ray_clock(
    parser: argparse.ArgumentParser,
    of_what: str,
    prefix: str = "ray-",
    steps: int = RAY_STEPS,
    shift: float = RAY_SHIFT,
) -> None:
    """Steps and shift of rays; without a prefix where a task has no other clock."""
    parser.add_argument(
        f"--{prefix}steps", dest="ray_steps", type=whole(1), default=steps,
        help=f"denoising steps {of_what} (default {steps})",
    )  # fmt: skip
    parser.add_argument(
        f"--{prefix}shift", dest="ray_shift", type=within(0.01, 100), default=shift,
        help=f"shift of their schedule (default {shift:g})",
    )  # fmt: skip


def add_reading(parser: argparse.ArgumentParser) -> None:
    """How cameras are read from rays."""
    parser.add_argument(
        "--method", choices=("joint", "paper"), default="joint", help="how cameras are read from rays"
    )
    parser.add_argument(
        "--focal",
        type=focal_mode,
        default="clip",
        help='one lens per "clip", per "frame", or its hfov in degrees',
    )


def add_source_frames(parser: argparse.ArgumentParser) -> None:
    """Where the stills stand."""
    parser.add_argument(
        "--source-frames", type=frame_list("--source-frames"), metavar="LIST",
        help="frame at which each still stands, such as 0,8,16",
    )  # fmt: skip


def add_given_frames(parser: argparse.ArgumentParser, remark: str) -> None:
    """Which cameras of a path are given."""
    parser.add_argument(
        "--given-frames", type=frame_list("--given-frames"), metavar="LIST",
        help=f"frames whose cameras are given, such as 0-4,16; {remark}",
    )  # fmt: skip


def add_camera_guidance(parser: argparse.ArgumentParser) -> None:
    """How closely pictures follow given cameras."""
    parser.add_argument(
        "--camera-guidance", type=within(0, MAX_GUIDANCE), default=0.0,
        help="above 0 the pictures follow the path more closely, at twice the time (default 0)",
    )  # fmt: skip


def options_of_takes(args: argparse.Namespace) -> list[SamplingOptions]:
    """What a command was told about sampling, for every take: the seeds follow each other."""
    options = SamplingOptions(
        seed=args.seed,
        video_steps=getattr(args, "steps", 20),
        video_shift=getattr(args, "shift", 3.0),
        ray_steps=getattr(args, "ray_steps", RAY_STEPS),
        ray_shift=getattr(args, "ray_shift", RAY_SHIFT),
        solver=args.solver,
        camera_guidance=getattr(args, "camera_guidance", 0.0),
    )
    return [replace(options, seed=args.seed + take) for take in range(args.takes)]


def whole(least: int) -> Callable[[str], int]:
    """An argument type: a whole number, ``least`` or more."""

    def parse(text: str) -> int:
        if not text.strip().removeprefix("-").isdecimal() or int(text) < least:
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


def frame_list(option: str) -> Callable[[str], tuple[int, ...]]:
    """An argument type: frames such as 0-4,16."""

    def parse(text: str) -> tuple[int, ...]:
        try:
            frames = parse_frames(text, option)
        except RaxelError as error:
            raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None
        if frames is None:  # as from an empty variable of a script: not the same as leaving the option out
            raise argparse.ArgumentTypeError("it names no frame; name at least one, or leave it out")
        return frames

    return parse


def lora(text: str) -> tuple[Path, float]:
    """An argument type: FILE or FILE:STRENGTH."""
    path, colon, strength = text.rpartition(":")
    try:
        value = float(strength)
    except ValueError:
        return Path(text), 1.0  # what stands behind the colon belongs to the name, as in C:\\loras
    if not colon or not path:
        return Path(text), 1.0
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"the strength {strength!r} of {path} is not a number")
    return Path(path), value


def focal_mode(text: str) -> str | float:
    """An argument type: "clip", "frame" or an angle of view in degrees."""
    return text if text in ("clip", "frame") else within(1, 178)(text)
