"""Every variant of the paper's ablation trains on the same shards and then samples through the same functions."""

import dataclasses

import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo, load_model
from raxel_core.engine.latents import LatentCodec
from raxel_core.engine.vae import DiffusersVAE
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.model import PRESET_CONFIGS
from raxel_core.sampling import SamplingOptions, joint, pose_from_video, video_from_trajectory
from raxel_core.training.cache import CacheRecipe, encode_shard, load_shards, with_statistics
from raxel_core.training.objective import TaskMix
from raxel_core.training.patches import PatchEncoder
from raxel_core.training.rays import RayLatents
from raxel_core.training.train import Clips, Stage, Training, train
from raxel_core.training.vae import VaeTraining, new_vae

HEIGHT, WIDTH, FRAMES = 32, 64, 5
RECIPE = CacheRecipe(height=HEIGHT, width=WIDTH, frames=FRAMES)
INFO = CheckpointInfo(name="test", height=HEIGHT, width=WIDTH, frames=FRAMES)
MIX = TaskMix(0.4, 0.3, 0.3)


@pytest.fixture(scope="module")
def vae() -> DiffusersVAE:
    return DiffusersVAE(new_vae(VaeTraining(fit=2, batch=4, rays=2)).eval())


@pytest.fixture(scope="module")
def encoder(vae) -> PatchEncoder:
    return PatchEncoder(vae)


@pytest.fixture(scope="module")
def shards(encoder, tmp_path_factory) -> dict[str, torch.Tensor]:
    path = encode_shard(RECIPE, encoder, tmp_path_factory.mktemp("latents"), 0, size=3)
    return load_shards(path.parent, "train")


@pytest.mark.parametrize("cosine_weight", [0.0, 0.5])
@pytest.mark.parametrize("rays", ["raxels", "plucker"])
@pytest.mark.parametrize("attention", ["decoupled", "joint"])
def test_every_variant_trains_and_samples(
    vae, encoder, shards, tmp_path, attention, rays, cosine_weight
) -> None:
    network = dataclasses.replace(PRESET_CONFIGS["tiny"], attention=attention, rays=rays)
    latents = RayLatents(network, INFO, encoder)
    info = with_statistics(INFO, network, vae, latents, shards)
    clips = Clips(LatentCodec(network, info, vae), latents, shards)
    config = Training(steps=2, warmup=1, cosine_weight=cosine_weight, stages=(Stage(9, MIX, 4),))
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
