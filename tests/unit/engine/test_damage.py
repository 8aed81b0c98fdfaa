"""The corruption matrix: a model file damaged by hand at random places is always refused, each damage in its own sentence."""

import json
import random
import re

import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, load_model, save_model
from raxel_core.engine.checksums import RIGHTLY_ZERO, is_hollow
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

CONFIG = PRESET_CONFIGS["tiny"]
SEEDS = range(12)


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """A model file with random weights everywhere."""
    torch.manual_seed(0)
    network = RaxelTransformer(CONFIG)
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    save_model(path, RaxelModel(network, CONFIG, CheckpointInfo("tiny")))
    return path.read_bytes()


def taken_apart(file):
    """Header as a dict, its length, and the bytes of the weights."""
    length = int.from_bytes(file[:8], "little")
    return json.loads(file[8 : 8 + length]), 8 + length, bytearray(file[8 + length :])


def put_together(header, data):
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + bytes(data)


def tensors_of(header):
    return {name: entry["data_offsets"] for name, entry in header.items() if name != "__metadata__"}


def block_of(name):
    return re.match(r"blocks\.\d+|[^.]+", name)[0]


def with_record(file, change):
    """The file with another Raxel record, and weights of zeros: the header must tell first."""
    header, _, data = taken_apart(file)
    record = json.loads(header["__metadata__"]["raxel"])
    change(record)
    header["__metadata__"]["raxel"] = json.dumps(record)
    return put_together(header, bytes(len(data)))


def newer(file, dice):
    version = dice.randrange(4, 99)
    return with_record(
        file, lambda r: r.update(format_version=version)
    ), f"version {version}, .* update Raxel"


def older(file, dice):
    return with_record(file, lambda r: r.update(format_version=0)), "version 0, .* never released"


def another_architecture(file, dice):
    return with_record(file, lambda r: r.update(architecture="raxel-9")), "architecture 'raxel-9'"


def record_lost_a_block(file, dice):
    return with_record(
        file, lambda r: r["crc32"].pop(dice.choice(sorted(r["crc32"])))
    ), "damaged Raxel record"


def record_lost_a_digit(file, dice):
    """A digit of the record becomes another: all of it still means something."""
    _, base, _ = taken_apart(file)
    raw = bytearray(file[8:base])
    start = raw.index(b"z_mean"), raw.index(b"z_std")
    digits = [i for i in range(*start) if chr(raw[i]).isdigit() and chr(raw[i - 1]).isdigit()]
    place = dice.choice(digits)
    raw[place] = ord(str((int(chr(raw[place])) + dice.randrange(1, 10)) % 10))
    return file[:8] + bytes(raw) + file[base:], "damaged Raxel record"


def missing(file, dice):
    header, _, data = taken_apart(file)
    name = dice.choice(sorted(tensors_of(header)))
    start, stop = header.pop(name)["data_offsets"]
    for other in tensors_of(header):
        offsets = header[other]["data_offsets"]
        if offsets[0] >= stop:
            header[other]["data_offsets"] = [offset - stop + start for offset in offsets]
    words = f"lacks 1 tensors, '{re.escape(name)}' first"
    return put_together(header, bytes(len(data) - stop + start)), words


def renamed(file, dice):
    header, _, data = taken_apart(file)
    name = dice.choice(sorted(tensors_of(header)))
    header[name + "_2"] = header.pop(name)
    return put_together(header, bytes(len(data))), f"lacks 1 tensors, '{re.escape(name)}' first"


def extra(file, dice):
    header, _, data = taken_apart(file)
    name = f"blocks.{dice.randrange(2, 99)}.gate_z"
    header[name] = {"dtype": "F32", "shape": [1], "data_offsets": [len(data), len(data) + 4]}
    return put_together(header, bytes(len(data) + 4)), f"1 tensors too many, '{re.escape(name)}' first"


