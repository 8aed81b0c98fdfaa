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
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from ..engine.checkpoint import CheckpointInfo
from ..engine.latents import raw_rays
from ..engine.vae import VideoVAE
from ..engine.writing import write_tensors
from ..errors import RaxelError
from ..model import RaxelConfig
from .cache_recipe import CacheRecipe
from .encoders import Encoder
from .rays import RayLatents
from .render import Clip
from .rows import Rows, Shards
from .sources import Source, renderer

SHARD = 256  # clips in a shard of the small model
MOST_BYTES = 1 << 30  # of the pixels that are encoded together, and of the latents of a shard
DEFAULTS = {"data": "", "layout": "auto", "scale": "metric", "strides": [1], "windows": 0}  # of older shards
IN_MEMORY = 16 << 30  # bytes of shards up to which all of them are read at once
FLOOR = 0.2  # least spread of a channel, as a share of the largest
AT_ONCE = {"cpu": 8, "cuda": 256}  # clips encoded together, memory allowing


def still_frames(frames: int) -> list[int]:
    """Which frames of a clip are kept as stills, beside its first and last: 2, 5, 8, 11, 14 of 17."""
    return list(range(2, frames - 1, 3))


def encode_shard(
    recipe: CacheRecipe,
    encoder: Encoder,
    folder: Path,
    number: int,
    size: int = SHARD,
    source: Source | None = None,
) -> Path:
    """Encode clips `number * size` to `(number + 1) * size - 1`; a shard that exists is left alone.

    Args:
        recipe: which clips.
        encoder: the autoencoder's.
        folder: of the shards.
        number: of this one.
        size: clips in a shard.
        source: gives the clips; None renders them.

    Raises RaxelError where the shard is one of other clips, or none of its clips can be read.
    """
    path = folder / f"{recipe.split}-{recipe.seed}-{number:05d}.safetensors"
    if path.exists():
        _check_same(path, recipe)
        return path
    source = source or renderer(recipe, encoder.device)
    numbers = range(number * size, (number + 1) * size)
    at_once = clips_at_once(recipe, encoder.device)
    parts = [source(numbers[first : first + at_once]) for first in range(0, size, at_once)]
    encoded = [_encode(recipe, encoder, clips) for clips in parts if clips]
    if not encoded:
        raise RaxelError(f"no clip of the shard {path.name} can be read; the log says why")
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: torch.cat([part[key] for part in encoded]) for key in encoded[0]}
    write_tensors(path, tensors, {"recipe": json.dumps(recipe.__dict__)})
    return path


def _encode(recipe: CacheRecipe, encoder: Encoder, clips: list[Clip]) -> dict[str, Tensor]:
    frames = torch.stack([clip.frames for clip in clips]).to(encoder.device)
    video = frames.permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    c2w = torch.stack([torch.from_numpy(clip.trajectory.canonical(0).c2w.copy()) for clip in clips])
    return {
        "video_z": encoder(video).half().cpu(),
        "reverse_z": encoder(video.flip(2)).half().cpu(),
        "still_z": encoder.stills(video[:, :, still_frames(recipe.frames)]).half().cpu(),
        "c2w": c2w.float(),
        "hfov_deg": torch.tensor([clip.trajectory.hfov_deg[0] for clip in clips]).float(),
    }


def clips_at_once(recipe: CacheRecipe, device: torch.device) -> int:
    """How many clips are made and encoded together: as many as their pixels leave room for."""
    pixels = 12 * recipe.frames * recipe.height * recipe.width
    return max(1, min(AT_ONCE.get(device.type, 8), MOST_BYTES // pixels))


def shard_size(recipe: CacheRecipe) -> int:
    """Clips in a shard: 256, or fewer of large ones."""
    latents = 2 * (recipe.frames + 3) // 4 + len(still_frames(recipe.frames))
    return max(1, min(SHARD, MOST_BYTES // (latents * recipe.height * recipe.width // 2)))


def _check_same(path: Path, recipe: CacheRecipe) -> None:
    """A RaxelError where a shard holds clips of other data or of another size."""
    with safe_open(path, "pt") as file:
        known = {**DEFAULTS, **json.loads((file.metadata() or {}).get("recipe", "{}"))}
    for name, value in json.loads(json.dumps(recipe.__dict__)).items():
        if name != "alpha" and known.get(name, value) != value:
            raise RaxelError(
                f"{path} holds clips with {name} {known[name]!r}, the recipe asks for {value!r}; take another work folder"
            )


def load_shards(folder: Path, split: str, in_memory: int = IN_MEMORY) -> dict[str, Tensor | Rows]:
    """All shards of a split by tensor, in the order of their numbers.

    Args:
        folder: of the shards.
        split: of the clips.
        in_memory: bytes up to which latents are read at once; more stay on disk until they are asked for.
    """
    files = sorted(folder.glob(f"{split}-*.safetensors"))
    if not files:
        raise FileNotFoundError(f"no shards of {split!r} clips in {folder}; make them with `raxel cache`")
    shards = [load_file(path) for path in files]  # mapped: nothing is read before it is used
    small = sum(path.stat().st_size for path in files) <= in_memory
    columns = {key: [shard[key] for shard in shards] for key in shards[0]}
    return {key: torch.cat(x) if small or x[0].ndim < 5 else Rows(x) for key, x in columns.items()}


def with_statistics(
    info: CheckpointInfo, config: RaxelConfig, vae: VideoVAE, rays: RayLatents, clips: Shards
) -> CheckpointInfo:
    """`info` with the mean and spread per channel of these clips' latents.

    No spread is taken for less than FLOOR of the largest: faint channels then stay faint, and the loss is spent where
    pictures and paths are decided.
    """
    z = clips["video_z"][: _sample(clips["video_z"], 4096)].float()
    origin: Tensor | None = None
    squares = []
    count = _sample(clips["video_z"], 1024)
    for c2w, lens in zip(clips["c2w"][:count].split(32), clips["hfov_deg"][:count].split(32), strict=True):
        r = rays(c2w.to(rays.encoder.device), lens.to(rays.encoder.device)).cpu()
        if origin is None:
            origin = raw_rays(config, info, vae).origin(*r.shape[2:]).to(r)
        squares.append((r - origin).square().mean((2, 3, 4)))
    over = (0, 2, 3, 4)
    return replace(
        info,
        z_mean=tuple(z.mean(over).tolist()),
        z_std=_floored(z.std(over)),
        r_std=_floored(torch.cat(squares).mean(0).sqrt()),
    )


def _sample(latents: Tensor | Rows, most: int) -> int:
    """How many clips statistics are taken of: fewer of large ones, for they bring many numbers each."""
    return min(most, max(16, 2**28 // latents[0].numel()))


def _floored(spread: Tensor) -> tuple[float, ...]:
    return tuple(spread.clamp(min=FLOOR * float(spread.max())).tolist())
