"""Clips encoded once: shards of latents on disk, so that training never renders or encodes.

A shard is one safetensors file of N clips, raw image latents (before normalisation) in float16, and the truth. Rays are
cheap and are made from the truth when a batch is drawn (`rays`), relative to any frame.
    video_z   [N, 16, T, h, w]  the clip
    reverse_z [N, 16, T, h, w]  the clip backwards
    still_z   [N, 16, S, h, w]  its frames `still_frames(F)`, encoded as stills
    c2w [N, F, 4, 4]  hfov_deg [N]
The first latent frame of a clip is its first picture encoded as a still (the autoencoder is causal).
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..engine.checkpoint import CheckpointInfo
from ..engine.latents import raw_rays
from ..engine.vae import VideoVAE
from ..engine.writing import write_tensors
from ..model import RaxelConfig
from .patches import PatchEncoder
from .rays import RayLatents
from .render import Shader, Split, render_clips

FLOOR = 0.2  # least spread of a channel, as a share of the largest
AT_ONCE = {"cpu": 8, "cuda": 256}  # clips rendered and encoded together


def still_frames(frames: int) -> list[int]:
    """Which frames of a clip are kept as stills, beside its first and last: 2, 5, 8, 11, 14 of 17."""
    return list(range(2, frames - 1, 3))


@dataclass(frozen=True)
class CacheRecipe:
    """What is rendered: `count` clips from `first` on, of one split and seed."""

    split: Split = "train"
    seed: int = 0
    height: int = 64
    width: int = 96
    frames: int = 17
    alpha: float = 0.5


def encode_shard(
    recipe: CacheRecipe,
    encoder: PatchEncoder,
    folder: Path,
    number: int,
    size: int = 256,
    shader: Shader | None = None,
) -> Path:
    """Render and encode clips `number * size` to `(number + 1) * size - 1`; a shard that exists is left alone."""
    path = folder / f"{recipe.split}-{recipe.seed}-{number:05d}.safetensors"
    if path.exists():
        return path
    at_once = AT_ONCE.get(encoder.device.type, 8)
    parts = [
        _encode(recipe, encoder, list(range(first, min(first + at_once, (number + 1) * size))), shader)
        for first in range(number * size, (number + 1) * size, at_once)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
    write_tensors(path, tensors, {"recipe": json.dumps(recipe.__dict__)})
    return path


def _encode(
    recipe: CacheRecipe, encoder: PatchEncoder, indices: list[int], shader: Shader | None
) -> dict[str, Tensor]:
    size = (recipe.frames, recipe.height, recipe.width)
    clips = render_clips(recipe.split, recipe.seed, indices, *size, device=encoder.device, shader=shader)
    video = torch.stack([clip.frames for clip in clips]).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    c2w = torch.stack([torch.from_numpy(clip.trajectory.canonical(0).c2w.copy()) for clip in clips])
    return {
        "video_z": encoder(video).half().cpu(),
        "reverse_z": encoder(video.flip(2)).half().cpu(),
        "still_z": encoder.stills(video[:, :, still_frames(recipe.frames)]).half().cpu(),
        "c2w": c2w.float(),
        "hfov_deg": torch.tensor([clip.trajectory.hfov_deg[0] for clip in clips]).float(),
    }


def load_shards(folder: Path, split: Split) -> dict[str, Tensor]:
    """All shards of a split in one dict of tensors, in the order of their numbers."""
    shards = [load_file(path) for path in sorted(folder.glob(f"{split}-*.safetensors"))]
    if not shards:
        raise FileNotFoundError(f"no shards of {split!r} clips in {folder}; make them with `raxel cache`")
    return {key: torch.cat([shard[key] for shard in shards]) for key in shards[0]}


def with_statistics(
    info: CheckpointInfo, config: RaxelConfig, vae: VideoVAE, rays: RayLatents, clips: dict[str, Tensor]
) -> CheckpointInfo:
    """`info` with the mean and spread per channel of these clips' latents.

    No spread is taken for less than FLOOR of the largest: faint channels then stay faint, and the loss is spent where
    pictures and paths are decided.
    """
    z = clips["video_z"][:4096].float()
    where = rays.encoder.device
    r = rays(clips["c2w"][:1024].to(where), clips["hfov_deg"][:1024].to(where)).cpu()
    r = r - raw_rays(config, info, vae).origin(*r.shape[2:])
    over = (0, 2, 3, 4)
    return replace(
        info,
        z_mean=tuple(z.mean(over).tolist()),
        z_std=_floored(z.std(over)),
        r_std=_floored(r.square().mean(over).sqrt()),
    )


def _floored(spread: Tensor) -> tuple[float, ...]:
    return tuple(spread.clamp(min=FLOOR * float(spread.max())).tolist())
