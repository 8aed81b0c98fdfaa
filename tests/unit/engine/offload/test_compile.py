"""torch.compile of every block: one graph for a layout of the tokens, however many blocks and wherever their weights lie."""

import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, save_model
from raxel_core.engine.offload.placed import open_model
from raxel_core.model import RaxelConfig, RaxelTransformer

pytestmark = pytest.mark.slow
CONFIG = RaxelConfig(dim=64, ffn_dim=128, num_layers=5, num_heads=1, text_dim=32, text_len=4, gate_init=1.0)


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    torch.manual_seed(0)
    network = RaxelTransformer(CONFIG).bfloat16()
    for tensor in [*network.parameters(), *network.buffers()]:
        torch.nn.init.normal_(tensor.data, std=tensor.shape[-1] ** -0.5)
    path = tmp_path_factory.mktemp("compile") / "model.safetensors"
    save_model(path, RaxelModel(network, CONFIG, CheckpointInfo("compile")))
    return path


def inputs(frames):
    torch.manual_seed(1)
    latents = {"video_z": torch.randn(1, 16, frames, 8, 8), "video_r": torch.randn(1, 16, frames, 4, 4)}
    return latents, dict.fromkeys(latents, torch.tensor(0.5))


@pytest.mark.parametrize("quantize", [None, "int8"])
def test_blocks_are_compiled_once_for_a_layout_and_streaming_changes_no_bit(model_file, quantize):
    from torch._dynamo.utils import counters

    torch._dynamo.reset()
    counters.clear()
    plain, network = (open_model(model_file, quantize=quantize).network for _ in range(2))
    network.compile_blocks()
    graphs = []
    for frames in (2, 3, 2):
        latents, sigmas = inputs(frames)
        wanted = plain(latents, sigmas)
        found = []
        for hold in (float("inf"), 0, 0):
            network.hold(hold)
            found.append(network(latents, sigmas))
        for name, velocity in wanted.items():
            assert all(torch.equal(other[name], found[0][name]) for other in found)
            assert torch.allclose(found[0][name], velocity, atol=0.1)  # bf16, fused
        graphs.append(counters["stats"]["unique_graphs"])
    assert graphs == [1, 2, 2]
