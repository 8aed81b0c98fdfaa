"""Fits what `sampling.confidence` needs to held-out clips: when is an estimated rotation right to 5 degrees?

Maximum likelihood of three weights, given what is usual for these clips. How good the fit is, is measured on the half of
the clips that it did not see; the constants themselves are then fitted to all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..errors import RaxelError
from ..geometry.estimate import estimate_trajectory
from ..sampling import SamplingOptions, tasks
from ..sampling.confidence import RIGHT_DEG, Evidence, confidence_from, evidence_of, familiarity
from ..sampling.run import Run
from ..training.render import Clip
from .path_errors import frame_errors

FEWEST = 8
"""Clips."""
WEIGHTS = ("bias", "apart", "turned")


@dataclass(frozen=True)
class Tried:
    """One clip: what the run showed, and the true error."""

    evidence: Evidence
    error_deg: Tensor
    """(F - 1,) of the rotation, relative to the first frame, which is right by definition."""


@torch.no_grad()
def try_clips(
    model: RaxelModel,
    vae: VideoVAE,
    clips: Iterable[Clip],
    seed: int = 0,
    on_clip: Callable[[], object] = lambda: None,
) -> list[Tried]:
    """Estimate the paths of clips in two steps, as `pose_from_video` does, and keep the evidence."""
    found = []
    for index, clip in enumerate(clips):
        frames = clip.frames.float() / 255
        run = Run(model, vae, SamplingOptions(seed + index, ray_steps=2))
        z = run.stills(frames[:1]), run.video(frames)
        video_r = tasks.pose_from_video(run.solver(), run.noise, *z, run.options.ray_clock)
        path = estimate_trajectory(run.codec.decode_rays(video_r), reference=0).trajectory
        error = torch.from_numpy(frame_errors(path, clip.trajectory).rotation_deg)
        found.append(Tried(evidence_of(run, frames[:1], frames, run.first["video_r"]), error))
        on_clip()
    return found


def calibrate(tried: Sequence[Tried]) -> dict[str, Any]:
    """The constants for `CheckpointInfo.confidence`, and under `measured` how good they are.

    Raises:
        RaxelError: too few clips.
    """
    if len(tried) < FEWEST:
        raise RaxelError(f"a calibration needs at least {FEWEST} clips, got {len(tried)}; ask for more.")
    seen, unseen = tried[::2], tried[1::2]
    return {**fit(tried), "clips": len(tried), "right_deg": RIGHT_DEG, "measured": score(unseen, fit(seen))}


def fit(tried: Sequence[Tried]) -> dict[str, Any]:
    """Weights and usual numbers that make what happened most likely."""
    usual = {
        name: np.quantile([clip.evidence.unusual[name] for clip in tried], [0.5, 0.95]).tolist()
        for name in tried[0].evidence.unusual
    }
    features = torch.stack(
        [
            torch.cat([clip.evidence.apart[1:].log1p() for clip in tried]),
            torch.cat([clip.evidence.turned[1:].log1p() for clip in tried]),
        ]
    )
    known = torch.cat([torch.full_like(t.error_deg, familiarity(t.evidence, usual)) for t in tried])
    right = torch.cat([(clip.error_deg < RIGHT_DEG).double() for clip in tried])
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        chance = ((weights[0] + weights[1:] @ features).sigmoid() * known).clamp(1e-6, 1 - 1e-6)
        value = torch.nn.functional.binary_cross_entropy(chance, right) + 1e-3 * weights[1:].square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    return {**dict(zip(WEIGHTS, weights.tolist(), strict=True)), "usual": usual}


def score(tried: Sequence[Tried], constants: dict[str, Any]) -> dict[str, float]:
    """How good constants are on clips that they were not fitted to.

    Returns:
        `confidence` and `right`, mean confidence and share of right frames, which should be equal; `gap`, their mean
        distance over five bins of equal width, weighted by frames; `error_of_surer_half_deg` and `..._other_half_deg`.
    """
    sure = [np.array(confidence_from(clip.evidence, constants))[1:] for clip in tried]
    error = [clip.error_deg.numpy() for clip in tried]
    c, right = np.concatenate(sure), np.concatenate(error) < RIGHT_DEG
    bins = np.minimum((c * 5).astype(int), 4)
    gap = sum(abs(c[bins == b].sum() - right[bins == b].sum()) for b in range(5)) / len(c)
    order = np.argsort([-values.mean() for values in sure])
    halves = np.array_split(order, 2)
    surer, other = (float(np.mean([error[i].mean() for i in half])) for half in halves)
    return {
        "confidence": float(c.mean()),
        "right": float(right.mean()),
        "gap": float(gap),
        "error_of_surer_half_deg": surer,
        "error_of_other_half_deg": other,
    }
