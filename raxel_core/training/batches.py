"""Batches as functions of the step number: clean latents out of the cache, noise levels, noise.

Every process draws the same random numbers for the whole batch and computes its own slice of it, so that any number of
processes trains on the same batches.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ..engine.latents import LatentCodec
from .cache import still_frames
from .config import Layout, Training
from .datasets import normalised
from .objective import add_noise, sample_sigmas
from .rays import RayLatents
from .rows import Shards

EVERYTHING = slice(None)
STEADY_DEG = 5.0  # a camera that has turned by less than this at the end has hardly turned


class Clips:
    """Cached clips in memory, and batches of them as the network's latents.

    Args:
        codec: of the model that is trained; its record says the size.
        rays: makes ray latents.
        raw: what `load_shards` or `open_shards` gives.
        device: where batches are made; `rays` must be there too.
    """

    def __init__(
        self,
        codec: LatentCodec,
        rays: RayLatents,
        raw: Shards,
        device: torch.device | str = "cpu",
    ) -> None:
        self.codec, self.rays, self.device = codec, rays, torch.device(device)
        self.raw = {name: x.to(device) for name, x in raw.items()}
        R = self.raw["c2w"][: len(self)].to(self.device)[:, [0, -1], :3, :3]
        self.steady = (R[:, 0] * R[:, 1]).sum((1, 2)) > 1 + 2 * math.cos(math.radians(STEADY_DEG))

    def __len__(self) -> int:
        return len(self.raw["video_z"])

    def batch(
        self,
        size: int,
        layout: Layout,
        generator: torch.Generator,
        mine: slice = EVERYTHING,
        steady_weight: float = 1.0,
    ) -> dict[str, Tensor]:
        """Clean latents of `size` clips, each forwards or backwards at random; of them those that are `mine`.

        The first source still is the canonical camera: the clip's first frame, or with share `layout.anywhere` any
        other that the cache keeps. Sources and targets are different frames.
        """
        at = {"generator": generator, "device": self.device}
        if steady_weight == 1:
            rows = torch.randint(len(self), (size,), **at)
        else:
            shares = torch.where(self.steady, steady_weight, 1.0)
            rows = torch.multinomial(shares, size, replacement=True, generator=generator)
        backwards = torch.rand(size, **at) < 0.5
        frames = self.codec.info.frames
        places = torch.tensor([0, *still_frames(frames), frames - 1], device=self.device).expand(size, -1)
        # Frame k is frame F - 1 - k of the clip backwards. Its stills keep their order.
        places = torch.where(backwards[:, None], frames - 1 - places, places)
        order = torch.rand(places.shape, **at)
        first = torch.rand(size, **at) >= layout.anywhere
        order = torch.where(first[:, None] & (places == 0), -1.0, order).argsort(dim=1)
        return self._latents(rows[mine], backwards[mine], places[mine], order[mine], layout)

    def _latents(
        self, rows: Tensor, backwards: Tensor, places: Tensor, order: Tensor, layout: Layout
    ) -> dict[str, Tensor]:
        """Latents of B clips.

        Args:
            rows: (B,) in the cache.
            backwards: (B,) booleans.
            places: (B, S) the frame of every still.
            order: (B, S) which still comes first, second, ...
            layout: which segments.
        """
        every = torch.arange(len(rows), device=self.device)[:, None]
        own = {name: x[rows].to(self.device) for name, x in self.raw.items()}
        ends = (
            own["video_z"][:, :, :1],
            own["reverse_z"][:, :, :1],
        )  # the first and the last frame as stills
        stills = torch.cat([ends[0], own["still_z"], ends[1]], dim=2).float()
        c2w, lens = own["c2w"], own["hfov_deg"]
        c2w = torch.where(backwards.view(-1, 1, 1, 1), c2w.flip(1), c2w)
        c2w = torch.linalg.inv(c2w[every, places.gather(1, order[:, :1])]) @ c2w
        if self.codec.info.scale_mode == "relative":
            told = order[:, : layout.sources + layout.targets]
            c2w = normalised(c2w, None if layout.clip else c2w[every, places.gather(1, told)])
        batch = {}
        for name, start, count in (("source", 0, layout.sources), ("target", layout.sources, layout.targets)):
            if count:
                chosen = order[:, start : start + count]
                z = stills[every, :, chosen].transpose(1, 2)  # (B, 16, count, h, w)
                batch[f"{name}_z"] = self.codec.normalise_images(z)
                r = self.rays(c2w[every, places.gather(1, chosen)], lens, stills=True)
                batch[f"{name}_r"] = self.codec.normalise_rays(r, stills=True)
        if layout.clip:
            z = torch.where(backwards.view(-1, 1, 1, 1, 1), own["reverse_z"], own["video_z"])
            batch["video_z"] = self.codec.normalise_images(z.float())
            batch["video_r"] = self.codec.normalise_rays(self.rays(c2w, lens))
        return batch


class Batch(NamedTuple):
    """Clips of one step, or some of them."""

    noisy: dict[str, Tensor]  # latents of every segment
    velocity: dict[str, Tensor]  # of the segments that are noisy in any clip of the step: what is learnt
    sigmas: dict[str, Tensor]  # (B,) noise level of every segment

    def part(self, rows: slice, device: torch.device | str) -> Batch:
        """Some of the clips, on a device."""
        return Batch(*({name: x[rows].to(device) for name, x in parts.items()} for parts in self))


def training_batch(config: Training, clips: Clips, step: int, mine: slice = EVERYTHING) -> Batch:
    """The batch of a step, a function of its number; of its clips those that are `mine`."""
    generator = torch.Generator(clips.device).manual_seed(config.seed * 1_000_003 + step)
    stage = config.stage(step)
    clean = clips.batch(stage.batch, stage.layout(generator), generator, mine, stage.steady_weight)
    sigmas = sample_sigmas(stage.mix, stage.batch, config.shifts, generator)
    learnt = [name for name in clean if (sigmas[name] > 0).any()]
    noise = {
        name: torch.randn((stage.batch, *x.shape[1:]), generator=generator, device=x.device)[mine]
        for name, x in clean.items()
    }
    sigmas = {name: sigmas[name][mine] for name in clean}
    noisy, velocity = add_noise(clean, sigmas, noise)
    return Batch(noisy, {name: velocity[name] for name in learnt}, sigmas)
