"""Every variant of the paper's ablation trains on the same shards and then samples through the same functions."""

import dataclasses

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan

from raxel_core.engine.checkpoint import CheckpointInfo, load_model
from raxel_core.engine.latents import LatentCodec
from raxel_core.engine.vae import DiffusersVAE
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.model import PRESET_CONFIGS
from raxel_core.sampling import SamplingOptions, joint, pose_from_video, video_from_trajectory
from raxel_core.training.augment import Mirrors, augmented, plucker_mirrors
from raxel_core.training.cache import (
    CacheRecipe,
    encode_shard,
    load_shards,
    with_plucker_rays,
    with_statistics,
)
from raxel_core.training.objective import TaskMix
from raxel_core.training.render import render_clips
from raxel_core.training.train import Clips, Stage, Training, train

HEIGHT, WIDTH, FRAMES = 32, 64, 5
RECIPE = CacheRecipe(height=HEIGHT, width=WIDTH, frames=FRAMES)
INFO = CheckpointInfo(name="test", height=HEIGHT, width=WIDTH, frames=FRAMES)
PLUCKER = dataclasses.replace(PRESET_CONFIGS["tiny"], rays="plucker")
MIX = TaskMix(0.4, 0.3, 0.3)


@pytest.fixture(scope="module")
def vae() -> DiffusersVAE:
    torch.manual_seed(0)
    return DiffusersVAE(AutoencoderKLWan(base_dim=4).eval())


@pytest.fixture(scope="module")
def shards(vae, tmp_path_factory) -> dict[str, torch.Tensor]:
    """Clips 3 to 5: their numbers are not their places in the file."""
    path = encode_shard(RECIPE, vae, tmp_path_factory.mktemp("latents"), 1, size=3)
    return load_shards(path.parent, "train")


@pytest.mark.parametrize("cosine_weight", [0.0, 0.5])
@pytest.mark.parametrize("rays", ["raxels", "plucker"])
@pytest.mark.parametrize("attention", ["decoupled", "joint"])
def test_every_variant_trains_and_samples(vae, shards, tmp_path, attention, rays, cosine_weight) -> None:
    network = dataclasses.replace(PRESET_CONFIGS["tiny"], attention=attention, rays=rays)
    raw = with_plucker_rays(shards, HEIGHT, WIDTH) if rays == "plucker" else shards
    info = with_statistics(INFO, network, vae, raw)
    clips = Clips(LatentCodec(network, info, vae), raw, None)
    config = Training(steps=2, batch=4, warmup=1, cosine_weight=cosine_weight, stages=(Stage(9, MIX),))
    train(config, network, clips, tmp_path / "m.safetensors", tmp_path / "state.safetensors")

    model = load_model(tmp_path / "m.safetensors")
    assert model.config == network and model.info.training["cosine_weight"] == cosine_weight
    assert float(model.network.ray_head.head.weight.abs().max()) > 0, "the ray branch learnt nothing"
    path = preset_trajectory("arc_left", frames=FRAMES, width=WIDTH, height=HEIGHT)
    given, frames = raxels_from_trajectory(path, info.alpha, 1.0), torch.rand(FRAMES, HEIGHT, WIDTH, 3)
    options = SamplingOptions(video_steps=1, ray_steps=1)
    found = pose_from_video(model, vae, frames, 16.0, options)
    shot = video_from_trajectory(model, vae, frames[:1], given, options)
    both = joint(model, vae, frames[:1], FRAMES, 16.0, options)
    for raxels in (found.raxels, shot.raxels, both.raxels):
        assert raxels.images.shape == (FRAMES, HEIGHT // 2, WIDTH // 2, 3) and raxels.images.isfinite().all()
    for images in (shot.images, both.images):
        assert images.shape == frames.shape and images.isfinite().all()


def test_the_same_shards_give_the_plucker_latents_of_their_clips(vae, shards) -> None:
    raw = with_plucker_rays(shards, HEIGHT, WIDTH)
    codec = LatentCodec(PLUCKER, dataclasses.replace(INFO, r_std=(1.0,) * 24), vae)
    for place, clip in enumerate(render_clips("train", 0, range(3, 6), FRAMES, HEIGHT, WIDTH)):
        raxels = raxels_from_trajectory(clip.trajectory, INFO.alpha, 1.0)
        expected = codec.encode_rays(raxels)
        got = codec.normalise_rays(raw["video_r"][place : place + 1])
        assert torch.allclose(got, expected, atol=1e-4)
        still = codec.normalise_rays(raw["still_r"][place : place + 1], stills=True)
        assert np.isclose(
            codec.encode_still_rays(raxels).sub(still).abs().amax(dim=(1, 3, 4)).min(), 0, atol=1e-4
        )
        # It is the very frame whose picture is the cached still.
        pictures = vae.encode(clip.frames.permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1)
        seen = (pictures - shards["still_z"][place].float()).flatten(1).norm(dim=1).argmin()
        assert torch.allclose(codec.encode_still_rays(raxels)[:, :, seen : seen + 1], still, atol=1e-4)


def test_mirrored_plucker_latents_are_those_of_mirrored_cameras() -> None:
    """A mirror maps the camera c2w to S c2w S; each result is one of four such paths, and exactly."""
    codec = LatentCodec(PLUCKER, dataclasses.replace(INFO, r_std=(1.0,) * 24), None)
    eye = torch.eye(16)
    mirrors = Mirrors(z=(eye, eye), r=plucker_mirrors(), residual=0.0)
    path = preset_trajectory("spiral", frames=5, width=WIDTH, height=HEIGHT)

    def raw(trajectory):
        return codec.raw_rays.encode(raxels_from_trajectory(trajectory, INFO.alpha, 1.0), stills=False)

    batch = {"video_r": raw(path).repeat(32, 1, 1, 1, 1)}
    results = augmented(batch, mirrors, torch.Generator().manual_seed(0))["video_r"]
    mirrored = []
    for x, y in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
        S = np.diag([x, y, 1, 1])
        mirrored.append(raw(dataclasses.replace(path, c2w=S @ path.canonical(0).c2w @ S))[0])
    seen = [min(range(4), key=lambda i: float((mirrored[i] - result).abs().max())) for result in results]
    assert set(seen) == {0, 1, 2, 3}
    for i, result in zip(seen, results, strict=True):
        assert torch.allclose(mirrored[i], result, atol=1e-4)
