"""What a page gets of a path is the path, to seven digits."""

from dataclasses import replace

import numpy as np
import pytest


@pytest.fixture
def preset(pack):
    return pack("raxel_core.geometry.presets").preset_trajectory


@pytest.fixture
def seed_of(pack):
    return pack("nodes.seeds").seed_of


@pytest.mark.parametrize("distance", [1e-4, 1.0, 1e5])
def test_positions_rotations_and_lenses_come_back(pack, preset, seed_of, distance):
    path = preset("dolly_zoom", frames=9, subject_distance=distance)
    seed = seed_of(path)
    rows = np.array(seed["cameras"])
    assert rows.shape == (9, 8)
    np.testing.assert_allclose(rows[:, :3], path.c2w[:, :3, 3], rtol=2e-7, atol=1e-12 * distance)
    np.testing.assert_allclose(np.linalg.norm(rows[:, 3:7], axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(rows[:, 7], path.hfov_deg, rtol=1e-6)
    assert (seed["fps"], seed["width"], seed["height"], seed["scale"]) == (16, 832, 480, "metric")
    assert seed["frames"] == 9 and seed["notes"] == []


def test_a_quarter_turn_to_the_right_is_a_positive_turn_about_down(preset, seed_of):
    row = seed_of(preset("pan_right", frames=2, amount=90))["cameras"][-1]
    assert row[3:7] == pytest.approx([np.sqrt(0.5), 0, np.sqrt(0.5), 0], abs=1e-6)


def test_a_very_long_path_is_thinned_out_and_says_so(preset, seed_of):
    path = preset("arc_left", frames=5000, fps=50)
    seed = seed_of(path)
    assert len(seed["cameras"]) == 2000 and seed["frames"] == 5000
    assert "5000" in seed["notes"][0] and "2000" in seed["notes"][0]
    assert (len(seed["cameras"]) - 1) / seed["fps"] == pytest.approx(4999 / 50), "it lasts as long"
    assert seed["cameras"][-1][:3] == pytest.approx(path.c2w[-1, :3, 3], rel=1e-6)


def test_how_sure_each_camera_is_comes_with_it(preset, seed_of):
    path = preset("arc_left", frames=9)
    sure = np.linspace(1, 0, 9)
    seed = seed_of(replace(path, confidence=sure))
    assert seed["confidence"] == pytest.approx(sure, abs=0.0051)
    assert seed_of(path)["confidence"] is None, "a path that was drawn is neither sure nor doubtful"
    long = preset("arc_left", frames=5000)
    assert len(seed_of(replace(long, confidence=np.linspace(0, 1, 5000)))["confidence"]) == 2000


def test_the_fingerprint_tells_paths_apart(preset, seed_of):
    path = preset("arc_left", frames=9)
    others = [
        replace(path, confidence=np.ones(9)),
        replace(path, fps=17),
        replace(path, scale="relative"),
        path.resized(416, 240),
        preset("arc_left", frames=9, amount=30.001),
    ]
    prints = [seed_of(p)["fingerprint"] for p in (path, *others)]
    assert len(set(prints)) == 6
    assert seed_of(preset("arc_left", frames=9))["fingerprint"] == prints[0]


def test_lenses_that_keys_cannot_have_are_told(preset, seed_of):
    path = preset("static", frames=2)
    assert "off centre" in seed_of(path.cropped(100, 0, 600, 480))["notes"][0]
    assert "not square" in seed_of(path.resized(832, 832))["notes"][0]
