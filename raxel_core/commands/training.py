"""``raxel train-vae``, ``raxel cache`` and ``raxel train``: the three steps from a recipe to a model.

All of them work in one folder, resume where they were killed, and print their progress to stderr.
"""

from __future__ import annotations

import argparse
import logging
import math
from argparse import ArgumentParser, Namespace
from pathlib import Path

import torch

from ..engine.checkpoint import CheckpointInfo
from ..engine.latents import LatentCodec
from ..engine.vae import load_vae
from ..errors import RaxelError
from ..training.cache import encode_shard, load_shards, shard_size, with_statistics
from ..training.cache_recipe import CacheRecipe
from ..training.encoders import make_encoder
from ..training.rays import RayLatents
from ..training.recipe import Recipe, read_recipe
from ..training.render import shade
from ..training.sources import Folder, renderer
from ..training.train import Clips, train
from ..training.vae import train_vae


def add_arguments(parser: ArgumentParser) -> None:
    """What all three take."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="recipes/small.yaml, or your own")
    parser.add_argument("work", type=Path, metavar="WORK", help="folder for states, latents and results")
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


def run_train_vae(args: Namespace) -> None:
    """Train the autoencoder, or go on."""
    recipe = _start(args)
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
    else:
        shader = torch.compile(shade, dynamic=False) if recipe.training.compile else None
        source = renderer(recipe.clips, args.device, shader)
    for number in tqdm(shards, unit="shard"):
        encode_shard(recipe.clips, encoder, folder, number, size, source)


def run_train(args: Namespace) -> None:
    """Train the transformer on the cached clips, or go on."""
    recipe = _start(args)
    size = recipe.clips
    raw = _cached(args.work, size.split)
    info = CheckpointInfo(
        name=recipe.name,
        alpha=size.alpha,
        height=size.height,
        width=size.width,
        frames=size.frames,
        scale_mode=size.scale_mode,
        training={"recipe": args.recipe.name, **_origin(size)},
    )
    vae = load_vae(vae_file(recipe, args.work))
    rays = RayLatents(recipe.network, info, make_encoder(vae, args.device))
    info = with_statistics(info, recipe.network, vae, rays, raw)
    clips = Clips(LatentCodec(recipe.network, info, vae), rays, raw, args.device)
    out = args.work / f"{recipe.name}.safetensors"
    train(recipe.training, recipe.network, clips, out, args.work / f"{recipe.name}-state.safetensors")


def vae_file(recipe: Recipe, work: Path) -> Path:
    """Where the recipe's autoencoder is written: beside the model, under the name that the loader looks for."""
    return work / f"{recipe.name}-vae.safetensors"


def _origin(clips: CacheRecipe) -> dict[str, object]:
    """Where the clips came from, for the model's record; of a folder its name alone, not its place."""
    return {"data": Path(clips.data).name} if clips.data else {"renderer_seed": clips.seed}


def _cached(work: Path, split: str) -> dict[str, torch.Tensor]:
    try:
        return load_shards(work / "latents", split)
    except FileNotFoundError as error:
        raise RaxelError(str(error)) from None


def _start(args: Namespace) -> Recipe:
    recipe = read_recipe(args.recipe)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.threads:
        torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    return recipe


def _span(text: str) -> range:
    """``A:B`` as a range."""
    first, colon, last = text.partition(":")
    if not (colon and first.isdigit() and last.isdigit() and int(first) < int(last)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of shards like 0:40")
    return range(int(first), int(last))
