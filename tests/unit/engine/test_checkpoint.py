"""A model comes back from its file bit for bit, and a damaged one does not come back at all."""

import dataclasses
import json
import zlib

import pytest
import torch
from safetensors.torch import load_file, save_file

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, load_model, save_model
from raxel_core.engine.files import read_header
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

INFO = CheckpointInfo(
    "test", alpha=0.4, z_mean=(0.1,) * 16, r_std=(0.3,) * 16, training={"clips": 5, "error": 1.5}
)


@pytest.fixture
def saved(tmp_path):
    config = PRESET_CONFIGS["tiny"]
    network = RaxelTransformer(config)
    torch.nn.init.normal_(network.null_context)
    model = RaxelModel(network, config, INFO)
    save_model(tmp_path / "model.safetensors", model)
    return tmp_path / "model.safetensors", model


def test_the_header_holds_the_crc32_of_every_blocks_bytes_as_they_lie_in_the_file(saved):
    header, whole = read_header(saved[0]), saved[0].read_bytes()
    record, sums = json.loads(header.metadata["raxel"]), {}
    for name, entry in sorted(header.tensors.items(), key=lambda item: item[1].start):
        words = name.split(".")
        block = f"blocks.{words[1]}" if words[0] == "blocks" else words[0]
        sums[block] = zlib.crc32(whole[entry.start : entry.stop], sums.get(block, 0))
    assert record["crc32"] == {block: f"{value:08x}" for block, value in sums.items()}
    assert (record["format_version"], record["architecture"]) == (2, "raxel-wan2.1")


def rewrite(path, change_record=lambda record: None, change_tensors=lambda tensors: None):
    """The same file with something else in it."""
    record, tensors = json.loads(read_header(path).metadata["raxel"]), load_file(path)
    change_record(record)
    change_tensors(tensors)
    save_file(tensors, path, {"raxel": json.dumps(record)})


def test_a_model_comes_back_bit_for_bit_with_all_that_belongs_to_it(saved):
    path, model = saved
    loaded = load_model(path)
    assert (loaded.config, loaded.info) == (model.config, INFO)
    tensors = loaded.network.state_dict()
    assert all(torch.equal(tensors[name], value) for name, value in model.network.state_dict().items())
    assert not loaded.network.training and not any(p.requires_grad for p in loaded.network.parameters())


def test_saving_what_was_loaded_gives_the_same_file(saved):
    path, _ = saved
    again = path.with_name("again.safetensors")
    save_model(again, load_model(path))
    assert again.read_bytes() == path.read_bytes()


def test_a_file_can_be_replaced_and_removed_while_its_model_is_in_use(saved):
    path, model = saved
    network = load_model(path).network
    path.write_bytes(b"")
    path.unlink()
    assert torch.equal(network.head.modulation, model.network.head.modulation)


def test_weights_can_be_loaded_in_another_dtype(saved):
    network = load_model(saved[0], dtype=torch.bfloat16).network
    assert {value.dtype for value in network.state_dict().values()} == {torch.bfloat16}


def newer(record):
    record["format_version"] = 4


def lost_info(record):
    del record["info"]


def strange_config(record):
    record["config"]["wings"] = 2


def endless_layers(record):
    record["config"]["num_layers"] = 10**9


def no_spread(record):
    record["info"]["z_std"] = [0.0] * 16


def no_contrast(record):
    record["info"]["alpha"] = 0


def contrast_in_words(record):
    record["info"]["alpha"] = "half"


def half_a_frame(record):
    record["info"]["frames"] = 8.5


def strange_lens(record):
    record["info"]["ray_origin_hfov_deg"] = "wide"


def endless_width(record):
    record["config"]["dim"] = 2**30


def endless_text(record):
    record["config"]["text_len"] = 2**70


def version_in_words(record):
    record["format_version"] = "two"


def endless_version(record):
    record["format_version"] = "2" * 10**5


def precision_in_words(record):
    record["config"]["eps"] = "small"


def yes_for_a_size(record):
    record["config"]["text_len"] = True


def number_for_a_branch(record):
    record["config"]["ray_branch"] = 1


def list_for_checksums(record):
    record["crc32"] = ["00000000"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (newer, "version 4, this Raxel reads 1 to 3; update Raxel"),
        (lost_info, "damaged Raxel record"),
        (strange_config, "wings"),
        (endless_layers, "1000000000 layers"),
        (no_spread, "z_std"),
        (no_contrast, "alpha and lens .* got 0"),
        (contrast_in_words, "alpha and lens .* got half"),
        (half_a_frame, "whole numbers above 0, got .*8.5"),
        (strange_lens, "damaged Raxel record"),
        (endless_width, "damaged Raxel record|has shape"),
        (endless_text, "damaged Raxel record"),
        (version_in_words, "version two, this Raxel reads 1 to 3"),
        (endless_version, r"version 2{40}, this Raxel"),
        (precision_in_words, "eps and gate_init must be numbers"),
        (yes_for_a_size, "text_len must be a whole number"),
        (number_for_a_branch, "ray_branch must be true or false"),
        (list_for_checksums, "damaged Raxel record"),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_before_the_weights(saved, change, words):
    rewrite(saved[0], change_record=change)
    with pytest.raises(RaxelError, match=words):
        load_model(saved[0])


def missing(tensors):
    del tensors["blocks.1.gate_z"]


def extra(tensors):
    tensors["blocks.9.gate_z"] = torch.zeros(2)


def misshapen(tensors):
    tensors["head.head.bias"] = torch.zeros(3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (missing, r"lacks 1 tensors, 'blocks\.1\.gate_z'"),
        (extra, r"1 tensors too many, 'blocks\.9\.gate_z'"),
        (misshapen, r"'head\.head\.bias' has shape \(3,\), expected \(64,\)"),
    ],
)
def test_tensors_that_the_config_does_not_imply_are_refused_by_name(saved, change, words):
    rewrite(saved[0], change_tensors=change)
    with pytest.raises(RaxelError, match=words):
        load_model(saved[0])


def test_a_record_that_is_not_json_is_refused(tmp_path):
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors", {"raxel": "{"})
    with pytest.raises(RaxelError, match="damaged Raxel record"):
        load_model(tmp_path / "x.safetensors")


def test_the_record_survives_json():
    assert CheckpointInfo.from_dict(json.loads(json.dumps(INFO.to_dict()))) == INFO
    with pytest.raises(RaxelError, match="wings"):
        CheckpointInfo.from_dict({**dataclasses.asdict(INFO), "wings": 2})
