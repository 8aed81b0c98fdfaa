"""``raxel joint STILL...``: a clip and its camera path from stills alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..media import staging
from ..sampling.options import JOINT_RAY_SHIFT, JOINT_RAY_STEPS
from .engine import load_engine
from .inputs import load_stills, read_stills
from .options import (
    add_common,
    add_frames,
    add_ray_clock,
    add_source_frames,
    add_video_clock,
    options_of_takes,
    within,
)
from .outputs import announce, summary, write_takes
from .paths import FPS
from .running import add_running, running_of
from .runs import run_joint


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("stills", type=Path, nargs="+", metavar="STILL", help="PNG, JPEG, ...")
    add_video_clock(parser)
    add_ray_clock(parser, "of the rays", steps=JOINT_RAY_STEPS, shift=JOINT_RAY_SHIFT)
    parser.add_argument(
        "--fps", type=within(0.1, 240), default=FPS, help=f"pace of the clip (default {FPS:g})"
    )
    add_frames(parser, "frames to make")
    add_source_frames(parser)
    add_common(parser)
    add_running(parser)


def run(args: Namespace) -> None:
    """Make and write clip and path."""
    pictures = read_stills(args.stills)
    args.out = args.out or Path(f"{args.stills[0].stem}_joint")
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae, args.lora, running_of(args))
        stills, notes = load_stills(engine, pictures)
        length = args.frames or engine.model.info.frames
        takes = [
            run_joint(engine, stills, length, args.fps, options, args.source_frames, notes)
            for options in options_of_takes(args)
        ]
        title = f"the camera that the model chose for {args.stills[0].name}"
        files = write_takes(folder, takes, title=title)
    announce(summary(takes, args, args.stills, files), args.json)
