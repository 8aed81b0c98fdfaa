"""Raw ray latents of many clips at once, straight from their cameras: what `engine.latents` makes for one clip.

They are made when a batch is drawn, because rays are relative to a camera that is chosen then.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..engine.checkpoint import CheckpointInfo
from ..engine.plucker_latents import FOLDED
from ..model import RaxelConfig
from .encoders import Encoder
from .patches import CELL


class RayLatents:
    """Metric rays of cameras as the network's variant has them: encoded raxels, or Plücker maps.

    Args:
        config: which variant.
        info: contrast and size.
        encoder: the autoencoder's.
    """

    def __init__(self, config: RaxelConfig, info: CheckpointInfo, encoder: Encoder) -> None:
        self.config, self.alpha, self.encoder = config, info.alpha, encoder
        height, width = info.height // 2, info.width // 2
        v, u = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
        # In half widths from the middle: times the tangent of half the angle of view, these are the rays at z = 1.
        self.plane = torch.stack([u - width / 2, v - height / 2]) / (width / 2)  # (2, h, w)

    def __call__(self, c2w: Tensor, hfov_deg: Tensor, stills: bool = False) -> Tensor:
        """Raw latents (B, C, T, h / 8, w / 8) of clips, or of F stills each.

        Args:
            c2w: (B, F, 4, 4) relative to the canonical camera, F = 4n + 1 for clips.
            hfov_deg: (B,) horizontal angle of view.
            stills: every camera is one of its own.
        """
        d = self._local(hfov_deg)
        if self.config.rays == "plucker":
            return self._plucker(functional.avg_pool2d(d, CELL), c2w, stills)
        images = self.alpha * (_turned(d, c2w) + c2w[:, :, :3, 3].transpose(1, 2)[..., None, None])
        return self.encoder.stills(images) if stills else self.encoder(images)

    def _local(self, hfov_deg: Tensor) -> Tensor:
        """Unit rays (B, 3, h, w) in camera axes."""
        xy = self.plane.to(hfov_deg) * (hfov_deg.deg2rad() / 2).tan().view(-1, 1, 1, 1)
        return functional.normalize(torch.cat([xy, torch.ones_like(xy[:, :1])], dim=1), dim=1)

    def _plucker(self, d: Tensor, c2w: Tensor, stills: bool) -> Tensor:
        """`geometry.plucker` for batches, folded as `engine.plucker_latents.fold` does."""
        directions = _turned(d, c2w)
        position = c2w[:, :, :3, 3].transpose(1, 2)[..., None, None].expand_as(directions)
        maps = torch.cat(
            [directions, torch.linalg.cross(directions, position, dim=1)], dim=1
        )  # (B, 6, F, h, w)
        if stills:
            folded = maps[:, :, :, None].expand(-1, -1, -1, FOLDED, -1, -1)
        else:
            first = maps[:, :, :1].expand(-1, -1, FOLDED - 1, -1, -1)
            folded = torch.cat([first, maps], dim=2).unflatten(2, (-1, FOLDED))
        return folded.permute(0, 3, 1, 2, 4, 5).flatten(1, 2)


def _turned(d: Tensor, c2w: Tensor) -> Tensor:
    """Rays (B, 3, h, w) in camera axes as cameras (B, F, 4, 4) see them: (B, 3, F, h, w)."""
    return torch.einsum("bfij,bjhw->bifhw", c2w[:, :, :3, :3], d)
