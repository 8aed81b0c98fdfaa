"""``raxel poses-of-stills STILL...`` and ``raxel stills-from-cameras STILL...``: single pictures, no clip."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..media import staging
from .engine import load_engine
from .inputs import load_stills, read_stills
from .options import (
    add_camera_guidance,
    add_common,
    add_ray_clock,
    add_source_frames,
    add_video_clock,
    options_of_takes,
    whole,
)
from .outputs import announce, summary, write_takes
from .paths import add_path, preset_path, read_path
from .running import add_running, running_of
from .runs import run_poses_of_stills, run_stills_from_cameras

CAMERAS = 5
"""Cameras of a preset."""


def add_poses_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of poses-of-stills."""
    parser.add_argument(
        "stills", type=Path, nargs="+", metavar="STILL", help="pictures of one place; the first is the origin"
    )
    add_ray_clock(parser, "of the rays", prefix="")
    add_common(parser)
    add_running(parser)


def add_cameras_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of stills-from-cameras."""
    parser.add_argument("stills", type=Path, nargs="+", metavar="STILL", help="pictures of one place")
    add_path(parser)
    parser.add_argument(
        "--cameras", type=whole(1), help=f"how many, evenly over the path (default: {CAMERAS}, or the file's)"
    )
    add_video_clock(parser)
    add_source_frames(parser)
    add_camera_guidance(parser)
    add_common(parser)
    add_running(parser)


def run_poses(args: Namespace) -> None:
    """Estimate and write the cameras."""
    pictures = read_stills(args.stills)
    args.out = args.out or Path(f"{args.stills[0].stem}_poses")
    sizes = {(picture.shape[0], picture.shape[1]) for _, picture in pictures}
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae, args.lora, running_of(args))
        stills, notes = load_stills(engine, pictures)
        if len(sizes) > 1:
            notes += ("the stills differ in size: cameras are in the pixels of the model's",)
        takes = [run_poses_of_stills(engine, stills, options, notes) for options in options_of_takes(args)]
        original = sizes.pop() if len(sizes) == 1 else None
        files = write_takes(folder, takes, original, f"cameras of {len(stills)} stills")
    announce(summary(takes, args, args.stills, files), args.json)


def run_cameras(args: Namespace) -> None:
    """Make and write one picture for each camera."""
    asked = read_path(args)
    read, name = asked.trajectory, asked.name
    pictures = read_stills(args.stills)
    args.out = args.out or Path(f"{args.stills[0].stem}_{name}_stills")
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae, args.lora, running_of(args))
        stills, notes = load_stills(engine, pictures)
        notes += asked.notes
        runs = options_of_takes(args)
        if read is None:
            count = args.cameras or CAMERAS
            paths = [preset_path(engine, name, count, args, options.seed) for options in runs]
        else:
            paths = [read.resampled(args.cameras) if args.cameras else read] * len(runs)
        takes = [
            run_stills_from_cameras(engine, stills, cameras, options, args.source_frames, notes)
            for cameras, options in zip(paths, runs, strict=True)
        ]
        files = write_takes(folder, takes, title=f"{args.stills[0].name} from {name}")
    announce(summary(takes, args, args.stills, files), args.json)
