"""A model in another format: whole or not at all, near to the original, and the same bytes however often it was stopped."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from bench.gguf_files import stored, write_gguf
from raxel_core.engine import resumable, writing
from raxel_core.engine.checkpoint import (
    CheckpointInfo,
    RaxelModel,
    load_model,
    read_record,
    record_metadata,
    save_model,
)
from raxel_core.engine.checksums import block_of, record_crc32
from raxel_core.engine.describe import verify_file
from raxel_core.engine.fidelity import compare
from raxel_core.engine.files import read_header
from raxel_core.engine.manifest import QUANTISED, Quantization, weight_formats
from raxel_core.engine.quant import FORMATS
from raxel_core.engine.quantize import estimate_seconds, quantize_block, quantize_file
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

OURS = ["int8", "nf4", "fp8"]
"""Relative L2 of the weights of any block, at most: rounding to 127 steps, to 3 bits of mantissa, to 16 numbers."""
WEIGHT_ERROR = {"int8": 0.012, "fp8": 0.028, "nf4": 0.105}
SHIPPED = Path(__file__).resolve().parents[3] / "models" / "raxel-small.safetensors"
CONFIG = replace(PRESET_CONFIGS["tiny"], num_layers=5)


def make_model(path, seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    network = RaxelTransformer(CONFIG)
    for tensor in network.state_dict().values():
        torch.nn.init.normal_(tensor, std=0.05)
    save_model(path, RaxelModel(network.to(dtype), CONFIG, CheckpointInfo("tiny", training={"steps": 7})))
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("models") / "tiny.safetensors")


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    """A disk that is busy with other things takes a second for each; what a killed process wrote is there without."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.safetensors"


def only(folder, *names):
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


@pytest.mark.parametrize("name", OURS)
def test_matrices_of_blocks_are_quantised_and_all_else_is_bf16(source, out, name):
    quantize_file(source, out, Quantization(name))
    header = read_header(out)
    formats = weight_formats(header, read_record(header))
    assert set(formats) == {n for n in read_header(source).tensors if QUANTISED.fullmatch(n)}
    assert len(formats) == CONFIG.num_layers * 12 and set(formats.values()) == {name}
    for tensor, entry in header.tensors.items():
        owner = next((n for n in formats if tensor.startswith(n)), None)
        assert owner or entry.dtype == torch.bfloat16
    original, model = load_model(source).network.state_dict(), load_model(out).network.state_dict()
    for tensor, value in original.items():
        if tensor in formats:
            expected = torch.empty_like(value, dtype=torch.bfloat16)
            FORMATS[name].dequantize(FORMATS[name].quantize(value), expected)
            assert torch.equal(model[tensor], expected)
        else:
            assert torch.equal(model[tensor], value.to(torch.bfloat16))


def test_the_record_says_how_and_keeps_all_else(source, out):
    quantize_file(source, out, Quantization("int8", 1, 2))
    record, before = read_record(read_header(out)), read_record(read_header(source))
    assert (record.version, record.quantization) == (3, Quantization("int8", 1, 2))
    assert (record.config, record.info) == (before.config, before.info)
    assert (before.version, before.quantization) == (2, None)


def test_kept_blocks_are_bf16(source, out):
    quantize_file(source, out, Quantization("nf4", 1, 2))
    header = read_header(out)
    assert {block_of(name) for name in weight_formats(header, read_record(header))} == {
        "blocks.1",
        "blocks.2",
    }
    assert header.tensors["blocks.4.ffn.0.weight"].dtype == torch.bfloat16
    assert load_model(out).info.name == "tiny"


@pytest.mark.parametrize("name", OURS)
def test_every_block_lies_in_one_piece_with_its_tensors_aligned(source, out, name):
    quantize_file(source, out, Quantization(name))
    tensors = sorted(read_header(out).tensors.items(), key=lambda item: item[1].start)
    order = list(dict.fromkeys(resumable.unit_of(tensor) for tensor, _ in tensors))
    assert order == ["globals", *(f"blocks.{i}" for i in range(CONFIG.num_layers))]
    assert [n for n, _ in tensors] == sorted(
        [n for n, _ in tensors], key=lambda n: order.index(resumable.unit_of(n))
    )
    starts = {}
    for tensor, entry in tensors:
        start = starts.setdefault(resumable.unit_of(tensor), entry.start)
        assert (entry.start - start) % entry.dtype.itemsize == 0


