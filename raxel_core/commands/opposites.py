"""Opposite camera moves from one still: does the picture obey?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..geometry.estimate import estimate_trajectory
from ..geometry.presets import preset_trajectory
from ..geometry.trajectory import Trajectory
from ..report.charts import pan_tilt_roll, right_up_forward
from ..sampling import SamplingOptions, pose_from_video
from .engine import Engine
from .paths import FPS, SUBJECT_DISTANCE
from .runs import Run, run_generate

PAIRS = (("arc_left", "arc_right"), ("pan_left", "pan_right"))


@dataclass(frozen=True)
class Move:
    """A still shot along a preset."""

    name: str
    frames: Tensor
    """[F, H, W, 3] in 0..1"""
    asked: Trajectory
    again: Trajectory
    """Read from the frames by the same model."""

    @property
    def in_words(self) -> str:
        """Asked and achieved, in film words."""
        return f"{self.name}: asked for {_in_words(self.asked)}; read again from the clip, {_in_words(self.again)}"


def preset(engine: Engine, name: str) -> Trajectory:
    """A preset of the model's own size and length."""
    info = engine.model.info
    return preset_trajectory(
        name, info.frames, info.width, info.height, FPS, subject_distance=SUBJECT_DISTANCE
    )


def opposite_moves(
    engine: Engine, stills: Tensor, options: SamplingOptions, known: Move
) -> list[tuple[Move, Move]]:
    """Both moves of every pair, with the same noise; ``known`` is one of them and is not made again."""

    def move(name: str) -> Move:
        if name == known.name:
            return known
        run = run_generate(engine, stills, preset(engine, name), options)
        return move_of(name, run, read_again(engine, run, options))

    return [(move(first), move(second)) for first, second in PAIRS]


def move_of(name: str, run: Run, again: Trajectory) -> Move:
    """A run along a preset, and the path that was read from it."""
    assert run.frames is not None
    return Move(name, run.frames, run.path, again)


def read_again(engine: Engine, run: Run, options: SamplingOptions) -> Trajectory:
    """The path that the model reads from the clip that it made, told from the first camera."""
    assert run.frames is not None
    raxels = pose_from_video(engine.model, engine.vae, run.frames, run.raxels.fps, options).raxels
    return estimate_trajectory(raxels, reference=0).trajectory


def _in_words(path: Trajectory) -> str:
    pan, right = pan_tilt_roll(path)[-1, 0], right_up_forward(path)[-1, 0]
    turn = f"{abs(pan):.0f}° to the {_side(pan)}" if abs(pan) >= 0.5 else "no turn"
    move = f"{abs(right):.2f} to the {_side(right)}" if abs(right) >= 0.005 else "no way"
    return f"{turn} and {move}"


def _side(value: np.floating) -> str:
    return "right" if value > 0 else "left"
