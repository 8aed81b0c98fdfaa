"""Several clips through the network at once: what `sampling.pipeline` does with one, with the noise that each would draw.

A batch of one gives what the public task gives, bit for bit; in larger ones the network's sums are added in another
order, which moves latents by float32 rounding.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..geometry.raxels import Raxels
from ..sampling import SamplingOptions, tasks
from ..sampling.given import GivenCameras, frames_of
from ..sampling.noise import Noise
from ..sampling.run import Run, finite


class NoiseOfEach(Noise):
    """The noise of several runs, one for each clip of a batch.

    Args:
        seeds: one for each clip.
        ray_channels: channels of ray latents.
    """

    def __init__(self, seeds: Sequence[int], ray_channels: int) -> None:
        super().__init__(seeds[0], ray_channels)
        self.each = [Noise(seed, ray_channels) for seed in seeds]

    def like(self, x: Tensor, shape: tuple[int, ...] | torch.Size) -> Tensor:
        """Of a shape whose first side counts the clips."""
        return torch.cat([noise.like(x, (1, *shape[1:])) for noise in self.each])


class Batch:
    """The three tasks for clips of one size, each from its first frame.

    Args:
        model: network, config and record.
        vae: its autoencoder.
        options: how to sample; their seed is not used.
        seeds: one for each clip.
    """

    def __init__(
        self, model: RaxelModel, vae: VideoVAE, options: SamplingOptions, seeds: Sequence[int]
    ) -> None:
        self.model, self.options = model, options
        self.run = Run(model, vae, options)
        self.run.noise = NoiseOfEach(seeds, model.config.ray_channels)

    @torch.no_grad()
    def poses(self, clips: Sequence[Tensor], fps: float) -> list[Raxels]:
        """Cameras of clips [F, H, W, 3] in 0..1: `pose_from_video`."""
        run = self.run
        source_z = torch.cat([run.stills(frames[:1]) for frames in clips])
        video_z = torch.cat([run.video(frames) for frames in clips])
        video_r = tasks.pose_from_video(run.solver(), run.noise, source_z, video_z, self.options.ray_clock)
        return self._paths(video_r, fps)

    @torch.no_grad()
    def videos(self, stills: Sequence[Tensor], paths: Sequence[Raxels]) -> list[Tensor]:
        """Stills [1, H, W, 3] shot along paths: `video_from_trajectory`. Returns clips [F, H, W, 3]."""
        run, info = self.run, self.model.info
        given = [GivenCameras.of(info, path, tuple(range(path.num_frames)), 0).network for path in paths]
        source_r = torch.cat([run.still_rays(frames_of(path, [0])) for path in given])
        video_r = torch.cat([run.rays(path) for path in given])
        source_z = torch.cat([run.stills(still) for still in stills])
        solve = run.solver(follows_cameras=True)
        clock = self.options.video_clock
        return self._clips(tasks.video_from_trajectory(solve, run.noise, source_z, source_r, video_r, clock))

    @torch.no_grad()
    def joint(self, stills: Sequence[Tensor], frames: int, fps: float) -> tuple[list[Tensor], list[Raxels]]:
        """New clips from stills [1, H, W, 3], and their cameras: `joint`."""
        run = self.run
        source_z = torch.cat([run.stills(still) for still in stills])
        clocks = self.options.video_clock, self.options.ray_clock
        video_z, video_r = tasks.joint(run.solver(), run.noise, source_z, (frames - 1) // 4 + 1, *clocks)
        return self._clips(video_z), self._paths(video_r, fps)

    def _clips(self, video_z: Tensor) -> list[Tensor]:
        return list(self.run.codec.decode_videos(finite(video_z, "pictures")).cpu())

    def _paths(self, video_r: Tensor, fps: float) -> list[Raxels]:
        return self.run.codec.decode_rays_of_clips(finite(video_r, "rays"), fps)
