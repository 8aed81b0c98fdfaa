"""``raxel trajectory convert|info|plot``: camera files from one program to another, in words, and as a picture."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from .. import formats
from ..formats.asked import unused
from ..geometry.doubt import LOW_CONFIDENCE, doubtful
from ..geometry.rays import FILM_WIDTH_MM, mm_from_hfov
from ..media import write_png
from ..report.plot import plot_trajectory
from .options import within
from .outputs import checked_picture, path_numbers

PLOT_SIZE = (960, 600)
MAX_SIDE_PX = 32_768


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the three subcommands and their arguments."""
    commands = parser.add_subparsers(title="commands", dest="what", required=True, metavar="COMMAND")
    for name, (words, execute) in COMMANDS.items():
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "file", type=Path, metavar="IN", help="a camera file, or a folder with a COLMAP model"
        )
        if name != "info":
            command.add_argument("out", type=Path, metavar="OUT", help=OUT[name])
        _add_reading(command)
        if name == "convert":
            command.add_argument(
                "--to", choices=formats.writable(), metavar="FORMAT",
                help=f"what OUT is (default: by its name): {', '.join(formats.writable())}",
            )  # fmt: skip
        if name == "info":
            command.add_argument("--json", action="store_true", help="print all that is known as JSON")
        command.set_defaults(execute=execute)


OUT = {
    "convert": "the file to write; its name says the format, as .csv, transforms.json, or a folder for COLMAP",
    "plot": "the picture to write, a PNG",
}


def _add_reading(parser: ArgumentParser) -> None:
    """What the user says of a file that the file may not."""
    readable = [format.name for format in formats.FORMATS.values() if format.read]
    parser.add_argument(
        "--from", dest="source", choices=readable, metavar="FORMAT",
        help=f"what IN is (default: by its content): {', '.join(readable)}",
    )  # fmt: skip
    parser.add_argument(
        "--hfov", type=within(0.1, 179), help="lens in degrees across the picture, of a file without one"
    )
    parser.add_argument(
        "--fps", type=within(0.001, 10_000), help="frames per second, of a file that does not say"
    )
    parser.add_argument(
        "--size", type=picture_size, metavar="WxH", help="picture size, of a file that does not say"
    )
    parser.add_argument(
        "--film", type=within(0.1, 1000), default=FILM_WIDTH_MM, metavar="MM",
        help=f"film width of lenses in millimetres, read or written (default {FILM_WIDTH_MM:g})",
    )  # fmt: skip
    parser.add_argument("--camera", metavar="NAME", help="which one, of a file with several cameras")


UNIT = {"metric": "model units or metres", "relative": "of an unknown unit"}


def picture_size(text: str) -> tuple[int, int]:
    """An argument type: 1920x1080."""
    sides = text.lower().split("x")
    if len(sides) != 2 or not all(side.isascii() and side.isdigit() and len(side) < 8 for side in sides):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a size such as 1920x1080")
    width, height = int(sides[0]), int(sides[1])
    if not (1 <= width <= MAX_SIDE_PX and 1 <= height <= MAX_SIDE_PX):
        raise argparse.ArgumentTypeError(f"both sides of {text} must be within 1 and {MAX_SIDE_PX} pixels")
    return width, height


def run(args: Namespace) -> None:
    """Do one of the three."""
    args.execute(args)


def convert(args: Namespace) -> None:
    """Read, write, and say what got lost on the way."""
    target = formats.FORMATS[args.to] if args.to else formats.format_of_name(args.out.name)
    reading = _read(args)
    path, losses = reading.trajectory, target.losses(reading.trajectory)
    formats.write_trajectory(args.out, path, target.name, _ask(args))
    if losses:
        _tell(f"{target.title} does not keep {'; '.join(losses)}")
    print(f"{args.out}: {path.num_frames} cameras as {target.title}, from {reading.format.title}")


def info(args: Namespace) -> None:
    """Print what is known of a file."""
    reading = _read(args)
    facts = facts_of(args.file, reading, args.film)
    print(json.dumps(facts, indent=2) if args.json else in_words(facts))


def plot(args: Namespace) -> None:
    """Draw the path."""
    out = checked_picture(args.out)
    path = _read(args).trajectory
    picture = plot_trajectory(path, *PLOT_SIZE, path.confidence, title=args.file.name)
    write_png(out, picture)
    print(f"{args.out}: {path.num_frames} cameras, {PLOT_SIZE[0]}x{PLOT_SIZE[1]}")


COMMANDS = {
    "convert": ("a camera file in another format", convert),
    "info": ("what a camera file holds", info),
    "plot": ("a picture of a camera file", plot),
}
"""Name -> line of help, and what is run."""


def _ask(args: Namespace) -> formats.Ask:
    return formats.Ask(args.size, args.hfov, args.fps, args.film, args.camera)


def _read(args: Namespace) -> formats.Reading:
    """Read IN; notes go to stderr."""
    ask = _ask(args)
    reading = formats.read_file(args.file, ask, args.source)
    for note in (*reading.notes, *unused(reading.trajectory, ask)):
        _tell(note)
    return reading


def _tell(note: str) -> None:
    print(f"raxel: {note}", file=sys.stderr)


def facts_of(file: Path, reading: formats.Reading, film_width_mm: float = FILM_WIDTH_MM) -> dict[str, Any]:
    """Everything worth knowing about a camera file, ready for JSON."""
    path = reading.trajectory
    facts = {
        "file": str(file),
        "format": reading.format.name,
        "title": reading.format.title,
        "frames": path.num_frames,
        "fps": round(path.fps, 6),
        "seconds": round((path.num_frames - 1) / path.fps, 3),
        "size": [path.width, path.height],
        "scale": path.scale,
        "lens_mm": [round(float(mm_from_hfov(path.hfov_deg[i], film_width_mm)), 3) for i in (0, -1)],
        "film_width_mm": film_width_mm,
        **path_numbers(path, path.confidence),
        "notes": list(reading.notes),
    }
    if path.confidence is not None:
        facts["doubtful_frames"] = [frame for frame, doubt in enumerate(doubtful(path)) if doubt]
    return facts


def in_words(facts: dict[str, Any]) -> str:
    """A few lines for a person."""
    width, height = facts["size"]
    lines = [
        f"{facts['file']}: {facts['title']}, {facts['frames']} cameras",
        f"  time        {facts['seconds']:g} s at {facts['fps']:g} frames per second",
        f"  picture     {width}x{height}",
        f"  lens        {_span(facts['hfov_degrees'], 'degrees')}, {_span(facts['lens_mm'], 'mm')} on "
        f"{facts['film_width_mm']:g} mm film",
        f"  turn        {facts['turned_degrees']:g} degrees at most from the first camera",
        f"  way         {facts['moved']:g} {UNIT[facts['scale']]} at most from the first camera",
    ]
    if "confidence" in facts:
        doubt = len(facts["doubtful_frames"])
        lines.append(
            f"  confidence  {facts['confidence']:.2f} on average, {doubt} frames below {LOW_CONFIDENCE:g}"
        )
    return "\n".join(lines)


def _span(ends: list[float], unit: str) -> str:
    """The first and the last value, or the one that both are."""
    first, last = ends
    return f"{first:g} {unit}" if first == last else f"{first:g} to {last:g} {unit}"
