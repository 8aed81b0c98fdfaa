"""``raxel evaluate``: what it prints, what it saves, and the ablation that goes on where it was stopped."""

import json
from pathlib import Path

import pytest
import torch
import yaml

from raxel_core.cli import main
from raxel_core.engine.vae import DiffusersVAE, save_vae
from raxel_core.training.cache import encode_shard
from raxel_core.training.cache_recipe import CacheRecipe
from raxel_core.training.encoders import make_encoder
from raxel_core.training.vae import VaeTraining, new_vae

FOR_THE_ISSUE = {
    "rotation_ratio_to_identity",
    "rra5",
    "rra5_standing_still",
    "translation_direction_median_deg",
    "focal_error",
    "focal_error_percent",
    "mrra30",
    "pairs_auc30",
}


def brightness(frames: torch.Tensor) -> torch.Tensor:
    """Features for Frechet distances: the mean of every colour."""
    return frames.mean(dim=(1, 2, 3))


@pytest.fixture
def evaluate(tiny_model_path, capsys):
    """Runs ``raxel evaluate`` on the tiny model; returns what it printed."""

    def run(*arguments: object) -> str:
        code = main(["evaluate", *map(str, arguments), "--model", str(tiny_model_path), "--clips", "2"])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    return run


def test_pose_prints_one_object_and_the_ratio_is_that_of_its_own_numbers(evaluate) -> None:
    found = json.loads(evaluate("pose", "--json", "--seed", 3))
    assert found.keys() >= FOR_THE_ISSUE and found["clips"] == 2 and found["steps"] == 2
    ratio = found["rotation_deg"] / found["rotation_deg_standing_still"]
    assert found["rotation_ratio_to_identity"] == pytest.approx(ratio)
    assert found["focal_error_percent"] == pytest.approx(100 * found["focal_error"])
    assert found == json.loads(evaluate("pose", "--json", "--seed", 3)), "same seed, same numbers"


def test_several_numbers_of_steps_are_a_column_each_and_are_saved(evaluate, tmp_path) -> None:
    printed = evaluate("pose", "--steps", "1,2", "--out", tmp_path / "out")
    assert all(f" {words} |" in printed for words in ("1 step", "2 steps", "standing still"))
    saved = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [one["steps"] for one in saved["results"]] == [1, 2]
    assert saved["versions"]["torch"] == torch.__version__ and saved["seed"] == 0
    assert printed.strip() in (tmp_path / "out" / "table.md").read_text()


@pytest.mark.parametrize("what", ["generation", "cycle", "joint"])
def test_without_an_extractor_a_row_says_so_and_with_one_it_has_a_number(evaluate, what, monkeypatch) -> None:
    assert "no extractor" in evaluate(what, "--steps", 1)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    found = json.loads(evaluate(what, "--steps", 1, "--json", "--extractor", "test_evaluate:brightness"))
    assert found["fid"] > 0 and found["fvd"] > 0


def test_a_mistake_is_one_sentence(capsys) -> None:
    for arguments, words in (
        (["pose", "--split", "all"], "--data"),
        (["ablation"], "--recipe"),
        (["pose", "--extractor", "math:pi"], "no function"),
    ):
        assert main(["evaluate", *arguments]) == 2
        assert words in capsys.readouterr().err


@pytest.fixture
def work(tmp_path) -> Path:
    """A folder with a recipe of two steps, its autoencoder and a shard of its clips."""
    vae = new_vae(VaeTraining(fit=2, batch=4, rays=2)).eval()
    save_vae(tmp_path / "two-vae.safetensors", vae)
    size = {"height": 32, "width": 64, "frames": 5}
    encode_shard(CacheRecipe(**size), make_encoder(DiffusersVAE(vae), "cpu"), tmp_path / "latents", 0, size=3)
    network = {"dim": 32, "ffn_dim": 64, "num_layers": 1, "num_heads": 1, "text_dim": 8, "text_len": 1}
    mix = {"pose_from_video": 0.4, "video_from_trajectory": 0.3, "joint": 0.3}
    training = {"steps": 2, "warmup": 1, "stages": [{"until": 2, "batch": 2, "mix": mix}]}
    recipe = {"name": "two", "vae": {"fit": 2}, "clips": size, "network": network, "training": training}
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(recipe))
    return tmp_path


@pytest.mark.slow
def test_the_ablation_trains_measures_and_then_only_reads(work, capsys) -> None:
    arguments = ["ablation", "--recipe", work / "two.yaml", "--work", work, "--seeds", "0,3", "--clips", 2]
    arguments += ["--steps", 1, "--split", "validation", "--out", work / "out"]
    command = ["evaluate", *map(str, arguments)]
    assert main(command) == 0
    table = capsys.readouterr().out
    names = (
        "full",
        "w/o decoupled attention",
        "w/o cosine loss",
        "Plücker instead of raxels",
        "standing still",
    )
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == list(names)
    assert "±" in table and "no extractor" in table
    models = sorted(work.glob("two-*-[03].safetensors"))
    assert len(models) == 8
    written = [path.stat().st_mtime_ns for path in models]
    assert main(command) == 0
    assert capsys.readouterr().out == table
    assert [path.stat().st_mtime_ns for path in models] == written, "what is finished is left alone"
