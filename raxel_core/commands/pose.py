"""``raxel pose CLIP``: the camera path of a clip."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from ..errors import LensMissing, RaxelError
from ..formats import Ask, Reading, read_file
from ..geometry.trajectory import Trajectory
from ..media import ClipInfo, staging
from .engine import Engine, load_engine
from .inputs import Clip, checked_clip, load_clip
from .options import (
    add_common,
    add_frames,
    add_given_frames,
    add_ray_clock,
    add_reading,
    options_of_takes,
)
from .outputs import announce, summary, write_takes
from .paths import notes_on_units
from .running import add_running, running_of
from .runs import run_pose

SAME_SHAPE = 0.02
"""How far two aspect ratios may lie apart: whole pixels of small copies round."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="mp4, mov, webm, gif, ...")
    add_ray_clock(parser, "of the rays", prefix="")
    add_reading(parser)
    add_frames(parser, "frames to take, evenly over the clip")
    parser.add_argument(
        "--trajectory", type=Path, metavar="FILE", help="cameras of the clip, of which some are known"
    )
    add_given_frames(parser, "known cameras of --trajectory, which stay exactly as they are")
    add_common(parser)
    add_running(parser)


def run(args: Namespace) -> None:
    """Estimate and write the path."""
    if (args.trajectory is None) != (args.given_frames is None):
        raise RaxelError("--trajectory and --given-frames go together; name the path and its known frames")
    info = checked_clip(args.clip)
    read = None if args.trajectory is None else clip_cameras(args, info)
    args.out = args.out or Path(f"{args.clip.stem}_pose")
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae, args.lora, running_of(args))
        clip = load_clip(engine, args.clip, args.frames, info)
        known, clip = (None, clip) if read is None else known_path(engine, read, clip)
        takes = [
            run_pose(engine, clip, options, args.method, args.focal, known, args.given_frames)
            for options in options_of_takes(args)
        ]
        files = write_takes(folder, takes, (info.height, info.width), f"camera path of {args.clip.name}")
    announce(summary(takes, args, [args.clip], files), args.json)


def clip_cameras(args: Namespace, info: ClipInfo) -> Reading:
    """The cameras of --trajectory, for a clip's own pictures; --focal is the lens of a file without one.

    Raises RaxelError where they are for pictures of another shape.
    """
    file = args.trajectory
    hfov_deg = args.focal if isinstance(args.focal, float) else None
    try:
        reading = read_file(file, Ask(size=(info.width, info.height), hfov_deg=hfov_deg, fps=info.fps))
    except LensMissing as error:
        raise RaxelError(f"{file.name} has no lens; say its angle of view in degrees with --focal") from error
    path = reading.trajectory
    shapes = path.width / path.height, info.width / info.height
    if abs(shapes[0] / shapes[1] - 1) > SAME_SHAPE:
        raise RaxelError(
            f"{file.name} is for {path.width}x{path.height} pictures, the clip shows {info.width}x{info.height}; "
            "give the cameras of this clip, uncropped"
        )
    return reading


def known_path(engine: Engine, reading: Reading, clip: Clip) -> tuple[Trajectory, Clip]:
    """A path that spans the whole clip, at the frames that were taken from it."""
    path, length = reading.trajectory, len(clip.frames)
    clip = replace(clip, notes=(*clip.notes, *reading.notes, *notes_on_units(engine, path)))
    if path.num_frames == length:
        return path, clip
    if path.num_frames < length:
        raise RaxelError(
            f"the path has {path.num_frames} cameras, fewer than the {length} frames taken from the clip; "
            "give the path of the whole clip or fewer --frames"
        )
    note = f"took {length} cameras evenly over the path's {path.num_frames}: --given-frames counts these"
    return path.resampled(length), replace(clip, notes=(*clip.notes, note))
