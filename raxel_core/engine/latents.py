"""Between frames or raxels and the network's latents, for one model and one autoencoder.

Image latents are `(raw - z_mean) / z_std` per channel. Ray latents are `(raw - origin) / r_std`, where `origin` is the
encoding of a camera that stands still: poses are small deviations from it, and without this the loss would see only
noise [ours]. The origin is made at the size at hand, so one checkpoint serves every size. What raw ray latents are
stands in `ray_latents` and `plucker_latents`; callers see raxels, whichever variant the model is.
"""

from __future__ import annotations

from torch import Tensor

from ..errors import RaxelError
from ..geometry.raxels import Raxels
from ..model import RaxelConfig
from .cell_colours import CellColours, fit_cell_colours, probe_latents, remembered
from .checkpoint import CheckpointInfo
from .plucker_latents import PluckerLatents
from .ray_latents import (
    RawRays,
    RaxelLatents,
    channel_column,
    clip_frames,
    clip_pixels,
    decode_each,
    encode_each,
)
from .vae import VideoVAE


class LatentCodec:
    """Frames and raxels to latents and back.

    Keeps what is needed again: the standing camera's latents of every size.

    Args:
        config: which ray latents the network reads, and how many channels.
        info: statistics and contrast.
        vae: the autoencoder; neither copied nor changed.
    """

    def __init__(self, config: RaxelConfig, info: CheckpointInfo, vae: VideoVAE):
        _check_statistics(config, info)
        self.info, self.vae = info, vae
        self.raw_rays = raw_rays(config, info, vae)
        self._origins: dict[tuple[int, int, int], Tensor] = {}

    def encode_video(self, frames: Tensor) -> Tensor:
        """Frames [F, H, W, 3] in 0..1 of one clip, F = 4n + 1 -> image latents [1, 16, n + 1, H / 8, W / 8]."""
        return self.normalise_images(self.vae.encode(clip_pixels(frames * 2 - 1)))

    def encode_stills(self, stills: Tensor) -> Tensor:
        """Stills [M, H, W, 3] in 0..1, each on its own -> image latents [1, 16, M, H / 8, W / 8]."""
        return self.normalise_images(encode_each(self.vae, clip_pixels(stills * 2 - 1)))

    def encode_rays(self, raxels: Raxels) -> Tensor:
        """Raxels of a clip of 4n + 1 frames -> ray latents [1, C, n + 1, H / 16, W / 16]."""
        return self.normalise_rays(self.raw_rays.encode(raxels, stills=False))

    def encode_still_rays(self, raxels: Raxels) -> Tensor:
        """Raxels of M single cameras, each on its own -> ray latents [1, C, M, H / 16, W / 16]."""
        return self.normalise_rays(self.raw_rays.encode(raxels, stills=True), stills=True)

    def decode_video(self, latents: Tensor) -> Tensor:
        """Image latents [1, 16, n + 1, h, w] -> frames [4n + 1, 8h, 8w, 3] in 0..1, clamped."""
        return self.decode_videos(latents)[0]

    def decode_videos(self, latents: Tensor) -> Tensor:
        """`decode_video` of several clips, in less than half of the time each: [B, 16, n + 1, h, w] -> [B, 4n + 1, 8h, 8w, 3]."""
        pixels = self.vae.decode(self._raw_images(latents))  # (B, 3, F, H, W)
        return _pictures(pixels.permute(0, 2, 3, 4, 1).float())

    def decode_stills(self, latents: Tensor) -> Tensor:
        """Image latents [1, 16, M, h, w], each frame on its own -> stills [M, 8h, 8w, 3] in 0..1, clamped."""
        return _pictures(clip_frames(decode_each(self.vae, self._raw_images(latents))))

    def decode_rays(self, latents: Tensor, fps: float = 16.0, scale: float = 1.0) -> Raxels:
        """Ray latents [1, C, n + 1, h, w] -> raxels of 4n + 1 frames of a 16w x 16h video, not clamped."""
        return self._raxels(self.raw_rays.decode(self._raw(latents, False), stills=False), fps, scale)

    def decode_rays_of_clips(self, latents: Tensor, fps: float = 16.0) -> list[Raxels]:
        """`decode_rays` of several clips, of scale 1, in less than half of the time each: [B, C, n + 1, h, w] -> B."""
        images = self.raw_rays.decode_clips(self._raw(latents, False))
        return [self._raxels(clip, fps, 1.0) for clip in images.cpu()]

    def decode_still_rays(self, latents: Tensor, fps: float = 16.0, scale: float = 1.0) -> Raxels:
        """Ray latents [1, C, M, h, w], each frame on its own -> raxels of M cameras of 16w x 16h pictures."""
        return self._raxels(self.raw_rays.decode(self._raw(latents, True), stills=True), fps, scale)

    def colours(self, latents: Tensor, stills: bool = False) -> Tensor:
        """About the mean colour of every cell, for pictures that show how a run is getting on.

        Nothing of the latents is decoded; the first call for an autoencoder decodes a small probe.

        Args:
            latents: image latents [1, 16, T, h, w] of a clip.
            stills: every latent frame is a picture of its own instead.

        Returns:
            [T, h, w, 3] in 0..1 on the CPU.
        """
        found = remembered(self.vae, (self.info.z_mean, self.info.z_std), self._fit_colours)
        return _pictures(found(latents, stills))

    def coarse_rays(self, latents: Tensor, stills: bool = False) -> Raxels:
        """A camera for every latent frame, the mean of its frames, for drawing a path while it forms.

        Nothing of the latents is decoded; the first call for an autoencoder may decode a small probe.

        Args:
            latents: ray latents [1, C, T, h, w] of a clip.
            stills: every latent frame is a picture of its own instead.

        Returns:
            Raxels of T cameras on the latent grid [T, h, w, 3], of scale 1, on the CPU.
        """
        origin = self._origin(latents, stills)
        return self._raxels(self.raw_rays.coarse(self._raw(latents, stills), origin, stills), 4.0, 1.0)

    def normalise_images(self, raw: Tensor) -> Tensor:
        """Raw image latents [B, 16, T, h, w] -> mean 0, spread 1 per channel."""
        return (raw - channel_column(self.info.z_mean, raw)) / channel_column(self.info.z_std, raw)

    def normalise_rays(self, raw: Tensor, stills: bool = False) -> Tensor:
        """Raw ray latents [B, C, T, h, w] of clips, or of T stills each -> the network's ray latents."""
        return (raw - self._origin(raw, stills)) / channel_column(self.info.r_std, raw)

    def _fit_colours(self) -> CellColours:
        probe = probe_latents(len(self.info.z_std))
        return fit_cell_colours(probe, self.vae.decode(self._raw_images(probe)).to(probe))

    def _raw_images(self, latents: Tensor) -> Tensor:
        return latents * channel_column(self.info.z_std, latents) + channel_column(self.info.z_mean, latents)

    def _raw(self, latents: Tensor, stills: bool) -> Tensor:
        return latents * channel_column(self.info.r_std, latents) + self._origin(latents, stills)

    def _origin(self, like: Tensor, stills: bool) -> Tensor:
        """Raw latents of the standing camera, for ray latents like these; one frame for all stills."""
        frames, rows, columns = like.shape[2:]
        size = (1 if stills else frames, rows, columns)
        if size not in self._origins:
            self._origins[size] = self.raw_rays.origin(*size)
        return self._origins[size].to(like)

    def _raxels(self, images: Tensor, fps: float, scale: float) -> Raxels:
        height, width = images.shape[1:3]
        metric = self.info.scale_mode == "metric"
        return Raxels(images, self.info.alpha, scale, 2 * width, 2 * height, fps, metric)


def raw_rays(config: RaxelConfig, info: CheckpointInfo, vae: VideoVAE) -> RawRays:
    """The ray latents that a network of this config reads."""
    return PluckerLatents(info) if config.rays == "plucker" else RaxelLatents(info, vae)


def _check_statistics(config: RaxelConfig, info: CheckpointInfo) -> None:
    for name, count in (
        ("z_mean", config.in_channels),
        ("z_std", config.in_channels),
        ("r_std", config.ray_channels),
    ):
        if len(getattr(info, name)) != count:
            raise RaxelError(
                f"model {info.name!r} has {len(getattr(info, name))} numbers in {name} for {count} latent channels; "
                "its file is damaged."
            )


def _pictures(pixels: Tensor) -> Tensor:
    """-1..1 and beyond -> 0..1."""
    return ((pixels + 1) / 2).clamp(0, 1)
