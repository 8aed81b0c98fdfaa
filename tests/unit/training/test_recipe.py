"""Recipes: those that ship are right, and every mistake is one sentence that names the entry and what it takes."""

from pathlib import Path

import pytest
import yaml

from raxel_core.errors import RaxelError
from raxel_core.training.metrics import Metrics
from raxel_core.training.recipe import read_recipe

ROOT = Path(__file__).resolve().parents[3]
RECIPES = [
    path for path in sorted((ROOT / "recipes").glob("*.yaml")) if not path.name.startswith("accelerate")
]
STAGE = {"until": 9, "batch": 4, "mix": {}}


def recipe(tmp_path, training=None, **others) -> Path:
    values = {
        "name": "x",
        "clips": {"height": 32, "width": 64, "frames": 5},
        "network": "tiny",
        "training": {"steps": 9, "stages": [STAGE], **(training or {})},
        **others,
    }
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_the_recipes_that_ship_can_be_read(path):
    assert read_recipe(path).training.steps > 0


@pytest.mark.parametrize(
    ("training", "sentence"),
    [
        ({"stepz": 1}, "training: unknown entry 'stepz'; it takes mode, lora_rank, from,"),
        ({"start": "x"}, "a checkpoint to start from is called from"),
        ({"steps": "many"}, "training: steps must be a whole number, got 'many'"),
        ({"steps": True}, "steps must be a whole number, got True"),
        ({"steps": 4.5}, "steps must be a whole number, got 4.5"),
        ({"steps": 0}, "steps must be 1 or more, got 0"),
        ({"compile": "yes"}, "compile must be true or false, got 'yes'"),
        ({"learning_rate": "1e-3"}, "learning_rate must be a number, got '1e-3' (YAML wants 1.0e-3"),
        ({"learning_rate": float("nan")}, "learning_rate must be 0 or more, got nan"),
        ({"mode": "half"}, "mode must be one of full, rays, rays_lora, got 'half'"),
        ({"precision": "fp16"}, "precision must be one of bf16, fp32, got 'fp16'"),
        ({"accumulate": 0}, "accumulate must be 1 or more, got 0"),
        ({"ema": 1.0}, "ema must be from 0 to below 1, got 1.0"),
        ({"steps": 10}, "stages must rise and reach step 10, got until [9]"),
        ({"stages": []}, "stages must be a list of stages, got []"),
        ({"stages": [{"until": 9}]}, "a stage needs a mix of tasks"),
        ({"stages": [{"until": 9, "mix": {"joint": 0.5}}]}, "sum to 1, got 1.3"),
        ({"stages": [{**STAGE, "mix": {"pure_noise": 2}}]}, "are shares, 0 to 1, got 2"),
        (
            {"stages": [{**STAGE, "layouts": [{"share": 0.5}]}]},
            "shares of the layouts must sum to 1, got 0.5",
        ),
        ({"stages": [{**STAGE, "layouts": [{"sources": 0}]}]}, "sources >= 1"),
        ({"stages": [{"mix": {}}]}, "is incomplete"),
        ({"stages": [7]}, "must have entries of the form name: value, got 7"),
    ],
)
def test_a_wrong_entry_of_training_is_named(tmp_path, training, sentence):
    with pytest.raises(RaxelError) as error:
        read_recipe(recipe(tmp_path, training))
    assert sentence in str(error.value) and str(tmp_path / "x.yaml") in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"speed": 1}, "has the unknown entry 'speed'; a recipe has name, vae, clips, network, training"),
        ({"name": "../x"}, "name must be a name for files, such as my-model, got '../x'"),
        ({"vae": {"file": "x", "width": 3}}, "beside file there is nothing to set"),
        ({"vae": {"widht": 3}}, "vae: unknown entry 'widht'"),
        ({"network": "huge"}, "network must be sizes or one of raxel-1.3b, raxel-14b, small, tiny"),
        ({"network": {"dim": 64}}, "network: "),
        ({"network": {"dimm": 64}}, "unknown entry 'dimm'"),
        ({"clips": {"frames": 6}}, "frames must be of the form 4n + 1, got 6"),
        ({"network": None, "training": {"from": "nowhere.safetensors"}}, "nowhere.safetensors"),
    ],
)
def test_a_wrong_entry_elsewhere_is_named(tmp_path, others, sentence):
    with pytest.raises(RaxelError) as error:
        read_recipe(recipe(tmp_path, **others))
    assert sentence in str(error.value) and "\n" not in str(error.value)


def test_a_recipe_that_is_no_recipe_is_one_sentence(tmp_path):
    for content, sentence in (
        (b"\xff\xfe\x00", "is no text"),
        (b"vae: [", "is not YAML"),
        (b"3", "needs the entries"),
    ):
        (tmp_path / "x.yaml").write_bytes(content)
        with pytest.raises(RaxelError, match=sentence):
            read_recipe(tmp_path / "x.yaml")
    with pytest.raises(RaxelError, match="No such file"):
        read_recipe(tmp_path / "none.yaml")


def test_lines_of_metrics_after_the_step_of_the_state_are_cut_off_and_so_is_a_broken_one(tmp_path):
    first = Metrics(tmp_path, 0)
    for step in (1, 2, 3):
        first.add(step, 4, {"loss": step / 2})
    first.close()
    file = tmp_path / "metrics.jsonl"
    file.write_text(file.read_text() + '{"step": 4, "lo')
    again = Metrics(tmp_path, 2)
    again.add(3, 4, {"loss": 9.0})
    again.close()
    expected = '{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 1.0}\n{"step": 3, "loss": 9.0}\n'
    assert file.read_text() == expected
