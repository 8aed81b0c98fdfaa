"""``raxel joint STILL...``: a clip and its camera path from stills alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..media import staging
from ..sampling import SamplingOptions
from .engine import load_engine
from .generate import FPS
from .options import add_common, add_frames, whole, within
from .outputs import announce, summary, write_run
from .runs import load_stills, read_stills, run_joint


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("stills", type=Path, nargs="+", metavar="STILL", help="PNG, JPEG, ...")
    parser.add_argument(
        "--steps", type=whole(1), default=20, help="denoising steps of the video (default 20)"
    )
    parser.add_argument(
        "--shift", type=within(0.01, 100), default=3.0, help="shift of their schedule (default 3)"
    )
    parser.add_argument(
        "--ray-steps", type=whole(1), default=2, help="denoising steps of the rays (default 2)"
    )
    parser.add_argument(
        "--ray-shift", type=within(0.01, 100), default=1.0, help="shift of their schedule (default 1)"
    )
    parser.add_argument(
        "--fps", type=within(0.1, 240), default=FPS, help=f"pace of the clip (default {FPS:g})"
    )
    add_frames(parser, "frames to make")
    add_common(parser)


def run(args: Namespace) -> None:
    """Make and write clip and path."""
    pictures = read_stills(args.stills)
    args.out = args.out or Path(f"{args.stills[0].stem}_joint")
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae)
        stills, notes = load_stills(engine, pictures)
        options = SamplingOptions(args.seed, args.steps, args.shift, args.ray_steps, args.ray_shift)
        length = args.frames or engine.model.info.frames
        done = run_joint(engine, stills, length, args.fps, options, notes=notes)
        files = write_run(folder, done, title=f"the camera that the model chose for {args.stills[0].name}")
    announce(summary(done, args, args.stills, files), args.json)
