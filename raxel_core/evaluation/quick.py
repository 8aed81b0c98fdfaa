"""An autoencoder whose encoder is two matrix products, where it is that of the shipped model: a hundred times as fast."""

from __future__ import annotations

from torch import Tensor

from ..engine.vae import DiffusersVAE, VideoVAE
from ..training.encoders import make_encoder


class QuickVAE:
    """A `VideoVAE` that gives the latents of another one to float32 rounding, and its pictures exactly.

    Args:
        vae: any; one whose encoder is not linear in cells is used as it is.
    """

    def __init__(self, vae: DiffusersVAE) -> None:
        self.vae, self.encoder = vae, make_encoder(vae)

    def encode(self, pixels: Tensor) -> Tensor:
        """See `VideoVAE.encode`."""
        return self.encoder(pixels)

    def decode(self, latents: Tensor) -> Tensor:
        """See `VideoVAE.decode`."""
        return self.vae.decode(latents)


def quick(vae: VideoVAE) -> VideoVAE:
    """The quickest form of an autoencoder."""
    return QuickVAE(vae) if isinstance(vae, DiffusersVAE) else vae