def reshaped(file, dice):
    header, _, data = taken_apart(file)
    name = dice.choice([name for name in tensors_of(header) if len(header[name]["shape"]) == 2])
    header[name]["shape"] = [1, *header[name]["shape"]]
    return put_together(header, bytes(len(data))), rf"'{re.escape(name)}' has shape \(1, .*\), expected \("


def retyped(file, dice):
    header, _, data = taken_apart(file)
    name = dice.choice(sorted(tensors_of(header)))
    header[name]["dtype"] = "I32"
    return put_together(
        header, bytes(len(data))
    ), f"'{re.escape(name)}' has type I32, expected F32, F16 or BF16"


def cut_in_header(file, dice):
    _, base, _ = taken_apart(file)
    return file[: dice.randrange(9, base)], "cut short: .* bytes of more than"


def cut_in_weights(file, dice):
    _, base, _ = taken_apart(file)
    return file[: dice.randrange(base, len(file))], r"cut short: [\d,]+ of [\d,]+ bytes"


def prolonged(file, dice):
    return file + bytes(dice.randrange(1, 1000)), "damaged: .* where its header promises"


def garbled_header(file, dice):
    _, base, _ = taken_apart(file)
    place = dice.randrange(9, base - 20)
    return file[:place] + b"\xff" + file[place + 1 :], "damaged header"


def flipped(file, dice):
    header, base, _ = taken_apart(file)
    place = dice.randrange(base, len(file))
    damaged = bytearray(file)
    damaged[place] ^= 1 << dice.randrange(8)
    name = next(n for n, (start, stop) in tensors_of(header).items() if start <= place - base < stop)
    return bytes(damaged), f"damaged in block '{re.escape(block_of(name))}': its bytes do not match"


def swapped(file, dice):
    """Two equal weights trade places: no value is strange, only the checksum knows."""
    header, base, data = taken_apart(file)
    one, two = (header[f"blocks.{i}.ffn.0.weight"]["data_offsets"] for i in (0, 1))
    first, second = data[slice(*one)], data[slice(*two)]
    data[slice(*one)], data[slice(*two)] = second, first
    return file[:base] + bytes(data), r"damaged in block 'blocks\.0'"


def hollow_tensor(file, dice):
    header, base, data = taken_apart(file)
    name = dice.choice(
        [n for n in tensors_of(header) if not RIGHTLY_ZERO.fullmatch(n) and "head.head" not in n]
    )
    start, stop = header[name]["data_offsets"]
    data[start:stop] = bytes(stop - start)
    return file[:base] + bytes(
        data
    ), f"'{re.escape(name)}' is filled with zeros: the download was interrupted"


def hollow_block(file, dice):
    header, base, data = taken_apart(file)
    block = f"blocks.{dice.randrange(2)}"
    for name, (start, stop) in tensors_of(header).items():
        if block_of(name) == block:
            data[start:stop] = bytes(stop - start)
    return file[:base] + bytes(data), rf"'{block}\..*' is filled with zeros: the download was interrupted"


def hollow_to_the_end(file, dice):
    """What a download leaves that reserved its room and stopped."""
    _, base, data = taken_apart(file)
    start = dice.randrange(len(data) - 8)
    data[start:] = bytes(len(data) - start)
    return file[:base] + bytes(data), "the download was interrupted|do not match their checksum"


HEADER = [newer, older, another_architecture, record_lost_a_block, record_lost_a_digit, missing, renamed, extra, reshaped, retyped,
          cut_in_header, cut_in_weights, prolonged, garbled_header]  # fmt: skip
WEIGHTS = [flipped, swapped, hollow_tensor, hollow_block, hollow_to_the_end]


