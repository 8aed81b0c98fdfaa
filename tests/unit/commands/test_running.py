"""On which device, in how much of its memory, with which kernels: the options of the five tasks."""

import json
import re

import pytest
import torch

from raxel_core.cli import main


@pytest.fixture(scope="module")
def model_path(tiny_model_path, tmp_path_factory):
    """Five blocks, so that some can be streamed; every weight random."""
    from dataclasses import replace

    from raxel_core.engine import load_model, save_model
    from raxel_core.engine.checkpoint import RaxelModel
    from raxel_core.model import RaxelTransformer

    tiny = load_model(tiny_model_path)
    config = replace(tiny.config, num_layers=5, dim=128, ffn_dim=512)
    torch.manual_seed(0)
    network = RaxelTransformer(config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    folder = tmp_path_factory.mktemp("running")
    save_model(folder / "five.safetensors", RaxelModel(network, config, tiny.info))
    vae = tiny_model_path.with_name("tiny-vae.safetensors").read_bytes()
    (folder / "five-vae.safetensors").write_bytes(vae)
    return folder / "five.safetensors"


@pytest.fixture
def joint(capsys, model_path, tmp_path, still_path):
    """Run `raxel joint` into tmp_path/NAME with more options; gives exit code, the JSON summary or None, and stderr."""

    def run(*options, out="out", form="--json"):
        asked = [
            "joint",
            still_path,
            "--steps",
            2,
            "--ray-steps",
            2,
            "--frames",
            5,
            "--model",
            model_path,
            "--out",
            tmp_path / out,
        ]
        try:
            code = main([str(word) for word in [*asked, *options, *([form] if form else [])]])
        except SystemExit as leaving:
            code = leaving.code
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out and form else said.out, said.err

    return run


@pytest.fixture(scope="module")
def too_small_for_all(model_path):
    """GB that hold all blocks in a step of `joint` but for half of one."""
    from raxel_core.engine.offload.placed import open_model
    from raxel_core.engine.offload.placing import ESTIMATE

    network = open_model(model_path).network
    shapes = {
        f"{n}_{b}": (1, 16, t, *s)
        for n, t in (("source", 1), ("video", 2))
        for b, s in (("z", (4, 8)), ("r", (2, 4)))
    }
    needed = network.total_bytes + ESTIMATE * network.activation_bytes(shapes) - network.block_bytes[0] / 2
    network.close()
    return needed / 2**30


def test_a_small_budget_streams_blocks_says_so_and_changes_no_byte(joint, too_small_for_all, tmp_path):
    code, facts, _ = joint(out="whole")
    assert code == 0 and facts["placement"].startswith("5 of 5 blocks resident, 0 streamed, ")
    code, facts, _ = joint("--vram", too_small_for_all, out="streamed")
    assert code == 0
    assert facts["placement"].startswith("2 of 5 blocks resident, 3 streamed")
    for name in ("clip.mp4", "path.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "streamed" / name).read_bytes()


def test_the_plan_stands_in_the_summary_for_people_too(joint):
    code, said, _ = joint(form="")
    assert code == 0
    assert re.search(r"^  5 of 5 blocks resident, 0 streamed, 0\.\d of \d+\.\d GB$", said, re.MULTILINE)


def test_a_budget_that_holds_nothing_is_one_sentence_and_leaves_nothing(joint, tmp_path):
    code, _, said = joint("--vram", 0.002)
    assert code == 2 and re.search(r"takes \d\.\d+ GB at least .* the budget is 0\.002 GB", said)
    assert not (tmp_path / "out").exists()


def test_weights_are_quantised_at_load_after_a_word_on_how_long_it_takes(joint):
    code, facts, said = joint("--quantize", "int8")
    assert code == 0 and re.search(r"makes int8 of the weights: about \d+ s", said)
    assert facts["placement"].startswith("5 of 5 blocks resident")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_a_sentence(joint):
    code, _, said = joint("--device", "cuda")
    assert code == 2 and "sees no CUDA device here; use --device cpu" in said


@pytest.mark.parametrize(
    ("kernel", "package"), [("flash-attn", "flash-attn"), ("sage", "sageattention"), ("xformers", "xformers")]
)
def test_a_kernel_whose_package_is_absent_is_a_sentence_before_anything_is_read(joint, kernel, package):
    code, _, said = joint("--attention", kernel)
    assert code == 2 and (f"pip install {package}" in said or "on cpu" in said)


@pytest.mark.parametrize("kernel", ["sdpa", "math", "flash"])
def test_the_kernels_that_run_here_make_a_clip(joint, kernel):
    code, facts, _ = joint("--attention", kernel)
    assert code == 0 and facts["frames"] == 5


def test_a_step_that_was_done_again_is_told(joint, monkeypatch):
    from raxel_core.model.block import Block

    real, calls = Block.forward, []

    def forward(block, *arguments):
        calls.append(block)
        if len(calls) == 7:  # in the second step
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return real(block, *arguments)

    _, wanted, _ = joint(out="undisturbed")
    monkeypatch.setattr(Block, "forward", forward)
    code, facts, _ = joint()
    assert code == 0 and facts["path"] == wanted["path"]
    assert "memory ran out once; that step was done again with less on the device" in facts["notes"]
    assert facts["placement"].startswith("2 of 5 blocks resident, 3 streamed")
