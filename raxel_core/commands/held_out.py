"""What the model does with clips that nobody chose: fresh renders, ranked, so that the bad ones stand beside the good ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..evaluation.clips import rendered
from ..evaluation.pictures import psnr
from ..evaluation.pose import PoseErrors, pose_errors, standing_still
from ..evaluation.setting import Setting
from ..geometry.trajectory import Trajectory
from .engine import Engine
from .meter import Meter, measured

SEED = 31
"""Of the validation split: nothing was trained, tuned or put on a card with it."""
RANKS = ("best", "middle", "worst")


@dataclass(frozen=True)
class Sample:
    """One held-out clip: its path read, and its first frame shot along the true path."""

    number: int
    frames: Tensor
    """[F, H, W, 3] in 0..1: the truth."""
    truth: Trajectory
    path: Trajectory
    """Read from the true frames."""
    made: Tensor
    """[F, H, W, 3] in 0..1: shot along the true path."""

    @property
    def errors(self) -> PoseErrors:
        """Of the path that was read."""
        return pose_errors(self.path, self.truth)

    @property
    def still_errors(self) -> PoseErrors:
        """Of a camera that does not move."""
        return pose_errors(standing_still(self.truth), self.truth)

    @property
    def psnr_last(self) -> float:
        """Of the last frame made, in dB."""
        return psnr(self.made[-1], self.frames[-1])

    @property
    def psnr_last_still(self) -> float:
        """Of the first frame in its place, in dB."""
        return psnr(self.frames[0], self.frames[-1])

    @property
    def gain_db(self) -> float:
        """How much nearer to the truth the last frame is than the still, in dB."""
        return self.psnr_last - self.psnr_last_still


@dataclass(frozen=True)
class HeldOut:
    """All samples, and what reading their paths took."""

    samples: list[Sample]
    reading: Meter


def held_out(engine: Engine, clips: int, video_steps: int) -> HeldOut:
    """Render, read, and shoot first frames along true paths; the clips go through the network together."""
    truths = list(rendered(engine.model.info, "validation", SEED, clips))
    setting = Setting(engine.model, engine.vae, truths, SEED, video_steps, at_once=clips)
    part = next(setting.parts())
    with measured() as reading:
        paths = part.paths_of(part.frames)
    made = part.shot_along(part.truth)
    parts = zip(part.frames, part.truth, paths, made, strict=True)
    return HeldOut([Sample(number, *one) for number, one in enumerate(parts)], reading)


def best_middle_worst(samples: Sequence[Sample], badness: Callable[[Sample], float]) -> dict[str, Sample]:
    """Three of them by rank, under the names in RANKS."""
    ranked = sorted(samples, key=badness)
    return dict(zip(RANKS, (ranked[0], ranked[len(ranked) // 2], ranked[-1]), strict=True))


def by_path(sample: Sample) -> float:
    """Rank by how wrong the path is that was read: mean rotation error."""
    return sample.errors.rotation_deg


def by_picture(sample: Sample) -> float:
    """Rank by how little nearer to the truth the made clip is than the still repeated."""
    return -sample.gain_db


def mean_errors(errors: Sequence[PoseErrors]) -> PoseErrors:
    """Means over clips; the median for directions."""
    directions = [one.translation_direction_deg for one in errors]
    known = [value for value in directions if value == value]
    return PoseErrors(
        rotation_deg=float(np.mean([one.rotation_deg for one in errors])),
        translation=float(np.mean([one.translation for one in errors])),
        translation_direction_deg=float(np.median(known)) if known else float("nan"),
        focal_percent=float(np.mean([one.focal_percent for one in errors])),
    )
