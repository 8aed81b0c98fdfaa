"""What each mode trains and writes, and that parts of a batch, or blocks computed twice, change nothing."""

import dataclasses
import json

import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, load_model, save_model
from raxel_core.engine.latents import LatentCodec
from raxel_core.engine.lora import apply_lora
from raxel_core.engine.vae import load_vae
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer
from raxel_core.training.batches import Clips, training_batch
from raxel_core.training.cache import load_shards
from raxel_core.training.config import Stage, Training
from raxel_core.training.modes import names_beside_wan
from raxel_core.training.objective import TaskMix
from raxel_core.training.patches import PatchEncoder
from raxel_core.training.rays import RayLatents
from raxel_core.training.start import read_start
from raxel_core.training.state import load_state
from raxel_core.training.train import train

TINY = dataclasses.replace(PRESET_CONFIGS["tiny"], num_layers=1)
INFO = CheckpointInfo(name="tiny", height=32, width=64, frames=5)
PLAIN = {"steps": 2, "warmup": 1, "precision": "fp32", "stages": (Stage(9, TaskMix(0.3, 0.4, 0.3), 4),)}


@pytest.fixture(scope="module")
def clips(cache) -> Clips:
    vae = load_vae(cache / "vae.safetensors")
    codec, rays = LatentCodec(TINY, INFO, vae), RayLatents(TINY, INFO, PatchEncoder(vae))
    return Clips(codec, rays, load_shards(cache / "latents", "train"))


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A checkpoint to start from, as `raxel init-from-wan` leaves it: bf16, gates shut."""
    torch.manual_seed(5)
    config = dataclasses.replace(TINY, gate_init=0.0)
    network = RaxelTransformer(config)
    for name, parameter in network.named_parameters():
        if "gate" not in name and "ray_" not in name:
            torch.nn.init.normal_(parameter, std=0.05)
    network.copy_video_into_rays()
    path = tmp_path_factory.mktemp("begun") / "begun.safetensors"
    save_model(path, RaxelModel(network.to(torch.bfloat16), config, INFO))
    return path


def measured(out, name: str) -> list[float]:
    lines = (out.with_suffix("") / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)[name] for line in lines]


def trained(clips, folder, on_sample=None, **options):
    """Train in a new folder; returns the model's path."""
    folder.mkdir()
    out = folder / "m.safetensors"
    train(Training(**{**PLAIN, **options}), TINY, clips, out, folder / "s.safetensors", on_sample)
    return out


def weights(path) -> dict[str, torch.Tensor]:
    return load_model(path, dtype=torch.float32).network.state_dict()


def test_the_ray_branch_alone_learns_and_every_weight_that_wan_has_stays(clips, begun, tmp_path):
    out = trained(clips, tmp_path / "rays", mode="rays", start=str(begun))
    before, after = weights(begun), weights(out)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    beside = set(names_beside_wan(TINY))
    assert changed and changed <= beside
    assert {"ray_head.head.weight", "blocks.0.ray_ffn.0.weight", "blocks.0.gate_r"} <= changed
    plain = RaxelTransformer(dataclasses.replace(TINY, ray_branch=False), device="meta").state_dict()
    assert beside.isdisjoint(plain) and beside | set(plain) | {"null_context"} == set(before)


def test_the_written_lora_makes_of_the_written_model_the_one_that_was_trained(clips, begun, tmp_path):
    batch = training_batch(Training(**PLAIN), clips, 0)
    seen = {}

    def keep(model, step, write):
        with torch.no_grad():
            seen.update(model.network(batch.noisy, batch.sigmas))

    options = {"mode": "rays_lora", "lora_rank": 3, "start": str(begun), "ema": 0.5, "learning_rate": 0.05}
    out = trained(clips, tmp_path / "lora", keep, sample_every=2, **options)
    model = load_model(out)
    before, after = weights(begun), model.network.state_dict()
    plain = set(before) - set(names_beside_wan(TINY))
    assert all(torch.equal(before[name], after[name]) for name in plain)

    def off(predicted) -> float:
        return max(float((predicted[name] - seen[name]).abs().max()) for name in seen)

    with torch.no_grad():
        without = off(model.network(batch.noisy, batch.sigmas))
        apply_lora(model, out.with_name("m-lora.safetensors"))
        merged = off(model.network(batch.noisy, batch.sigmas))
    assert merged < 1e-4 < 1e-3 < without


def test_parts_of_a_batch_and_blocks_computed_twice_give_the_gradients_of_the_whole_batch(clips, tmp_path):
    whole = trained(clips, tmp_path / "whole", matrix_rate=0)
    parts = trained(clips, tmp_path / "parts", matrix_rate=0, accumulate=2, gradient_checkpointing=True)
    for name in ("loss", "z", "r", "gradient"):
        assert measured(parts, name) == pytest.approx(measured(whole, name), rel=1e-4)
    expected, got = weights(whole), weights(parts)
    assert all(torch.allclose(got[name], expected[name], atol=2e-5) for name in expected)


def test_slices_of_a_batch_are_the_batch(clips):
    config = Training(**PLAIN)
    whole = training_batch(config, clips, 7)
    slices = [training_batch(config, clips, 7, slice(k, None, 2)) for k in range(2)]
    for kind in range(3):
        for name, x in whole[kind].items():
            for k in range(2):
                assert torch.allclose(slices[k][kind][name], x[k::2], atol=1e-5)


def test_a_checkpoint_of_other_sizes_and_a_state_of_another_mode_are_refused(clips, begun, tmp_path):
    with pytest.raises(RaxelError, match=r"has num_layers 1, the recipe's network 2"):
        read_start(begun, PRESET_CONFIGS["tiny"])
    trained(clips, tmp_path / "rays", mode="rays", start=str(begun))
    network = RaxelTransformer(TINY)
    parts = {"network": network, "average": dict(network.named_parameters())}
    with pytest.raises(RaxelError, match="state of another network or mode"):
        load_state(tmp_path / "rays" / "s.safetensors", parts, [])
    (tmp_path / "broken").write_bytes(b"12345678")
    with pytest.raises(RaxelError, match="delete it to begin again"):
        load_state(tmp_path / "broken", parts, [])
