"""The card says what was measured on the test seed, and says missed where it is."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import pytest

from raxel_core.engine.checkpoint import CheckpointInfo, load_model
from raxel_core.engine.describe import verify_file
from raxel_core.evaluation.clips import TEST_SEED

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
GOOD = {
    "steps": 2, "clips": 200, "rotation_deg": 2.0, "rotation_ratio_to_identity": 0.3, "rra5": 0.8,
    "rra15": 0.9, "mrra30": 0.9, "translation": 0.2, "translation_ratio_to_identity": 0.4,
    "translation_direction_median_deg": 20.0, "focal_error": 0.07, "psnr_gain_last_frame": 2.5,
    "closed_loop_rotation_deg": 3.0,
    **{f"opposite_{pair}": 0.95 for pair in ("arc", "truck", "pan", "dolly")},
    **{f"{name}_standing_still": 0.3 for name in ("rotation_deg", "rra5", "rra15", "mrra30", "translation", "closed_loop_rotation_deg")},
    **{f"{name}{of}": 12.3 for name in ("psnr_last_frame", "psnr", "ssim_last_frame", "ssim") for of in ("", "_repeating_the_still", "_codec")},
}  # fmt: skip
WHAT = ("pose", "generation", "signs", "cycle", "joint")
BARS = 12


@pytest.fixture
def card(monkeypatch):
    """The module scripts/model_card.py."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import model_card

    yield model_card
    sys.modules.pop("model_card"), sys.modules.pop("publish_model", None)


def made(card, **changed):
    """A card with good numbers but for those given as evaluation={name: value}."""
    numbers = {what: [{**GOOD, **changed.get(what, {})}] for what in WHAT}
    info = CheckpointInfo(
        name="m",
        training={"steps": 9, "clips_seen": 99, "different_clips": 9},
        frames=17,
        height=64,
        width=96,
    )
    stages = [{"until": 9, "batch": 2, "mix": {"pose_from_video": 1.0}}]
    return card.Card(info, 1_950_000, TEST_SEED, numbers, "small.yaml", stages, "", "NOTES")


def missed(card, **changed):
    return [bar.what for bar in card.bars(made(card, **changed).numbers) if not bar.met]


def test_good_numbers_meet_every_bar(card):
    assert len(card.bars(made(card).numbers)) == BARS and missed(card) == []
    assert f"{BARS} of {BARS} bars are met" in card.model_card(made(card))


@pytest.mark.parametrize(
    ("what", "name", "value", "words"),
    [
        ("pose", "rotation_ratio_to_identity", 0.36, "pose: rotation"),
        ("pose", "rra5", 0.59, "RRA@5"),
        ("pose", "translation_direction_median_deg", 25.1, "direction"),
        ("pose", "focal_error", 0.081, "focal"),
        ("generation", "psnr_gain_last_frame", 1.99, "PSNR"),
        ("signs", "opposite_dolly", 0.89, "dolly"),
        ("cycle", "rotation_ratio_to_identity", 0.51, "closed loop: R_err"),
        ("cycle", "translation_ratio_to_identity", 0.51, "closed loop: T_err"),
        ("joint", "rotation_ratio_to_identity", 0.61, "joint"),
        ("joint", "rotation_ratio_to_identity", float("nan"), "joint"),
    ],
)
def test_a_number_beyond_its_bar_is_called_missed(card, what, name, value, words):
    (only,) = missed(card, **{what: {name: value}})
    assert words in only
    text = card.model_card(made(card, **{what: {name: value}}))
    assert text.count("| missed |") == 1 and "NOTES" in text


def test_numbers_of_another_seed_are_refused(card, tmp_path):
    import publish_model

    for what in WHAT:
        folder = tmp_path / "held_out" / what
        folder.mkdir(parents=True)
        seed = TEST_SEED + (what == "signs")
        whole = {"data": "renderer", "split": "test", "seed": seed, "results": GOOD}
        (folder / "results.json").write_text(json.dumps(whole))
    with pytest.raises(SystemExit, match=r"signs.*test seed"):
        publish_model.read_card(argparse.Namespace(work=tmp_path, peers=None))


@pytest.fixture
def publishing(card, tiny_model_path, tmp_path, monkeypatch):
    """Publish a card with the tiny model into a folder that looks like the repository; gives that folder."""
    import publish_model

    (tmp_path / "models").mkdir()
    (tmp_path / "README.md").write_text("before\n<!-- held-out -->\nold\n<!-- /held-out -->\nafter\n")
    monkeypatch.setattr(publish_model, "ROOT", tmp_path)
    monkeypatch.setattr(publish_model, "NAME", "tiny")

    def publish(made_card):
        publish_model.publish(tiny_model_path.parent, made_card)
        return tmp_path

    return publish


def test_what_is_published_is_whole_and_holds_its_numbers(card, publishing, tiny_model_path):
    folder = publishing(made(card))
    model, source = load_model(folder / "models" / "tiny.safetensors"), load_model(tiny_model_path)
    weights = source.network.state_dict()
    assert all(value.equal(weights[name]) for name, value in model.network.state_dict().items())
    assert model.info.training["held_out"]["seed"] == TEST_SEED
    assert "match their checksums" in verify_file(folder / "models" / "tiny-vae.safetensors")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert readme.count("| met |") == BARS and "\nold\n" not in readme and readme.endswith("after\n")
    assert all((folder / "models" / name).stat().st_size > 300 for name in ("tiny.md", "tiny-vae.md"))


def test_a_missed_bar_needs_words_about_it(card, publishing):
    without = dataclasses.replace(made(card, joint={"rotation_ratio_to_identity": 0.9}), notes="")
    with pytest.raises(SystemExit, match=r"joint.*card_notes"):
        publishing(without)
