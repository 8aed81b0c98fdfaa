"""Raw ray latents: what every variant of them can do, and the paper's own, raxels through the autoencoder.

The other one is in `plucker_latents`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ..geometry.raxels import Raxels, ray_bundle
from ..geometry.rays import intrinsics
from .cell_colours import CELL, CellColours, cell_means, fit_cell_colours, probe_latents, remembered
from .checkpoint import CheckpointInfo
from .vae import VideoVAE


class RawRays(Protocol):
    """Between raxels and raw ray latents; `stills` says that every latent frame is a picture of its own."""

    def encode(self, raxels: Raxels, stills: bool) -> Tensor:
        """Raxels of 4T - 3 frames, or of T stills -> [1, C, T, h, w]."""
        ...

    def decode(self, raw: Tensor, stills: bool) -> Tensor:
        """[1, C, T, h, w] -> raxel images [4T - 3 or T, 8h, 8w, 3] float32."""
        ...

    def decode_clips(self, raw: Tensor) -> Tensor:
        """`decode` of several clips at once: [B, C, T, h, w] -> [B, 4T - 3, 8h, 8w, 3] float32."""
        ...

    def origin(self, frames: int, rows: int, columns: int) -> Tensor:
        """[1, C, frames, rows, columns] of a camera that stands still for that many latent frames."""
        ...

    def coarse(self, raw: Tensor, origin: Tensor, stills: bool) -> Tensor:
        """About the mean raxel of every cell, without a decode: [1, C, T, h, w] -> [T, h, w, 3] on the CPU."""
        ...


class RaxelLatents:
    """Raxels as pictures for the autoencoder that the video goes through too (paper section 3.2)."""

    def __init__(self, info: CheckpointInfo, vae: VideoVAE):
        self.info, self.vae = info, vae

    def encode(self, raxels: Raxels, stills: bool) -> Tensor:
        """See `RawRays.encode`."""
        pixels = clip_pixels(raxels.images)
        return encode_each(self.vae, pixels) if stills else self.vae.encode(pixels)

    def decode(self, raw: Tensor, stills: bool) -> Tensor:
        """See `RawRays.decode`; not clamped."""
        return clip_frames(decode_each(self.vae, raw) if stills else self.vae.decode(raw)).contiguous()

    def decode_clips(self, raw: Tensor) -> Tensor:
        """See `RawRays.decode_clips`."""
        return self.vae.decode(raw).permute(0, 2, 3, 4, 1).float().contiguous()

    def origin(self, frames: int, rows: int, columns: int) -> Tensor:
        """See `RawRays.origin`."""
        still = standing_camera(self.info, CELL * rows, CELL * columns)
        return self.vae.encode(clip_pixels(still.expand(4 * frames - 3, -1, -1, -1)))

    def coarse(self, raw: Tensor, origin: Tensor, stills: bool) -> Tensor:
        """See `RawRays.coarse`: the standing camera's raxels are known, only what deviates from them is mapped."""
        rows, columns = raw.shape[3:]
        still = clip_pixels(standing_camera(self.info, CELL * rows, CELL * columns))
        deviation = (raw - origin.to(raw)) / self._spread(raw)
        info = self.info
        found = remembered(self.vae, (info.alpha, info.ray_origin_hfov_deg, info.r_std), self._fit_colours)
        return cell_means(still)[0] + found(deviation, stills)

    def _fit_colours(self) -> CellColours:
        probe = probe_latents(len(self.info.r_std))
        frames, rows, columns = probe.shape[2:]
        pixels = self.vae.decode(self.origin(frames, rows, columns).to(probe) + probe * self._spread(probe))
        still = clip_pixels(standing_camera(self.info, CELL * rows, CELL * columns))
        return fit_cell_colours(probe, pixels.to(probe) - still)

    def _spread(self, like: Tensor) -> Tensor:
        return channel_column(self.info.r_std, like)


def standing_camera(info: CheckpointInfo, height: int, width: int) -> Tensor:
    """Raxels [1, height, width, 3] of the camera that stands still at the identity, with the checkpoint's lens."""
    K = intrinsics(info.ray_origin_hfov_deg, width, height)[None]
    return info.alpha * ray_bundle(np.eye(3)[None], np.zeros((1, 3)), K, height, width)


def encode_each(vae: VideoVAE, pixels: Tensor) -> Tensor:
    """Encode the frames of [1, 3, M, H, W] one by one -> raw latents [1, 16, M, h, w]."""
    singles = pixels.transpose(0, 2).contiguous()  # (M, 3, 1, H, W): M clips of one frame
    return vae.encode(singles).transpose(0, 2)


def decode_each(vae: VideoVAE, raw: Tensor) -> Tensor:
    """Decode the frames of raw latents [1, 16, M, h, w] one by one -> pixels [1, 3, M, H, W]."""
    return vae.decode(raw.transpose(0, 2).contiguous()).transpose(0, 2)


def clip_pixels(frames: Tensor) -> Tensor:
    """[F, H, W, 3] -> [1, 3, F, H, W] float32."""
    return frames.float().permute(3, 0, 1, 2).unsqueeze(0).contiguous()


def clip_frames(pixels: Tensor) -> Tensor:
    """[1, 3, F, H, W] -> [F, H, W, 3] float32."""
    return pixels[0].permute(1, 2, 3, 0).float()


def channel_column(values: tuple[float, ...], like: Tensor) -> Tensor:
    """Numbers of C channels as [1, C, 1, 1, 1], to scale latents like these."""
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(1, -1, 1, 1, 1)
