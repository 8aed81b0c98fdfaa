"""Streamed, resident or in between: the same bits, and exactly the bytes of the blocks that are not resident."""

from pathlib import Path

import pytest
import torch

from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.offload.placed import open_model

from .conftest import BLOCKS, FORMATS

SHIPPED = Path(__file__).resolve().parents[4] / "models" / "raxel-small.safetensors"


def same(one, other):
    return set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


def hold_blocks(network, count):
    """Have so many blocks resident."""
    network.hold(network.weights.globals_bytes + sum(sorted(network.block_bytes)[-count:] if count else []))
    assert len(network.plan.resident) == count


def characters_read():
    """What this process has asked the system to read, caches included."""
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.fixture
def opened(request, model_files):
    """Opens a model; closes all at the end."""
    networks = []

    def open_it(name, **options):
        networks.append(open_model(model_files.get(name, name), **options).network)
        return networks[-1]

    yield open_it
    for network in networks:
        network.close()


@pytest.mark.parametrize("name", FORMATS)
def test_any_number_of_resident_blocks_gives_the_bits_of_the_plain_network(opened, model_files, inputs, name):
    dtype = torch.bfloat16 if name == "gguf" else None
    plain = load_model(model_files[name], dtype=dtype).network
    with torch.no_grad():
        wanted = plain(*inputs)
    network = opened(name)
    for blocks in (0, 1, 5, 2, 0):
        hold_blocks(network, blocks)
        assert same(network(*inputs), wanted)
    network.prefetch_next = True
    for blocks in (0, 0, 2, 2, 5, 1):  # blocks that were fetched ahead turn resident, and back
        hold_blocks(network, blocks)
        assert same(network(*inputs), wanted)


def test_a_network_in_another_type_computes_as_if_it_were_loaded_in_it(opened, model_files, inputs):
    for name, dtype in (("bf16", torch.float32), ("fp32", torch.bfloat16), ("int8", torch.float32)):
        with torch.no_grad():
            wanted = load_model(model_files[name], dtype=dtype).network(*inputs)
        assert same(opened(name, compute_dtype=dtype)(*inputs), wanted)


def test_the_shipped_model_gives_the_bits_of_load_model(opened, inputs):
    with torch.no_grad():
        wanted = load_model(SHIPPED).network(*inputs)
    assert same(opened(SHIPPED)(*inputs), wanted)


@pytest.mark.parametrize("name", ["bf16", "int8"])
def test_a_step_reads_the_bytes_of_the_streamed_blocks_and_no_more(opened, inputs, name):
    network = opened(name)
    for blocks in (0, 2, 5):
        hold_blocks(network, blocks)
        resident = network.plan.resident
        expected = sum(size for i, size in enumerate(network.block_bytes) if i not in resident)
        for _ in range(2):
            before, read = network.stats.bytes_read, characters_read()
            network(*inputs)
            assert network.stats.bytes_read - before == network.stats.step_bytes == expected
            assert (
                0 <= characters_read() - read - expected < 1000
            )  # the question itself is read from a file too


def test_in_a_run_that_fetches_ahead_the_steps_read_that_many_bytes_as_well(opened, inputs):
    network = opened("bf16")
    before = network.stats.bytes_read
    for step in range(6):
        network.prefetch_next = step < 5
        network(*inputs)
    assert network.stats.bytes_read - before == 6 * sum(network.block_bytes)


def test_what_the_next_step_begins_with_is_fetched_before_it_begins(opened, inputs):
    network = opened("bf16")
    network.prefetch_next = True
    network(*inputs)
    network.weights.streamer.lane.close()  # waits for what was asked for
    before = network.stats.bytes_read
    first = network.weights.streamer.turns(False)
    assert next(first)[0] == 0 and network.stats.bytes_read == before
    first.close()


