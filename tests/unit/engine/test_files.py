"""Every wrong file gets its own sentence, before any weights are read."""

import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.describe import describe, verify_file
from raxel_core.engine.files import MAX_HEADER, read_header, read_tensors
from raxel_core.engine.vae import load_vae
from raxel_core.engine.writing import new_file, write_tensors
from raxel_core.errors import RaxelError


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")


def truncated(path):
    save_file({"x": torch.zeros(100)}, path)
    path.write_bytes(path.read_bytes()[:-1])


def with_tail(path):
    save_file({"x": torch.zeros(100)}, path)
    path.write_bytes(path.read_bytes() + b"12345678")


def wrong_span(path):
    header = json.dumps({"x": {"dtype": "F32", "shape": [4], "data_offsets": [0, 8]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))


def unknown_dtype(path):
    header = json.dumps({"x": {"dtype": "F4", "shape": [4], "data_offsets": [0, 2]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(2))


def with_header(path, fields, data=b"", raw=None):
    header = json.dumps(fields).encode() if raw is None else raw
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


def entry(shape, start, stop):
    return {"dtype": "F32", "shape": shape, "data_offsets": [start, stop]}


def overlapping(path):
    with_header(path, {"a": entry([4], 0, 16), "b": entry([4], 0, 16)}, bytes(16))


def with_hole(path):
    with_header(path, {"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, bytes(12))


def same_name_twice(path):
    one = json.dumps(entry([1], 0, 4))
    with_header(path, {}, bytes(4), f'{{"a": {one}, "a": {one}}}'.encode())


def deeply_nested(path):
    with_header(path, {}, raw=b'{"a":' + b"[" * 100_000)


def many_dimensions(path):
    with_header(path, {"a": entry([2**62] * 5000, 0, 4)}, bytes(4))


def long_name(path):
    with_header(path, {"a" * 100_000: entry([1], 0, 4)}, bytes(4))


def strange_metadata(path):
    with_header(path, {"__metadata__": {"raxel": {"format_version": 2}}})


def giant_header(path):
    with path.open("wb") as file:  # sparse: no such bytes lie on the disk
        file.write(struct.pack("<Q", MAX_HEADER + 1) + b"{")
        file.truncate(2 * MAX_HEADER)


def pipe(path):
    os.mkfifo(path)  # opening it would wait for somebody who writes


def through_a_file(path):
    path.parent.rmdir()
    path.parent.write_bytes(b"")


def gguf_of_another_version(path):
    path.write_bytes(b"GGUF" + bytes(100))


WRONG = {
    "missing": (lambda path: None, "no file"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "pipe": (pipe, "is a pipe or a device"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "is a pipe or a device"),
    "dangling link": (lambda path: path.symlink_to("nothing"), "no file"),
    "link to itself": (lambda path: path.symlink_to(path), "no file"),
    "path through a file": (through_a_file, "no file"),
    "empty": (lambda path: path.write_bytes(b""), r"empty \(0 bytes\)"),
    "lfs": (
        lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
        "LFS pointer",
    ),
    "html": (lambda path: path.write_text("\n<!DOCTYPE html><html>login</html>"), "web page"),
    "zip": (zipped, "PyTorch or zip"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "pickle"),
    "gguf": (gguf_of_another_version, "has GGUF version 0, this Raxel reads versions 2 and 3"),
    "text": (lambda path: path.write_text("hello"), "not a safetensors file"),
    "noise": (lambda path: path.write_bytes(bytes(range(256)) * 4), "not a safetensors file"),
    "cut header": (lambda path: path.write_bytes(struct.pack("<Q", 5000) + b'{"x"'), "cut short"),
    "bad header": (lambda path: path.write_bytes(struct.pack("<Q", 4) + b'{"x"'), "damaged header"),
    "cut data": (truncated, r"cut short: \d+ of \d+ bytes"),
    "tail": (with_tail, "damaged"),
    "wrong span": (wrong_span, r"8 bytes for shape \(4,\)"),
    "unknown dtype": (unknown_dtype, "'x'"),
    "overlap": (overlapping, "starts at byte"),
    "hole": (with_hole, "'b' starts at byte"),
    "name twice": (same_name_twice, "damaged header"),
    "nested": (deeply_nested, "damaged header"),
    "dimensions": (many_dimensions, "'a'"),
    "long name": (long_name, "in a way this Raxel cannot read"),
    "strange metadata": (strange_metadata, "damaged header"),
    "giant header": (giant_header, "not a safetensors file"),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("load", [load_model, load_vae])
def test_a_file_of_a_wrong_kind_is_refused_in_one_sentence_that_names_it(tmp_path, kind, load):
    make, words = WRONG[kind]
    (tmp_path / "folder").mkdir()
    make(tmp_path / "folder" / "model.safetensors")
    with pytest.raises(RaxelError, match=words) as caught:
        load(tmp_path / "folder" / "model.safetensors")
    assert "model.safetensors" in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("name", ["x.safetensors", "x.gguf", "x.json"])
@pytest.mark.parametrize("look", [describe, verify_file])
def test_nothing_waits_for_a_pipe(tmp_path, name, look):
    pipe(tmp_path / name)
    with pytest.raises(RaxelError, match="is a pipe or a device"):
        look(tmp_path / name)


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn]
)
def test_tensors_are_read_as_the_safetensors_library_reads_them(tmp_path, dtype):
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.randn(3, 5).to(dtype), "b": torch.tensor([True]), "empty": torch.zeros(0, 4)}, path)
    header, expected = read_header(path), load_file(path)
    tensors = dict(read_tensors(header, header.tensors))
    assert set(tensors) == set(expected)
    for name, tensor in tensors.items():
        assert tensor.dtype == expected[name].dtype and tensor.shape == expected[name].shape
        assert torch.equal(tensor.view(torch.uint8), expected[name].view(torch.uint8))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x.safetensors"
    write_tensors(path, {"a": torch.ones(2)}, {})
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), new_file(path, {"a": (torch.float32, (2,))}, {}) as file:
        file.append("a", torch.zeros(2))
        raise KeyboardInterrupt
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


FULL_DISK = """
import resource, signal, sys, torch
from raxel_core.engine.writing import write_tensors
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
write_tensors(sys.argv[1], {"a": torch.ones(50_000)}, {})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_write_that_the_system_stops_in_the_middle_leaves_nothing(tmp_path):
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "x.safetensors")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "RaxelError: cannot write" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_the_disk_cannot_hold_is_refused_before_it_is_begun(tmp_path):
    path = tmp_path / "x.safetensors"
    with (
        pytest.raises(RaxelError, match=r"needs 4000000\.0 GB"),
        new_file(path, {"a": (torch.float32, (10**15,))}, {}),
    ):
        pytest.fail("must not begin")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dtypes", [[torch.float32] * 3, [torch.bfloat16, torch.float32, torch.uint8]])
def test_the_safetensors_library_reads_what_is_written_here_and_finds_it_aligned(tmp_path, dtypes):
    tensors = {f"t{i}": torch.rand(3, i + 1).to(dtype) for i, dtype in enumerate(dtypes)}
    tensors["empty"], tensors["scalar"] = torch.zeros(0, 2), torch.tensor(1.5)
    write_tensors(tmp_path / "x.safetensors", tensors, {"key": "value"})
    found = load_file(tmp_path / "x.safetensors")
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], value) for name, value in tensors.items())
    header = read_header(tmp_path / "x.safetensors")
    assert header.metadata == {"key": "value"}
    assert all(entry.start % entry.dtype.itemsize == 0 for entry in header.tensors.values())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RaxelError, match="cannot write"):
        write_tensors(tmp_path / "file" / "x.safetensors", {"a": torch.ones(2)}, {})
