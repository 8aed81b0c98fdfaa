"""What the product does, in five functions: which parts are given, which start as noise, and on which clock.

`z` are image latents [1, 16, T, h, w], `r` ray latents [1, C, T, h / 2, w / 2]. `source` are clean stills (the first
one is the canonical camera), `target` stills to make, `video` is the clip. A clock is a tensor of falling sigmas from 1
to 0; parts without one are given. What to solve with, and what must hold on the way, is bound into `solve`.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from .noise import Noise
from .solvers import Latents

Solve = Callable[[Latents, dict[str, Tensor]], Latents]
"""(latents, clocks) -> the latents with everything that has a clock denoised."""


def pose_from_video(
    solve: Solve, noise: Noise, source_z: Tensor, video_z: Tensor, ray_clock: Tensor
) -> Tensor:
    """Match-move: the clip and its first frame are given, their rays are denoised. Returns the clip's ray latents."""
    latents = {
        "source_z": source_z,
        "video_z": video_z,
        "source_r": noise.rays(source_z),
        "video_r": noise.rays(video_z),
    }
    return solve(latents, {"source_r": ray_clock, "video_r": ray_clock})["video_r"]


def video_from_trajectory(
    solve: Solve, noise: Noise, source_z: Tensor, source_r: Tensor, video_r: Tensor, video_clock: Tensor
) -> Tensor:
    """Shoot stills along a path: stills and all rays are given, the clip is denoised. Returns its image latents."""
    latents = {
        "source_z": source_z,
        "video_z": noise.images(source_z, frames=video_r.shape[2]),
        "source_r": source_r,
        "video_r": video_r,
    }
    return solve(latents, {"video_z": video_clock})["video_z"]


def joint(
    solve: Solve, noise: Noise, source_z: Tensor, frames: int, video_clock: Tensor, ray_clock: Tensor
) -> tuple[Tensor, Tensor]:
    """Surprise me: only stills are given; clip and rays are denoised together, each on its own clock.

    Returns the clip's image latents and ray latents of `frames` latent frames.
    """
    video_z = noise.images(source_z, frames)
    latents = {
        "source_z": source_z,
        "video_z": video_z,
        "source_r": noise.rays(source_z),
        "video_r": noise.rays(video_z),
    }
    done = solve(latents, {"video_z": video_clock, "source_r": ray_clock, "video_r": ray_clock})
    return done["video_z"], done["video_r"]


def poses_of_stills(solve: Solve, noise: Noise, source_z: Tensor, ray_clock: Tensor) -> Tensor:
    """Where were these taken: stills are given, their rays are denoised; there is no clip. Returns the ray latents."""
    latents = {"source_z": source_z, "source_r": noise.rays(source_z)}
    return solve(latents, {"source_r": ray_clock})["source_r"]


def stills_from_cameras(
    solve: Solve, noise: Noise, source_z: Tensor, source_r: Tensor, target_r: Tensor, video_clock: Tensor
) -> Tensor:
    """The same place from over there: stills and all rays are given, one image for each target camera is denoised."""
    latents = {
        "source_z": source_z,
        "target_z": noise.images(source_z, frames=target_r.shape[2]),
        "source_r": source_r,
        "target_r": target_r,
    }
    return solve(latents, {"target_z": video_clock})["target_z"]
