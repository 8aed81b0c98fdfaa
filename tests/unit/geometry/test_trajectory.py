"""Trajectory: group laws, resampling against scipy, intrinsics against projected points, refusals."""

import warnings
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from raxel_core.errors import RaxelError
from raxel_core.geometry.rays import intrinsics
from raxel_core.geometry.rotation import axis_rotation, rotation_exp
from raxel_core.geometry.trajectory import Trajectory, invert_rigid


def wander(num_frames=6, width=640, height=360, seed=0, **fields):
    rng = np.random.default_rng(seed)
    c2w = np.tile(np.eye(4), (num_frames, 1, 1))
    c2w[:, :3, :3] = rotation_exp(rng.standard_normal((num_frames, 3)))
    c2w[:, :3, 3] = rng.standard_normal((num_frames, 3))
    return Trajectory(
        c2w, intrinsics(np.linspace(50, 70, num_frames), width, height), width, height, **fields
    )


def project(trajectory, point):
    """Pixels (F, 2) of a world point."""
    camera = trajectory.w2c @ [*point, 1]
    image = np.einsum("fij,fj->fi", trajectory.K, camera[:, :3])
    return image[:, :2] / image[:, 2:]


def test_inverse_times_itself_is_the_identity():
    c2w = wander().c2w
    np.testing.assert_allclose(invert_rigid(c2w) @ c2w, np.tile(np.eye(4), (6, 1, 1)), atol=1e-14)


@pytest.mark.parametrize("reference", [0, 3, -1])
def test_canonical_cameras_have_the_identity_at_the_reference_and_the_same_relative_motion(reference):
    path = wander()
    canonical = path.canonical(reference)
    np.testing.assert_array_equal(canonical.c2w[reference], np.eye(4))
    np.testing.assert_allclose(
        canonical.w2c[1:] @ canonical.c2w[:-1], path.w2c[1:] @ path.c2w[:-1], atol=1e-12
    )


def test_canonical_form_does_not_depend_on_the_world_frame():
    path = wander()
    world = wander(seed=9).c2w[0]
    moved = Trajectory(world @ path.c2w, path.K, path.width, path.height)
    np.testing.assert_allclose(moved.canonical().c2w, path.canonical().c2w, atol=1e-12)


def test_resampling_is_scipys_slerp_and_passes_through_both_ends():
    path = wander(5)
    dense = path.resampled(17)
    times = np.linspace(0, 4, 17)
    turns = Slerp(np.arange(5), Rotation.from_matrix(path.c2w[:, :3, :3]))(times).as_matrix()
    np.testing.assert_allclose(dense.c2w[:, :3, :3], turns, atol=1e-12)
    np.testing.assert_allclose(
        dense.c2w[:, 0, 3], np.interp(times, np.arange(5), path.c2w[:, 0, 3]), atol=1e-12
    )
    np.testing.assert_array_equal(dense.c2w[::4], path.c2w)
    np.testing.assert_allclose(dense.K[::4], path.K, atol=1e-12)


def test_resampling_through_a_half_turn_stays_a_rotation():
    c2w = np.tile(np.eye(4), (2, 1, 1))
    c2w[1, :3, :3] = axis_rotation(1, 180)
    path = Trajectory(c2w, intrinsics([60, 60], 64, 64), 64, 64).resampled(5)
    np.testing.assert_allclose(np.linalg.norm(path.c2w[2, :3, 0]), 1)
    np.testing.assert_allclose(path.c2w[2, 0, 0], 0, atol=1e-12)


@pytest.mark.parametrize("frames", [1, 7])
def test_one_camera_resampled_stands_still(frames):
    still = wander(1).resampled(frames)
    assert still.num_frames == frames
    np.testing.assert_array_equal(still.c2w, np.tile(still.c2w[0], (frames, 1, 1)))


def test_resizing_and_cropping_move_projected_points_as_they_move_pixels():
    path, point = wander(), [0.3, -0.2, 50.0]
    before = project(path, point)
    np.testing.assert_allclose(project(path.resized(320, 720), point), before * [0.5, 2], atol=1e-9)
    np.testing.assert_allclose(project(path.cropped(100, 20, 300, 300), point), before - [100, 20], atol=1e-9)


