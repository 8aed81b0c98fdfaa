"""Resuming, batches and the cache, on a model of two blocks and a closed-form autoencoder."""

import dataclasses
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLWan

from raxel_core.engine.checkpoint import CheckpointInfo, load_model
from raxel_core.engine.latents import LatentCodec
from raxel_core.engine.vae import DiffusersVAE
from raxel_core.errors import RaxelError
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.geometry.rotation import rotation_exp
from raxel_core.model import PRESET_CONFIGS
from raxel_core.training.cache import CacheRecipe, encode_shard, load_shards, with_statistics
from raxel_core.training.objective import TaskMix
from raxel_core.training.patches import PatchEncoder
from raxel_core.training.rays import RayLatents
from raxel_core.training.recipe import read_recipe
from raxel_core.training.render import render_clips, sample_clip
from raxel_core.training.train import Clips, Layout, Stage, Training, train
from raxel_core.training.vae import VaeTraining, new_vae

RECIPE = CacheRecipe(height=32, width=64, frames=5)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def vae() -> DiffusersVAE:
    return DiffusersVAE(new_vae(VaeTraining(fit=2, batch=4, rays=2)).eval())


@pytest.fixture(scope="module")
def encoder(vae) -> PatchEncoder:
    return PatchEncoder(vae)


@pytest.fixture(scope="module")
def shard(encoder, tmp_path_factory) -> Path:
    return encode_shard(RECIPE, encoder, tmp_path_factory.mktemp("latents"), 0, size=6)


@pytest.fixture(scope="module")
def clips(vae, encoder, shard) -> Clips:
    return clips_of(vae, encoder, shard)


def clips_of(vae, encoder, shard: Path, network=PRESET_CONFIGS["tiny"]) -> Clips:
    raw = load_shards(shard.parent, "train")
    info = CheckpointInfo(name="test", height=32, width=64, frames=5)
    rays = RayLatents(network, info, encoder)
    info = with_statistics(info, network, vae, rays, raw)
    return Clips(LatentCodec(network, info, vae), rays, raw)


