"""``raxel compare REQUESTED ACHIEVED``: how far one camera path is from another, frame by frame."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..errors import LensMissing
from ..evaluation.compare import ALIGNMENTS, compare
from ..evaluation.compare_words import in_short, in_words, numbers
from ..formats import Ask, read_file
from ..geometry.trajectory import Trajectory
from ..media import write_png
from ..report.errors import plot_errors
from .options import within
from .outputs import checked_picture

PLOT_SIZE = (960, 640)
ANY_LENS = 60.0
"""Degrees, for a file that has no lens: no error of rotation or position depends on it."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "requested", type=Path, metavar="A", help="the path that was asked for, in any format"
    )
    parser.add_argument("achieved", type=Path, metavar="B", help="the path that came of it")
    parser.add_argument(
        "--align",
        choices=ALIGNMENTS,
        default=ALIGNMENTS[0],
        help="what is taken off B first: nothing but its first camera, also its unit, or also turn and place (default none)",
    )
    parser.add_argument(
        "--subject-distance", type=within(1e-3, 1e6), default=1.0,
        help="from A's first camera to its subject, in A's units: errors of position are counted in it (default 1)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print all numbers, frame by frame, as JSON")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw both paths and the errors")


def run(args: Namespace) -> None:
    """Read both, compare, print, and draw where asked."""
    out = None if args.plot is None else checked_picture(args.plot)
    requested, achieved = read(args.requested), read(args.achieved)
    result = compare(requested, achieved, args.align, args.subject_distance)
    if out is not None:
        title = f"{args.achieved.name} against {args.requested.name}: {in_short(result)}"
        write_png(out, plot_errors(result, None, (), *PLOT_SIZE, title))
    facts = {"requested": str(args.requested), "achieved": str(args.achieved), **numbers(result)}
    print(json.dumps(facts, indent=2) if args.json else in_words(result))


def read(path: Path) -> Trajectory:
    """One path; what was assumed about it goes to stderr."""
    try:
        reading = read_file(path)
        notes = reading.notes
    except LensMissing:
        reading = read_file(path, Ask(hfov_deg=ANY_LENS))
        notes = (*reading.notes, f"the file has no lens; it is taken for {ANY_LENS:g} degrees")
    for note in notes:
        print(f"raxel: {path.name}: {note}", file=sys.stderr)
    return reading.trajectory
