"""Draw the pictures that ComfyUI shows beside the example workflows, from runs of the shipped model on the demo's files.

python scripts/thumbnails.py
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from raxel_core.commands.engine import Engine, load_engine
from raxel_core.commands.inputs import checked_clip, load_clip, load_stills, read_stills
from raxel_core.commands.opposites import preset
from raxel_core.commands.options import DEFAULT_MODEL
from raxel_core.commands.paths import FPS
from raxel_core.commands.runs import Run, run_generate, run_joint, run_pose
from raxel_core.evaluation.compare import Tolerance, compare
from raxel_core.evaluation.takes import Takes
from raxel_core.formats import raxel_path
from raxel_core.formats.bridges.ray_maps import ray_maps, shown
from raxel_core.geometry.edit import rescaled
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.geometry.trajectory import Trajectory
from raxel_core.media import to_uint8
from raxel_core.report.canvas import Canvas
from raxel_core.report.errors import plot_errors
from raxel_core.report.view3d import draw_view
from raxel_core.sampling import SamplingOptions, pose_from_video

ROOT = Path(__file__).resolve().parent.parent
SIDE, GAP = 512, 6
Pixels = NDArray[np.uint8]
Row = tuple[float, Sequence[Pixels]]
"""Share of the height, and pictures side by side."""


def main() -> None:
    """Write all pictures, or those whose names are given."""
    engine, options = load_engine(DEFAULT_MODEL, None), SamplingOptions(video_steps=20)
    pictures = {
        "camera path from a clip": pose,
        "shoot a still along a path": shoot,
        "draw a camera path": drawn_path,
        "clip and camera from a still": joint,
        "clip between two stills": between,
        "closed loop": closed_loop,
        "estimate, edit, re-shoot": reshoot,
        "steal the move": steal,
        "drive Wan Fun Camera": wan,
    }
    for name in sys.argv[1:] or pictures:
        rows = pictures[name](engine, options)
        drawn(rows).save(ROOT / "example_workflows" / f"Raxel - {name}.jpg", quality=88)


def pose(engine: Engine, options: SamplingOptions) -> list[Row]:
    """The clip, and the path in it."""
    file = ROOT / "demo" / "clip.mp4"
    run = run_pose(engine, load_clip(engine, file, None, checked_clip(file)), options)
    return [(0.25, few(to_uint8(run.given), 3)), (0.75, [view(run.path)])]


def shoot(engine: Engine, options: SamplingOptions) -> list[Row]:
    """The still, the clip, its rays."""
    run = run_generate(engine, stills(engine, "still"), preset(engine, "arc_left"), options)
    assert run.frames is not None
    large = np.asarray(Image.open(ROOT / "demo" / "still.png").convert("RGB"))
    return [
        (0.48, [large]),
        (0.26, few(to_uint8(run.frames), 3)),
        (0.26, few(to_uint8(run.raxels.to_pictures()), 3)),
    ]


def drawn_path(engine: Engine, options: SamplingOptions) -> list[Row]:
    """The path that the workflow's editor holds, seen in perspective, and the clip along it."""
    path = path_in("draw a camera path")
    run = run_generate(engine, stills(engine, "still"), path, options)
    assert run.frames is not None
    return [(0.62, [view(path)]), (0.38, few(to_uint8(run.frames), 2))]


def joint(engine: Engine, options: SamplingOptions) -> list[Row]:
    """The clip, and the path that the model tells with it."""
    run = run_joint(engine, stills(engine, "still"), engine.model.info.frames, FPS, options)
    assert run.frames is not None
    return [(0.34, few(to_uint8(run.frames), 2)), (0.66, [view(run.path)])]


def between(engine: Engine, options: SamplingOptions) -> list[Row]:
    """Both stills, and six frames on the way."""
    given = stills(engine, "still", "still_2")
    run = run_joint(engine, given, engine.model.info.frames, FPS, options)
    assert run.frames is not None
    way = few(to_uint8(run.frames), 6)
    large = [
        np.asarray(Image.open(ROOT / "demo" / f"{name}.png").convert("RGB")) for name in ("still", "still_2")
    ]
    return [(0.38, large), (0.31, way[:3]), (0.31, way[3:])]


