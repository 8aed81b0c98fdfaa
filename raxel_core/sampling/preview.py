"""What a run looks like so far: small pictures and the path, read off the latents without the autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..engine.latents import LatentCodec
from ..errors import RaxelError
from ..geometry.estimate import estimate_trajectory
from ..geometry.trajectory import Trajectory
from .solvers import Latents, StepHook


@dataclass(frozen=True, eq=False)
class Preview:
    """The present estimate of a run's result."""

    frames: Tensor | None
    """[T, h, w, 3] in 0..1 on the CPU: one small picture for every latent frame, or still."""
    path: Trajectory | None
    """One camera for every latent frame, or still; None while the rays are no cameras yet."""


OnStep = Callable[[int, int, Callable[[], Preview]], None]
"""(steps done, steps in all, a function that makes the preview and costs nothing unless called)."""


def step_hook(codec: LatentCodec, on_step: OnStep | None) -> StepHook | None:
    """Wrap the caller's `on_step` for the solver."""
    if on_step is None:
        return None

    def hook(step: int, total: int, denoised: Callable[[], Latents]) -> None:
        on_step(step, total, lambda: preview_of(codec, denoised()))

    return hook


@torch.no_grad()
def preview_of(codec: LatentCodec, clean: Latents) -> Preview:
    """The most wanted of the latents at hand: the clip before new stills before given ones."""
    kind = next(kind for kind in ("video", "target", "source") if f"{kind}_z" in clean)
    stills = kind != "video"
    frames = codec.colours(clean[f"{kind}_z"], stills)
    return Preview(
        frames if bool(frames.isfinite().all()) else None, _path(codec, clean[f"{kind}_r"], stills)
    )


def _path(codec: LatentCodec, rays: Tensor, stills: bool) -> Trajectory | None:
    try:
        return estimate_trajectory(codec.coarse_rays(rays, stills), reference=0).trajectory
    except RaxelError:  # early estimates may be flat, or no numbers
        return None