@pytest.mark.parametrize("name", ["fp32", "nf4"])
def test_a_master_in_ram_needs_no_file_and_gives_the_same_bits(opened, model_files, inputs, tmp_path, name):
    wanted = opened(name)(*inputs)
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(model_files[name].read_bytes())
    network = opened(copy, master="ram")
    copy.unlink()
    assert network.resident_bytes == network.total_bytes, "computed from where it lies"
    assert same(network(*inputs), wanted) and network.stats.bytes_read == 0
    assert network.resident_bytes == network.total_bytes
    network.unload()
    assert network.resident_bytes == network.total_bytes - network.weights.globals_bytes
    assert same(network(*inputs), wanted)


@pytest.mark.parametrize("name", ["int8", "nf4", "fp8"])
def test_quantised_at_load_is_what_raxel_quantize_writes(opened, inputs, tmp_path, model_files, name):
    from raxel_core.engine.manifest import Quantization
    from raxel_core.engine.quantize import quantize_file

    quantize_file(model_files["fp32"], tmp_path / "written.safetensors", Quantization(name))
    seen = []
    at_load = opened("fp32", quantize=name, on_progress=lambda done, total: seen.append((done, total)))
    written = opened(tmp_path / "written.safetensors")
    assert same(at_load(*inputs), written(*inputs))
    assert at_load.total_bytes == written.total_bytes and at_load.dtype == written.dtype
    assert seen == [(done, BLOCKS + 1) for done in range(1, BLOCKS + 2)]


def test_sizes_are_those_of_the_memory_that_is_held(opened, inputs):
    network = opened("int8")
    weights = network.weights
    assert network.resident_bytes == weights.globals_bytes < network.total_bytes
    assert network.hold(0) == 0
    network(*inputs)
    slots = weights.streamer.slots_held
    assert slots == 2 * max(network.block_bytes)
    assert network.working_bytes == slots + weights.scratch.held
    assert weights.scratch.held == 2 * 2 * 64 * 128  # two of the largest matrices, in bf16
    gained = network.hold()
    assert weights.streamer.slots_held == 0
    assert network.resident_bytes == weights.globals_bytes + gained == network.total_bytes
    network(*inputs)
    assert network.working_bytes == weights.scratch.held + weights.streamer.slots_held == 2 * 2 * 64 * 128
    network.release()
    assert weights.scratch.held == 0 and network.resident_bytes == network.total_bytes
    network.unload()
    assert network.resident_bytes == 0


def test_what_was_given_back_comes_again(opened, inputs):
    network = opened("int8")
    wanted = network(*inputs)
    for give_back in (network.release, network.unload, network.release):
        network.prefetch_next = True
        assert same(network(*inputs), wanted)
        give_back()
        assert same(network(*inputs), wanted)


def test_inference_mode_leaves_nothing_that_other_calls_cannot_use(opened, inputs):
    network = opened("int8")
    with torch.inference_mode():
        wanted = network(*inputs)
        network.hold(network.total_bytes / 2)
    assert same(network(*inputs), wanted)
    network.unload()
    assert same(network(*inputs), wanted)


def test_weights_are_gone_when_their_turn_is_over(opened, inputs):
    network = opened("int8")
    network.hold()
    network(*inputs)
    block = network.weights.network.blocks[0]
    with pytest.raises(RuntimeError, match="not here"):
        block.ffn(torch.zeros(1, 64, dtype=torch.bfloat16))
    assert all(value.is_meta for value in block.parameters())


def test_networks_of_one_file_do_not_know_each_other(opened, inputs):
    one, other = opened("bf16"), opened("bf16")
    other.hold()
    assert same(one(*inputs), other(*inputs))
    one.close()
    other.unload()
    other(*inputs)


@pytest.mark.slow
def test_compiled_blocks_stream_as_well(opened, inputs):
    network = opened("int8")
    plain = network(*inputs)
    network.compile_blocks()
    streamed = network(*inputs)
    network.hold()
    assert same(network(*inputs), streamed)
    for name, value in streamed.items():
        assert torch.allclose(value.float(), plain[name].float(), atol=0.1, rtol=0.1)
