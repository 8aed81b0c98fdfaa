"""Things asked for at odd moments: in the middle of a call, after the end, from another folder."""

import json

import pytest
import torch

from bench.gguf_files import stored, write_gguf
from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.files import read_header
from raxel_core.engine.manifest import QUANTISED
from raxel_core.engine.offload.lanes import Reader
from raxel_core.engine.offload.placed import open_model
from raxel_core.errors import RaxelError

from .conftest import BLOCKS
from .test_streaming import same


@pytest.mark.parametrize("what", ["release", "unload"])
@pytest.mark.parametrize("blocks", [{0}, set(range(BLOCKS))])
def test_room_asked_for_in_the_middle_of_a_call_is_given_at_its_end(model_files, inputs, what, blocks):
    network = open_model(model_files["int8"]).network
    wanted = network(*inputs)
    turn = iter(range(BLOCKS))
    network.weights.before_block = lambda: next(turn) in blocks and getattr(network, what)()
    assert same(network(*inputs), wanted)
    held = 0 if what == "unload" else network.weights.globals_bytes
    assert network.weights.held_bytes == held
    network.weights.before_block = lambda: None
    assert same(network(*inputs), wanted)


@pytest.mark.parametrize("master", ["file", "ram"])
def test_what_was_closed_says_so(model_files, inputs, master):
    network = open_model(model_files["int8"], master=master).network
    network(*inputs)
    network.close()
    for ask in (lambda: network(*inputs), network.hold, lambda: network.hold(0)):
        with pytest.raises(RaxelError, match="was closed"):
            ask()
    reader = Reader()
    reader.close()
    with pytest.raises(RaxelError, match="was closed"):
        reader.submit(print)


def test_a_file_named_from_here_is_found_from_there(model_files, inputs, monkeypatch, tmp_path):
    monkeypatch.chdir(model_files["int8"].parent)
    network = open_model(model_files["int8"].name).network
    wanted = network(*inputs)
    monkeypatch.chdir(tmp_path)
    assert same(network(*inputs), wanted)


def test_small_tensors_in_float32_beside_quantised_matrices_do_not_make_it_compute_in_float32(
    model_files, inputs, tmp_path
):
    record = json.loads(read_header(model_files["fp32"]).metadata["raxel"])
    del record["crc32"], record["record_crc32"]
    record |= {"format_version": 1}
    tensors = {
        name: stored(value, "Q8_0" if QUANTISED.fullmatch(name) else "F32")[0]
        for name, value in load_model(model_files["fp32"]).network.state_dict().items()
    }
    path = write_gguf(tmp_path / "wide.gguf", tensors, "raxel", {"raxel": json.dumps(record)})
    network = open_model(path).network
    assert network.dtype == torch.bfloat16
    assert open_model(model_files["fp32"]).network.dtype == torch.float32
    assert same(network(*inputs), open_model(model_files["gguf"]).network(*inputs))


def test_a_master_that_is_computed_from_in_place_is_never_said_to_be_gone(model_files, inputs):
    network = open_model(model_files["bf16"], quantize="int8").network
    whole = network.resident_bytes
    network.place(0.001)
    network(*inputs)
    assert len(network.plan.resident) == BLOCKS
    network.unload()
    assert network.resident_bytes == whole - network.weights.globals_bytes


@pytest.mark.parametrize("device", ["cuda:7", "mps", "meta", "gpu"])
def test_devices_that_are_not_there_get_a_sentence(model_files, device):
    with pytest.raises(RaxelError, match=r"device|computes on"):
        open_model(model_files["int8"], device=device)


def test_a_master_that_is_none_gets_a_sentence(model_files):
    with pytest.raises(RaxelError, match="'disk'"):
        open_model(model_files["int8"], master="disk")
