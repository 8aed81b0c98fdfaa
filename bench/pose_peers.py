"""Camera paths of the same clips by other people's software and by ours. Prints one table.

``python -m bench.pose_peers [--clips N --seed S --model FILE]``: held-out clips of the renderer at the model's size
(validation split; ``--split test`` for published numbers). OpenCV (SIFT, essential matrix, chained) and pycolmap
(incremental and global mapping) as bench/peers_*.py set them up, given the true focal length or a guess of 65 degrees
(which pycolmap refines); ours, in two ray steps, is told nothing. ``x4`` rows see the frames enlarged four times.

A frame without an answer counts as standing still in the columns "all" and is left out of "answered"; "ours there" is
our mean on just these frames. Errors are relative to frame 0. Seconds are CPU time a clip, for pycolmap those of its
features and matches with both mappers.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from raxel_core.engine import RaxelModel, load_model, load_vae
from raxel_core.engine.vae import VideoVAE
from raxel_core.evaluation.pose import frame_errors, standing_still
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.geometry.rays import intrinsics
from raxel_core.geometry.trajectory import Trajectory
from raxel_core.report.table import Table, number
from raxel_core.sampling import SamplingOptions, pose_from_video
from raxel_core.training.render import Clip, render_clips

Poses = list[NDArray[np.float64] | None]
MODEL = Path(__file__).resolve().parents[1] / "models" / "raxel-small.safetensors"
GUESS_HFOV_DEG = 65.0
"""The middle of the renderer's lenses."""
STILL, OURS = "standing still", "ours, 2 ray steps"
INSTALL = "bench.pose_peers needs OpenCV and pycolmap: pip install opencv-python-headless pycolmap"


@dataclass
class Row:
    """One way to estimate paths: errors of the frames after the first, clip by clip."""

    rotation: list[np.ndarray] = field(default_factory=list)
    direction: list[np.ndarray] = field(default_factory=list)
    answered: list[np.ndarray] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, poses: Poses, truth: Trajectory, seconds: float) -> None:
        """One clip; where there is no pose, the camera stands still."""
        c2w = np.stack([np.eye(4) if pose is None else pose for pose in poses])
        errors = frame_errors(replace(truth, c2w=c2w), truth)
        self.rotation.append(errors.rotation_deg)
        self.direction.append(errors.direction_deg)
        self.answered.append(np.array([pose is not None for pose in poses[1:]]))
        self.seconds += seconds


def main() -> None:
    """Print the table."""
    args = arguments()
    try:
        import cv2  # noqa: PLC0415

        from bench import peers_colmap  # noqa: F401, PLC0415
    except ImportError:
        raise SystemExit(INSTALL) from None
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rows = measure(args)
    print(table(rows).markdown())
    print("\n" + verdict(rows))


def arguments() -> Namespace:
    """Options of the command line."""
    parser = ArgumentParser(prog="python -m bench.pose_peers", description="Camera paths: ours and others'.")
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--vae", type=Path, help="default: MODEL-vae.safetensors beside the model")
    return parser.parse_args()


def measure(args: Namespace) -> dict[str, Row]:
    """Every way on every clip."""
    model = load_model(args.model)
    vae = load_vae(args.vae or args.model.with_name(f"{args.model.stem}-vae.safetensors"))
    size = (model.info.frames, model.info.height, model.info.width)
    rows: dict[str, Row] = {STILL: Row(), OURS: Row()}
    for index in range(args.clips):
        clip = render_clips(args.split, args.seed, [index], *size)[0]
        truth, options = clip.trajectory, SamplingOptions(args.seed + index, ray_steps=2)
        rows[STILL].add(list(standing_still(truth).canonical(0).c2w), truth, 0.0)
        poses, seconds = timed(lambda clip=clip, options=options: our_poses(model, vae, clip, options))
        rows[OURS].add(poses, truth, seconds)
        for names, way in peers(clip):
            answers, seconds = timed(way)
            for name in names:
                rows.setdefault(name, Row()).add(answers[name], truth, seconds)
    return rows


def our_poses(model: RaxelModel, vae: VideoVAE, clip: Clip, options: SamplingOptions) -> Poses:
    """As users get them."""
    shot = pose_from_video(model, vae, clip.frames.float() / 255, clip.trajectory.fps, options)
    return list(estimate_trajectory(shot.raxels, reference=0).trajectory.c2w)


