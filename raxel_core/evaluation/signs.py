"""Do opposite camera moves give opposite motion of the picture? Judged by OpenCV's optical flow, which knows no model.

From one still, both moves of a pair are shot with one seed, as the presets are by default. Dense flow between every
fourth frame is summed; motion is its horizontal mean, for dollies its mean along the lines from the middle. The same
moves rendered in the still's own room show what the method itself is worth (`rendered_signs`).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from torch import Tensor

from ..geometry.presets import preset_trajectory
from ..geometry.trajectory import Trajectory
from ..training.render import Split, render_frames, sample_clip
from ..training.world import stack_scenes
from .setting import Numbers, Part, Setting

PAIRS = {
    "arc": ("arc_left", "arc_right"),
    "truck": ("truck_left", "truck_right"),
    "pan": ("pan_left", "pan_right"),
    "dolly": ("dolly_in", "dolly_out"),
}
MOVES = tuple(move for pair in PAIRS.values() for move in pair)
FIRST_IS_POSITIVE = {"truck": True, "pan": True, "dolly": True}
"""Going or turning left moves the picture right, going in moves it outwards. An arc's sign depends on what is where."""
DISTANCE = 2.0  # of the subject, in the model's units: what `raxel generate --preset` takes by default
UPSCALE = 4  # pictures are enlarged first: Farneback's windows are larger than the small model's objects
STRIDE = 4


def evaluate_signs(setting: Setting) -> Numbers:
    """Share of stills for which both moves of each pair give motion of opposite signs.

    `opposite_` asks for opposite signs, `as_expected_` for the right one each time, where there is a right one.
    """
    info = setting.model.info
    rows = [
        motions(_shot(part, index, info.width, info.height, info.frames))
        for part in setting.parts()
        for index in range(len(part.clips))
    ]
    return {"clips": len(rows), "steps": setting.steps, **shares(rows)}


def rendered_signs(
    split: Split, seed: int, clips: int, frames: int, height: int, width: int
) -> dict[str, float]:
    """The same shares for moves that the renderer shot from the first cameras of held-out clips, as `..._rendered`.

    Args:
        split: of the clips.
        seed: of the clips.
        clips: how many.
        frames: length of every move.
        height: of the pictures.
        width: of the pictures.
    """
    rows = []
    for index in range(clips):
        path, scene = sample_clip(split, seed, index, frames, height, width)
        shot = [_placed(preset(move, frames, width, height), path) for move in MOVES]
        rendered = render_frames(stack_scenes([scene] * len(shot), "cpu"), shot).float() / 255
        rows.append(motions(list(rendered)))
    return {f"{name}_rendered": share for name, share in shares(rows).items()}


def preset(move: str, frames: int, width: int, height: int) -> Trajectory:
    """A preset as a user gets it: its own amount, easing and lens, the subject at DISTANCE."""
    return preset_trajectory(move, frames, width, height, subject_distance=DISTANCE)


def motions(clips: list[Tensor]) -> dict[str, tuple[float, float]]:
    """Motion of both moves of every pair; one clip [F, H, W, 3] in 0..1 for each of MOVES."""
    found = {move: motion(clip, outwards="dolly" in move) for move, clip in zip(MOVES, clips, strict=True)}
    return {pair: (found[first], found[second]) for pair, (first, second) in PAIRS.items()}


def shares(rows: list[dict[str, tuple[float, float]]]) -> dict[str, float]:
    """Shares of rows by name, and the mean of the four."""
    opposite = {f"opposite_{pair}": float(np.mean([a * b < 0 for a, b in _of(rows, pair)])) for pair in PAIRS}
    expected = {
        f"as_expected_{pair}": float(np.mean([a > 0 > b for a, b in _of(rows, pair)]))
        for pair in PAIRS
        if pair in FIRST_IS_POSITIVE
    }
    return {**opposite, "opposite": float(np.mean(list(opposite.values()))), **expected}


def motion(frames: Tensor, outwards: bool = False) -> float:
    """Mean motion of pictures (F, H, W, 3) in 0..1, in pixels: to the right, or away from the middle."""
    import cv2

    grey = [_grey(frame, cv2) for frame in frames[::STRIDE]]
    flow = sum(
        cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 4, 41, 4, 7, 1.5, 0)  # type: ignore[call-overload]
        for a, b in pairwise(grey)
    )
    flow = np.asarray(flow) / UPSCALE
    if not outwards:
        return float(flow[..., 0].mean())
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width] - (np.array([height - 1, width - 1]) / 2)[:, None, None]
    return float(((flow[..., 0] * x + flow[..., 1] * y) / np.hypot(x, y).clip(1)).mean())


def _shot(part: Part, index: int, width: int, height: int, frames: int) -> list[Tensor]:
    """All moves from one still, with one seed."""
    seed = part.setting.seed + part.first + index
    paths = [part.raxels(preset(move, frames, width, height)) for move in MOVES]
    return part.batch_of([seed] * len(MOVES)).videos([part.stills[index]] * len(MOVES), paths)


def _placed(move: Trajectory, at: Trajectory) -> Trajectory:
    """A move that begins at a path's first camera, with its lens."""
    return replace(move, c2w=at.c2w[0] @ move.c2w, K=at.K[:1].repeat(move.num_frames, axis=0))


def _of(rows: list[dict[str, tuple[float, float]]], pair: str) -> list[tuple[float, float]]:
    return [row[pair] for row in rows]


def _grey(frame: Tensor, cv2: Any) -> np.ndarray:
    picture = (frame.numpy() * 255).round().astype(np.uint8)
    size = (UPSCALE * picture.shape[1], UPSCALE * picture.shape[0])
    return cv2.equalizeHist(
        cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_CUBIC)
    )