def test_tensors_of_any_size_are_aligned_within_their_block():
    dice = random.Random(0)
    for _ in range(50):
        types = [torch.float32, torch.bfloat16, torch.int8, torch.uint8, torch.float8_e4m3fn]
        plan = {
            f"{dice.choice(['head', 'blocks.2', 'blocks.10'])}.{i}": (
                dice.choice(types),
                (dice.randrange(1, 40),),
            )
            for i in range(30)
        }
        starts, place = {}, 0
        for name in writing.file_order(plan):
            start = starts.setdefault(resumable.unit_of(name), place)
            assert (place - start) % plan[name][0].itemsize == 0
            place += writing.size_of(*plan[name])
        assert list(starts) == ["globals", "blocks.2", "blocks.10"]


@pytest.mark.parametrize("name", OURS)
def test_safetensors_itself_reads_the_file(source, out, name):
    quantize_file(source, out, Quantization(name))
    with safe_open(out, "pt") as file:
        weight = "blocks.3.ffn.2.weight"
        parts = {n.removeprefix(weight): file.get_tensor(n) for n in file.keys() if n.startswith(weight)}  # noqa: SIM118
    value = torch.empty(CONFIG.dim, CONFIG.ffn_dim, dtype=torch.bfloat16)
    FORMATS[name].dequantize(parts, value)
    assert torch.equal(value, load_model(out).network.state_dict()[weight])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_bf16_keeps_every_value_as_near_as_bf16_can(tmp_path, out, dtype):
    path = make_model(tmp_path / "in.safetensors", dtype=dtype)
    quantize_file(path, out, None)
    assert read_record(read_header(out)).version == 2
    original, model = load_model(path).network.state_dict(), load_model(out).network.state_dict()
    assert all(torch.equal(model[name], value.to(torch.bfloat16)) for name, value in original.items())


def test_a_quantised_file_becomes_bf16_and_nothing_else(source, tmp_path, out):
    quantised = tmp_path / "nf4.safetensors"
    quantize_file(source, quantised, Quantization("nf4"))
    quantize_file(quantised, out, None)
    ours, theirs = load_model(out).network.state_dict(), load_model(quantised).network.state_dict()
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())
    with pytest.raises(RaxelError, match=r"quantised already \(nf4\); quantise the file that it was made of"):
        quantize_file(quantised, tmp_path / "int8.safetensors", Quantization("int8"))
    assert only(tmp_path, "nf4.safetensors", "out.safetensors")


def test_more_blocks_kept_than_there_are_is_refused_with_both_numbers(source, out):
    with pytest.raises(RaxelError, match=r"5 blocks are to be kept and .* has 5: nothing would be quantised"):
        quantize_file(source, out, Quantization("int8", 2, 3))
    assert only(out.parent)


def test_a_file_that_is_there_is_not_touched(source, out):
    out.write_bytes(b"mine")
    with pytest.raises(RaxelError, match="exists already"):
        quantize_file(source, out, Quantization("int8"))
    assert out.read_bytes() == b"mine"


def test_a_damaged_source_is_named_by_its_block_and_leaves_nothing(source, tmp_path, out):
    damaged = bytearray(source.read_bytes())
    damaged[read_header(source).tensors["blocks.3.ffn.0.weight"].start + 5] ^= 4
    path = tmp_path / "damaged" / "in.safetensors"
    path.parent.mkdir()
    path.write_bytes(damaged)
    with pytest.raises(RaxelError, match=r"damaged in block 'blocks\.3'"):
        quantize_file(path, tmp_path / "new" / "out.safetensors", Quantization("int8"))
    assert only(tmp_path, "damaged")


