"""``raxel train-vae``, ``raxel cache`` and ``raxel train``: the three steps from a recipe to a model.

All of them work in one folder, resume where they were killed, and print their progress to stderr.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

import torch

from ..engine.checkpoint import CheckpointInfo
from ..engine.latents import LatentCodec
from ..engine.vae import DiffusersVAE, load_vae
from ..errors import RaxelError
from ..training.batches import Clips
from ..training.cache import encode_shard, load_shards, shard_size, with_statistics
from ..training.cache_recipe import CacheRecipe
from ..training.encoders import make_encoder
from ..training.memory import estimate, report
from ..training.rays import RayLatents
from ..training.recipe import Recipe, read_recipe
from ..training.render import shade
from ..training.rows import Shards
from ..training.sources import Folder, renderer
from ..training.start import read_start
from ..training.train import train
from ..training.vae import train_vae
from .training_samples import Samples


def add_arguments(parser: ArgumentParser) -> None:
    """What all three take."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="recipes/small.yaml, or your own")
    parser.add_argument(
        "work",
        type=Path,
        metavar="WORK",
        nargs="?",
        help="folder for states, latents and results (default: one of the recipe's name, beside it)",
    )
    parser.add_argument(
        "--device",
        default="cuda" if torch.cuda.is_available() else "cpu",
        help="where cache and train compute (default: cuda where there is one)",
    )
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's)")


def add_cache_arguments(parser: ArgumentParser) -> None:
    """The common ones, and which shards."""
    add_arguments(parser)
    parser.add_argument(
        "--shards",
        type=_span,
        metavar="A:B",
        help="256 clips each, fewer of large ones (default 0:40 of rendered clips, all of a data set)",
    )


def add_train_arguments(parser: ArgumentParser) -> None:
    """The common ones, what to write beside the model, and the estimate."""
    add_arguments(parser)
    parser.add_argument("--tensorboard", action="store_true", help="write event files beside metrics.jsonl")
    parser.add_argument(
        "--dry-run", action="store_true", help="print the memory that a GPU would need, and train nothing"
    )
    parser.add_argument("--gpus", type=_count, default=1, metavar="N", help="of the estimate (default 1)")


def run_train_vae(args: Namespace) -> None:
    """Train the autoencoder, or go on."""
    recipe = _start(args)
    if isinstance(recipe.vae, Path):
        raise RaxelError(f"{args.recipe} names the autoencoder {recipe.vae}; there is nothing to train")
    train_vae(recipe.vae, vae_file(recipe, args.work), args.work / "vae-state.safetensors")


def run_cache(args: Namespace) -> None:
    """Render or read clips and encode them; shards that exist are kept."""
    from tqdm import tqdm

    recipe = _start(args)
    folder = args.work / "latents"
    encoder = make_encoder(load_vae(vae_file(recipe, args.work)), args.device)
    size, shards = shard_size(recipe.clips), args.shards or range(40)
    if recipe.clips.data:
        source = Folder(recipe.clips, folder)
        most = math.ceil(len(source) / size)
        shards = [number for number in args.shards or range(most) if number < most]
        if not shards:
            raise RaxelError(
                f"{recipe.clips.data} fills the shards 0:{most}, none of {args.shards.start}:{args.shards.stop}"
            )
    else:
        shader = torch.compile(shade, dynamic=False) if recipe.training.compile else None
        source = renderer(recipe.clips, args.device, shader)
    for number in tqdm(shards, unit="shard"):
        encode_shard(recipe.clips, encoder, folder, number, size, source)


def run_train(args: Namespace) -> None:
    """Train the transformer on the cached clips, or go on."""
    if args.dry_run:
        recipe = read_recipe(args.recipe)
        print(report(estimate(recipe.training, recipe.network, recipe.clips, args.gpus), recipe.name))
        return
    recipe = _start(args)
    train_recipe(recipe, args.work, args.recipe.name, _device(args.device), args.tensorboard)


def train_recipe(
    recipe: Recipe, work: Path, file: str, device: torch.device, tensorboard: bool = False
) -> None:
    """Train a recipe's transformer on the clips cached in `work`, or go on; `file` is the recipe's name."""
    raw = _cached(work, recipe.clips.split)
    vae = load_vae(vae_file(recipe, work))
    info, rays = _record(recipe, file, vae, raw, device)
    clips = Clips(LatentCodec(recipe.network, info, vae), rays, raw, device)
    out = work / f"{recipe.name}.safetensors"
    state = work / f"{recipe.name}-state.safetensors"
    on_sample = Samples(clips, vae, out.with_suffix("") / "samples")
    train(recipe.training, recipe.network, clips, out, state, on_sample, tensorboard)


def vae_file(recipe: Recipe, work: Path) -> Path:
    """The recipe's autoencoder: the file that it names, or beside the model, under the name that the loader looks for."""
    return recipe.vae if isinstance(recipe.vae, Path) else work / f"{recipe.name}-vae.safetensors"


def _record(
    recipe: Recipe, file: str, vae: DiffusersVAE, raw: Shards, device: torch.device
) -> tuple[CheckpointInfo, RayLatents]:
    """The new model's record and its ray latents; what a checkpoint to start from has learnt on stays as it is."""
    size = recipe.clips
    info = CheckpointInfo(
        name=recipe.name,
        alpha=size.alpha,
        height=size.height,
        width=size.width,
        frames=size.frames,
        scale_mode=size.scale_mode,
        training={"recipe": file, **_origin(size)},
    )
    begun = None
    if recipe.training.start:
        begun = read_start(Path(recipe.training.start), recipe.network).info
        done = {"started_from": begun.name, "mode": recipe.training.mode, **info.training}
        info = replace(info, alpha=begun.alpha, ray_origin_hfov_deg=begun.ray_origin_hfov_deg, training=done)
    rays = RayLatents(recipe.network, info, make_encoder(vae, device))
    info = with_statistics(info, recipe.network, vae, rays, raw)
    if begun:
        untrained = begun.training.get("steps") == 0  # by `raxel init-from-wan`: its rays have no spread yet
        r_std = info.r_std if untrained else begun.r_std
        info = replace(info, z_mean=begun.z_mean, z_std=begun.z_std, r_std=r_std)
    return info, rays


def _device(name: str) -> torch.device:
    """The device of this process; of several that Accelerate starts each has a GPU of its own."""
    device = torch.device(name)
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return device


def _origin(clips: CacheRecipe) -> dict[str, object]:
    """Where the clips came from, for the model's record; of a folder its name alone, not its place."""
    return {"data": Path(clips.data).name} if clips.data else {"renderer_seed": clips.seed}


def _cached(work: Path, split: str) -> Shards:
    try:
        return load_shards(work / "latents", split)
    except FileNotFoundError as error:
        raise RaxelError(str(error)) from None


def _start(args: Namespace) -> Recipe:
    recipe = read_recipe(args.recipe)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.threads:
        torch.set_num_threads(args.threads)
    args.work = args.work or args.recipe.with_suffix("")
    args.work.mkdir(parents=True, exist_ok=True)
    return recipe


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of GPUs like 8")
    return int(text)


def _span(text: str) -> range:
    """``A:B`` as a range."""
    first, colon, last = text.partition(":")
    if not (colon and first.isdigit() and last.isdigit() and int(first) < int(last)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of shards like 0:40")
    return range(int(first), int(last))
