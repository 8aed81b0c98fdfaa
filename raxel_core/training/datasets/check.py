"""What is wrong with a data set, told before any training: clip by clip, without decoding more than three pictures of each.

A *problem* makes a clip unusable; a *note* is what a person should look at, the clip is used as far as it goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import RaxelError
from ...geometry.rotation import rotation_angle_deg
from ...geometry.trajectory import Trajectory
from .dataset import BLACK, Dataset
from .lens import common_lens
from .scene import Scene
from .windows import Window, cut, jumps, segments

STILL_TURN_DEG, STILL_MOVE = 0.1, 1e-4
"""A camera that turns and moves less than this over a clip stands still; the move as a share of its distance to the origin."""
STRETCHED = 1.02
"""Height of a pixel over its width, or the inverse, from which on it is told."""


@dataclass(frozen=True)
class ClipReport:
    """What was found out about one clip."""

    name: str
    split: str
    frames: int = 0
    """Cameras; 0 where they cannot be read."""
    windows: int = 0
    """Clips of the wanted length that it gives."""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_dataset(
    dataset: Dataset, frames: int, stride: int = 1, thorough: bool = False
) -> Iterator[ClipReport]:
    """One report for each clip, in the order of the data set.

    Args:
        dataset: what to look at.
        frames: wanted length of clips.
        stride: every which frame is taken.
        thorough: decode every picture rather than the first, the middle and the last.
    """
    seen: dict[str, str] = {}
    for index in range(len(dataset)):
        name, split = dataset.name(index), dataset.split(index)
        try:
            scene = dataset.scene(index)
            report = _scene(scene, ClipReport(name, split), index, (frames, stride))
            looks = _look(scene, thorough)
        except RaxelError as error:
            yield ClipReport(name, split, problems=(str(error),))
            continue
        problems, notes = _pictures(looks, name, seen, static=_stands_still(scene.trajectory))
        problems, notes = report.problems + problems, report.notes + notes
        windows = 0 if problems else report.windows
        yield ClipReport(name, split, report.frames, windows, problems, notes)


def _scene(scene: Scene, report: ClipReport, index: int, wanted: tuple[int, int]) -> ClipReport:
    """What cameras and the list of pictures tell."""
    path, present = scene.trajectory, scene.pictures.present
    frames, stride = wanted
    runs = segments(path, present)
    windows = [Window(index, report.name, *window) for window in cut(runs, frames, (stride,), 0, report.name)]
    notes = [*scene.notes, *_gaps(present), *_jumps(path), *_lenses(path)]
    problems = []
    longest = max((stop - start for start, stop in runs), default=0)
    if not windows:
        span = (frames - 1) * stride + 1
        problems.append(f"{longest} frames in a row, {span} are wanted")
    elif lost := [window for window in windows if not _fits(scene, window, frames)]:
        what = f"in {len(lost)} of {len(windows)} clips the lens zooms too far or its middle lies too far off"
        (notes if len(lost) < len(windows) else problems).append(what)
        windows = [window for window in windows if window not in lost]
    if _stands_still(path):
        notes.append("the camera stands still from first to last")
    return ClipReport(report.name, report.split, path.num_frames, len(windows), tuple(problems), tuple(notes))


def _fits(scene: Scene, window: Window, frames: int) -> bool:
    """Whether one lens can be had for a window, at the pictures' own shape."""
    width, height = scene.pictures.size
    cameras = range(window.start, window.start + (frames - 1) * window.stride + 1, window.stride)
    try:
        common_lens(scene.trajectory.K[cameras], (width, height), height, width)
    except RaxelError:
        return False
    return True


def _gaps(present: np.ndarray) -> Iterator[str]:
    if not present.all():
        missing = np.flatnonzero(~present)
        yield f"{len(missing)} of {len(present)} pictures are missing, the first of camera {missing[0]}"


def _jumps(path: Trajectory) -> Iterator[str]:
    found = np.flatnonzero(jumps(path))
    if len(found):
        yield f"{len(found)} jumps, the first from camera {found[0]} to {found[0] + 1}; no clip goes across"


def _lenses(path: Trajectory) -> Iterator[str]:
    stretch = path.K[:, 0, 0] / path.K[:, 1, 1]
    worst = max(stretch.max(), 1 / stretch.min())
    if worst > STRETCHED:
        yield (
            f"pixels are {worst:.2f} times as long as wide: right for stretched pictures, wrong for cropped ones"
        )
    if path.K[:, 0, 0].max() / path.K[:, 0, 0].min() > STRETCHED:
        yield "the lens zooms; pictures are cut to one lens"


def _stands_still(path: Trajectory) -> bool:
    R, T = path.c2w[:, :3, :3], path.c2w[:, :3, 3]
    turn = rotation_angle_deg(R[:1], R).max()
    move = np.linalg.norm(T - T[0], axis=1).max()
    return bool(turn < STILL_TURN_DEG and move <= STILL_MOVE * max(np.linalg.norm(T[0]), 1e-9))


@dataclass(frozen=True)
class _Looks:
    """Of the pictures that were decoded."""

    black: int
    digests: tuple[str, ...]


def _look(scene: Scene, thorough: bool) -> _Looks:
    """Decode pictures; a RaxelError for one that cannot be."""
    there = [int(camera) for camera in np.flatnonzero(scene.pictures.present)]
    chosen = sorted({there[0], there[len(there) // 2], there[-1]})
    # One by one, a video is sought; all together, it is decoded from first to last.
    groups = [there] if thorough else [[camera] for camera in chosen]
    black, digests = 0, []
    for group in groups:
        for picture in scene.pictures.read(group):
            pixels = np.asarray(picture)
            black += bool(pixels.mean() < BLACK)
            digests.append(hashlib.sha256(pixels.tobytes()).hexdigest())
    return _Looks(black, tuple(digests))


def _pictures(
    looks: _Looks, name: str, seen: dict[str, str], static: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Problems and notes about what the pictures show; `seen` remembers clips by their pictures."""
    count = len(looks.digests)
    if looks.black == count:
        return (f"all {count} pictures that were looked at are black",), ()
    notes = [f"{looks.black} of {count} pictures that were looked at are black"] if looks.black else []
    if len(set(looks.digests)) == 1 and count > 1 and not static:
        notes.append(f"the {count} pictures that were looked at are the same, though the camera moves")
    ends = looks.digests[0] + looks.digests[-1]
    if seen.setdefault(ends, name) != name:
        notes.append(f"the same pictures as {seen[ends]}; keep one, or they may land in two splits")
    return (), tuple(notes)
