"""``raxel check-dataset``: what of a folder can be trained on, and what not and why."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..training.datasets import LAYOUTS, open_dataset
from ..training.datasets.check import ClipReport, check_dataset
from .options import clip_length, whole

SOME_UNUSABLE, NOTHING_USABLE = 1, 2
"""Exit codes beside 0, where every clip can be used."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of a data set; see docs/datasets.md")
    parser.add_argument("--layout", choices=LAYOUTS, default="auto", help="of the folder (default auto)")
    parser.add_argument(
        "--frames", type=clip_length, default=17, help="wanted length of clips, 4n + 1 (default 17)"
    )
    parser.add_argument("--stride", type=whole(1), default=1, help="every which frame is taken (default 1)")
    parser.add_argument(
        "--thorough", action="store_true", help="decode every picture, not three of each clip"
    )
    parser.add_argument("--json", action="store_true", help="print all that was found as JSON")


def run(args: Namespace) -> int:
    """Check and print; the exit code is 1 where some clip is unusable, 2 where all are."""
    from tqdm import tqdm

    dataset = open_dataset(args.folder, args.layout)
    checks = check_dataset(dataset, args.frames, args.stride, args.thorough)
    reports = list(tqdm(checks, total=len(dataset), unit="clip", file=sys.stderr))
    summary = _summary(dataset.layout, reports)
    if args.json:
        clips = [report.__dict__ for report in reports if report.problems or report.notes]
        print(json.dumps({**summary, "clips_to_look_at": clips}, indent=2))
    else:
        _print(reports, summary, args.frames)
    if summary["usable"] == 0:
        return NOTHING_USABLE
    return SOME_UNUSABLE if summary["unusable"] else 0


def _summary(layout: str, reports: list[ClipReport]) -> dict[str, object]:
    usable = [report for report in reports if not report.problems]
    return {
        "layout": layout,
        "scenes": len(reports),
        "usable": len(usable),
        "unusable": len(reports) - len(usable),
        "with_notes": sum(bool(report.notes) for report in usable),
        "frames": sum(report.frames for report in usable),
        "clips": sum(report.windows for report in usable),
        **{
            split: sum(report.split == split for report in usable)
            for split in ("train", "validation", "test")
        },
    }


def _print(reports: list[ClipReport], summary: dict[str, object], frames: int) -> None:
    for report in reports:
        for problem in report.problems:
            print(f"unusable  {report.name}: {problem}")
    for report in reports:
        for note in report.notes:
            print(f"note      {report.name}: {note}")
    print(
        "layout {layout}: {usable} of {scenes} scenes can be used ({train} train, {validation} validation, {test} test), "
        "{with_notes} of them with notes; {clips} clips of {length} frames".format(**summary, length=frames)
    )
