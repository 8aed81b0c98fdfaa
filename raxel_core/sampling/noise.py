"""Where every random number of a run comes from."""

from __future__ import annotations

import torch
from torch import Tensor


class Noise:
    """Gaussian noise in float32 from one CPU generator, so that a seed means the same on every device.

    Args:
        seed: any whole number.
        ray_channels: channels of ray latents.
    """

    def __init__(self, seed: int, ray_channels: int = 16):
        self.generator = torch.Generator(device="cpu").manual_seed(seed % 2**63)
        self.ray_channels = ray_channels

    def images(self, z: Tensor, frames: int) -> Tensor:
        """For `frames` latent frames of the size of image latents z [B, C, T, h, w]."""
        return self.like(z, (*z.shape[:2], frames, *z.shape[3:]))

    def rays(self, z: Tensor) -> Tensor:
        """For the rays of image latents z [B, C, T, h, w]: [B, ray_channels, T, h / 2, w / 2]."""
        return self.like(z, (len(z), self.ray_channels, z.shape[2], z.shape[3] // 2, z.shape[4] // 2))

    def like(self, x: Tensor, shape: tuple[int, ...] | torch.Size) -> Tensor:
        """Of a shape, where x lies."""
        return torch.randn(shape, generator=self.generator, dtype=torch.float32).to(x.device)
