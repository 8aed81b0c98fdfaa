"""Resuming, mirrors and the cache, on a model of two blocks and a random narrow autoencoder."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo, load_model
from raxel_core.engine.latents import LatentCodec
from raxel_core.engine.vae import DiffusersVAE
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS
from raxel_core.training.augment import augmented, fit_mirrors
from raxel_core.training.cache import CacheRecipe, encode_shard, load_shards, raxel_pixels, with_statistics
from raxel_core.training.objective import TaskMix
from raxel_core.training.recipe import read_recipe
from raxel_core.training.render import Clip, render_clips
from raxel_core.training.train import Clips, Stage, Training, train
from raxel_core.training.vae import VaeTraining, new_vae

RECIPE = CacheRecipe(height=32, width=64, frames=5)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def vae() -> DiffusersVAE:
    return DiffusersVAE(new_vae(VaeTraining(fit=2, batch=4, rays=2)).eval())


@pytest.fixture(scope="module")
def shard(vae, tmp_path_factory) -> Path:
    return encode_shard(RECIPE, vae, tmp_path_factory.mktemp("latents"), 0, size=6)


def test_cached_latents_are_the_latents_of_the_rendered_clips(vae, shard) -> None:
    cached = load_shards(shard.parent, "train")
    clip = render_clips("train", 0, [3], 5, 32, 64)[0]
    fresh = vae.encode(clip.frames.permute(3, 0, 1, 2)[None].float() / 127.5 - 1)
    assert (cached["video_z"][3].float() - fresh[0]).std() < 0.02 * fresh.std()
    rays = vae.encode(raxel_pixels(clip, 0.5)[None])
    assert (cached["video_r"][3].float() - rays[0]).std() < 0.02 * rays.std()
    assert torch.allclose(
        cached["c2w"][3].double(), torch.from_numpy(clip.trajectory.canonical(0).c2w.copy()), atol=1e-6
    )


def test_a_mirrored_clip_has_the_mirrored_latents(vae) -> None:
    clips = render_clips("train", 5, range(6), 5, 32, 64)
    video = torch.stack([clip.frames for clip in clips]).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    rays = torch.stack([raxel_pixels(clip, 0.5) for clip in clips])
    mirrors = fit_mirrors(vae, video, rays)
    assert mirrors.residual < 0.3
    new = render_clips("train", 6, [0], 5, 32, 64)[0]
    pixels = new.frames.permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    mirrored = vae.encode(pixels.flip(-1))
    by_matrix = torch.einsum("dc,bcthw->bdthw", mirrors.z[0], vae.encode(pixels).flip(-1))
    assert (by_matrix - mirrored).norm() < 0.2 * mirrored.norm()
    assert (vae.encode(pixels) - mirrored).norm() > 0.5 * mirrored.norm(), "this clip is its own mirror image"


def test_augmenting_keeps_what_belongs_together_together(vae) -> None:
    """A clip's still and video are mirrored alike: the first latent of a clip is its first frame's."""
    clips = render_clips("train", 5, range(4), 5, 32, 64)
    video = torch.stack([clip.frames for clip in clips]).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    rays = torch.stack([raxel_pixels(clip, 0.5) for clip in clips])
    mirrors = fit_mirrors(vae, video, rays)
    raw = {"video_z": vae.encode(video), "still_z": vae.encode(video[:, :, :1]), "video_r": vae.encode(rays)}
    result = augmented(raw, mirrors, torch.Generator().manual_seed(0))
    assert torch.allclose(result["video_z"][:, :, :1], result["still_z"], atol=1e-4)
    assert not torch.allclose(result["video_z"], raw["video_z"], atol=1e-2)


def test_augmented_rays_are_those_of_mirrored_cameras(vae) -> None:
    """A mirror maps the camera c2w to S c2w S; rays are never dimmed, so each result is one of four such paths."""
    clips = render_clips("train", 5, range(6), 5, 32, 64)
    rays = torch.stack([raxel_pixels(clip, 0.5) for clip in clips])
    video = torch.stack([clip.frames for clip in clips]).permute(0, 4, 1, 2, 3).float() / 127.5 - 1
    mirrors = fit_mirrors(vae, video, rays)
    result = augmented({"video_r": vae.encode(rays)}, mirrors, torch.Generator().manual_seed(0))["video_r"]
    seen = set()
    for clip, latents in zip(clips, result, strict=True):
        distances = []
        for x, y in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
            S = np.diag([x, y, 1, 1])
            path = dataclasses.replace(clip.trajectory, c2w=S @ clip.trajectory.canonical(0).c2w @ S)
            expected = vae.encode(raxel_pixels(Clip(clip.frames, path), 0.5)[None])[0]
            distances.append(float((latents - expected).norm() / expected.norm()))
        assert min(distances) < 0.1, distances
        seen.add(int(np.argmin(distances)))
    assert len(seen) > 1, "no clip was mirrored"


def run(vae, shard: Path, out: Path, steps: int, until: int) -> torch.Tensor:
    """Train to `until` of a run of `steps` steps; returns the written weights of one layer."""
    raw = load_shards(shard.parent, "train")
    network = PRESET_CONFIGS["tiny"]
    info = with_statistics(CheckpointInfo(name="test", height=32, width=64, frames=5), network, vae, raw)
    config = Training(
        steps=steps, batch=4, warmup=2, decay=1, stages=(Stage(2, TaskMix(1, 0, 0)), Stage(99, TaskMix()))
    )
    if until < steps:
        config = Training(**{**config.__dict__, "steps": until, "decay": 0})
    train(
        config,
        network,
        Clips(LatentCodec(network, info, vae), raw, None),
        out / "m.safetensors",
        out / "s.safetensors",
    )
    return load_model(out / "m.safetensors").network.blocks[0].ffn[0].weight


def test_a_run_that_was_stopped_ends_where_an_unstopped_one_does(vae, shard, tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = run(vae, shard, tmp_path / "a", steps=5, until=5)
    halfway = run(vae, shard, tmp_path / "b", steps=5, until=3)
    resumed = run(vae, shard, tmp_path / "b", steps=5, until=5)
    assert torch.equal(whole, resumed)
    assert not torch.equal(whole, halfway)


def test_the_shipped_recipe_reads_and_a_wrong_entry_is_named(tmp_path) -> None:
    recipe = read_recipe(ROOT / "recipes" / "small.yaml")
    assert recipe.network.num_layers == 4 and recipe.training.mix(0).pose_from_video == 1.0
    text = (ROOT / "recipes" / "small.yaml").read_text()
    (tmp_path / "typo.yaml").write_text(text.replace("  height:", "  hieght:"))
    with pytest.raises(RaxelError, match="unknown entry 'hieght'"):
        read_recipe(tmp_path / "typo.yaml")
    (tmp_path / "broken.yaml").write_text("vae: [")
    with pytest.raises(RaxelError, match="is not YAML"):
        read_recipe(tmp_path / "broken.yaml")
