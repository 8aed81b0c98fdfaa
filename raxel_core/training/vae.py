"""The small video autoencoder: Wan 2.1's architecture at a smaller width, made on rendered crops and raxels.

The network is diffusers' `AutoencoderKLWan`; the file that comes out has Wan's own tensor names. Video and raxels share
one autoencoder (paper 3.2), so every batch holds both. It is convolutional: small crops are enough.

It starts in closed form (`linear_encoder`, `linear_decoder`): 23.7 dB on video and 38.9 dB on raxels within seconds,
where 14 minutes of Adam on one core, from random weights, had reached 19.6 and 30.7 dB (docs/training.md). The encoder
then stays as it is, so that latents can be cached at once; the decoder's last residual branches are trained.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from ..engine.vae import DiffusersVAE, decode_unclamped, save_vae
from ..geometry.raxels import ray_bundle
from .linear_decoder import fit_linear_decoder
from .linear_encoder import fit_linear_encoder
from .render import render_frames, sample_clip
from .state import load_state, save_state
from .world import stack_scenes

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan

log = logging.getLogger(__name__)

FIRST_CROP = 10_000_000  # the autoencoder's clips are numbered from here, the transformer's from 0


@dataclass(frozen=True)
class VaeTraining:
    """All that decides the result. Sizes are pixels of the full picture from which crops are cut."""

    width: int = 16  # channels of the first level; Wan's own VAE has 96
    fit: int = 24  # batches of the closed-form start
    steps: int = 1500
    batch: int = 6
    rays: int = 2  # how many of the batch are raxels
    frames: int = 17
    crop: int = 32
    picture: tuple[int, int] = (64, 96)
    learning_rate: float = 1e-4
    ray_weight: float = 4.0
    ray_gain: float = 3.0  # raxels weigh this squared in the closed form: they must come back exactly
    seed: int = 0
    alpha: float = 0.5


class Crops(IterableDataset):
    """Endless batches (B, 3, F, crop, crop) in -1..1: rendered crops first, raxel crops last."""

    def __init__(self, config: VaeTraining, start: int = 0) -> None:
        self.config, self.start = config, start

    def __iter__(self) -> Iterator[Tensor]:
        torch.set_num_threads(1)
        worker = get_worker_info()
        first, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        index = self.start + first
        while True:
            yield crop_batch(self.config, index)
            index += stride


def crop_batch(config: VaeTraining, index: int) -> Tensor:
    """The batch of one step, a function of its number alone."""
    height, width = config.picture
    cut = torch.Generator().manual_seed(config.seed * 1_000_003 + index)
    scenes, windows, rays = [], [], []
    for i in range(config.batch):
        # Frames of a 17-frame clip, so that a crop moves as much as the product's clips do.
        trajectory, scene = sample_clip(
            "train", config.seed, FIRST_CROP + index * config.batch + i, 17, height, width
        )
        first = int(torch.randint(0, 17 - config.frames + 1, (), generator=cut))
        times = range(first, first + config.frames)
        if i < config.rays:
            half = trajectory.canonical(0).at(times).resized(width // 2, height // 2)
            left = int(torch.randint(0, half.width - config.crop + 1, (), generator=cut))
            half = half.cropped(left, 0, config.crop, config.crop)
            bundle = ray_bundle(half.c2w[:, :3, :3], half.c2w[:, :3, 3], half.K, config.crop, config.crop)
            rays.append(config.alpha * bundle)
            continue
        left, top = (int(torch.randint(0, n - config.crop + 1, (), generator=cut)) for n in (width, height))
        windows.append(trajectory.at(times).cropped(left, top, config.crop, config.crop))
        scenes.append(scene)
    video = render_frames(stack_scenes(scenes), windows).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    return torch.cat([video, torch.stack(rays).permute(0, 4, 1, 2, 3)])


def new_vae(config: VaeTraining) -> AutoencoderKLWan:
    """An autoencoder in closed form, from `config.fit` batches of crops."""
    from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan

    torch.manual_seed(config.seed)
    vae = AutoencoderKLWan(base_dim=config.width)
    batches = [crop_batch(config, index) for index in range(config.fit)]
    for batch in batches:
        batch[-config.rays :] *= config.ray_gain
    pixels = torch.cat(batches)
    encoder = fit_linear_encoder(vae, pixels)
    fit_linear_decoder(vae, DiffusersVAE(vae).encode(pixels), encoder)
    return vae


def vae_loss(vae: AutoencoderKLWan, pixels: Tensor, config: VaeTraining) -> tuple[Tensor, Tensor]:
    """Absolute error at several scales; also the squared error per sample.

    The last `config.rays` samples are raxels. They weigh more, and so does the error of averages: a pose is a small
    change of a smooth picture, and a bias of 0.1 over a whole raxel picture is a camera that is 10 degrees off.
    """
    error = decode_unclamped(vae, DiffusersVAE(vae).encode(pixels)).float() - pixels
    scales = (1, 4, 16, config.crop)
    averages = [functional.avg_pool3d(error, (1, scale, scale)) for scale in scales]
    absolute = torch.stack([average.abs().mean(dim=(1, 2, 3, 4)) for average in averages]).sum(dim=0)
    absolute = torch.cat([absolute[: -config.rays], config.ray_weight * absolute[-config.rays :]])
    return absolute.mean(), error.detach().square().mean(dim=(1, 2, 3, 4))


def residual_branches(vae: AutoencoderKLWan) -> list[nn.Parameter]:
    """What is trained: the residual branches at full resolution, which see 13 x 13 pixels and remove the blocking.

    The linear backbone stays. Deeper branches stay silent: their 63 channels reach every pixel of a cell at once, and
    one Adam step of 1e-5 on all of them took the start from 28 dB to -3 dB (measured).
    """
    return [
        parameter
        for name, parameter in vae.decoder.up_blocks[-1].named_parameters()
        if name.split(".")[-2] in ("norm1", "conv1", "norm2", "conv2")
    ]


def train_vae(config: VaeTraining, out: Path, state: Path, save_every: int = 200, workers: int = 1) -> None:
    """Train, or go on training from `state`, and write the autoencoder to `out` at the end and at every save."""
    vae = new_vae(config)
    parameters = residual_branches(vae)
    optimizer = torch.optim.AdamW(parameters, lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=0.0)
    start = load_state(state, {"vae": vae}, [optimizer])
    batches = DataLoader(Crops(config, start), batch_size=None, num_workers=workers, prefetch_factor=4)
    record: list[Tensor] = []
    for step, pixels in zip(range(start, config.steps), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * learning_rate_factor(step, config.steps)
        with torch.autocast("cpu", torch.bfloat16):
            loss, squared = vae_loss(vae, pixels, config)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        record.append(squared)
        if (step + 1) % 25 == 0:
            log.info(
                "step %d: video %.2f dB, raxels %.2f dB", step + 1, *_decibels(record[-25:], config.rays)
            )
        if (step + 1) % save_every == 0 or step + 1 == config.steps:
            save_state(state, step + 1, {"vae": vae}, [optimizer])
            save_vae(out, vae, {"training": {**asdict(config), "steps_done": step + 1}})


def learning_rate_factor(step: int, steps: int, warmup: int = 20) -> float:
    """Linear warm-up, then a cosine to a fiftieth."""
    return min(1.0, (step + 1) / warmup) * (0.51 + 0.49 * math.cos(math.pi * step / steps))


def _decibels(squared: list[Tensor], rays: int) -> tuple[float, float]:
    """Peak signal to noise of video and of raxels, range -1..1."""
    errors = torch.stack(squared)
    return tuple(float(10 * torch.log10(4 / part.mean())) for part in (errors[:, :-rays], errors[:, -rays:]))  # type: ignore[return-value]