def test_values_that_are_not_finite_are_named(tmp_path, out):
    path = make_model(tmp_path / "in.safetensors")
    model = load_model(path)
    model.network.state_dict()["blocks.2.cross_attn.v.weight"][3, 4] = torch.inf
    path.unlink()
    save_model(path, model)
    with pytest.raises(
        RaxelError, match=r"in\.safetensors: 'blocks\.2\.cross_attn\.v\.weight' holds values .* not finite"
    ):
        quantize_file(path, out, Quantization("nf4"))
    assert only(tmp_path, "in.safetensors")


def stopped_after(blocks, error=KeyboardInterrupt):
    def on_block(done, total):
        if done == blocks:
            raise error

    return on_block


@pytest.mark.parametrize("name", OURS)
def test_stopped_and_gone_on_the_file_has_the_same_bytes(source, out, tmp_path, name):
    whole = tmp_path / "whole.safetensors"
    quantize_file(source, whole, Quantization(name))
    for blocks in (2, 5):
        with pytest.raises(KeyboardInterrupt):
            quantize_file(source, out, Quantization(name), stopped_after(blocks))
        assert not out.exists()
    said = []
    result = quantize_file(source, out, Quantization(name), say=said.append)
    assert result == (6, 5) and said == [f"5 of 6 blocks of {out} were whole: going on from there"]
    assert out.read_bytes() == whole.read_bytes()
    assert only(tmp_path, "out.safetensors", "whole.safetensors")


def test_a_block_that_the_disk_lost_is_made_again(source, out, tmp_path):
    whole = tmp_path / "whole.safetensors"
    quantize_file(source, whole, Quantization("int8"))
    with pytest.raises(KeyboardInterrupt):
        quantize_file(source, out, Quantization("int8"), stopped_after(5))
    part = out.with_name(".out.safetensors.part")
    with part.open("r+b") as file:
        file.seek(read_header(whole).tensors["blocks.2.ffn.0.weight"].start)
        file.write(b"\x55" * 100)
    assert quantize_file(source, out, Quantization("int8")).resumed == 3  # globals, blocks 0 and 1
    assert out.read_bytes() == whole.read_bytes()


def test_a_line_of_the_journal_that_was_cut_off_does_not_count(source, out, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        quantize_file(source, out, Quantization("int8"), stopped_after(3))
    journal = out.with_name(".out.safetensors.journal")
    journal.write_text(journal.read_text()[:-9])
    assert quantize_file(source, out, Quantization("int8")).resumed == 2
    assert verify_file(out)


def changed_options(source):
    return source, Quantization("nf4")


def changed_input(source):
    make_model(source, seed=1)
    return source, Quantization("int8")


def touched_input(source):
    os.utime(source, (1, 1))
    return source, Quantization("int8")


def another_input(source):
    return make_model(source.with_name("another.safetensors"), seed=2), Quantization("int8")


@pytest.mark.parametrize("change", [changed_options, changed_input, touched_input, another_input])
def test_what_was_begun_of_something_else_is_begun_afresh_and_said(source, out, tmp_path, change):
    mine = shutil.copy(source, tmp_path / "in.safetensors")
    with pytest.raises(KeyboardInterrupt):
        quantize_file(mine, out, Quantization("int8"), stopped_after(3))
    path, quantization = change(mine)
    whole, said = tmp_path / "whole.safetensors", []
    quantize_file(path, whole, quantization)
    assert quantize_file(path, out, quantization, say=said.append).resumed == 0
    assert "begun afresh" in said[0]
    assert out.read_bytes() == whole.read_bytes()


def test_a_source_that_changes_meanwhile_is_refused_and_nothing_stays(source, out, tmp_path):
    mine = shutil.copy(source, tmp_path / "in.safetensors")

    def on_block(done, total):
        os.utime(mine, (done, done))

    with pytest.raises(RaxelError, match="changed while it was read"):
        quantize_file(mine, out, Quantization("int8"), on_block)
    assert only(tmp_path, "in.safetensors")


def test_a_full_disk_keeps_what_is_whole_and_the_same_command_goes_on(source, out, tmp_path, monkeypatch):
    """The disk takes 300 kB, then none: as ENOSPC comes, in the middle of a block."""
    whole = tmp_path / "whole.safetensors"
    quantize_file(source, whole, Quantization("int8"))
    append, written = writing.TensorFile.append, 0

    def full(self, name, tensor):
        nonlocal written
        written += tensor.nbytes
        if written > 300_000:
            self.file.write(b"half of a tens")
            raise OSError(28, "No space left on device")
        return append(self, name, tensor)

    monkeypatch.setattr(writing.TensorFile, "append", full)
    with pytest.raises(RaxelError, match=r"cannot write .*out\.safetensors: No space left on device"):
        quantize_file(source, out, Quantization("int8"))
    monkeypatch.undo()
    assert not out.exists()
    result = quantize_file(source, out, Quantization("int8"))
    assert 0 < result.resumed < result.blocks and out.read_bytes() == whole.read_bytes()
    assert only(tmp_path, "out.safetensors", "whole.safetensors")


def test_too_little_room_is_said_before_the_first_byte(source, out, tmp_path, monkeypatch):
    monkeypatch.setattr(writing.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1000))
    with pytest.raises(RaxelError, match=r"needs 0\.\d MB and its disk has 0\.0 MB"):
        quantize_file(source, out, Quantization("int8"))
    assert only(tmp_path)


