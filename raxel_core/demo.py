"""``raxel demo``: the three tasks on one clip and one picture, opposite moves, held-out clips, one table, and a page."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from torch import Tensor

from .commands.engine import Engine, load_engine
from .commands.gallery import bands, row_of_held_out, write_gallery
from .commands.held_out import held_out
from .commands.inputs import Clip, checked_clip, load_clip, load_stills, read_stills
from .commands.opposites import Move, move_of, opposite_moves, preset, read_again
from .commands.options import DEFAULT_MODEL, whole
from .commands.paths import FPS
from .commands.runs import Run, run_generate, run_joint, run_pose
from .commands.showcase import Checked, demo_overview, demo_page, row_of, table_of, write_check
from .evaluation.pose import pose_errors, standing_still
from .formats import read_trajectory
from .geometry.trajectory import Trajectory
from .media import staging, write_png
from .sampling import SamplingOptions

SHIPPED = Path(__file__).resolve().parents[1] / "demo"
"""clip.mp4 with its true cameras in clip.json, and still.png: rendered, from seeds that training never saw."""
VIDEO_STEPS = 20
PRESET = "arc_left"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--clip", type=Path, help="your own clip (default: the shipped one, whose cameras are known)"
    )
    parser.add_argument("--truth", type=Path, help="the true path of your clip, where you have it")
    parser.add_argument("--still", type=Path, help="your own picture (default: the shipped one)")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="a Raxel checkpoint")
    parser.add_argument(
        "--vae", type=Path, help="a Wan VAE (default: MODEL-vae.safetensors beside the model)"
    )
    parser.add_argument("--seed", type=whole(0), default=0, help="same seed, same result (default 0)")
    parser.add_argument(
        "--held-out",
        type=whole(0),
        default=12,
        metavar="N",
        help="how many clips to render and show the best, middle and worst of (default 12; 0: none)",
    )
    parser.add_argument("--out", type=Path, default=Path("demo_output"), help="folder for the results")


def run(args: Namespace) -> None:
    """Run everything, write it, print the table."""
    clip_path, still_path = args.clip or SHIPPED / "clip.mp4", args.still or SHIPPED / "still.png"
    truth_path = args.truth or (SHIPPED / "clip.json" if args.clip is None else None)
    info = checked_clip(clip_path)
    pictures = read_stills([still_path])
    truth = read_trajectory(truth_path) if truth_path else None
    with staging(args.out) as folder:
        engine = load_engine(args.model, args.vae)
        clip = load_clip(engine, clip_path, None, info)
        stills, notes = load_stills(engine, pictures)
        print(
            f"clip {clip_path}: {info.num_frames} frames of {info.width}x{info.height} at {info.fps:.3g} fps"
        )
        for note in (*clip.notes, *notes):
            print(f"  {note}")
        options = SamplingOptions(args.seed, video_steps=VIDEO_STEPS)
        checks = _three_tasks(engine, clip, truth, stills, notes, options)
        for check in checks:
            original = (info.height, info.width) if check.run.frames is None else None
            write_check(folder / check.run.task, check, original)
        pairs = _opposites(engine, stills, checks[1], options)
        held = held_out(engine, args.held_out, VIDEO_STEPS) if args.held_out else None
        table = table_of([*map(row_of, checks), *([row_of_held_out(held)] if held else [])])
        (folder / "table.md").write_text(table.markdown() + "\n", encoding="utf-8")
        write_png(folder / "overview.png", np.concatenate([demo_overview(checks), *bands(pairs, held)]))
        more = write_gallery(folder, pairs, stills[0], held)
        page = demo_page(engine.model.info, checks, more, table, clip_path.name, still_path.name)
        (folder / "index.html").write_text(page, encoding="utf-8")
    print(table.markdown())
    print(f"open {args.out / 'index.html'}")


def _three_tasks(
    engine: Engine,
    clip: Clip,
    truth: Trajectory | None,
    stills: Tensor,
    notes: tuple[str, ...],
    options: SamplingOptions,
) -> list[Checked]:
    """Pose, clip along the preset, joint; each beside what is known about it."""
    pose = run_pose(engine, clip, options)
    along = run_generate(engine, stills, preset(engine, PRESET), options, notes=notes)
    both = run_joint(engine, stills, engine.model.info.frames, FPS, options.making_paths_up(), notes=notes)
    return [
        _against_truth(pose, truth),
        _closed_loop(engine, along, "asked for", options),
        _closed_loop(engine, both, "told by the rays", options),
    ]


def _opposites(
    engine: Engine, stills: Tensor, along: Checked, options: SamplingOptions
) -> list[tuple[Move, Move]]:
    """Pairs of moves; the one that is made already stays as it is."""
    assert along.compare is not None
    return opposite_moves(engine, stills, options, move_of(PRESET, along.run, along.compare))


def _against_truth(pose: Run, truth: Trajectory | None) -> Checked:
    """An estimate beside the cameras that made the clip, where they are known."""
    if truth is None:
        return Checked(pose, None, ("estimated", ""))
    cameras = truth.resampled(pose.path.num_frames).fitted(pose.path.width, pose.path.height).canonical(0)
    errors, still = pose_errors(pose.path, cameras), pose_errors(standing_still(cameras), cameras)
    return Checked(pose, cameras, ("estimated", "truth"), errors, still)


def _closed_loop(engine: Engine, made: Run, origin: str, options: SamplingOptions) -> Checked:
    """A clip that was made beside the path that the same model reads from it again."""
    achieved = read_again(engine, made, options)
    errors, still = pose_errors(achieved, made.path), pose_errors(standing_still(made.path), made.path)
    return Checked(made, achieved, (origin, "estimated again"), errors, still)