def closed_loop(engine: Engine, options: SamplingOptions) -> list[Row]:
    """Frames of the take that is kept, and both paths with the errors of both takes."""
    path, takes = path_in("closed loop"), Takes(Tolerance(6, 0.15))
    clip = np.zeros(0, np.uint8)
    for seed in (2, 3):
        seeded = replace(options, seed=seed)
        run = run_generate(engine, stills(engine, "still"), path, seeded)
        assert run.frames is not None
        read = pose_from_video(engine.model, engine.vae, run.frames, path.fps, seeded)
        found = estimate_trajectory(read.raxels, reference=0).trajectory
        if takes.add(seed, compare(path, found, subject_distance=2.0)):
            clip = to_uint8(run.frames)
    plot = plot_errors(takes.best, takes.tolerance, takes.others, 640, 400)
    return [(0.38, few(clip, 2)), (0.62, [plot])]


def reshoot(engine: Engine, options: SamplingOptions) -> list[Row]:
    """The clip, the path in it (dashed) beside an edited one, half as far, and its first frame shot along that."""
    read = read_clip_path(engine, options)
    return shot_along(engine, options, read, rescaled(read.path, 0.5), read.given[:1])


def steal(engine: Engine, options: SamplingOptions) -> list[Row]:
    """The clip, the path in it, and the still shot along the path."""
    read = read_clip_path(engine, options)
    return shot_along(engine, options, read, read.path, stills(engine, "still"))


def wan(engine: Engine, options: SamplingOptions) -> list[Row]:
    """The path that the workflow's editor holds, and what Wan is told of it: directions and moments of rays."""
    path = path_in("drive Wan Fun Camera")
    maps = ray_maps(path.fitted(208, 120).resampled(3))
    pictures = [to_uint8(shown(part, "pictures 0..1")) for part in (maps.direction, maps.moment)]
    return [(0.56, [view(path, 0.56)]), *((0.22, few(part, 3)) for part in pictures)]


def read_clip_path(engine: Engine, options: SamplingOptions) -> Run:
    """The camera path of the demo's clip."""
    file = ROOT / "demo" / "clip.mp4"
    return run_pose(engine, load_clip(engine, file, None, checked_clip(file)), options)


def shot_along(
    engine: Engine, options: SamplingOptions, read: Run, path: Trajectory, still: Tensor
) -> list[Row]:
    """The clip that was read, the path, and the still shot along it."""
    run = run_generate(engine, still, path, options)
    assert run.frames is not None
    given = None if path is read.path else read.path
    return [
        (0.25, few(to_uint8(read.given), 3)),
        (0.5, [view(path, 0.5, given)]),
        (0.25, few(to_uint8(run.frames), 3)),
    ]


def path_in(workflow: str) -> Trajectory:
    """The path that a workflow's editor holds."""
    graph = json.loads((ROOT / "example_workflows" / f"Raxel - {workflow}.json").read_text())
    (text,) = [
        node["widgets_values"][0] for node in graph["nodes"] if node["type"] == "RaxelTrajectoryEditor"
    ]
    return raxel_path.read(text).trajectory()


def stills(engine: Engine, *names: str) -> Tensor:
    """Pictures of the demo as the model sees them: [M, H, W, 3] in 0..1."""
    return load_stills(engine, read_stills([ROOT / "demo" / f"{name}.png" for name in names]))[0]


def few(clip: Pixels, count: int) -> list[Pixels]:
    """Frames of a clip, first to last."""
    return [clip[frame] for frame in np.linspace(0, len(clip) - 1, count).round().astype(int)]


def view(path: Trajectory, share: float = 0.75, compare: Trajectory | None = None) -> Pixels:
    """A path in 3D, in a row of that share of the height; another one dashed."""
    canvas, other = Canvas(SIDE, round(share * SIDE)), None if compare is None else compare.canonical(0)
    draw_view(canvas, path.canonical(0), other, None, 20, 20, SIDE - 20, round(share * SIDE) - 20)
    return canvas.finish()


def drawn(rows: Sequence[Row]) -> Image.Image:
    """Rows below each other, every picture cut about its middle to fill its place."""
    sheet, top = Image.new("RGB", (SIDE, SIDE), (17, 19, 24)), 0.0
    for share, pictures in rows:
        high, wide = round(share * SIDE) - GAP, (SIDE - GAP * (len(pictures) - 1)) // len(pictures)
        for index, picture in enumerate(pictures):
            place = ImageOps.fit(Image.fromarray(picture), (wide, high), Image.Resampling.BICUBIC)
            sheet.paste(place, (index * (wide + GAP), round(top)))
        top += share * SIDE
    return sheet


if __name__ == "__main__":
    main()
