"""Clips encoded once: shards of latents on disk, so that training never renders or encodes.

A shard is one safetensors file of N clips, raw latents (before normalisation) in float16:
    video_z [N, 16, T, h, w]   video_r [N, 16, T, h/2, w/2]   the clip
    still_z [N, 16, 1, h, w]   still_r [N, 16, 1, h/2, w/2]   one more frame of it, encoded as a still
    c2w [N, F, 4, 4]           hfov_deg [N]                   the truth
A clip's first latent frame is its first picture encoded as a still (the autoencoder is causal), so the source still
at frame 0 needs no storage. The same shards serve both variants of rays: Plücker latents need no autoencoder, and are
made from the truth when the shards are loaded (`with_plucker_rays`).
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..engine.checkpoint import CheckpointInfo
from ..engine.latents import raw_rays
from ..engine.plucker_latents import fold
from ..engine.vae import VideoVAE
from ..engine.writing import write_tensors
from ..geometry.plucker import plucker_maps
from ..geometry.raxels import raxels_from_trajectory
from ..geometry.rays import intrinsics
from ..model import RaxelConfig
from .render import Clip, Split, render_clips

AT_ONCE = 8  # clips rendered and encoded together


@dataclass(frozen=True)
class CacheRecipe:
    """What is rendered: `count` clips from `first` on, of one split and seed."""

    split: Split = "train"
    seed: int = 0
    height: int = 64
    width: int = 96
    frames: int = 9
    alpha: float = 0.5


def encode_shard(recipe: CacheRecipe, vae: VideoVAE, folder: Path, number: int, size: int = 256) -> Path:
    """Render and encode clips `number * size` to `(number + 1) * size - 1`; a shard that exists is left alone."""
    path = folder / f"{recipe.split}-{recipe.seed}-{number:05d}.safetensors"
    if path.exists():
        return path
    parts = [
        _encode(recipe, vae, list(range(first, min(first + AT_ONCE, (number + 1) * size))))
        for first in range(number * size, (number + 1) * size, AT_ONCE)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
    write_tensors(path, tensors, {"recipe": json.dumps(recipe.__dict__)})
    return path


def _encode(recipe: CacheRecipe, vae: VideoVAE, indices: list[int]) -> dict[str, Tensor]:
    clips = render_clips(recipe.split, recipe.seed, indices, recipe.frames, recipe.height, recipe.width)
    picks = still_frames(torch.tensor(indices), recipe.frames)
    video = torch.stack([clip.frames for clip in clips]).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    rays = torch.stack([raxel_pixels(clip, recipe.alpha) for clip in clips])
    rows = torch.arange(len(indices))
    c2w = torch.stack([torch.from_numpy(clip.trajectory.canonical(0).c2w.copy()) for clip in clips])
    pixels = {
        "video_z": video,
        "video_r": rays,
        "still_z": video[rows, :, picks][:, :, None],
        "still_r": rays[rows, :, picks][:, :, None],
    }
    with torch.autocast(
        "cpu", torch.bfloat16
    ):  # differs from float32 by 0.3% of the latents' spread (measured)
        latents = {name: vae.encode(value).half() for name, value in pixels.items()}
    return {
        **latents,
        "c2w": c2w.float(),
        "hfov_deg": torch.tensor([clip.trajectory.hfov_deg[0] for clip in clips]).float(),
    }


def still_frames(indices: Tensor, frames: int) -> Tensor:
    """Which frame of a clip becomes its extra still: spread over the clip, a function of the clip's number (N,)."""
    return (7 * indices + 3) % (frames - 1) + 1


def raxel_pixels(clip: Clip, alpha: float) -> Tensor:
    """The clip's metric raxels as pixels for the autoencoder: (3, F, H/2, W/2)."""
    return raxels_from_trajectory(clip.trajectory, alpha, scale=1.0).images.permute(3, 0, 1, 2)


def load_shards(folder: Path, split: Split) -> dict[str, Tensor]:
    """All shards of a split in one dict of tensors, in the order of their numbers, and "index" [N], the clips' numbers."""
    shards = []
    for path in sorted(folder.glob(f"{split}-*.safetensors")):
        shard, number = load_file(path), int(path.stem.rpartition("-")[2])
        clips = len(shard["c2w"])
        shards.append({**shard, "index": number * clips + torch.arange(clips)})
    if not shards:
        raise FileNotFoundError(f"no shards of {split!r} clips in {folder}; make them with `raxel cache`")
    return {key: torch.cat([shard[key] for shard in shards]) for key in shards[0]}


def with_plucker_rays(clips: dict[str, Tensor], height: int, width: int) -> dict[str, Tensor]:
    """Loaded shards of height x width clips with their rays exchanged for Plücker latents of the true cameras."""
    c2w, rows = clips["c2w"].double().numpy(), torch.arange(len(clips["c2w"]))
    picks = still_frames(clips["index"], c2w.shape[1])
    video_r, still_r = [], []
    for i in rows.tolist():
        K = intrinsics(float(clips["hfov_deg"][i]), width // 2, height // 2)[None].repeat(
            c2w.shape[1], axis=0
        )
        maps = plucker_maps(c2w[i, :, :3, :3], c2w[i, :, :3, 3], K, height // 2, width // 2)
        video_r.append(fold(maps, stills=False))
        still_r.append(fold(maps[picks[i]][None], stills=True))
    return {**clips, "video_r": torch.cat(video_r), "still_r": torch.cat(still_r)}


def with_statistics(
    info: CheckpointInfo, config: RaxelConfig, vae: VideoVAE, clips: dict[str, Tensor]
) -> CheckpointInfo:
    """`info` with the mean and spread per channel of these clips' latents."""
    z = clips["video_z"][:4096].float()
    r = clips["video_r"][:4096].float()
    r = r - raw_rays(config, info, vae).origin(*r.shape[2:])
    over = (0, 2, 3, 4)
    return replace(
        info,
        z_mean=tuple(z.mean(over).tolist()),
        z_std=tuple(z.std(over).clamp(min=1e-4).tolist()),
        r_std=tuple(r.square().mean(over).sqrt().clamp(min=1e-4).tolist()),
    )
