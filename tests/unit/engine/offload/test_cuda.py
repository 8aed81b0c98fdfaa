"""The same laws on a GPU; nothing here runs without one (`pytest -m gpu`)."""

import logging

import pytest
import torch

from raxel_core.engine.offload import cuda_lane
from raxel_core.engine.offload.placed import open_model
from raxel_core.errors import RaxelError

from .conftest import BLOCKS, FORMATS
from .test_streaming import hold_blocks, same

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")]


@pytest.fixture
def on_gpu(inputs):
    return tuple({name: value.cuda() for name, value in part.items()} for part in inputs)


@pytest.mark.parametrize("master", ["ram", "file"])
@pytest.mark.parametrize("name", FORMATS)
def test_streamed_is_resident_bit_for_bit_on_a_gpu(model_files, on_gpu, name, master, monkeypatch):
    monkeypatch.setattr(cuda_lane, "PIECE", 32768)  # several pieces a block
    network = open_model(model_files[name], "cuda", master=master).network
    network.hold()
    wanted = network(*on_gpu)
    for prefetch_next in (False, True):
        network.prefetch_next = prefetch_next
        for blocks in (0, 1, 5, 2, 0, 0):
            hold_blocks(network, blocks)
            assert same(network(*on_gpu), wanted)
    network.close()


def test_a_computation_that_lags_behind_still_reads_the_right_weights(model_files, on_gpu):
    network = open_model(model_files["bf16"], "cuda").network
    network.hold()
    wanted = network(*on_gpu)
    hold_blocks(network, 0)
    for block in network.weights.network.blocks:
        block.register_forward_pre_hook(lambda *_: torch.cuda._sleep(20_000_000))
    network.prefetch_next = True
    for _ in range(3):
        assert same(network(*on_gpu), wanted)
    network.close()


def test_calls_that_end_in_the_middle_leave_a_network_that_works_on_a_gpu(model_files, on_gpu):
    network = open_model(model_files["int8"], "cuda").network
    wanted = network(*on_gpu)
    network.prefetch_next = True
    for index in range(BLOCKS):
        handle = network.weights.network.blocks[index].register_forward_hook(lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            network(*on_gpu)
        handle.remove()
        assert same(network(*on_gpu), wanted)
    network.close()


def test_refused_pinned_memory_is_said_once_and_the_bits_stay(model_files, on_gpu, monkeypatch, caplog):
    network = open_model(model_files["bf16"], "cuda").network
    wanted = network(*on_gpu)
    network.close()
    real = torch.empty

    def refusing(*size, pin_memory=False, **options):
        if pin_memory:
            raise RuntimeError("CUDA error: out of memory")
        return real(*size, **options)

    monkeypatch.setattr(torch, "empty", refusing)
    cuda_lane._refused.clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            network = open_model(model_files["bf16"], "cuda").network
            assert same(network(*on_gpu), wanted)
            network.close()
    assert sum("pinned memory was refused" in record.message for record in caplog.records) == 1


def test_a_file_that_changes_is_named_on_a_gpu_too(model_files, on_gpu, tmp_path):
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(model_files["int8"].read_bytes())
    network = open_model(copy, "cuda", master="file").network
    network(*on_gpu)
    copy.unlink()
    with pytest.raises(RaxelError, match="moved or deleted"):
        network(*on_gpu)
    network.close()


def test_twenty_models_give_all_memory_of_the_gpu_back(model_files, on_gpu):
    for cycle in range(20):
        network = open_model(model_files["int8"], "cuda").network
        network(*on_gpu)
        network.hold()
        network(*on_gpu)
        assert torch.cuda.memory_allocated() >= network.resident_bytes
        network.close()
        del network
        if cycle == 2:
            before = torch.cuda.memory_allocated()
    assert torch.cuda.memory_allocated() <= before
