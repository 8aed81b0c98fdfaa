"""The estimate against tensors that exist, and against the paper's sizes."""

import dataclasses

import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer
from raxel_core.training.average import Average
from raxel_core.training.cache_recipe import CacheRecipe
from raxel_core.training.config import Stage, Training
from raxel_core.training.memory import activation_bytes, estimate, report, saved_bytes
from raxel_core.training.modes import init_lora, set_mode
from raxel_core.training.objective import TaskMix
from raxel_core.training.optimizers import optimizers

TINY = PRESET_CONFIGS["tiny"]
SIZE = CacheRecipe(height=32, width=64, frames=5)
STAGES = (Stage(9, TaskMix(), 4),)


def nbytes(tensors) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@pytest.mark.parametrize("mode", ["full", "rays", "rays_lora"])
@pytest.mark.parametrize("matrix_rate", [0.0, 3e-3])
def test_weights_gradients_optimiser_and_average_are_as_large_as_real_ones(mode, matrix_rate):
    config = Training(steps=9, mode=mode, lora_rank=4, matrix_rate=matrix_rate, stages=STAGES)
    network = RaxelTransformer(TINY)
    set_mode(network, mode, 4)
    init_lora(network)
    trained = [p for p in network.parameters() if p.requires_grad]
    for parameter in trained:
        parameter.grad = torch.ones_like(parameter)
    made = optimizers(config, network)
    for optimizer in made:
        optimizer.step()
    states = [value for optimizer in made for slot in optimizer.state.values() for value in slot.values()]
    row = estimate(config, TINY, SIZE, gpus=1)[0]
    assert row.weights == nbytes(network.parameters())
    assert row.gradients == nbytes(p.grad for p in trained)
    assert row.optimizer == nbytes(value for value in states if value.ndim)
    assert row.average == nbytes(Average(network).tensors.values())


def test_activations_are_what_a_real_backward_pass_keeps():
    """On the CPU attention also keeps its scores, so the comparison is of a network whose tokens are few."""
    config = Training(steps=9, precision="fp32", stages=STAGES)
    network = dataclasses.replace(TINY, num_layers=6, dim=256, ffn_dim=512, num_heads=2)
    real = RaxelTransformer(network)
    noisy = {"source_z": torch.randn(1, 16, 1, 4, 8), "video_z": torch.randn(1, 16, 2, 4, 8)}
    noisy |= {"source_r": torch.randn(1, 16, 1, 2, 4), "video_r": torch.randn(1, 16, 2, 2, 4)}
    with saved_bytes(real.parameters()) as saved:
        real(noisy, {name: torch.ones(1) for name in noisy})
    assert sum(saved.values()) == pytest.approx(activation_bytes(config, network, SIZE), rel=0.25)


def test_sharding_divides_what_is_kept_and_checkpointing_keeps_less():
    network, size = PRESET_CONFIGS["raxel-14b"], CacheRecipe(height=480, width=832, frames=81)
    stages = (Stage(9, TaskMix(), 32),)
    plain = Training(steps=9, matrix_rate=0, stages=stages)
    whole, sharded = estimate(plain, network, size, gpus=32)
    assert round(whole.parameters / 1e9, 1) == 20.1  # the paper's
    assert sharded.optimizer * 32 == whole.optimizer == 8 * whole.parameters
    assert sharded.weights * 32 == whole.weights
    less = estimate(dataclasses.replace(plain, gradient_checkpointing=True), network, size, gpus=32)[1]
    assert less.activations < sharded.activations / 10 and less.weights == sharded.weights
    assert "20.1" in report([whole, sharded], "x") and less.total < 80 * 2**30 < whole.total


def test_a_batch_that_gpus_cannot_share_is_refused():
    config = Training(steps=9, stages=STAGES)
    with pytest.raises(RaxelError, match="batch of 4 does not divide into 3 GPUs"):
        estimate(config, TINY, SIZE, gpus=3)
