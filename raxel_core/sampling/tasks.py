"""What the product does, in three functions: which parts are given, which start as noise, and on which clock.

`z` are image latents [1, 16, T, h, w], `r` ray latents [1, 16, T, h / 2, w / 2]. `source` are clean stills (the first
one is the canonical camera), `video` is the clip. A clock is a tensor of falling sigmas; parts without one are given.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .solvers import Denoise, StepHook, euler


def pose_from_video(
    denoise: Denoise,
    source_z: Tensor,
    video_z: Tensor,
    ray_clock: Tensor,
    generator: torch.Generator,
    on_step: StepHook | None = None,
) -> Tensor:
    """Match-move: the clip is given, its rays are denoised. Returns the ray latents of the clip."""
    latents = {
        "source_z": source_z,
        "video_z": video_z,
        "source_r": ray_noise(source_z, generator),
        "video_r": ray_noise(video_z, generator),
    }
    clocks = {"source_r": ray_clock, "video_r": ray_clock}
    return euler(denoise, latents, clocks, on_step)["video_r"]


def video_from_trajectory(
    denoise: Denoise,
    source_z: Tensor,
    source_r: Tensor,
    video_r: Tensor,
    video_clock: Tensor,
    generator: torch.Generator,
    on_step: StepHook | None = None,
) -> Tensor:
    """Shoot stills along a path: stills and all rays are given, the clip is denoised. Returns its image latents."""
    frames, (rows, columns) = video_r.shape[2], source_z.shape[3:]
    latents = {
        "source_z": source_z,
        "video_z": noise((*source_z.shape[:2], frames, rows, columns), generator, source_z),
        "source_r": source_r,
        "video_r": video_r,
    }
    return euler(denoise, latents, {"video_z": video_clock}, on_step)["video_z"]


def joint(
    denoise: Denoise,
    source_z: Tensor,
    frames: int,
    video_clock: Tensor,
    ray_clock: Tensor,
    generator: torch.Generator,
    on_step: StepHook | None = None,
) -> tuple[Tensor, Tensor]:
    """Surprise me: only stills are given; clip and rays are denoised together, each on its own clock.

    Returns the clip's image latents and ray latents of `frames` latent frames.
    """
    video_z = noise((*source_z.shape[:2], frames, *source_z.shape[3:]), generator, source_z)
    latents = {
        "source_z": source_z,
        "video_z": video_z,
        "source_r": ray_noise(source_z, generator),
        "video_r": ray_noise(video_z, generator),
    }
    clocks = {"video_z": video_clock, "source_r": ray_clock, "video_r": ray_clock}
    done = euler(denoise, latents, clocks, on_step)
    return done["video_z"], done["video_r"]


def noise(shape: tuple[int, ...], generator: torch.Generator, like: Tensor) -> Tensor:
    """Gaussian noise in float32 from a CPU generator, so that a seed means the same on every device."""
    return torch.randn(shape, generator=generator, dtype=torch.float32).to(like.device)


def ray_noise(z: Tensor, generator: torch.Generator) -> Tensor:
    """Noise for the rays of image latents [B, C, T, h, w]: [B, C, T, h / 2, w / 2]."""
    return noise((*z.shape[:3], z.shape[3] // 2, z.shape[4] // 2), generator, z)
