"""Windows and splits are functions of names and seeds; scale is a factor, or each clip's own reach."""

import json
import logging

import numpy as np
import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.formats import write_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.training.datasets import open_dataset, scale_from_depths
from raxel_core.training.datasets.scale import normalised
from raxel_core.training.datasets.windows import cut, jumps, segments, split_of


def test_windows_lie_end_to_end_inside_of_their_runs():
    runs = [(0, 40), (50, 58), (60, 77)]
    found = cut(runs, 5, (1, 3), seed=0, name="a")
    assert len([start for start, stride in found if stride == 1]) == 40 // 5 + 8 // 5 + 17 // 5
    assert len([start for start, stride in found if stride == 3]) == 40 // 13 + 0 + 17 // 13
    for stride in (1, 3):
        taken = [frame for start, s in found if s == stride for frame in range(start, start + 4 * s + 1)]
        assert len(taken) == len(set(taken)), "two windows of a stride share frames"
        assert all(any(a <= frame < b for a, b in runs) for frame in taken)


def test_windows_depend_on_seed_and_name_alone():
    runs = [(0, 103)]
    assert cut(runs, 5, (1,), 0, "a") == cut(runs, 5, (1,), 0, "a")
    starts = {cut(runs, 5, (1,), seed, name)[0] for seed in range(8) for name in ("a", "b")}
    assert starts == {(0, 1), (1, 1), (2, 1), (3, 1)}
    firsts = [[cut(runs, 5, (1,), seed, name)[0] for seed in range(8)] for name in ("a", "b")]
    assert firsts[0] != firsts[1], "all scenes are cut at the same places"
    few = cut(runs, 5, (1, 2), 3, "a", most=4)
    assert len(few) == 4 and set(few) <= set(cut(runs, 5, (1, 2), 3, "a"))
    assert few != cut(runs, 5, (1, 2), 4, "a", most=4)


def test_splits_have_the_stated_shares_and_know_nothing_of_other_clips():
    counts = {"train": 0, "validation": 0, "test": 0}
    for i in range(20000):
        counts[split_of(f"scene {i}")] += 1
    assert counts["validation"] == pytest.approx(1000, rel=0.1)
    assert counts["test"] == pytest.approx(1000, rel=0.1)
    # Written down once: if these change, everybody's held-out clips end up in training.
    assert [split_of(name) for name in ("walk", "s", "9")] == ["train", "validation", "test"]


def test_adding_clips_moves_no_window_of_the_others(make, clip, other_clip, tmp_path):
    for name in ("a", "b", "c"):
        make.nerfstudio(tmp_path, clip, name)
    before = [(window.name, window.start) for window in open_dataset(tmp_path).windows(3, seed=5)]
    make.nerfstudio(tmp_path, other_clip, "aa")
    after = [(window.name, window.start) for window in open_dataset(tmp_path).windows(3, seed=5)]
    assert [row for row in after if row[0] != "aa"] == before
    assert len(after) == len(before) + 3


