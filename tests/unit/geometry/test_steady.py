"""Shake removed: what the filter leaves of a sway of every period, which moves it leaves alone, and that ends are held."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import axis_rotation, rotation_angle_deg, rotation_exp
from raxel_core.geometry.steady import kernel, low_pass, moved, steadied

FPS = 24.0


def swaying(period_s, frames=481, degrees=1.0, distance=0.1):
    """Stands, but for a sway of one period in turn and position."""
    path = preset_trajectory("static", frames, fps=FPS)
    wave = np.sin(2 * np.pi * np.arange(frames) / FPS / period_s)
    c2w = path.c2w.copy()
    c2w[:, :3, :3] = axis_rotation(1, degrees * wave)
    c2w[:, 0, 3] = distance * wave
    return replace(path, c2w=c2w)


@pytest.mark.parametrize(
    ("period_s", "left"), [(0.25, 0.0), (0.5, 0.0095), (1.0, 0.5), (2.0, 0.934), (8.0, 0.9997)]
)
def test_a_sway_of_the_stated_period_is_halved_a_faster_one_goes_and_a_slower_one_stays(period_s, left):
    path = swaying(period_s)
    steady = steadied(path, seconds=1.0)
    middle = slice(96, -96)
    turned = rotation_angle_deg(np.eye(3), steady.c2w[middle, :3, :3]).max()
    assert turned == pytest.approx(left, abs=0.01)
    assert np.abs(steady.c2w[middle, 0, 3]).max() == pytest.approx(0.1 * left, abs=0.001)


def test_a_steady_move_of_turn_and_position_stays_to_the_last_digit():
    path = preset_trajectory("static", 121, fps=FPS)
    steps = np.arange(121.0)
    c2w = path.c2w.copy()
    c2w[:, :3, :3] = rotation_exp(steps[:, None] * np.array([0.01, 0.1, -0.03]))  # two whole turns
    c2w[:, :3, 3] = steps[:, None] * np.array([1.0, -0.2, 0.5])
    path = replace(path, c2w=c2w)
    for seconds in (0.3, 1.0, 10.0, 600.0):
        np.testing.assert_allclose(steadied(path, seconds).c2w, c2w, atol=1e-9)


def test_both_ends_are_held_to_the_bit():
    path = preset_trajectory("handheld", 81, fps=FPS, seed=3, amount=5)
    steady = steadied(path, 1.0)
    np.testing.assert_array_equal(steady.c2w[[0, -1]], path.c2w[[0, -1]])
    np.testing.assert_array_equal(steady.K, path.K)


def test_an_orbit_keeps_its_radius_and_an_eased_move_its_pace():
    orbit = preset_trajectory("orbit_left", 121, fps=FPS, easing="linear")  # round in five seconds
    assert moved(orbit, steadied(orbit, 1.0)).distance.max() < 0.02
    eased = preset_trajectory("truck_right", 121, fps=FPS, amount=1.0)
    assert moved(eased, steadied(eased, 1.0)).distance.max() < 0.0025


def test_shake_goes_and_the_move_under_it_stays():
    rng = np.random.default_rng(0)
    true = preset_trajectory("arc_left", 241, fps=FPS)
    c2w = true.c2w.copy()
    c2w[:, :3, :3] = c2w[:, :3, :3] @ rotation_exp(np.radians(0.5) * rng.standard_normal((241, 3)))
    c2w[:, :3, 3] += 0.01 * rng.standard_normal((241, 3))
    shaken = replace(true, c2w=c2w)
    before, after = (moved(true, path) for path in (shaken, steadied(shaken, 1.0)))
    middle = slice(24, -24)
    assert after.turn_deg[middle].mean() < 0.45 * before.turn_deg[middle].mean()
    assert after.distance[middle].mean() < 0.45 * before.distance[middle].mean()


def test_what_is_steadied_moves_with_the_world_and_with_the_cameras_own_axes():
    path = preset_trajectory("handheld", 81, fps=FPS, amount=8)
    world, mount = np.eye(4), np.eye(4)
    world[:3, :3], world[:3, 3] = rotation_exp(np.array([0.4, -1.0, 0.3])), [3, -2, 5]
    mount[:3, :3] = rotation_exp(np.array([-2.0, 0.3, 0.9]))
    there = steadied(replace(path, c2w=world @ path.c2w @ mount), 0.8)
    np.testing.assert_allclose(there.c2w, world @ steadied(path, 0.8).c2w @ mount, atol=1e-12)


def test_shares_leave_turn_position_or_lens_alone():
    path = preset_trajectory("handheld", 81, fps=FPS, amount=8)
    K = path.K.copy()
    K[::2, [0, 1], [0, 1]] *= 1.05
    path = replace(path, K=K)
    turn_only = steadied(path, 1.0, position=0, lens=0)
    np.testing.assert_array_equal(turn_only.c2w[:, :3, 3], path.c2w[:, :3, 3])
    np.testing.assert_array_equal(turn_only.K, path.K)
    whole, half = (moved(path, steadied(path, 1.0, rotation=share)).turn_deg for share in (1.0, 0.5))
    np.testing.assert_allclose(half, whole / 2, atol=1e-9)
    assert np.ptp(steadied(path, 1.0).K[24:-24, 0, 0]) < 0.02 * np.ptp(K[:, 0, 0])


def test_the_turn_is_the_mean_of_quaternions_that_scipy_finds_of_one_window():
    rng = np.random.default_rng(2)
    path = preset_trajectory("static", 41, fps=FPS)
    c2w = path.c2w.copy()
    c2w[:, :3, :3] = rotation_exp(
        np.array([0, np.pi, 0]) + 0.1 * rng.standard_normal((41, 3))
    )  # about a half turn
    weights = kernel(0.5 * FPS, 41)
    half = len(weights) // 2
    near = weights > 0
    quats = Rotation.from_matrix(c2w[20 - half : 21 + half, :3, :3]).as_quat()
    quats *= np.sign(quats @ quats[half])[:, None]
    mean = Rotation.from_quat(weights @ quats).as_matrix()
    assert near.sum() < len(weights)
    found = steadied(replace(path, c2w=c2w), 0.5).c2w[20, :3, :3]
    np.testing.assert_allclose(found, mean, atol=1e-12)


def test_the_filter_is_the_sum_that_its_weights_say():
    values = np.random.default_rng(0).standard_normal((30, 2))
    weights = kernel(9.0, 30)
    half = len(weights) // 2
    assert weights.sum() == pytest.approx(1)
    for index in range(half, 30 - half):
        naive = weights @ values[index - half : index + half + 1]
        np.testing.assert_allclose(low_pass(values, weights)[index], naive, atol=1e-12)


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 9])
def test_short_paths_stay_or_are_smoothed_but_never_break(frames):
    path = preset_trajectory("handheld", frames, fps=FPS)
    steady = steadied(path, 2.0)
    assert steady.num_frames == frames
    assert np.isfinite(steady.c2w).all()


def test_a_camera_that_whirls_faster_than_the_filter_keeps_its_turn():
    path = preset_trajectory("static", 241, fps=FPS)
    jitter = rotation_exp(np.radians(1.0) * np.random.default_rng(0).standard_normal((241, 3)))
    c2w = path.c2w.copy()
    c2w[:, :3, :3] = axis_rotation(2, 100.0 * np.arange(241)) @ jitter
    whirling = replace(path, c2w=c2w)
    assert moved(whirling, steadied(whirling, 2.0)).turn_deg.max() < 10


def test_nonsense_is_refused():
    path = preset_trajectory("handheld", 9)
    for wish in ({"seconds": -1}, {"seconds": float("nan")}, {"seconds": 1, "rotation": 2}):
        with pytest.raises(RaxelError):
            steadied(path, **wish)
    with pytest.raises(RaxelError, match="9 cameras cannot be compared with 10"):
        moved(path, preset_trajectory("handheld", 10))