def test_patches_give_the_latents_of_the_network(vae, encoder) -> None:
    x = torch.rand(2, 3, 9, 16, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert torch.allclose(encoder(x), vae.encode(x), atol=1e-4)
    singles = torch.cat([vae.encode(x[:, :, i : i + 1]) for i in range(9)], dim=2)
    assert torch.allclose(encoder.stills(x), singles, atol=1e-4)


def test_an_encoder_that_is_no_matrix_is_refused() -> None:
    torch.manual_seed(0)
    with pytest.raises(RaxelError, match="not linear"):
        PatchEncoder(DiffusersVAE(AutoencoderKLWan(base_dim=4).eval()))


def test_cached_latents_are_the_latents_of_the_rendered_clips(vae, shard) -> None:
    cached = load_shards(shard.parent, "train")
    clip = render_clips("train", 0, [3], 5, 32, 64)[0]
    pixels = clip.frames.permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    expected = {
        "video_z": vae.encode(pixels),
        "reverse_z": vae.encode(pixels.flip(2)),
        "still_z": vae.encode(pixels[:, :, 2:3]),
    }
    for name, fresh in expected.items():
        assert (cached[name][3].float() - fresh[0]).std() < 0.02 * fresh.std()
    assert torch.allclose(
        cached["c2w"][3].double(), torch.from_numpy(clip.trajectory.canonical(0).c2w.copy()), atol=1e-6
    )


@pytest.mark.parametrize("kind", ["raxels", "plucker"])
def test_rays_of_cameras_are_what_the_codec_makes_of_their_raxels(vae, encoder, shard, kind) -> None:
    clips = clips_of(vae, encoder, shard, dataclasses.replace(PRESET_CONFIGS["tiny"], rays=kind))
    path = sample_clip("train", 0, 3, 5, 32, 64)[0]
    c2w = torch.from_numpy(path.canonical(0).c2w.copy()).float()[None]
    lens = torch.tensor([path.hfov_deg[0]]).float()
    raxels = raxels_from_trajectory(path, clips.codec.info.alpha, 1.0)
    for stills in (False, True):
        expected = (clips.codec.encode_still_rays if stills else clips.codec.encode_rays)(raxels)
        got = clips.codec.normalise_rays(clips.rays(c2w, lens, stills=stills), stills=stills)
        assert torch.allclose(got, expected, atol=5e-3)


def test_clips_that_hardly_turn_are_drawn_as_often_as_asked(clips) -> None:
    raw = {name: x.clone() for name, x in clips.raw.items()}
    raw["c2w"][:] = torch.eye(4)
    raw["c2w"][2:, -1, :3, :3] = torch.from_numpy(
        rotation_exp([0.0, 0.3, 0.0])
    ).float()  # four of the six turn
    for name in ("video_z", "reverse_z"):
        raw[name] = raw[name] * 0 + torch.arange(6.0).view(6, 1, 1, 1, 1)
    numbered = Clips(clips.codec, clips.rays, raw)
    for weight in (1.0, 4.0):
        z = numbered.batch(3000, Layout(), torch.Generator().manual_seed(0), steady_weight=weight)["video_z"]
        rows = z[:, 0, 0, 0, 0] * clips.codec.info.z_std[0] + clips.codec.info.z_mean[0]
        steady = (rows.round() < 2).float().mean()
        assert abs(steady - 2 * weight / (2 * weight + 4)) < 0.03


def test_a_batch_agrees_with_the_truth_wherever_its_canonical_camera_stands(clips) -> None:
    """Sources are frames of the clip, rays are relative to the first source, targets are other frames."""
    layout = Layout(sources=2, targets=1, anywhere=0.7)
    batch = clips.batch(40, layout, torch.Generator().manual_seed(0))
    origin = clips.codec.normalise_rays(
        clips.rays(torch.eye(4).expand(1, 1, 4, 4), torch.tensor([65.0]), True), True
    )
    assert batch["source_r"].shape[2] == 2 and batch["target_r"].shape[2] == 1
    # The canonical camera's rays differ from the static camera's by its lens alone: x and y about the middle.
    centre = (batch["source_r"][:, :3, 0] - origin[:, :3, 0]).mean(dim=(2, 3))
    assert centre.abs().max() < 0.35
    at_first = (batch["source_z"][:, :, 0] - batch["video_z"][:, :, 0]).abs().amax(dim=(1, 2, 3)) < 1e-3
    assert 5 < int(at_first.sum()) < 35, "the canonical camera is always, or never, the first frame"
    # Where it is the first frame, the clip's rays begin with it.
    same = (batch["source_r"][:, :, 0] - batch["video_r"][:, :, 0]).abs().amax(dim=(1, 2, 3)) < 1e-3
    assert torch.equal(same, at_first)
    assert not torch.allclose(batch["source_z"][:, :, 1], batch["target_z"][:, :, 0], atol=1e-3)


def run(clips, out: Path, steps: int, until: int) -> torch.Tensor:
    """Train to `until` of a run of `steps` steps; returns the written weights of one layer."""
    stills = Layout(share=0.5, sources=2, targets=1, clip=False, anywhere=0.5)
    stages = (Stage(2, TaskMix(1, 0, 0), 4), Stage(99, TaskMix(), 6, (Layout(share=0.5), stills)))
    config = Training(steps=steps, warmup=2, decay=1, stages=stages)
    if until < steps:
        config = Training(**{**config.__dict__, "steps": until, "decay": 0})
    train(config, PRESET_CONFIGS["tiny"], clips, out / "m.safetensors", out / "s.safetensors")
    return load_model(out / "m.safetensors").network.blocks[0].ffn[0].weight


def test_a_run_that_was_stopped_ends_where_an_unstopped_one_does(clips, tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = run(clips, tmp_path / "a", steps=5, until=5)
    halfway = run(clips, tmp_path / "b", steps=5, until=3)
    resumed = run(clips, tmp_path / "b", steps=5, until=5)
    assert torch.equal(whole, resumed)
    assert not torch.equal(whole, halfway)


def test_the_shipped_recipe_reads_and_a_wrong_entry_is_named(tmp_path) -> None:
    recipe = read_recipe(ROOT / "recipes" / "small.yaml")
    assert recipe.network.num_layers == 4 and recipe.training.stage(0).mix.pose_from_video == 1.0
    text = (ROOT / "recipes" / "small.yaml").read_text()
    (tmp_path / "typo.yaml").write_text(text.replace("  height:", "  hieght:"))
    with pytest.raises(RaxelError, match="unknown entry 'hieght'"):
        read_recipe(tmp_path / "typo.yaml")
    (tmp_path / "broken.yaml").write_text("vae: [")
    with pytest.raises(RaxelError, match="is not YAML"):
        read_recipe(tmp_path / "broken.yaml")
