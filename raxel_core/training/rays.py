"""Ray latents of many clips at once, straight from their cameras: what `engine.latents` does for one clip."""

from __future__ import annotations

import torch
from torch import Tensor

from ..engine.checkpoint import CheckpointInfo
from .patches import PatchEncoder


class RayEncoder:
    """Metric raxels of cameras, encoded.

    Args:
        info: contrast, size and the lens of the static camera.
        encoder: the autoencoder's.
    """

    def __init__(self, info: CheckpointInfo, encoder: PatchEncoder) -> None:
        self.info, self.encoder = info, encoder
        height, width = info.height // 2, info.width // 2
        v, u = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
        # In half widths from the middle, so that the tangent of half the angle of view makes them rays.
        self.plane = torch.stack([u / (width / 2) - 1, (v - height / 2) / (width / 2)])  # (2, h, w)

    def _images(self, c2w: Tensor, hfov_deg: Tensor) -> Tensor:
        """Raxels (B, 3, F, h, w) of cameras (B, F, 4, 4) in the frame that they are given in."""
        self.plane = self.plane.to(c2w)
        tangent = (hfov_deg.deg2rad() / 2).tan().view(-1, 1, 1, 1)
        xy = self.plane * tangent  # (B, 2, h, w)
        d = torch.nn.functional.normalize(torch.cat([xy, torch.ones_like(xy[:, :1])], dim=1), dim=1)
        turned = torch.einsum("bfij,bjhw->bifhw", c2w[:, :, :3, :3], d)
        return self.info.alpha * (turned + c2w[:, :, :3, 3].transpose(1, 2)[..., None, None])

    def __call__(self, c2w: Tensor, hfov_deg: Tensor) -> Tensor:
        """Raw latents (B, 16, T, h, w) of clips: c2w (B, F, 4, 4) relative to the canonical camera, hfov_deg (B,)."""
        return self.encoder(self._images(c2w, hfov_deg))

    def stills(self, c2w: Tensor, hfov_deg: Tensor) -> Tensor:
        """Raw latents (B, 16, M, h, w) of single cameras (B, M, 4, 4)."""
        return self.encoder.stills(self._images(c2w, hfov_deg))

    def origin(self, frames: int) -> Tensor:
        """Raw latents (1, 16, T, h, w) of a camera that stands still."""
        c2w = torch.eye(4).expand(1, frames, 4, 4).to(self.plane)
        return self(c2w, torch.tensor([self.info.ray_origin_hfov_deg]).to(self.plane))
