"""Camera paths that users ask for: a preset, or a file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import RaxelError
from ..formats import Ask, read_file
from ..formats.asked import unused
from ..geometry.presets import PRESETS, preset_trajectory
from ..geometry.trajectory import Trajectory
from ..media import model_length
from .engine import Engine
from .options import within

SUBJECT_DISTANCE = 2.0
"""Model units; the small model learnt its arcs about subjects 1 to 3 units away."""
FPS = 8.0
HFOV_DEG = 60.0


def add_path(parser: ArgumentParser) -> None:
    """A preset and its numbers, or a file."""
    path = parser.add_mutually_exclusive_group(required=True)
    path.add_argument("--preset", metavar="NAME", help=f"one of {', '.join(PRESETS)}")
    path.add_argument(
        "--trajectory",
        type=Path,
        metavar="FILE",
        help="a path from a camera file: Raxel JSON, COLMAP, glTF, USD, ...; see raxel trajectory --help",
    )
    parser.add_argument(
        "--amount", type=within(-1e4, 1e4), help="degrees or subject distances (default: the preset's)"
    )
    parser.add_argument(
        "--hfov",
        type=within(1, 170),
        help=f"lens in degrees, of a preset (default {HFOV_DEG:g}) or of a file without one",
    )
    parser.add_argument(
        "--subject-distance", type=within(1e-3, 1e6), default=SUBJECT_DISTANCE,
        help=f"from the camera of a preset to its subject (default {SUBJECT_DISTANCE:g})",
    )  # fmt: skip
    parser.add_argument(
        "--fps",
        type=within(0.1, 240),
        help=f"pace of a preset (default {FPS:g}), or of a file that does not say",
    )


@dataclass(frozen=True, eq=False)
class AskedPath:
    """The path that a command is to follow."""

    trajectory: Trajectory | None
    """Of a file; None where a preset is asked for."""
    name: str
    """For titles and folders: the preset's, or the file's without its ending."""
    notes: tuple[str, ...] = ()
    """Sentences on what was assumed about the file."""


def read_path(args: Namespace) -> AskedPath:
    """Read the path of a file, before any model is loaded. Raises RaxelError for a wrong one or an unknown preset."""
    if args.trajectory is not None:
        ask = Ask(hfov_deg=args.hfov, fps=args.fps)
        reading = read_file(args.trajectory, ask)
        notes = (*reading.notes, *unused(reading.trajectory, ask))
        return AskedPath(reading.trajectory, args.trajectory.stem, notes)
    if args.preset not in PRESETS:
        raise RaxelError(f"there is no preset {args.preset!r}; choose one of {', '.join(PRESETS)}")
    return AskedPath(None, args.preset)


def preset_path(engine: Engine, name: str, frames: int, args: Namespace, seed: int) -> Trajectory:
    """A preset at the model's size; its length is the caller's, and its seed that of the take."""
    info = engine.model.info
    return preset_trajectory(
        name,
        frames,
        info.width,
        info.height,
        args.fps or FPS,
        amount=args.amount,
        hfov_deg=args.hfov or HFOV_DEG,
        subject_distance=args.subject_distance,
        seed=seed,
    )


def fitted_path(engine: Engine, path: Trajectory, frames: int | None) -> tuple[Trajectory, tuple[str, ...]]:
    """A path from a file at the model's length: the same move, its duration kept, and what was done in words.

    Raises RaxelError where the path is shorter than the clip asked for.
    """
    if path.num_frames < (frames or 5):
        raise RaxelError(
            f"the path has {path.num_frames} cameras, fewer than the {frames or 5} frames of the clip; "
            "give a longer path or fewer --frames"
        )
    length = frames or model_length(path.num_frames, engine.model.info.frames)
    notes = notes_on_units(engine, path)
    if length != path.num_frames:
        notes.append(f"took {length} cameras evenly over the path's {path.num_frames}")
        fps = path.fps * (length - 1) / (path.num_frames - 1)
        path = replace(path.resampled(length), fps=fps)
    return path, tuple(notes)


def notes_on_units(engine: Engine, path: Trajectory) -> list[str]:
    """What is assumed about the units of a path from a file, in words."""
    if path.scale == "relative" and engine.model.info.scale_mode == "metric":
        return ["the path's scale is unknown: its units are taken as the model's"]
    return []
