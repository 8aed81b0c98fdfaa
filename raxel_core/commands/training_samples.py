"""What a model in training makes of one clip of its cache: the path that it reads, and the clip that it shoots."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..geometry.estimate import estimate_trajectory
from ..geometry.trajectory import Trajectory
from ..media.write import write_png
from ..report.plot import plot_trajectory
from ..sampling import SamplingOptions, tasks
from ..sampling.run import Run
from ..training.batches import Clips
from ..training.config import Layout

SHOWN = 6  # frames of the clip in a picture


class Samples:
    """Draws `STEP-path.png` (the model's path beside the true one) and `STEP-video.png` (true frames over the model's).

    Args:
        clips: of the cache; the first one that seed 0 draws is shown, always the same.
        vae: the autoencoder.
        folder: where pictures go.
    """

    def __init__(self, clips: Clips, vae: VideoVAE, folder: Path) -> None:
        self.clips, self.vae, self.folder = clips, vae, folder

    @torch.no_grad()
    def __call__(self, model: RaxelModel, step: int, write: bool) -> None:
        """Draw both; only with `write` onto the disk, for the other processes of a sharded run take part as well."""
        generator = torch.Generator(self.clips.device).manual_seed(0)
        clean = self.clips.batch(1, Layout(), generator)
        clean = {name: x.to(model.network.device) for name, x in clean.items()}
        run = Run(model, self.vae, SamplingOptions())
        z, r, solve = clean["source_z"], clean["source_r"], run.solver()
        found = tasks.pose_from_video(solve, run.noise, z, clean["video_z"], run.options.ray_clock)
        shot = tasks.video_from_trajectory(solve, run.noise, z, r, clean["video_r"], run.options.video_clock)
        if write:
            self._draw(run, clean, found, shot, step)

    def _draw(self, run: Run, clean: dict[str, Tensor], found: Tensor, shot: Tensor, step: int) -> None:
        """Decode and write what the model found and shot."""
        path, true = (self._path(run, rays) for rays in (found, clean["video_r"]))
        title = f"after {step:,} steps"
        picture = plot_trajectory(path, compare=true, title=title, names=("model", "truth"))
        write_png(self.folder / f"{step:07d}-path.png", picture)
        rows = [self._frames(run, latents) for latents in (clean["video_z"], shot)]
        write_png(self.folder / f"{step:07d}-video.png", torch.cat(rows))

    def _path(self, run: Run, rays: Tensor) -> Trajectory:
        return estimate_trajectory(run.codec.decode_rays(rays.cpu()), reference=0).trajectory

    def _frames(self, run: Run, latents: Tensor) -> Tensor:
        """Some frames side by side, [H, SHOWN W, 3] in 0..1."""
        frames = run.codec.decode_video(latents).cpu()
        chosen = torch.linspace(0, len(frames) - 1, SHOWN).round().long()
        return torch.cat(list(frames[chosen]), dim=1)
