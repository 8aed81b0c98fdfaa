"""The demo's results on disk: a folder a task, one table, and the page that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..engine.checkpoint import CheckpointInfo
from ..evaluation.pose import PoseErrors
from ..geometry.trajectory import Trajectory
from ..media import to_uint8, write_mp4, write_png
from ..report.overview import Strip, overview
from ..report.page import Medium, Section, render_page
from ..report.plot import plot_trajectory
from ..report.table import Table, number
from .meter import Meter
from .outputs import FILES, write_run
from .runs import Run

READING = (
    "Errors are means over the frames after the first. Beside each stands the error of standing still, a camera that "
    "never moves: a model that does not beat it has read nothing.",
    "pose_from_video is measured against the cameras that made the clip, where they are known. The other two close the "
    "loop: the same model reads the path again from the clip that it made, and this is compared with the path asked for "
    "(video_from_trajectory) or told by the rays (joint). That error holds generator and estimator together.",
    "Held-out clips are rendered afresh, always the same ones: scenes, paths and lenses that training never saw. Their row holds "
    "means over all of them; the pictures above show the best, the middle and the worst.",
    "Seconds include encoding and decoding. Memory is the most that the whole process held meanwhile.",
)


@dataclass(frozen=True)
class Checked:
    """A run, the path it is compared with, and how far apart they are."""

    run: Run
    compare: Trajectory | None
    names: tuple[str, str]
    """What the plot calls the run's own path and the other."""
    errors: PoseErrors | None = None
    still_errors: PoseErrors | None = None
    """Of standing still, against the same truth."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    steps: str
    took: Meter
    errors: PoseErrors | None
    still_errors: PoseErrors | None


def row_of(check: Checked) -> Row:
    """The line of a task."""
    run = check.run
    return Row(run.task, run.steps, Meter(run.seconds, run.peak_mb), check.errors, check.still_errors)


def table_of(rows: Sequence[Row]) -> Table:
    """Task, steps, seconds, memory, and each error beside that of standing still."""
    header = (
        "task",
        "steps",
        "seconds",
        "peak MB",
        "rotation °",
        "standing still °",
        "position",
        "standing still",
    )
    return Table((*header, "lens %"), [_cells(row) for row in rows])


def _cells(row: Row) -> list[str]:
    errors, still = row.errors, row.still_errors
    return [
        row.name,
        row.steps,
        number(row.took.seconds, 1),
        number(row.took.peak_mb, 0),
        number(errors and errors.rotation_deg),
        number(still and still.rotation_deg),
        number(errors and errors.translation),
        number(still and still.translation),
        number(errors and errors.focal_percent, 1),
    ]


def write_check(folder: Path, check: Checked, original: tuple[int, int] | None) -> None:
    """All files of one task into its folder; what the model was given lies beside what it made."""
    run = check.run
    write_run(folder, run, original, _plot_title(check), check.compare, check.names)
    if run.frames is None:
        write_mp4(folder / "given.mp4", run.given, run.raxels.fps)
    else:
        write_png(folder / "given.png", run.given[0])


def demo_overview(checks: Sequence[Checked]) -> NDArray[np.uint8]:
    """One picture of all tasks."""
    return overview([_strip(check) for check in checks])


def _strip(check: Checked) -> Strip:
    run = check.run
    frames, what = (run.given, "given") if run.frames is None else (run.frames, "made")
    rays = "asked for" if run.task == "video_from_trajectory" else "made"
    plot = plot_trajectory(run.path, 800, 460, run.confidence, check.compare, _plot_title(check), check.names)
    words = f"above: frames {what}; below: rays {rays}"
    return Strip(_TITLES[run.task], words, to_uint8(frames), to_uint8(run.raxels.to_pictures()), plot)


def demo_page(
    info: CheckpointInfo,
    checks: Sequence[Checked],
    more: Sequence[Section],
    table: Table,
    clip: str,
    still: str,
) -> str:
    """index.html of a demo: its tasks, more sections, the table."""
    lead = (
        f"One model, {info.name}, at {info.frames} frames of {info.width}x{info.height}: it read the camera path of a "
        "clip, shot a picture along a path, and invented a clip together with its camera. Everything below was made by "
        "this run on this machine."
    )
    sections = [*(_section(check, clip, still) for check in checks), *more]
    return render_page("Raxel: rays as pixels", lead, sections, table, READING)


def _section(check: Checked, clip: str, still: str) -> Section:
    task = check.run.task
    story = {
        "pose_from_video": f"Given {clip}, the model paints the rays of every frame's camera; reading them gives the path.",
        "video_from_trajectory": f"Given {still} and the rays of a path, the model paints the clip.",
        "joint": f"Given {still} alone, the model paints a clip and the rays of its camera at once.",
    }[task]
    given = "given.mp4" if check.run.frames is None else "given.png"
    media = [Medium(f"{task}/{given}", "given, as the model saw it")]
    if check.run.frames is not None:
        media.append(Medium(f"{task}/{FILES['clip']}", "made"))
    rays = (
        "rays asked for"
        if task == "video_from_trajectory"
        else "rays made: red right, green down, blue forward"
    )
    media.append(Medium(f"{task}/{FILES['raxels_gif']}", rays))
    media.append(Medium(f"{task}/{FILES['plot']}", _plot_title(check), wide=True))
    links = [(words, f"{task}/{FILES[key]}") for key, words in _LINKS.items() if _exists(check, key)]
    return Section(_TITLES[task], story, media, [*check.run.notes, *_verdict(check)], links)


_TITLES = {
    "pose_from_video": "Camera path from a clip",
    "video_from_trajectory": "Shoot a still along a path",
    "joint": "Clip and camera from a still",
}

_LINKS = {
    "clip": "clip, MP4",
    "clip_gif": "clip, GIF",
    "path": "path, JSON",
    "path_realestate10k": "path, RealEstate10K",
    "raxels": "raxel pictures",
}


def _exists(check: Checked, key: str) -> bool:
    return check.run.frames is not None or not key.startswith("clip")


def _plot_title(check: Checked) -> str:
    if check.compare is None:
        return f"path {check.names[0]}"
    return f"path {check.names[0]}, and {check.names[1]} (dashed)"


def _verdict(check: Checked) -> list[str]:
    """What the errors mean, in words; nothing where no truth is known."""
    if check.errors is None or check.still_errors is None:
        return ["The true cameras of this clip are not known, so the path above is not measured."]
    errors, still = check.errors, check.still_errors
    return [
        _compared("rotation", errors.rotation_deg, still.rotation_deg, "°"),
        _compared("position", errors.translation, still.translation, " units"),
    ]


def _compared(what: str, error: float, still: float, unit: str) -> str:
    digits = 1 if unit == "°" else 2
    verdict = "better than" if error < still else "no better than"
    return f"{what}: off by {error:.{digits}f}{unit}, {verdict} standing still ({still:.{digits}f}{unit})"
