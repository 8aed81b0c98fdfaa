"""The shipped model on rooms that break one rule of its world each: paths, lenses and the confidence that it reports.

    python -m bench.outside_world [--clips 48]

Every row changes one thing of the renderer and keeps scenes and paths. Standing still is the same in all rows but the last.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from raxel_core.commands.engine import load_engine
from raxel_core.commands.options import DEFAULT_MODEL
from raxel_core.evaluation.path_errors import frame_errors, standing_still
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.report.table import Table, number
from raxel_core.sampling import SamplingOptions, pose_from_video
from raxel_core.training import render, world

SEED = 55
RULES: dict[str, tuple[Any, str, Any]] = {
    "its own world": (render, "FALLOFF", render.FALLOFF),
    "a lens without falloff": (render, "FALLOFF", 0),
    "no hue round the room": (world, "SATURATION", (0.0, 1e-9)),
    "rooms twice as high": (world, "HEIGHT", (2.8, 3.2)),
    "lenses of 25 to 40 degrees": (render, "HFOV_DEG", (25.0, 40.0)),
    "lenses of 95 to 110 degrees": (render, "HFOV_DEG", (95.0, 110.0)),
}


@contextmanager
def broken(module: Any, name: str, value: Any) -> Iterator[None]:
    """One rule of the renderer replaced."""
    kept = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, kept)


def row(engine: Any, name: str, clips: int) -> list[str]:
    """Errors and confidence over the clips of one world."""
    info, errors, still, confidence = engine.model.info, [], [], []
    for index in range(clips):
        clip = render.render_clips("validation", SEED, [index], info.frames, info.height, info.width)[0]
        options = SamplingOptions(index)
        found = pose_from_video(
            engine.model, engine.vae, clip.frames.float() / 255, clip.trajectory.fps, options
        )
        estimate = estimate_trajectory(found.raxels, reference=0)
        errors.append(frame_errors(estimate.trajectory, clip.trajectory))
        still.append(frame_errors(standing_still(clip.trajectory), clip.trajectory))
        confidence.append(float(estimate.confidence[1:].mean()))
    rotation, identity = (np.concatenate([e.rotation_deg for e in some]) for some in (errors, still))
    lens = np.concatenate([e.focal_percent for e in errors])
    direction = np.concatenate([e.direction_deg for e in errors])
    return [
        name,
        number(float(rotation.mean())),
        number(float(identity.mean())),
        number(float((rotation < 5).mean())),
        number(float(np.mean(confidence))),
        number(float(np.nanmedian(direction)), 1),
        number(float(lens.mean()), 1),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=48)
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL)
    args = parser.parse_args()
    engine = load_engine(args.model, None)
    rows = []
    for name, rule in RULES.items():
        with broken(*rule):
            rows.append(row(engine, name, args.clips))
    header = ("world", "rotation °", "standing still °", "right to 5°", "confidence", "direction °", "lens %")
    print(Table(header, rows).markdown())


if __name__ == "__main__":
    main()
