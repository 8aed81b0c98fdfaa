"""``raxel generate STILL...``: shoot stills along a camera path."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..media import staging
from .engine import load_engine
from .inputs import load_stills, read_stills
from .options import (
    add_camera_guidance,
    add_common,
    add_frames,
    add_given_frames,
    add_ray_clock,
    add_source_frames,
    add_video_clock,
    options_of_takes,
)
from .outputs import announce, summary, write_takes
from .paths import add_path, fitted_path, preset_path, read_path
from .running import add_running, running_of
from .runs import run_generate


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "stills", type=Path, nargs="+", metavar="STILL", help="PNG, JPEG, ...; more are spread over the path"
    )
    add_path(parser)
    add_video_clock(parser)
    add_ray_clock(parser, "of the cameras that are not given")
    add_frames(parser, "frames to make")
    add_source_frames(parser)
    add_given_frames(parser, "the model chooses the others (default: all)")
    add_camera_guidance(parser)
    add_common(parser)
    add_running(parser)


def run(args: Namespace) -> None:
    """Make and write the clip."""
    asked = read_path(args)
    read, name = asked.trajectory, asked.name
    pictures = read_stills(args.stills)
    args.out = args.out or Path(f"{args.stills[0].stem}_{name}")
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae, args.lora, running_of(args))
        stills, notes = load_stills(engine, pictures)
        runs = options_of_takes(args)
        if read is None:
            length = args.frames or engine.model.info.frames
            paths = [preset_path(engine, name, length, args, options.seed) for options in runs]
        else:
            trajectory, path_notes = fitted_path(engine, read, args.frames)
            paths, notes = [trajectory] * len(runs), notes + asked.notes + path_notes
        takes = [
            run_generate(engine, stills, path, options, args.source_frames, args.given_frames, notes)
            for path, options in zip(paths, runs, strict=True)
        ]
        files = write_takes(folder, takes, title=f"{args.stills[0].name} along {name}")
    announce(summary(takes, args, args.stills, files), args.json)
