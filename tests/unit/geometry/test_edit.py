"""Edits of a whole path: what each keeps, what undoes it, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.geometry.edit import anchored, mirrored, rescaled, resized_to, retimed, trimmed
from raxel_core.geometry.presets import PRESETS, preset_trajectory
from raxel_core.geometry.rays import intrinsics
from raxel_core.geometry.rotation import look_at, rotation_exp
from raxel_core.geometry.subject import subject_distance, subject_of
from raxel_core.geometry.trajectory import Trajectory


def wander(frames=12, seed=0, **fields):
    rng = np.random.default_rng(seed)
    c2w = np.tile(np.eye(4), (frames, 1, 1))
    c2w[:, :3, :3] = rotation_exp(0.3 * np.cumsum(rng.standard_normal((frames, 3)), axis=0))
    c2w[:, :3, 3] = np.cumsum(rng.standard_normal((frames, 3)), axis=0)
    K = intrinsics(np.linspace(50, 70, frames), 640, 360)
    K[:, 0, 1], K[:, 0, 2] = 0.7, 301
    return Trajectory(c2w, K, 640, 360, 24.0, confidence=rng.uniform(0, 1, frames), **fields)


def pixels(path, points):
    """Where world points (N, 3) are seen: (F, N, 2)."""
    seen = np.einsum("fij,nj->fni", path.w2c[:, :3, :3], points) + path.w2c[:, None, :3, 3]
    image = np.einsum("fij,fnj->fni", path.K, seen)
    return image[..., :2] / image[..., 2:]


def same(path, other, tolerance=1e-12):
    np.testing.assert_allclose(path.c2w, other.c2w, atol=tolerance)
    np.testing.assert_allclose(path.K, other.K, atol=1e-9)
    assert (path.width, path.height, path.scale) == (other.width, other.height, other.scale)


def test_a_trimmed_path_is_a_slice_and_negative_frames_count_from_the_end():
    path = wander()
    np.testing.assert_array_equal(trimmed(path, 3, 7).c2w, path.c2w[3:8])
    np.testing.assert_array_equal(trimmed(path, 3, 7).confidence, path.confidence[3:8])
    np.testing.assert_array_equal(trimmed(path, -4, -1).K, path.K[8:])
    assert trimmed(path, -12, 0).num_frames == 1


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0, 12, "frame 12 is outside the path; its 12 cameras are frames 0 to 11"),
        (-13, 3, "frame -13 is outside"),
        (7, 3, "the first frame kept, 7, comes after the last one, 3"),
    ],
)
def test_frames_that_are_not_there_are_refused(first, last, words):
    with pytest.raises(RaxelError, match=words):
        trimmed(wander(), first, last)


def test_what_stays_in_time_stays_to_the_bit():
    path = wander()
    assert retimed(path, frames=12).fps == pytest.approx(24)
    np.testing.assert_array_equal(retimed(path, frames=12, fps=8).c2w, path.c2w)
    np.testing.assert_array_equal(retimed(path, frames=34).c2w[::3], path.c2w)


@pytest.mark.parametrize(
    ("wish", "frames", "fps"),
    [
        ({"frames": 81}, 81, 12.0),  # (161 - 1) / 24 s are 80 steps of 1/12 s
        ({"fps": 12.0}, 81, 12.0),
        ({"frames": 81, "fps": 24.0}, 81, 24.0),
        ({"speed": 2.0}, 81, 24.0),
        ({"speed": 0.5, "fps": 12.0}, 161, 12.0),
        ({"speed": 2.0, "frames": 161}, 161, 48.0),
        ({"frames": 1}, 1, 24.0),
        ({"speed": 1e6}, 2, 24.0),
    ],
)
def test_duration_stays_unless_frames_and_rate_are_both_given(wish, frames, fps):
    path = retimed(preset_trajectory("spiral", 161, fps=24), **wish)
    assert (path.num_frames, path.fps) == (frames, pytest.approx(fps))


def test_a_retimed_path_begins_and_ends_where_it_did_and_an_easing_slows_its_start():
    path = preset_trajectory("truck_right", 81, easing="linear", fps=16)
    slow = retimed(path, frames=121, easing="ease_in")
    np.testing.assert_array_equal(slow.c2w[[0, -1]], path.c2w[[0, -1]])
    np.testing.assert_allclose(slow.c2w[:, 0, 3], 0.3 * np.linspace(0, 1, 121) ** 2, atol=1e-12)


def test_slow_motion_is_as_smooth_as_the_path():
    path = preset_trajectory("orbit_left", 41)
    slow = retimed(path, frames=401)
    true = preset_trajectory("orbit_left", 401)
    assert np.linalg.norm(slow.c2w[:, :3, 3] - true.c2w[:, :3, 3], axis=1).max() < 1e-3
    jerk = np.abs(np.diff(slow.c2w[:, :3, 3], n=2, axis=0)).max()
    assert jerk < 1.5 * np.abs(np.diff(true.c2w[:, :3, 3], n=2, axis=0)).max()
    assert np.abs(np.diff(path.resampled(401).c2w[:, :3, 3], n=2, axis=0)).max() > 5 * jerk


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"speed": 0.0}, "the speed must be a positive number, got 0"),
        ({"speed": float("nan")}, "the speed must be a positive number"),
        ({"frames": 0}, "would have 0 cameras"),
        ({"frames": 100_001}, "would have 100001 cameras, outside 1 to 100000"),
        ({"fps": 1e300}, "would have 100001 cameras"),
        ({"speed": 1e-300}, "would have 100001 cameras"),
        ({"frames": 5, "fps": -1.0}, "fps must be a positive number"),
        ({"easing": "bounce"}, "unknown easing 'bounce'"),
    ],
)
def test_impossible_times_are_refused_in_one_sentence(wish, words):
    with pytest.raises(RaxelError, match=words):
        retimed(wander(), **wish)


def test_a_mirrored_path_shows_the_mirrored_world_at_mirrored_pixels():
    path = wander()
    mirror = path.c2w[0] @ np.diag([-1, 1, 1, 1]) @ path.w2c[0]
    points = path.c2w[0, :3, 3] + np.random.default_rng(1).uniform(-20, 20, (50, 3))
    reflected = points @ mirror[:3, :3].T + mirror[:3, 3]
    seen, there = pixels(path, points), pixels(mirrored(path), reflected)
    np.testing.assert_allclose(there[..., 0], path.width - seen[..., 0], atol=1e-6, rtol=1e-9)
    np.testing.assert_allclose(there[..., 1], seen[..., 1], atol=1e-6, rtol=1e-9)


def test_a_mirror_undoes_itself_and_swaps_left_and_right():
    same(mirrored(mirrored(wander())), wander())
    for name in PRESETS:
        if name.endswith("_left"):
            right = preset_trajectory(name.replace("_left", "_right"), 9)
            same(mirrored(preset_trajectory(name, 9)), right)


def test_scaling_keeps_the_first_camera_and_every_turn_and_undoes_itself():
    path = wander()
    double = rescaled(path, 2)
    np.testing.assert_array_equal(double.c2w[0], path.c2w[0])
    np.testing.assert_array_equal(double.c2w[:, :3, :3], path.c2w[:, :3, :3])
    np.testing.assert_allclose(
        double.canonical().c2w[:, :3, 3], 2 * path.canonical().c2w[:, :3, 3], atol=1e-12
    )
    same(rescaled(double, 0.5), path)


@pytest.mark.parametrize("name", ["arc_left", "orbit_right", "crane_up", "spiral"])
def test_the_subject_of_an_aimed_preset_is_where_the_preset_put_it(name):
    path = preset_trajectory(name, 33, subject_distance=2.5)
    np.testing.assert_allclose(subject_of(path), [0, 0, 2.5], atol=1e-6)
    near, factor = resized_to(replace(path, scale="relative"), "subject distance", 1.25)
    assert factor == pytest.approx(0.5)
    assert near.scale == "metric"
    assert subject_distance(near) == pytest.approx(1.25)


def test_the_subject_is_found_through_noise_of_half_a_degree():
    rng = np.random.default_rng(0)
    path = preset_trajectory("arc_left", 33, subject_distance=2.0)
    c2w = path.c2w.copy()
    c2w[:, :3, :3] = c2w[:, :3, :3] @ rotation_exp(np.radians(0.5) * rng.standard_normal((33, 3)))
    assert subject_distance(replace(path, c2w=c2w)) == pytest.approx(2.0, rel=0.03)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (preset_trajectory("dolly_in", 9), "the cameras all look the same way"),
        (preset_trajectory("static", 9), "the cameras all look the same way"),
        (preset_trajectory("pan_left", 9), "do not look at one subject"),
    ],
)
def test_a_path_without_a_subject_is_refused(path, words):
    with pytest.raises(RaxelError, match=words):
        subject_of(path)


def test_cameras_that_look_away_from_their_meeting_point_have_no_subject():
    positions = np.array([[-1.0, 0, 0], [0, 0, -0.2], [1, 0, 0]])
    c2w = look_at(positions, 2 * positions - np.array([0, 0, 3]))
    with pytest.raises(RaxelError, match="do not look at one subject"):
        subject_of(Trajectory(c2w, np.tile(intrinsics(60, 64, 48), (3, 1, 1)), 64, 48))


def test_cameras_that_look_past_each_other_have_no_subject():
    positions = np.array([[x, 0.0, 0.0] for x in (-1, -0.5, 0.5, 1)])
    targets = np.array([[0, y, 2.0] for y in (1, -1, 1, -1)])
    path = Trajectory(look_at(positions, targets), np.tile(intrinsics(60, 64, 48), (4, 1, 1)), 64, 48)
    with pytest.raises(RaxelError, match="do not look at one subject"):
        subject_of(path)


def test_a_path_is_scaled_to_its_reach_and_one_that_stands_is_refused():
    path, factor = resized_to(wander(), "reach", 3.0)
    assert path.scene_scale() == pytest.approx(3.0)
    assert factor == pytest.approx(3.0 / wander().scene_scale())
    with pytest.raises(RaxelError, match="stands still"):
        resized_to(preset_trajectory("pan_left", 9), "reach", 3.0)
    for amount in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(RaxelError, match="positive amount"):
            resized_to(wander(), "factor", amount)
    with pytest.raises(RaxelError, match="within 1e-9 and 1e9"):
        resized_to(wander(), "factor", 1e12)


def test_an_anchored_path_begins_at_the_camera_and_moves_alike():
    path, there = wander(), wander(seed=5).c2w[4]
    moved = anchored(path, there)
    np.testing.assert_allclose(moved.c2w[0], there, atol=1e-12)
    np.testing.assert_allclose(moved.canonical().c2w, path.canonical().c2w, atol=1e-12)
