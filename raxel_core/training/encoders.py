"""Pixels in batches to raw latents, through any Wan VAE: the shipped linear one as two matrix products, others as they are."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from ..engine.vae import DiffusersVAE
from ..errors import RaxelError
from .patches import CELL, PatchEncoder


class Encoder(Protocol):
    """What the cache and the rays need of an autoencoder."""

    @property
    def device(self) -> torch.device:
        """Where pixels and latents are."""
        ...

    def __call__(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, F, H, W) in -1..1, F = 4n + 1 -> raw latents (B, 16, n + 1, H / 8, W / 8)."""
        ...

    def stills(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, M, H, W) of M stills -> raw latents (B, 16, M, H / 8, W / 8)."""
        ...


class NetworkEncoder:
    """The autoencoder's own network.

    Args:
        vae: moved to the device.
        device: where pixels and latents are.
    """

    def __init__(self, vae: DiffusersVAE, device: torch.device | str = "cpu") -> None:
        model: Any = vae.model
        model.to(device)
        self.vae = vae

    @property
    def device(self) -> torch.device:
        """Where pixels and latents are."""
        return self.vae.model.quant_conv.weight.device

    def __call__(self, pixels: Tensor) -> Tensor:
        """See `Encoder`."""
        return self.vae.encode(pixels)

    def stills(self, pixels: Tensor) -> Tensor:
        """See `Encoder`."""
        singles = pixels.transpose(1, 2).flatten(0, 1).unsqueeze(2)  # (B M, 3, 1, H, W): clips of one frame
        return self.vae.encode(singles).squeeze(2).unflatten(0, (pixels.shape[0], -1)).transpose(1, 2)


def make_encoder(vae: DiffusersVAE, device: torch.device | str = "cpu") -> Encoder:
    """The faster of the two that gives the autoencoder's latents: a `PatchEncoder` where its encoder is linear in cells."""
    if sees_cells_alone(vae):
        try:
            return PatchEncoder(vae, device)
        except RaxelError:
            pass  # it sees cells alone, but not linearly
    return NetworkEncoder(vae, device)


@torch.no_grad()
def sees_cells_alone(vae: DiffusersVAE) -> bool:
    """Whether a latent depends on the 8 x 8 pixels of its own cell alone, as in the closed-form encoder."""
    x = torch.zeros(2, 3, 1, 2 * CELL, 2 * CELL)
    x[1, :, :, :CELL, :CELL] = 1
    latents = vae.encode(x)
    beside, own = (latents[1] - latents[0])[..., 1, 1], (latents[1] - latents[0])[..., 0, 0]
    return bool(beside.abs().max() < 1e-4 * own.abs().max())
