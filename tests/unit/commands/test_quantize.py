"""`raxel quantize` as a user types it: words, JSON, the report, exit codes."""

import json

import pytest

from raxel_core.cli import main
from raxel_core.commands import quantize
from raxel_core.engine.checkpoint import load_model, read_record
from raxel_core.engine.files import read_header
from raxel_core.engine.manifest import Quantization


def test_it_makes_a_model_that_loads_and_says_what_it_took(capsys, tiny_model_path, tmp_path):
    out = tmp_path / "int8.safetensors"
    assert main(["quantize", str(tiny_model_path), str(out), "--format", "int8"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{out}: int8, 0.") and " MB made of " in said and "MB at most." in said
    assert load_model(out).info.name == "tiny random"


def test_the_summary_and_the_report_are_json(capsys, tiny_model_path, tmp_path):
    out = tmp_path / "nf4.safetensors"
    arguments = [
        "quantize",
        str(tiny_model_path),
        str(out),
        "--format",
        "nf4",
        "--keep",
        "last:1",
        "--report",
        "--json",
    ]
    assert main(arguments) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["format"] == "nf4, last 1 blocks bf16" and facts["bytes"] == out.stat().st_size
    assert (facts["blocks"], facts["resumed"]) == (3, 0)
    first, last = facts["report"]
    assert (
        first["block"] == "blocks.0"
        and 0.05 < first["weight_error"] < 0.105
        and 0.95 < first["output_cosine"] < 1
    )
    assert last["weight_error"] < 0.003  # only bf16's rounding


def test_the_report_is_a_table_with_a_line_for_every_block(capsys, tiny_model_path, tmp_path):
    arguments = [
        "quantize",
        str(tiny_model_path),
        str(tmp_path / "fp8.safetensors"),
        "--format",
        "fp8",
        "--report",
    ]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("| block | weights: cosine") and [line[:13] for line in lines[3:]] == [
        "| blocks.0 | ",
        "| blocks.1 | ",
    ]


def test_inspect_says_how_a_file_is_quantised_and_how_many_numbers_it_stands_for(
    capsys, tiny_model_path, tmp_path
):
    out = tmp_path / "nf4.safetensors"
    main(["quantize", str(tiny_model_path), str(out), "--format", "nf4", "--keep", "first:1"])
    capsys.readouterr()
    assert main(["inspect", "--verify", str(out)]) == 0
    said = capsys.readouterr().out
    assert "quantization      nf4, first 1 blocks bf16" in said and "blocks match their checksums" in said
    facts = []
    for path in (out, tiny_model_path):
        main(["inspect", "--json", str(path)])
        facts.append(json.loads(capsys.readouterr().out))
    assert facts[0]["parameters"] == facts[1]["parameters"] and facts[1]["quantization"] is None


@pytest.mark.parametrize(
    ("keep", "expected"),
    [("", (0, 0)), ("first:2,last:3", (2, 3)), ("last:1", (0, 1)), (" first:4 ", (4, 0))],
)
def test_kept_blocks_are_read_from_both_ends(keep, expected):
    assert quantize.parse("int8", keep) == Quantization("int8", *expected)


@pytest.mark.parametrize(
    "keep", ["2", "first", "first:-1", "middle:3", "first:two", "last:3;first:2", "first:9999999"]
)
def test_other_words_for_kept_blocks_are_one_sentence(capsys, tiny_model_path, tmp_path, keep):
    out = tmp_path / "out.safetensors"
    assert main(["quantize", str(tiny_model_path), str(out), "--format", "int8", "--keep", keep]) == 2
    said = capsys.readouterr().err
    assert "--keep is first:N, last:M" in said and said.count("\n") == 1 and not out.exists()


def test_keeping_blocks_bf16_in_a_bf16_file_is_refused(capsys, tiny_model_path, tmp_path):
    arguments = [
        "quantize",
        str(tiny_model_path),
        str(tmp_path / "o.safetensors"),
        "--format",
        "bf16",
        "--keep",
        "last:1",
    ]
    assert main(arguments) == 2
    assert "leave it out" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["model.ckpt", "."])
def test_a_name_that_is_no_safetensors_file_is_refused_with_one_that_is(capsys, tiny_model_path, name):
    assert main(["quantize", str(tiny_model_path), name, "--format", "int8"]) == 2
    assert "call it" in capsys.readouterr().err


def test_an_interrupt_says_that_the_same_command_goes_on(capsys, tiny_model_path, tmp_path, monkeypatch):
    out = tmp_path / "int8.safetensors"
    original = quantize.quantize_file

    def interrupted(source, out, quantization, on_block, say):
        def stop(done, total):
            on_block(done, total)
            if done == 2:
                raise KeyboardInterrupt

        return original(source, out, quantization, stop, say)

    monkeypatch.setattr(quantize, "quantize_file", interrupted)
    arguments = ["quantize", str(tiny_model_path), str(out), "--format", "int8"]
    assert main(arguments) == 130
    said = capsys.readouterr().err
    assert (
        "interrupted after block 2; the same command goes on from there" in said
        and "nothing" not in said
        and not out.exists()
    )
    monkeypatch.undo()
    assert main(arguments) == 0
    assert "2 of 3 blocks of" in capsys.readouterr().err
    assert read_record(read_header(out)).quantization == Quantization("int8")
