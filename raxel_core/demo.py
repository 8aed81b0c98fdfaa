"""``raxel demo``: the three tasks on one clip and one picture, the files they make, one table, and a page."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from torch import Tensor

from .commands.engine import Engine, load_engine
from .commands.inputs import Clip, checked_clip, load_clip, load_stills, read_stills
from .commands.options import DEFAULT_MODEL, whole
from .commands.paths import FPS, SUBJECT_DISTANCE
from .commands.runs import Run, run_generate, run_joint, run_pose
from .commands.showcase import Checked, demo_overview, demo_page, table_of, write_check
from .evaluation.pose import pose_errors, standing_still
from .formats import read_trajectory
from .geometry.estimate import estimate_trajectory
from .geometry.presets import preset_trajectory
from .geometry.trajectory import Trajectory
from .media import staging, write_png
from .sampling import SamplingOptions, pose_from_video

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
        checks = _three_tasks(engine, clip, truth, stills, notes, args.seed)
        for check in checks:
            original = (info.height, info.width) if check.run.frames is None else None
            write_check(folder / check.run.task, check, original)
        table = table_of(checks)
        (folder / "table.md").write_text(table.markdown() + "\n", encoding="utf-8")
        write_png(folder / "overview.png", demo_overview(checks))
        page = demo_page(engine.model.info, checks, table, clip_path.name, still_path.name)
        (folder / "index.html").write_text(page, encoding="utf-8")
    print(table.markdown())
    print(f"open {args.out / 'index.html'}")


def _three_tasks(
    engine: Engine, clip: Clip, truth: Trajectory | None, stills: Tensor, notes: tuple[str, ...], seed: int
) -> list[Checked]:
    """Pose, clip along the preset, joint; each beside what is known about it."""
    info = engine.model.info
    options = SamplingOptions(seed, video_steps=VIDEO_STEPS)
    pose = run_pose(engine, clip, options)
    path = preset_trajectory(
        PRESET, info.frames, info.width, info.height, FPS, subject_distance=SUBJECT_DISTANCE
    )
    along = run_generate(engine, stills, path, options, notes=notes)
    both = run_joint(engine, stills, info.frames, FPS, options, notes=notes)
    return [
        _against_truth(pose, truth),
        _closed_loop(engine, along, "asked for", options),
        _closed_loop(engine, both, "told by the rays", options),
    ]


def _against_truth(pose: Run, truth: Trajectory | None) -> Checked:
    """An estimate beside the cameras that made the clip, where they are known."""
    if truth is None:
        return Checked(pose, None, ("estimated", ""))
    cameras = truth.resampled(pose.path.num_frames).fitted(pose.path.width, pose.path.height).canonical(0)
    errors, still = pose_errors(pose.path, cameras), pose_errors(standing_still(cameras), cameras)
    return Checked(pose, cameras, ("estimated", "truth"), errors, still)


def _closed_loop(engine: Engine, made: Run, origin: str, options: SamplingOptions) -> Checked:
    """A clip that was made beside the path that the same model reads from it again."""
    assert made.frames is not None
    again = pose_from_video(engine.model, engine.vae, made.frames, made.raxels.fps, options).raxels
    achieved = estimate_trajectory(again, reference=0).trajectory
    errors, still = pose_errors(achieved, made.path), pose_errors(standing_still(made.path), made.path)
    return Checked(made, achieved, (origin, "estimated again"), errors, still)
