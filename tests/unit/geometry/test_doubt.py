"""Doubtful cameras filled from sure ones: what stays, what the way between looks like, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.geometry.curve import cameras_through
from raxel_core.geometry.doubt import LOW_CONFIDENCE, doubtful, filled
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rays import intrinsics
from raxel_core.geometry.rotation import rotation_angle_deg, rotation_exp
from raxel_core.geometry.trajectory import Trajectory


def spoiled(path, wrong, seed=0):
    """The path with cameras anywhere, and doubted, at the frames ``wrong``."""
    rng = np.random.default_rng(seed)
    c2w, sure = path.c2w.copy(), np.full(path.num_frames, 0.9)
    c2w[wrong, :3, :3] = rotation_exp(rng.standard_normal((len(wrong), 3)))
    c2w[wrong, :3, 3] = 10 * rng.standard_normal((len(wrong), 3))
    sure[wrong] = 0.1
    return replace(path, c2w=c2w, confidence=sure)


def screw(frames=41):
    """A steady move: the turn and the way of a frame are always the same, and the lens opens evenly."""
    steps = np.arange(frames)
    c2w = np.tile(np.eye(4), (frames, 1, 1))
    c2w[:, :3, :3] = rotation_exp(steps[:, None] * np.array([0.001, 0.02, -0.005]))
    c2w[:, :3, 3] = steps[:, None] * np.array([0.1, -0.02, 0.03])
    K = intrinsics(60, 640, 360)[None] * np.array([1, 1, 1])
    K = np.tile(K, (frames, 1, 1))
    K[:, 0, 0] += steps
    K[:, 1, 1] += steps
    return Trajectory(c2w, K, 640, 360)


def test_sure_cameras_stay_bit_by_bit_and_doubt_stays_marked():
    path = spoiled(preset_trajectory("orbit_left", 81), [0, 3, 20, 21, 22, 23, 80])
    mended = filled(path)
    sure = ~doubtful(path)
    assert sure.sum() == 74
    np.testing.assert_array_equal(mended.c2w[sure], path.c2w[sure])
    np.testing.assert_array_equal(mended.confidence, path.confidence)


def test_a_steady_move_is_found_again_whatever_stood_in_the_gap():
    true = screw()
    mended = filled(spoiled(true, [7, 8, 9, 20, 21, 22, 23, 24, 25, 26, 30]))
    np.testing.assert_allclose(mended.c2w, true.c2w, atol=1e-10)
    np.testing.assert_allclose(mended.K, true.K, atol=1e-10)


def test_a_gap_in_an_orbit_is_a_bow_and_no_chord():
    true = preset_trajectory("orbit_left", 81, easing="linear")
    wrong = list(range(30, 40))
    mended = filled(spoiled(true, wrong))
    off = np.linalg.norm(mended.c2w[wrong, :3, 3] - true.c2w[wrong, :3, 3], axis=1)
    chord = true.at(np.interp(np.arange(81), [29, 40], [29, 40]))
    straight = np.linalg.norm(
        np.linspace(chord.c2w[29, :3, 3], chord.c2w[40, :3, 3], 12)[1:-1] - true.c2w[wrong, :3, 3], axis=1
    )
    assert off.max() < 0.15 * straight.max()
    assert rotation_angle_deg(mended.c2w[wrong, :3, :3], true.c2w[wrong, :3, :3]).max() < 1e-6


def test_what_is_filled_moves_with_the_world():
    path = spoiled(preset_trajectory("spiral", 41), [5, 6, 7, 33])
    world = np.eye(4)
    world[:3, :3], world[:3, 3] = rotation_exp(np.array([0.4, -1.0, 0.3])), [3, -2, 5]
    there = filled(replace(path, c2w=world @ path.c2w))
    np.testing.assert_allclose(there.c2w, world @ filled(path).c2w, atol=1e-12)


def test_filling_twice_is_filling_once():
    once = filled(spoiled(preset_trajectory("crane_up", 41), [5, 6, 7, 33]))
    np.testing.assert_array_equal(filled(once).c2w, once.c2w)


def test_before_the_first_sure_camera_and_after_the_last_one_the_camera_stands():
    path = spoiled(screw(), [0, 1, 2, 39, 40])
    mended = filled(path)
    np.testing.assert_array_equal(mended.c2w[:3], np.tile(path.c2w[3], (3, 1, 1)))
    np.testing.assert_array_equal(mended.c2w[39:], np.tile(path.c2w[38], (2, 1, 1)))
    alone = filled(spoiled(screw(), [*range(17), *range(18, 41)]))
    np.testing.assert_array_equal(alone.c2w, np.tile(screw().c2w[17], (41, 1, 1)))


def test_a_path_that_says_nothing_of_its_confidence_stays_itself():
    path = screw()
    assert filled(path) is path
    sure = replace(path, confidence=np.full(41, LOW_CONFIDENCE))
    assert filled(sure) is sure


def test_a_path_with_no_sure_camera_is_refused_in_one_sentence():
    path = replace(screw(), confidence=np.full(41, 0.2))
    with pytest.raises(RaxelError, match=r"all 41 cameras .* below 0.25, the surest 0.20"):
        filled(path)


def test_a_curve_through_all_cameras_meets_them_and_never_bends_the_lens_over():
    path = preset_trajectory("spiral", 21, hfov_deg=40)
    K = path.K.copy()
    K[10:, [0, 1], [0, 1]] *= 0.02  # so wide that an overshoot would turn its focal length negative
    K[11:, 0, 2] += 300
    path = replace(path, K=K)
    dense = cameras_through(path, np.arange(21), np.linspace(0, 20, 201))
    np.testing.assert_array_equal(dense.c2w[::10], path.c2w)
    np.testing.assert_array_equal(dense.K[::10], path.K)
    assert dense.K[:, 0, 0].min() == path.K[:, 0, 0].min()
