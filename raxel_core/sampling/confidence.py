"""How far to trust an estimated path: the probability that a frame's rotation is right to 5 degrees.

Two things speak for or against a frame: how far the estimates of one step and of more lie apart, and how far the
camera turned. Four numbers say whether the clip is like those that the model was made on; each counts only by how far it
exceeds what 95% of those clips have. The constants are fitted to held-out clips (`evaluation.calibration`) and live in the
checkpoint's record; without them nothing is measured. It costs one forward, and one still through the decoder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..errors import RaxelError
from ..geometry.doubt import LOW_CONFIDENCE
from ..geometry.estimate import estimate_trajectory
from ..geometry.rotation import rotation_angle_deg
from . import tasks
from .run import Run, velocity_of

RIGHT_DEG = 5.0
"""A rotation with less error than this, relative to the first frame, is right."""
LOW = LOW_CONFIDENCE
"""A clip whose mean confidence is below this is not recognised."""
SIGMA = 0.3
"""Noise level at which the clip is tried on the network."""
STEEPNESS = 2.0
"""How fast confidence falls with what is unusual."""
STILL_CHANGE = 2e-3
"""Of pictures in 0..1, from frame to frame: less than this is rounding."""


@dataclass(frozen=True)
class Evidence:
    """What a run shows of how far to trust it."""

    apart: Tensor
    """(F,) degrees between two estimates of a frame's camera: the one told, and one by another number of steps."""
    turned: Tensor
    """(F,) degrees between a frame's camera and the first one."""
    unusual: dict[str, float]
    """Four numbers of the clip, larger for clips unlike the model's own; see `evidence_of`."""


@torch.no_grad()
def evidence_of(run: Run, still: Tensor, frames: Tensor, other: Tensor) -> Evidence:
    """Look at a finished run.

    The four numbers are logarithms: `reconstruction` of the autoencoder's mean square error on the first frame, `surprise`
    of the network's on the clip with some noise, given the path, `jump` of the largest change from one frame to the next
    over the median one, `disorder` of the mean change over one frame over that over two (0 for noise, shuffled frames and
    a clip in which nothing moves; a smooth move has about half).

    Args:
        run: see `confidence_of`; noise is drawn after all else.
        still: (1, H, W, 3).
        frames: the clip (F, H, W, 3).
        other: ray latents of the clip by another number of steps.

    Returns:
        Evidence. Raises RaxelError where the rays hold no camera.
    """
    paths = (
        estimate_trajectory(run.codec.coarse_rays(r), reference=0).trajectory.c2w[:, :3, :3]
        for r in (run.last["video_r"], other)
    )
    told, again = paths
    # A latent frame is the first picture, or four; nothing is known of the first, which takes after the second.
    latent = torch.tensor([max(1, (frame + 3) // 4) for frame in range(len(frames))])
    apart, turned = (torch.from_numpy(rotation_angle_deg(R, told)) for R in (again, told[:1]))
    source = run.decoded(lambda: run.codec.decode_stills(run.last["source_z"][:, :, :1])).cpu()
    change, change_of_two = (_change(frames.cpu(), gap) for gap in (1, 2))
    numbers = {
        "reconstruction": (source - still.cpu()).square().mean().add(1e-6).log(),
        "surprise": _surprise(run).log(),
        "jump": change.max().log() - change.median().log(),
        "disorder": change.mean().log() - change_of_two.mean().log(),
    }
    unusual = {name: float(value) for name, value in numbers.items()}
    return Evidence(apart[latent], turned[latent], unusual)


def _change(frames: Tensor, gap: int) -> Tensor:
    """Root mean square change of the picture over so many frames: (F - gap,)."""
    return (frames[gap:] - frames[:-gap]).square().mean(dim=(1, 2, 3)).sqrt() + STILL_CHANGE


def _surprise(run: Run) -> Tensor:
    """Mean square error of the clip's velocity after the first frame, given the path."""
    clean, z = run.last, run.last["video_z"]
    noise = run.noise.like(z, z.shape)
    noisy = clean | {"video_z": (1 - SIGMA) * z + SIGMA * noise}
    levels = dict.fromkeys(clean, 0.0) | {"video_z": SIGMA}
    found = velocity_of(run.model)(noisy, levels, run.options.context)["video_z"]
    return (found - (noise - z))[:, :, 1:].square().mean().add(1e-6).cpu()


def confidence_from(evidence: Evidence, constants: Mapping[str, Any]) -> tuple[float, ...]:
    """Probability (F,) that the rotation of each frame is right.

    Args:
        evidence: of the run.
        constants: `bias`, `apart`, `turned` and `usual`, the median and 95% of each number, as `calibrate` fits them.

    Returns:
        F numbers in 0..1; 0 where evidence is no number.
    """
    bias, apart, turned = (float(constants[name]) for name in ("bias", "apart", "turned"))
    score = bias + apart * evidence.apart.log1p() + turned * evidence.turned.log1p()
    values = score.sigmoid() * familiarity(evidence, constants["usual"])
    return tuple(values.nan_to_num(0.0).clamp(0, 1).tolist())


def familiarity(evidence: Evidence, usual: Mapping[str, Any]) -> float:
    """1 for a clip like those that the model was made on, towards 0 for others."""
    excess = 0.0
    for name, value in evidence.unusual.items():
        middle, high = (float(bound) for bound in usual[name])
        excess += max((value - high) / max(high - middle, 1e-3), 0.0)  # in this order nan stays nan
    return math.exp(-STEEPNESS * excess) if math.isfinite(excess) else 0.0


def confidence_of(
    run: Run, still: Tensor, frames: Tensor, other: Tensor | None = None
) -> tuple[float, ...] | None:
    """Confidence of a finished run, as above.

    Args:
        run: whose last step left `source_z`, `video_z` and their rays.
        still: (1, H, W, 3), the first source.
        frames: the clip (F, H, W, 3) in 0..1, given or made.
        other: a second opinion, ray latents of the clip; None takes what one step reads from the clip (two, where the
            path itself is of one).

    Returns:
        F numbers in 0..1, all 0 where the rays hold no camera; None where the checkpoint has no constants.
    """
    constants = run.model.info.confidence
    if not constants:
        return None
    try:
        other = reread(run, 1) if other is None else other
        return confidence_from(evidence_of(run, still, frames, other), constants)
    except RaxelError:
        return (0.0,) * len(frames)


def reread(run: Run, steps: int) -> Tensor:
    """The ray latents that the model reads from a run's clip in so many steps, from the run's own seed."""
    again = Run(run.model, run.codec.vae, replace(run.options, ray_steps=steps))
    z = run.last["source_z"], run.last["video_z"]
    return tasks.pose_from_video(again.solver(), again.noise, *z, again.options.ray_clock)


def doubt(confidence: Sequence[float]) -> str | None:
    """A warning in one line where a clip is not recognised."""
    mean = sum(confidence) / len(confidence)
    if mean >= LOW:
        return None
    return (
        f"the model does not recognise this clip: confidence {mean:.2f} is the share of frames that it is likely "
        f"to get right to {RIGHT_DEG:g} degrees; do not rely on this path"
    )
