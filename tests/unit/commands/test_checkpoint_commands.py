"""`raxel inspect` and `raxel init-from-wan` as a user types them: words, JSON, exit codes."""

import json

import pytest
import torch
from safetensors.torch import save_file

from raxel_core.cli import main
from raxel_core.commands import convert
from raxel_core.commands.inspect import in_words
from raxel_core.engine.checkpoint import load_model
from raxel_core.model import RaxelConfig, RaxelTransformer


@pytest.fixture
def wan_path(tmp_path):
    """A tiny Wan with random weights."""
    config = RaxelConfig(
        dim=128, ffn_dim=64, num_layers=1, num_heads=1, text_dim=16, freq_dim=16, ray_branch=False
    )
    weights = {
        name: torch.randn(value.shape) for name, value in RaxelTransformer(config).state_dict().items()
    }
    save_file(weights, tmp_path / "wan.safetensors")
    return tmp_path / "wan.safetensors"


def test_inspect_says_what_our_model_is(capsys, tiny_model_path):
    assert main(["inspect", str(tiny_model_path)]) == 0
    said = capsys.readouterr().out
    first, *rest = said.splitlines()
    assert first.startswith(f"{tiny_model_path}: a Raxel model; ")
    assert any("made for" in line and "32x64, 9 frames" in line for line in rest)


def test_inspect_verify_counts_the_blocks(capsys, tiny_model_path):
    assert main(["inspect", "--verify", "--json", str(tiny_model_path)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["verified"] == f"{facts['checksums']} of {facts['checksums']} blocks match their checksums"


def test_inspect_verify_names_a_flipped_bit_and_exits_with_2(capsys, tiny_model_path, tmp_path):
    damaged = bytearray(tiny_model_path.read_bytes())
    damaged[-3] ^= 8
    (tmp_path / "damaged.safetensors").write_bytes(damaged)
    assert main(["inspect", str(tmp_path / "damaged.safetensors")]) == 0
    assert main(["inspect", "--verify", str(tmp_path / "damaged.safetensors")]) == 2
    assert "is damaged in block 'blocks.1'" in capsys.readouterr().err


def test_inspect_exits_with_2_where_there_is_no_file(capsys, tmp_path):
    assert main(["inspect", str(tmp_path / "nothing.safetensors")]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_inspect_exits_with_0_for_what_it_knows_to_be_useless(capsys, tmp_path):
    (tmp_path / "empty.safetensors").write_bytes(b"")
    assert main(["inspect", str(tmp_path / "empty.safetensors")]) == 0
    assert "empty file" in capsys.readouterr().out


def test_words_from_a_file_cannot_steer_the_terminal():
    said = in_words(
        {"file": "x", "kind": "a Raxel model", "advice": "use it", "name": "\x1b[2Jevil\n", "bytes": 1}
    )
    assert "\x1b" not in said and len(said.splitlines()) == 3


def test_init_from_wan_makes_a_model_that_loads(capsys, tmp_path, wan_path):
    out = tmp_path / "new.safetensors"
    code = main(["init-from-wan", str(wan_path), str(out), "--dtype", "fp16", "--name", "mine", "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert code == 0 and facts["name"] == "mine" and facts["bytes"] == out.stat().st_size
    model = load_model(out)
    assert model.network.dtype == torch.float16 and model.info.scale_mode == "metric"


def test_init_from_wan_refuses_a_raxel_model_in_one_sentence(capsys, tmp_path, tiny_model_path):
    assert main(["init-from-wan", str(tiny_model_path), str(tmp_path / "new.safetensors")]) == 2
    said = capsys.readouterr().err
    assert "is a Raxel model" in said and said.strip().count("\n") == 0
    assert not (tmp_path / "new.safetensors").exists()


@pytest.mark.parametrize(
    "arguments", [["inspect", "x" * 5000], ["init-from-wan", "IN", "x" * 5000 + ".safetensors"]]
)
def test_a_name_that_no_disk_takes_is_refused_in_one_sentence(capsys, arguments):
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("out", ["", ".", "model.ckpt"])
def test_a_name_that_is_no_safetensors_file_is_refused_with_one_that_is(capsys, tiny_model_path, out):
    assert main(["init-from-wan", str(tiny_model_path), out]) == 2
    assert "call it" in capsys.readouterr().err


def test_memory_that_torch_cannot_have_is_one_sentence(capsys, monkeypatch, wan_path, tmp_path):
    monkeypatch.setattr(convert, "init_from_wan", lambda *_: torch.empty(2**62, dtype=torch.uint8))
    assert main(["init-from-wan", str(wan_path), str(tmp_path / "new.safetensors")]) == 2
    assert "there is not enough memory" in capsys.readouterr().err