def test_two_at_once_do_not_write_the_same_file(source, out):
    def on_block(done, total):
        with pytest.raises(RaxelError, match="another process is writing"):
            quantize_file(source, out, Quantization("int8"))

    quantize_file(source, out, Quantization("int8"), on_block)
    assert verify_file(out)


CHILD = """
import sys, time
from pathlib import Path
from raxel_core.engine.manifest import Quantization
from raxel_core.engine.quantize import quantize_file
print("ready", flush=True)
sys.stdin.readline()
quantize_file(Path(sys.argv[1]), Path(sys.argv[2]), Quantization(sys.argv[3], 1, 0))
print("done", flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_and_gone_on_the_file_has_the_same_bytes(tmp_path):
    """kill -9 at random moments of the work, and again at random moments of the second try; the third one may end."""
    torch.manual_seed(0)
    config = replace(PRESET_CONFIGS["small"], num_layers=8)
    source, whole = tmp_path / "in.safetensors", tmp_path / "whole.safetensors"
    save_model(source, RaxelModel(RaxelTransformer(config).bfloat16(), config, CheckpointInfo("small")))
    start = time.perf_counter()
    quantize_file(source, whole, Quantization("nf4", 1, 0))
    seconds = time.perf_counter() - start
    dice, resumed = random.Random(5), []
    for attempt in range(3):
        out = tmp_path / f"{attempt}.safetensors"
        for _ in range(2):
            command = [sys.executable, "-c", CHILD, str(source), str(out), "nf4"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            assert process.stdout.readline() == "ready\n"
            process.stdin.write("go\n")
            process.stdin.flush()
            time.sleep(dice.uniform(0.2, 0.8) * seconds)
            process.send_signal(signal.SIGKILL)
            process.wait()
        if not out.exists():  # the second try came to its end
            resumed.append(quantize_file(source, out, Quantization("nf4", 1, 0)).resumed)
        assert out.read_bytes() == whole.read_bytes()
    assert only(tmp_path, "in.safetensors", "whole.safetensors", *(f"{i}.safetensors" for i in range(3)))


def test_a_kill_between_any_two_writes_leaves_a_part_that_is_gone_on_with(source, out, tmp_path, monkeypatch):
    """The process ends at every single synchronisation with the disk, one after the other."""
    whole = tmp_path / "whole.safetensors"
    quantize_file(source, whole, Quantization("int8"))
    reach_disk = resumable._reach_disk
    for moment in range(1, 15):
        calls = 0

        def killed(file, moment=moment):
            nonlocal calls
            calls += 1
            if calls == moment:
                file.close()  # what it held unwritten is gone too
                raise KeyboardInterrupt
            reach_disk(file)

        monkeypatch.setattr(resumable, "_reach_disk", killed)
        with pytest.raises((KeyboardInterrupt, ValueError)):
            quantize_file(source, out, Quantization("int8"))
        monkeypatch.setattr(resumable, "_reach_disk", reach_disk)
        quantize_file(source, out, Quantization("int8"))
        assert out.read_bytes() == whole.read_bytes()
        out.unlink()


@pytest.mark.parametrize("name", OURS)
def test_the_shipped_model_stays_near_to_itself(out, name):
    """Block by block, and the velocity of the whole network: its error stays below twice that of its worst block."""
    quantize_file(SHIPPED, out, Quantization(name))
    rows = compare(SHIPPED, out)
    assert [row.block for row in rows] == [f"blocks.{i}" for i in range(4)]
    for row in rows:
        assert 0 < row.weight_error < WEIGHT_ERROR[name] and row.weight_cosine > 1 - WEIGHT_ERROR[name] ** 2
        assert (
            0 < row.output_error < 2 * WEIGHT_ERROR[name]
            and row.output_cosine > 1 - 2 * WEIGHT_ERROR[name] ** 2
        )
    ours, theirs = (load_model(path, dtype=torch.float32).network for path in (SHIPPED, out))
    dice = torch.Generator().manual_seed(4)
    latents = {
        "video_z": torch.randn(1, ours.config.in_channels, 3, 8, 12, generator=dice),
        "video_r": torch.randn(1, ours.config.in_channels, 3, 4, 6, generator=dice),
    }
    sigmas = {
        "video_z": torch.tensor(0.0),
        "video_r": torch.tensor(1.0),
    }  # a pose: clean frames, rays of noise
    with torch.no_grad():
        exact, near = ours(latents, sigmas)["video_r"], theirs(latents, sigmas)["video_r"]
    assert (near - exact).norm() / exact.norm() < 4 * WEIGHT_ERROR[name]


def test_the_report_of_a_copy_is_that_of_a_perfect_one(source):
    for row in compare(source, source):
        assert (row.weight_error, row.output_error) == (0, 0)
        assert (row.weight_cosine, row.output_cosine) == pytest.approx((1, 1))


def test_the_report_is_that_of_a_hand_calculation(source, out):
    quantize_file(source, out, Quantization("nf4"))
    ours, theirs = (
        load_model(source).network.state_dict(),
        load_model(out, dtype=torch.float32).network.state_dict(),
    )
    a, b = (
        torch.cat([v.flatten() for n, v in t.items() if n.startswith("blocks.1.")]).double()
        for t in (ours, theirs)
    )
    row = compare(source, out)[1]
    assert row.weight_error == pytest.approx(float((a - b).norm() / a.norm()), rel=1e-6)
    assert row.weight_cosine == pytest.approx(float(a @ b / a.norm() / b.norm()), rel=1e-6)


def test_models_of_other_sizes_are_not_compared(source):
    with pytest.raises(RaxelError, match="models of different sizes"):
        compare(source, SHIPPED)


@pytest.mark.parametrize("name", [*OURS, "bf16"])
def test_a_block_quantised_at_load_is_the_block_of_the_file(source, out, name):
    quantize_file(source, out, Quantization(name) if name != "bf16" else None)
    block = {n: v for n, v in load_model(source).network.state_dict().items() if n.startswith("blocks.2.")}
    stored = quantize_block(block, name)
    with safe_open(out, "pt") as file:
        assert sorted(stored) == sorted(n for n in file.keys() if n.startswith("blocks.2."))  # noqa: SIM118
        for tensor, value in stored.items():
            assert torch.equal(value.view(torch.uint8), file.get_tensor(tensor).view(torch.uint8))


def test_the_estimate_grows_with_the_work(source, tmp_path):
    seconds = estimate_seconds(read_header(source), "int8")
    assert 0 < seconds < 60
    assert estimate_seconds(read_header(source), "bf16") == 0


def as_gguf(path, model, kind):
    """The model as GGUF, its matrices in blocks of this type; their values are random."""
    record = json.loads(record_metadata(model.config, model.info, None, {})["raxel"])
    del record["crc32"]
    tensors = {
        name: stored(value, kind if QUANTISED.fullmatch(name) else "F32")[0]
        for name, value in model.network.state_dict().items()
    }
    return write_gguf(path, tensors, "raxel", texts={"raxel": json.dumps(record)})


def test_a_plain_gguf_is_quantised_like_the_safetensors_file_it_equals(source, tmp_path, out):
    path = as_gguf(tmp_path / "f32.gguf", load_model(source), "F32")
    quantize_file(path, out, Quantization("int8"))
    quantize_file(source, tmp_path / "int8.safetensors", Quantization("int8"))
    ours, theirs = (load_model(p).network.state_dict() for p in (out, tmp_path / "int8.safetensors"))
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())


def test_a_quantised_gguf_is_only_made_bf16(source, tmp_path, out):
    path = as_gguf(tmp_path / "q8.gguf", load_model(source), "Q8_0")
    with pytest.raises(RaxelError, match=r"quantised already \(q8_0\)"):
        quantize_file(path, out, Quantization("int8"))
    quantize_file(path, out, None)
    ours, theirs = (load_model(p).network.state_dict() for p in (out, path))
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())


def with_quantization(source, path, **change):
    """A file whose record says something else of its quantisation."""
    quantize_file(source, path, Quantization("int8"))
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    record = json.loads(header["__metadata__"]["raxel"])
    record["quantization"] |= change
    record["record_crc32"] = record_crc32(record)
    header["__metadata__"]["raxel"] = json.dumps(record)
    encoded = json.dumps(header).encode()
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + raw[8 + length :])
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "int4"}, "'int4' is none of int8, nf4, fp8; it needs a newer Raxel"),
        ({"format": ["int8"]}, "is none of int8, nf4, fp8"),
        ({"keep_first": -1}, "whole numbers of blocks"),
        ({"keep_last": True}, "whole numbers of blocks"),
        ({"rotated": 1}, r"unknown entries \['rotated'\]"),
        ({"keep_first": 1}, "tensors too many, 'blocks.0"),
        ({"format": "fp8"}, "has type I8, expected F8_E4M3"),
        ({"format": "nf4"}, "lacks"),
    ],
)
def test_a_record_that_its_tensors_do_not_bear_out_is_refused(source, out, change, words):
    with pytest.raises(RaxelError, match=words) as caught:
        load_model(with_quantization(source, out, **change))
    assert str(out) in str(caught.value)


@pytest.mark.slow
def test_the_real_widths_stay_below_3_gib(tmp_path):
    """One block and all outside the blocks of the 20B shape, bf16: what is held does not grow with the number of blocks."""
    code = f"""
