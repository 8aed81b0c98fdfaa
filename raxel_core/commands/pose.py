"""``raxel pose CLIP``: the camera path of a clip."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..media import staging
from ..sampling import SamplingOptions
from .engine import load_engine
from .options import add_common, add_frames, focal_mode, whole, within
from .outputs import announce, summary, write_run
from .runs import checked_clip, load_clip, run_pose


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="mp4, mov, webm, gif, ...")
    parser.add_argument("--steps", type=whole(1), default=2, help="denoising steps of the rays (default 2)")
    parser.add_argument(
        "--shift", type=within(0.01, 100), default=1.0, help="shift of their schedule (default 1)"
    )
    parser.add_argument(
        "--method", choices=("joint", "paper"), default="joint", help="how cameras are read from rays"
    )
    parser.add_argument(
        "--focal",
        type=focal_mode,
        default="clip",
        help='one lens per "clip", per "frame", or its hfov in degrees',
    )
    add_frames(parser, "frames to take, evenly over the clip")
    add_common(parser)


def run(args: Namespace) -> None:
    """Estimate and write the path."""
    info = checked_clip(args.clip)
    args.out = args.out or Path(f"{args.clip.stem}_pose")
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae)
        clip = load_clip(engine, args.clip, args.frames, info)
        options = SamplingOptions(args.seed, ray_steps=args.steps, ray_shift=args.shift)
        done = run_pose(engine, clip, options, args.method, args.focal)
        files = write_run(folder, done, (info.height, info.width), f"camera path of {args.clip.name}")
    announce(summary(done, args, [args.clip], files), args.json)
