"""The job of the engine's benchmarks: one forward of a clip with one still, and its rays, at the size of a video."""

from __future__ import annotations

import torch
from torch import Tensor

from raxel_core.model import RaxelConfig

SHAPE = "17x256x416"


def job(shape: str, config: RaxelConfig, device: str = "cpu") -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Latents and noise levels of `generate` at `shape`; the same numbers in every process.

    Args:
        shape: frames, height and width in pixels, as in "17x256x416"; frames 4n + 1, sizes multiples of 32.
        config: sizes of the network.
        device: where they lie.
    """
    frames, height, width = latent_size(shape)
    draw = torch.Generator().manual_seed(7)
    latents = {}
    for name, count in (("source", 1), ("video", frames)):
        images = torch.randn(1, config.in_channels, count, height, width, generator=draw)
        rays = torch.randn(1, config.ray_channels, count, height // 2, width // 2, generator=draw)
        latents |= {f"{name}_z": images.to(device), f"{name}_r": rays.to(device)}
    sigmas = {name: torch.tensor(0.7 * (name == "video_z"), device=device) for name in latents}
    return latents, sigmas


def latent_size(shape: str) -> tuple[int, int, int]:
    """Latent frames, rows and columns of a video's size."""
    frames, height, width = (int(number) for number in shape.split("x"))
    return 1 + (frames - 1) // 4, height // 8, width // 8


def tera_flop(shape: str, config: RaxelConfig) -> float:
    """Computed: 1e12 multiplications and additions of one forward; products with weights, and attention.

    A token of the video passes QKVO, text's Q and O, its feed-forward, and Q, O and K, V of the look across; one of the rays
    the same with its own feed-forward. Text's K and V run once for either branch.
    """
    frames, rows, columns = latent_size(shape)
    z = (frames + 1) * rows * columns // 4
    r, text = z // 4, config.text_len
    products = (z + r) * (10 * config.dim**2 + 2 * config.dim * config.ffn_dim) + 4 * text * config.dim**2
    attention = 2 * config.dim * (z * z + r * r + 2 * z * r + (z + r) * text)
    return 2e-12 * config.num_layers * (products + attention)
