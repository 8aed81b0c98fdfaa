"""Between frames or raxels and the network's latents.

Image latents are `(raw - z_mean) / z_std` per channel. Ray latents are `(raw - origin) / r_std`, where `origin` is the
encoding of a camera that stands still: poses are small deviations from it, and without this the loss would see only
noise [ours]. The origin is encoded at the size at hand, so one checkpoint serves every size.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..geometry.raxels import Raxels, ray_bundle
from ..geometry.rays import intrinsics
from .checkpoint import CheckpointInfo
from .vae import VideoVAE


def encode_video(info: CheckpointInfo, vae: VideoVAE, frames: Tensor) -> Tensor:
    """Frames [F, H, W, 3] in 0..1 of one clip, F = 4n + 1 -> image latents [1, 16, n + 1, H / 8, W / 8]."""
    return normalise_images(info, vae.encode(_clip_pixels(frames * 2 - 1)))


def encode_stills(info: CheckpointInfo, vae: VideoVAE, stills: Tensor) -> Tensor:
    """Stills [M, H, W, 3] in 0..1, each on its own -> image latents [1, 16, M, H / 8, W / 8]."""
    return normalise_images(info, _encode_each(vae, _clip_pixels(stills * 2 - 1)))


def encode_rays(info: CheckpointInfo, vae: VideoVAE, raxels: Raxels) -> Tensor:
    """Raxels of a clip of 4n + 1 frames -> ray latents [1, 16, n + 1, H / 16, W / 16]."""
    pixels = _clip_pixels(raxels.images)
    return normalise_rays(info, vae.encode(pixels), ray_origin(info, vae, *pixels.shape[2:]))


def encode_still_rays(info: CheckpointInfo, vae: VideoVAE, raxels: Raxels) -> Tensor:
    """Raxels of M single cameras, each on its own -> ray latents [1, 16, M, H / 16, W / 16]."""
    pixels = _clip_pixels(raxels.images)
    return normalise_rays(info, _encode_each(vae, pixels), ray_origin(info, vae, 1, *pixels.shape[3:]))


def decode_video(info: CheckpointInfo, vae: VideoVAE, latents: Tensor) -> Tensor:
    """Image latents [1, 16, n + 1, h, w] -> frames [4n + 1, 8h, 8w, 3] in 0..1, clamped."""
    pixels = vae.decode(latents * _channels(info.z_std, latents) + _channels(info.z_mean, latents))
    return ((_frames(pixels) + 1) / 2).clamp(0, 1)


def decode_rays(
    info: CheckpointInfo, vae: VideoVAE, latents: Tensor, fps: float = 16.0, scale: float = 1.0
) -> Raxels:
    """Ray latents [1, 16, n + 1, h, w] -> raxels of 4n + 1 frames of a 16w x 16h video, not clamped."""
    frames, height, width = 4 * latents.shape[2] - 3, 8 * latents.shape[3], 8 * latents.shape[4]
    origin = ray_origin(info, vae, frames, height, width).to(latents)
    images = _frames(vae.decode(latents * _channels(info.r_std, latents) + origin))
    metric = info.scale_mode == "metric"
    return Raxels(images.contiguous(), info.alpha, scale, 2 * width, 2 * height, fps, metric)


def normalise_images(info: CheckpointInfo, raw: Tensor) -> Tensor:
    """Raw image latents [B, 16, T, h, w] -> mean 0, spread 1 per channel."""
    return (raw - _channels(info.z_mean, raw)) / _channels(info.z_std, raw)


def normalise_rays(info: CheckpointInfo, raw: Tensor, origin: Tensor) -> Tensor:
    """Raw ray latents [B, 16, T, h, w] and `ray_origin` [1, 16, T, h, w] -> the network's ray latents."""
    return (raw - origin.to(raw)) / _channels(info.r_std, raw)


def ray_origin(info: CheckpointInfo, vae: VideoVAE, frames: int, height: int, width: int) -> Tensor:
    """Raw latents [1, 16, T, height / 8, width / 8] of the raxels (height x width) of a camera that stands still."""
    K = intrinsics(info.ray_origin_hfov_deg, width, height)[None]
    still = info.alpha * ray_bundle(np.eye(3)[None], np.zeros((1, 3)), K, height, width)
    return vae.encode(_clip_pixels(still.expand(frames, -1, -1, -1)))


def _encode_each(vae: VideoVAE, pixels: Tensor) -> Tensor:
    """Encode the frames of [1, 3, M, H, W] one by one -> raw latents [1, 16, M, h, w]."""
    singles = pixels.transpose(0, 2).contiguous()  # (M, 3, 1, H, W): M clips of one frame
    return vae.encode(singles).transpose(0, 2)


def _clip_pixels(frames: Tensor) -> Tensor:
    """[F, H, W, 3] -> [1, 3, F, H, W] float32."""
    return frames.float().permute(3, 0, 1, 2).unsqueeze(0).contiguous()


def _frames(pixels: Tensor) -> Tensor:
    """[1, 3, F, H, W] -> [F, H, W, 3] float32."""
    return pixels[0].permute(1, 2, 3, 0).float()


def _channels(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(1, -1, 1, 1, 1)