def peers(clip: Clip) -> list[tuple[list[str], Callable[[], dict[str, Poses]]]]:
    """Names of rows, and what fills them."""
    import cv2  # noqa: PLC0415

    from bench.peers_colmap import MAPPERS, mapped_poses  # noqa: PLC0415
    from bench.peers_opencv import chained_poses  # noqa: PLC0415

    small, path = clip.frames.numpy(), clip.trajectory
    large = np.stack([cv2.resize(x, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC) for x in small])
    true, guess = path.K[0], intrinsics(GUESS_HFOV_DEG, path.width, path.height)
    wide = path.resized(4 * path.width, 4 * path.height).K[0]
    ways = []
    for label, frames, K in (("", small, true), (", lens guessed", small, guess), (", x4", large, wide)):
        name = f"OpenCV SIFT + E{label}"
        ways.append(([name], lambda n=name, f=frames, K=K: {n: chained_poses(f, K)}))
    for label, frames, K, known, tuned in (
        ("", small, true, True, True),
        (", lens unknown", small, guess, False, True),
        (", as installed", small, true, True, False),
        (", x4", large, wide, True, True),
    ):
        names = {mapper: f"pycolmap {mapper}{label}" for mapper in MAPPERS}

        def way(names=names, frames=frames, K=K, known=known, tuned=tuned) -> dict[str, Poses]:  # noqa: ANN001
            found = mapped_poses(frames, K, known, tuned)
            return {names[mapper]: poses for mapper, poses in found.items()}

        ways.append((list(names.values()), way))
    return ways


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """A result and its CPU seconds."""
    began = time.process_time()
    return run(), time.process_time() - began


def numbers(row: Row, frames: np.ndarray) -> list[float]:
    """Mean and median rotation error, RRA@5, median direction error over some frames."""
    rotation, direction = np.concatenate(row.rotation)[frames], np.concatenate(row.direction)[frames]
    direction = direction[np.isfinite(direction)]
    if not len(rotation):
        return [np.nan] * 4
    spread = float(np.median(direction)) if len(direction) else np.nan
    return [float(rotation.mean()), float(np.median(rotation)), float((rotation < 5).mean()), spread]


def table(rows: dict[str, Row]) -> Table:
    """One line for every way."""
    header = ["", "s a clip", "clips whole", "frames"]
    header += [f"{of}: {what}" for of in ("all", "answered") for what in ("mean", "median", "RRA@5", "T dir")]
    lines = []
    for name, row in rows.items():
        answered = np.concatenate(row.answered)
        whole = np.mean([frames.all() for frames in row.answered])
        cells = [number(row.seconds / len(row.answered), 2), f"{whole:.0%}", f"{answered.mean():.0%}"]
        for frames in (np.ones_like(answered), answered):
            mean, median, accuracy, direction = numbers(row, frames)
            cells += [number(mean, 1), number(median, 1), number(accuracy, 2), number(direction, 0)]
        lines.append([name, *cells, number(numbers(rows[OURS], answered)[0], 1)])
    return Table([*header, "ours there: mean"], lines)


def verdict(rows: dict[str, Row]) -> str:
    """Who has the smallest error over all frames, and over those that were answered."""
    peers = [name for name in rows if name not in (STILL, OURS)]
    answered = {name: np.concatenate(rows[name].answered) for name in rows}
    everywhere = {name: numbers(rows[name], np.ones_like(answered[name])) for name in rows}
    best = min(peers, key=lambda name: everywhere[name][0])
    beaten = [name for name in peers if everywhere[name][0] > everywhere[OURS][0]]
    where = [
        name
        for name in peers
        if numbers(rows[name], answered[name])[0] > numbers(rows[OURS], answered[name])[0]
    ]
    return (
        f"Over all frames ours has the smaller mean rotation error than {len(beaten)} of {len(peers)} peers "
        f"(the best of them, {best}: {everywhere[best][0]:.1f} degrees, ours {everywhere[OURS][0]:.1f}); on the frames "
        f"that a peer answers, than {len(where)} of {len(peers)}."
    )


if __name__ == "__main__":
    main()
