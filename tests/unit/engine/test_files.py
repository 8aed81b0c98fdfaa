"""Every wrong file gets its own sentence, before any weights are read."""

import json
import pickle
import struct
import zipfile

import pytest
import torch
from safetensors.torch import load_file, save_file

from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.files import read_header, read_tensors, write_tensors
from raxel_core.engine.vae import load_vae
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


WRONG = {
    "missing": (lambda path: None, "no file"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "empty": (lambda path: path.write_bytes(b""), r"empty \(0 bytes\)"),
    "lfs": (
        lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
        "LFS pointer",
    ),
    "html": (lambda path: path.write_text("\n<!DOCTYPE html><html>login</html>"), "web page"),
    "zip": (zipped, "PyTorch or zip"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "pickle"),
    "gguf": (lambda path: path.write_bytes(b"GGUF" + bytes(100)), "GGUF"),
    "text": (lambda path: path.write_text("hello"), "not a safetensors file"),
    "noise": (lambda path: path.write_bytes(bytes(range(256)) * 4), "not a safetensors file"),
    "cut header": (lambda path: path.write_bytes(struct.pack("<Q", 5000) + b'{"x"'), "cut short"),
    "bad header": (lambda path: path.write_bytes(struct.pack("<Q", 4) + b'{"x"'), "damaged header"),
    "cut data": (truncated, r"cut short: \d+ of \d+ bytes"),
    "tail": (with_tail, "damaged"),
    "wrong span": (wrong_span, r"8 bytes for shape \(4,\)"),
    "unknown dtype": (unknown_dtype, "'x'"),
}
FOREIGN = {
    "a Wan VAE": {"encoder.conv1.weight", "decoder.head.2.weight"},
    "a plain Wan transformer without": {"patch_embedding.weight", "blocks.0.self_attn.q.weight"},
    "a plain Wan transformer in diffusers": {"patch_embedding.weight", "blocks.0.attn1.to_q.weight"},
    "a LoRA": {"blocks.0.self_attn.q.lora_A.weight"},
    "a text encoder": {"encoder.block.0.layer.0.SelfAttention.q.weight"},
    "some other model": {"unet.weight"},
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("load", [load_model, load_vae])
def test_a_file_of_a_wrong_kind_is_refused_in_one_sentence_that_names_it(tmp_path, kind, load):
    make, words = WRONG[kind]
    make(tmp_path / "model.safetensors")
    with pytest.raises(RaxelError, match=words) as caught:
        load(tmp_path / "model.safetensors")
    assert "model.safetensors" in str(caught.value) and "\n" not in str(caught.value)


def test_all_kinds_of_wrong_file_read_differently(tmp_path):
    sentences = set()
    for i, (make, _) in enumerate(WRONG.values()):
        path = tmp_path / f"{i}.safetensors"
        make(path)
        with pytest.raises(RaxelError) as caught:
            read_header(path)
        sentences.add(str(caught.value).replace(str(path), ""))
    assert len(sentences) >= len(WRONG) - 1  # text and noise are both simply no safetensors


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_somebody_elses_safetensors_is_named_for_what_it_is(tmp_path, kind, prefix):
    path = tmp_path / "other.safetensors"
    save_file({prefix + name: torch.zeros(2) for name in FOREIGN[kind]}, path)
    with pytest.raises(RaxelError, match=kind):
        load_model(path)


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
    shared = torch.ones(4)
    with pytest.raises(RuntimeError):  # the library refuses tensors that share memory
        write_tensors(path, {"a": shared, "b": shared}, {})
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RaxelError, match="cannot write"):
        write_tensors(tmp_path / "file" / "x.safetensors", {"a": torch.ones(2)}, {})