import torch, dataclasses
from pathlib import Path
from raxel_core.commands.meter import measured
from raxel_core.engine.checkpoint import CheckpointInfo, write_checkpoint
from raxel_core.engine.manifest import Quantization
from raxel_core.engine.quantize import quantize_file
from raxel_core.engine.fidelity import compare
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer
config = dataclasses.replace(PRESET_CONFIGS["raxel-14b"], num_layers=1)
shapes = {{n: tuple(v.shape) for n, v in RaxelTransformer(config, device="meta").state_dict().items()}}
plan = {{n: (torch.bfloat16, s) for n, s in shapes.items()}}
source = Path({str(tmp_path)!r}) / "in.safetensors"
write_checkpoint(source, config, CheckpointInfo("wide"), plan, lambda n: torch.full(shapes[n], 0.01, dtype=torch.bfloat16))
for format in ("int8", "nf4"):
    out = source.with_name(format + ".safetensors")
    with measured() as meter:
        quantize_file(source, out, Quantization(format))
    print(format, meter.peak_mb, flush=True)
with measured() as meter:
    compare(source, out)
print("report", meter.peak_mb)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    peaks = {line.split()[0]: float(line.split()[1]) for line in said.splitlines()}
    assert len(peaks) == 3 and max(peaks.values()) * 1e6 < 3 * 2**30, said