@pytest.mark.parametrize("size", [(832, 480), (480, 832), (64, 64), (640, 360)])
def test_fitting_keeps_pixels_square_and_the_centre_in_the_centre(size):
    fitted = wander().fitted(*size)
    np.testing.assert_allclose(fitted.K[:, 0, 0], fitted.K[:, 1, 1])
    np.testing.assert_allclose(fitted.K[:, :2, 2], np.tile(np.array(size) / 2, (6, 1)))
    scale = max(size[0] / 640, size[1] / 360)
    np.testing.assert_allclose(fitted.K[:, 0, 0], wander().K[:, 0, 0] * scale)


def test_reversing_twice_changes_nothing():
    path = wander()
    np.testing.assert_array_equal(path.reversed().reversed().c2w, path.c2w)
    np.testing.assert_array_equal(path.reversed().K[0], path.K[-1])


def test_a_chained_path_goes_on_from_the_last_camera_without_repeating_it():
    first, second = wander(4, scale="metric"), wander(3, seed=1, scale="metric")
    chain = first.then(second)
    assert chain.num_frames == 6
    assert chain.scale == "metric"
    np.testing.assert_array_equal(chain.c2w[:4], first.c2w)
    np.testing.assert_allclose(chain.w2c[3] @ chain.c2w[5], second.w2c[0] @ second.c2w[2], atol=1e-12)
    assert first.then(wander(3)).scale == "relative"


def test_chaining_is_associative():
    a, b, c = (wander(3, seed=seed) for seed in range(3))
    np.testing.assert_allclose(a.then(b).then(c).c2w, a.then(b.then(c)).c2w, atol=1e-12)


def test_scene_scale_is_the_reach_from_the_first_camera_and_one_for_pure_rotation():
    path = wander()
    reach = np.linalg.norm(path.canonical().c2w[:, :3, 3], axis=1).max()
    assert path.scene_scale() == pytest.approx(reach)
    c2w = path.c2w.copy()
    c2w[:, :3, 3] = c2w[0, :3, 3]
    assert Trajectory(c2w, path.K, 640, 360).scene_scale() == 1


def test_field_of_view_is_that_of_the_lens():
    path = wander(3, 640, 360)
    np.testing.assert_allclose(path.hfov_deg, [50, 60, 70])
    np.testing.assert_allclose(
        np.tan(np.radians(path.vfov_deg / 2)) / np.tan(np.radians(path.hfov_deg / 2)), 360 / 640
    )


def test_a_trajectory_cannot_be_changed():
    path = wander()
    with pytest.raises(ValueError):
        path.c2w[0, 0, 0] = 2
    with pytest.raises(FrozenInstanceError):
        path.width = 3


def test_rounded_rotations_are_snapped_to_exact_ones():
    path = wander()
    rounded = Trajectory(path.c2w.round(4), path.K, 640, 360)
    R = rounded.c2w[:, :3, :3]
    np.testing.assert_allclose(R @ R.transpose(0, 2, 1), np.tile(np.eye(3), (6, 1, 1)), atol=1e-14)
    np.testing.assert_allclose(R, path.c2w[:, :3, :3], atol=2e-4)


def broken(field, change):
    path = wander(4)
    fields = {
        "c2w": path.c2w.copy(),
        "K": path.K.copy(),
        "width": 640,
        "height": 360,
        "fps": 16.0,
        "scale": "metric",
    }
    fields[field] = change(fields[field])
    return fields


def put(index, value):
    def change(array):
        array[index] = value
        return array

    return change


@pytest.mark.parametrize(
    ("field", "change", "sentence"),
    [
        ("c2w", lambda a: a[:0], "at least one frame"),
        ("c2w", lambda a: a[:, :3], "must be \\[F, 4, 4\\]"),
        ("c2w", put((2, 0, 3), np.nan), "camera 2 of 4 .* finite"),
        ("c2w", put((1, 0, 0), 3.0), "camera 1 of 4 is not a rotation"),
        ("c2w", lambda a: a * np.array([[1], [1], [1], [1]]) * np.array([-1, 1, 1, 1]), "mirrored"),
        ("c2w", lambda a: a.transpose(0, 2, 1), "transposed"),
        ("K", lambda a: a[:3], "K must be \\[4, 3, 3\\]"),
        ("K", put((0, 0, 0), np.inf), "finite"),
        ("K", put((0, 0, 0), -1.0), "positive"),
        ("K", lambda a: a.transpose(0, 2, 1), "transposed"),
        ("width", lambda _: 0, "image size"),
        ("height", lambda _: 10.5, "image size"),
        ("fps", lambda _: 0.0, "fps"),
        ("fps", lambda _: np.nan, "fps"),
        ("scale", lambda _: "furlongs", "scale"),
    ],
)
def test_what_is_no_camera_path_is_refused_in_words(field, change, sentence):
    with pytest.raises(RaxelError, match=sentence):
        Trajectory(**broken(field, change))


