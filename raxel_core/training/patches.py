"""The small encoder as two matrix products: 100 times as fast as the network that it was read from.

The closed-form encoder (`linear_encoder`) sees every 8 x 8 cell alone: the first frame of a clip by itself, then four
frames at a time, in an affine map, and ends with a norm, a SiLU and one more matrix. `PatchEncoder` reads the affine map
off by probing it with unit pictures and keeps the ending as it is, so it repeats the network to rounding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ..engine.vae import DiffusersVAE
from ..errors import RaxelError

CELL, GROUP = 8, 4  # pixels across a latent cell, frames in a latent frame


class PatchEncoder:
    """A `DiffusersVAE` with a linear encoder, for pixels in batches.

    Args:
        vae: raises RaxelError where its encoder is not of the closed form.
        device: where pixels and latents are.
    """

    def __init__(self, vae: DiffusersVAE, device: torch.device | str = "cpu") -> None:
        encoder: Any = vae.model.encoder
        norm, last = encoder.norm_out, encoder.conv_out
        z_dim = last.out_channels // 2
        pixels = 3 * CELL * CELL
        tensors = (
            *_probed(vae, norm, range(1), pixels),
            *_probed(vae, norm, range(1, 1 + GROUP), GROUP * pixels),
            norm.scale * norm.gamma.flatten(),
            last.weight[:z_dim, :, 2, 1, 1].T,
            last.bias[:z_dim],
        )
        self.still, self.still_offset, self.clip, self.clip_offset, self.gain, self.last, self.bias = (
            tensor.detach().to(device) for tensor in tensors
        )
        self._check(vae)

    @property
    def device(self) -> torch.device:
        """Where pixels and latents are."""
        return self.still.device

    def _check(self, vae: DiffusersVAE) -> None:
        x = (
            torch.rand(1, 3, 1 + GROUP, 2 * CELL, 2 * CELL, generator=torch.Generator().manual_seed(0)) * 2
            - 1
        )
        expected = vae.encode(x).to(self.still)
        error = float((self(x.to(self.still)) - expected).norm() / expected.norm())
        if error > 1e-2:
            raise RaxelError(
                f"the autoencoder's encoder is not linear in 8 x 8 cells (error {100 * error:.0f}%); "
                "make it with `raxel train-vae`"
            )

    @torch.no_grad()
    def __call__(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, F, H, W) in -1..1, F = 4n + 1 -> raw latents (B, 16, n + 1, H / 8, W / 8)."""
        features = [_patches(pixels[:, :, :1], 1) @ self.still + self.still_offset]
        if pixels.shape[2] > 1:
            features.append(_patches(pixels[:, :, 1:], GROUP) @ self.clip + self.clip_offset)
        return self._ended(torch.cat(features, dim=1))

    @torch.no_grad()
    def stills(self, pixels: Tensor) -> Tensor:
        """Pixels (B, 3, M, H, W) of M stills -> raw latents (B, 16, M, H / 8, W / 8)."""
        return self._ended(_patches(pixels, 1) @ self.still + self.still_offset)

    def _ended(self, features: Tensor) -> Tensor:
        """Norm, SiLU and last matrix: (B, T, h, w, C) -> (B, z, T, h, w)."""
        normed = functional.normalize(features, dim=-1) * self.gain
        return (functional.silu(normed) @ self.last + self.bias).movedim(-1, 1)


@torch.no_grad()
def _probed(vae: DiffusersVAE, norm: Any, frames: range, inputs: int) -> tuple[Tensor, Tensor]:
    """Matrix (inputs, C) and offset (C,) from the pixels of these frames to the features before the norm."""
    weight = next(vae.model.parameters())
    probes = torch.zeros(inputs + 1, 3, 1 + GROUP, CELL, CELL).to(weight)
    rows = _patches(probes[:, :, frames.start : frames.stop], len(frames)).shape[-1]
    probes[1:, :, frames.start : frames.stop] = (
        torch.eye(rows).to(weight).view(rows, 3, len(frames), CELL, CELL)
    )
    seen: list[Tensor] = []
    hook = norm.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    try:
        for part in probes.split(128):
            vae.encode(part)
    finally:
        hook.remove()
    # The network runs first frame and group one after the other: every batch leaves two features here.
    features = torch.cat(seen[min(frames.start, 1) :: 2])[..., 0, 0, 0]
    return features[1:] - features[0], features[0]


def _patches(x: Tensor, frames: int) -> Tensor:
    """(B, C, T, H, W) as cells of `frames` frames: (B, T / frames, H / 8, W / 8, C frames 64)."""
    b, c, t, h, w = x.shape
    cells = x.reshape(b, c, t // frames, frames, h // CELL, CELL, w // CELL, CELL)
    return cells.permute(0, 2, 4, 6, 1, 3, 5, 7).flatten(4)
