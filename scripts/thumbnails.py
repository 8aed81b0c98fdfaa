"""Draw the pictures that ComfyUI shows beside the example workflows, from runs of the shipped model on the demo's files.

python scripts/thumbnails.py
"""

import json
import sys
from collections.abc import Sequence
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
from raxel_core.commands.runs import run_generate, run_joint, run_pose
from raxel_core.formats import raxel_path
from raxel_core.geometry.trajectory import Trajectory
from raxel_core.media import to_uint8
from raxel_core.report.canvas import Canvas
from raxel_core.report.view3d import draw_view
from raxel_core.sampling import SamplingOptions

ROOT = Path(__file__).resolve().parent.parent
SIDE, GAP = 512, 6
Pixels = NDArray[np.uint8]
Row = tuple[float, Sequence[Pixels]]
"""Share of the height, and pictures side by side."""


def main() -> None:
    """Write the five pictures, or those whose names are given."""
    engine, options = load_engine(DEFAULT_MODEL, None), SamplingOptions(video_steps=20)
    pictures = {
        "camera path from a clip": pose,
        "shoot a still along a path": shoot,
        "draw a camera path": drawn_path,
        "clip and camera from a still": joint,
        "clip between two stills": between,
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
    graph = json.loads((ROOT / "example_workflows" / "Raxel - draw a camera path.json").read_text())
    (text,) = [
        node["widgets_values"][0] for node in graph["nodes"] if node["type"] == "RaxelTrajectoryEditor"
    ]
    path = raxel_path.read(text).trajectory()
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


def stills(engine: Engine, *names: str) -> Tensor:
    """Pictures of the demo as the model sees them: [M, H, W, 3] in 0..1."""
    return load_stills(engine, read_stills([ROOT / "demo" / f"{name}.png" for name in names]))[0]


def few(clip: Pixels, count: int) -> list[Pixels]:
    """Frames of a clip, first to last."""
    return [clip[frame] for frame in np.linspace(0, len(clip) - 1, count).round().astype(int)]


def view(path: Trajectory) -> Pixels:
    """A path in 3D."""
    canvas = Canvas(SIDE, round(0.75 * SIDE))
    draw_view(canvas, path.canonical(0), None, None, 20, 20, SIDE - 20, round(0.75 * SIDE) - 20)
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