def test_impossible_requests_are_refused_in_words():
    with pytest.raises(RaxelError, match="reference frame 6"):
        wander().canonical(6)
    with pytest.raises(RaxelError, match="at least 1 frame"):
        wander().resampled(0)
    with pytest.raises(RaxelError, match="640x360 and 64x64"):
        wander().then(wander(2, 64, 64))


def turned_by(matrix):
    def change(c2w):
        c2w[2, :3, :3] = c2w[2, :3, :3] @ matrix
        return c2w

    return change


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        (np.diag([2.0, 2, 2]), "camera 2 of 4 is not a rotation but scaled: .* 2 2 2"),
        (np.diag([1.0, 1, 3]), "camera 2 of 4 is not a rotation but scaled: .* 1 1 3"),
        (np.diag([2.0, 2, -2]), "camera 2 of 4 is not a rotation but scaled and mirrored"),
        (np.diag([1.0, 1, -1]), "camera 2 of 4 is mirrored .a reflection"),
        (np.array([[1, 0.1, 0], [0, 1, 0], [0, 0, 1]]), "camera 2 of 4 .* skewed: .* 5.71 degrees"),
        (np.zeros((3, 3)), "camera 2 of 4 is not a rotation: .* lengths 0 0 0"),
        (np.full((3, 3), 1e200), "camera 2 of 4 is not a rotation"),
    ],
)
def test_matrices_that_are_no_rotation_are_told_by_what_is_wrong_with_them(matrix, sentence):
    with pytest.raises(RaxelError, match=sentence):
        Trajectory(**broken("c2w", turned_by(matrix)))


LEAN = np.array([[1, np.sin(9e-4), 0], [0, np.cos(9e-4), 0], [0, 0, 1]])
"""The y axis 0.0009 radians off its right angle to x."""


@pytest.mark.parametrize(
    "matrix", [1.0009 * np.eye(3), np.diag([0.9991, 1, 1.0009]), 1.001 * np.eye(3), LEAN]
)
def test_lengths_and_right_angles_may_miss_by_a_thousandth_as_the_docs_say(matrix):
    R = Trajectory(**broken("c2w", turned_by(matrix))).c2w[2, :3, :3]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(R, wander(4).c2w[2, :3, :3], atol=2e-3)


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        (1.0011 * np.eye(3), "scaled: its axes have lengths 1.0011 1.0011 1.0011, not 1"),
        (np.diag([1, 0.9989, 1]), "scaled: its axes have lengths 1 0.9989 1, not 1"),
        (
            np.array([[1, 1.1e-3, 0], [0, 1, 0], [0, 0, 1]]),
            "skewed: its axes are 0.063 degrees off right angles",
        ),
        (np.full((3, 3), 1e308), "lengths inf inf inf"),
        (np.full((3, 3), 1e-300), "lengths 0 0 0"),
    ],
)
def test_more_than_a_thousandth_is_refused_in_words_and_without_a_warning(matrix, sentence):
    with warnings.catch_warnings(), pytest.raises(RaxelError, match=sentence):
        warnings.simplefilter("error")
        Trajectory(**broken("c2w", put((2, slice(3), slice(3)), matrix)))


def test_confidence_follows_the_cameras():
    sure = np.array([0.0, 0.2, 0.4, 1.0])
    path = wander(4, confidence=sure)
    np.testing.assert_array_equal(path.reversed().confidence, sure[::-1])
    np.testing.assert_array_equal(path.canonical(2).confidence, sure)
    np.testing.assert_allclose(path.at([0.5, 2.5]).confidence, [0.1, 0.7])
    plain = wander(4)
    np.testing.assert_array_equal(path.then(plain).confidence, [*sure, 1, 1, 1])
    np.testing.assert_array_equal(plain.then(path).confidence, [1, 1, 1, 1, 0.2, 0.4, 1])
    assert plain.then(plain).confidence is None


@pytest.mark.parametrize("confidence", [[1.0] * 3, [1, 1, 1, 1.5], [np.nan] * 4])
def test_a_confidence_that_fits_no_path_is_refused_in_words(confidence):
    with pytest.raises(RaxelError, match="confidence"):
        wander(4, confidence=confidence)
