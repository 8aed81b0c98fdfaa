"""Clips in batches: what the public tasks give one by one."""

import pytest
import torch

from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.vae import DiffusersVAE, load_vae
from raxel_core.evaluation.batch import Batch
from raxel_core.evaluation.quick import quick
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.sampling import SamplingOptions, joint, pose_from_video, video_from_trajectory
from raxel_core.training.patches import PatchEncoder
from raxel_core.training.vae import VaeTraining, new_vae

FRAMES, HEIGHT, WIDTH = 9, 32, 64
HOW = {"video_steps": 2, "ray_steps": 2}


@pytest.fixture(scope="module")
def engine(tiny_model_path):
    model = load_model(tiny_model_path)
    for parameter in model.network.parameters():
        torch.nn.init.normal_(parameter, std=0.05, generator=torch.Generator().manual_seed(parameter.numel()))
    return model, load_vae(tiny_model_path.with_name("tiny-vae.safetensors"))


def clips(count: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.rand(FRAMES, HEIGHT, WIDTH, 3, generator=generator) for _ in range(count)]


def paths(count: int) -> list:
    names = ("arc_left", "dolly_in", "pan_right")[:count]
    return [raxels_from_trajectory(preset_trajectory(n, FRAMES, WIDTH, HEIGHT), 0.5, 1.0) for n in names]


def one_by_one(engine, number: int, frames: torch.Tensor, path) -> list[torch.Tensor]:
    options = SamplingOptions(seed=number, **HOW)
    both = joint(*engine, frames[:1], FRAMES, 16.0, options)
    return [
        pose_from_video(*engine, frames, 16.0, options).raxels.images,
        video_from_trajectory(*engine, frames[:1], path, options).images,
        both.images,
        both.raxels.images,
    ]


def together(engine, numbers: list[int], frames: list, given: list) -> list[list[torch.Tensor]]:
    def batch() -> Batch:
        return Batch(*engine, SamplingOptions(**HOW), numbers)

    stills = [clip[:1] for clip in frames]
    videos, told = batch().joint(stills, FRAMES, 16.0)
    found = [raxels.images for raxels in batch().poses(frames, 16.0)]
    return [found, batch().videos(stills, given), videos, [raxels.images for raxels in told]]


def test_a_batch_of_one_is_the_public_task_bit_for_bit(engine) -> None:
    alone = one_by_one(engine, 7, clips(1)[0], paths(1)[0])
    for expected, (found,) in zip(alone, together(engine, [7], clips(1), paths(1)), strict=True):
        assert torch.equal(found, expected)


def test_every_clip_of_a_batch_is_what_it_is_alone_to_rounding(engine) -> None:
    results = together(engine, [7, 8, 9], clips(3), paths(3))
    for i, (frames, path) in enumerate(zip(clips(3), paths(3), strict=True)):
        for found, expected in zip(results, one_by_one(engine, 7 + i, frames, path), strict=True):
            assert (found[i] - expected).abs().max() < 1e-4


def test_a_linear_encoder_is_run_as_products_and_gives_the_networks_latents() -> None:
    vae = DiffusersVAE(new_vae(VaeTraining(fit=2, batch=4, rays=2)).eval())
    fast = quick(vae)
    pixels = torch.rand(1, 3, FRAMES, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0)) * 2 - 1
    expected = vae.encode(pixels)
    assert isinstance(fast.encoder, PatchEncoder)
    assert (fast.encode(pixels) - expected).norm() < 1e-4 * expected.norm()
    assert torch.equal(fast.decode(expected), vae.decode(expected))