@pytest.mark.parametrize("damage", HEADER + WEIGHTS)
def test_every_damage_at_every_place_has_its_sentence(tmp_path, intact, damage):
    for seed in SEEDS:
        file, words = damage(intact, random.Random(seed))
        path = tmp_path / f"{seed}.safetensors"
        path.write_bytes(file)
        with pytest.raises(RaxelError, match=words) as caught:
            load_model(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_no_two_kinds_of_damage_read_alike(tmp_path, intact):
    kinds = [
        d
        for d in HEADER + WEIGHTS
        if d not in (renamed, record_lost_a_digit, swapped, hollow_block, hollow_to_the_end)
    ]
    openings = set()
    for damage in kinds:
        path = tmp_path / "model.safetensors"
        path.write_bytes(damage(intact, random.Random(0))[0])
        with pytest.raises(RaxelError) as caught:
            load_model(path)
        openings.add(re.sub(r"'[^']*'|[\d,]+|\(.*?\)", "", str(caught.value).replace(str(path), "")))
    assert len(openings) == len(kinds)


def as_version_1(file):
    header, _, data = taken_apart(file)
    record = json.loads(header["__metadata__"]["raxel"])
    del record["crc32"], record["record_crc32"], record["architecture"]
    record["format_version"] = 1
    header["__metadata__"]["raxel"] = json.dumps(record)
    return put_together(header, data)


def test_files_of_version_1_load_and_their_weights_are_probed(tmp_path, intact):
    path = tmp_path / "old.safetensors"
    path.write_bytes(as_version_1(intact))
    assert load_model(path).info.name == "tiny"
    for seed in SEEDS:
        file, words = hollow_tensor(as_version_1(intact), random.Random(seed))
        path.write_bytes(file)
        with pytest.raises(RaxelError, match=words):
            load_model(path)


def test_checksums_are_compared_whatever_version_the_header_claims(tmp_path, intact):
    path = tmp_path / "model.safetensors"
    path.write_bytes(with_record(intact, lambda record: record.update(format_version=1)))
    with pytest.raises(RaxelError, match="damaged Raxel record"):
        load_model(path)


def test_values_that_are_not_finite_are_named_in_files_without_checksums(tmp_path, intact):
    header, base, data = taken_apart(as_version_1(intact))
    start, _ = header["blocks.1.ffn.2.weight"]["data_offsets"]
    data[start : start + 4] = b"\x00\x00\x80\x7f"  # infinity
    (tmp_path / "old.safetensors").write_bytes(as_version_1(intact)[:base] + bytes(data))
    with pytest.raises(RaxelError, match=r"'blocks\.1\.ffn\.2\.weight' holds values that are not finite"):
        load_model(tmp_path / "old.safetensors")


def test_what_is_rightly_zero_loads(tmp_path):
    """A network before its first step: zero head, biases, modality embedding and null context, gates 0."""
    config = PRESET_CONFIGS["tiny"]
    save_model(
        tmp_path / "new.safetensors", RaxelModel(RaxelTransformer(config), config, CheckpointInfo("new"))
    )
    assert load_model(tmp_path / "new.safetensors").info.name == "new"
    (tmp_path / "old.safetensors").write_bytes(as_version_1((tmp_path / "new.safetensors").read_bytes()))
    assert load_model(tmp_path / "old.safetensors").info.name == "new"


@pytest.mark.parametrize("start", [0, 1, 4095, 70_001, 2**20 - 2**16])
def test_64_kib_of_zeros_are_found_wherever_they_lie_and_half_of_them_are_none(start):
    raw = torch.ones(2**20, dtype=torch.uint8)
    raw[start : start + 2**15] = 0
    assert not is_hollow("x", raw)
    raw[start : start + 2**16] = 0
    assert is_hollow("x", raw)


def test_a_long_run_of_zeros_in_one_tensor_counts_as_an_interrupted_download(tmp_path):
    config = PRESET_CONFIGS["small"]
    torch.manual_seed(0)
    network = RaxelTransformer(config)
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor)
    with torch.no_grad():
        network.get_parameter("blocks.2.ffn.0.weight").view(-1)[-40_000:] = 0
    save_model(tmp_path / "model.safetensors", RaxelModel(network, config, CheckpointInfo("small")))
    (tmp_path / "old.safetensors").write_bytes(as_version_1((tmp_path / "model.safetensors").read_bytes()))
    with pytest.raises(RaxelError, match=r"'blocks\.2\.ffn\.0\.weight' is filled with zeros"):
        load_model(tmp_path / "old.safetensors")