def test_clips_of_one_source_video_share_a_split(make, clip, tmp_path):
    for i in range(12):
        write_trajectory(tmp_path / f"{i}.txt", clip.trajectory)
        text = (tmp_path / f"{i}.txt").read_text().split("\n", 1)[1]
        (tmp_path / f"{i}.txt").write_text(f"https://www.youtube.com/watch?v={i // 6}x\n{text}")
    dataset = open_dataset(tmp_path, "realestate10k")
    splits = {dataset.name(i): dataset.split(i) for i in range(12)}
    assert all(splits[str(i)] == splits[str(i // 6 * 6)] for i in range(12))
    assert splits["0"] == split_of("https://www.youtube.com/watch?v=0x") and split_of("0") is not None


@pytest.mark.parametrize("spec", ["arc_left", "dolly_in", "pan_right"])
def test_smooth_moves_have_no_jump_and_a_cut_is_one(spec):
    path = preset_trajectory(spec)
    assert not jumps(path).any()
    c2w = path.c2w.copy()
    c2w[30:, :3, 3] += [0.5, 0, 0]
    broken = type(path)(c2w, path.K, path.width, path.height)
    if spec != "pan_right":  # there the camera stands, and its extent is the cut alone
        assert np.flatnonzero(jumps(broken)).tolist() == [29]
        present = np.ones(81, bool)
        present[50] = False
        assert segments(broken, present) == [(0, 30), (30, 50), (51, 81)]


def test_one_lost_camera_is_two_jumps():
    path = preset_trajectory("arc_left")
    c2w = path.c2w.copy()
    c2w[40, :3, 3] += [3, 0, 0]
    broken = type(path)(c2w, path.K, path.width, path.height)
    assert segments(broken, np.ones(81, bool)) == [(0, 40), (40, 41), (41, 81)]


def test_scale_from_depths_finds_the_factor_through_noise_and_outliers():
    rng = np.random.default_rng(0)
    relative = rng.uniform(0.5, 8, 4000)
    metric = 3.7 * relative * np.exp(rng.normal(0, 0.05, 4000))
    metric[:1600] = rng.uniform(0, 100, 1600)  # 40% are of something else
    metric[1600:1700] = np.nan
    metric[1700:1750] = -1
    assert scale_from_depths(relative, metric) == pytest.approx(3.7, rel=0.1)
    clean = slice(1750, None)
    assert scale_from_depths(relative[clean], metric[clean]) == pytest.approx(3.7, rel=0.01)
    assert scale_from_depths(metric[clean], relative[clean]) == pytest.approx(1 / 3.7, rel=0.01)
    assert scale_from_depths(relative[clean].reshape(-1, 2), 2 * relative[clean].reshape(-1, 2)) == 2
    with pytest.raises(RaxelError, match="3 of 50 pairs"):
        scale_from_depths(np.ones(50), [1, 2, 3] + [0] * 47)
    with pytest.raises(RaxelError, match="50 relative depths cannot be paired with 49"):
        scale_from_depths(np.ones(50), np.ones(49))


def test_metric_scale_multiplies_by_the_scene_s_factor_and_normalised_divides_by_the_reach(
    make, clip, tmp_path, caplog
):
    make.nerfstudio(tmp_path, clip, "a")
    make.nerfstudio(tmp_path, clip, "b")
    true = clip.trajectory.canonical(0).c2w[:, :3, 3]
    assert np.allclose(position(open_dataset(tmp_path)), true)
    (tmp_path / "scales.json").write_text(json.dumps({"a": 2.5}))
    scaled = open_dataset(tmp_path)
    assert np.allclose(position(scaled), 2.5 * true)
    with pytest.raises(RaxelError, match="no factor for b"):
        scaled.scene(1)
    with caplog.at_level(logging.WARNING):
        assert {window.name for window in scaled.windows(9)} == {"a"}
    assert "1 of 2 clips cannot be used" in caplog.text
    (tmp_path / "other.json").write_text(json.dumps({"a": 0.5, "b": 4}))
    assert np.allclose(position(open_dataset(tmp_path, scale=tmp_path / "other.json"), 1), 4 * true)
    unit = position(open_dataset(tmp_path, scale="normalised"))
    assert np.linalg.norm(unit, axis=1).max() == pytest.approx(1)
    assert np.allclose(unit * clip.trajectory.scene_scale(), true)


def position(dataset, index=0):
    return dataset.read(index, 9, 32, 48).trajectory.c2w[:, :3, 3]


@pytest.mark.parametrize("text", ["[1]", '{"a": 0}', '{"a": "x"}', '{"a": NaN}', '{"a": true}', "{"])
def test_a_wrong_file_of_factors_is_one_sentence(text, make, clip, tmp_path):
    make.nerfstudio(tmp_path, clip, "a")
    (tmp_path / "scales.json").write_text(text)
    with pytest.raises(RaxelError):
        open_dataset(tmp_path)


def test_paths_that_only_turn_keep_their_unit():
    c2w = torch.eye(4).repeat(2, 5, 1, 1)
    c2w[0, :, 0, 3] = torch.arange(5) * 3.0
    got = normalised(c2w)
    assert torch.allclose(got[0, :, 0, 3], torch.arange(5) / 4)
    assert torch.equal(got[1], c2w[1])
