"""The path through keys: scipy as a judge, the cameras that the editor's JavaScript is held to, and what the rules promise."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator
from scipy.spatial.transform import Rotation, Slerp

from raxel_core.errors import RaxelError
from raxel_core.formats import raxel_path
from raxel_core.geometry.keyframes import Key, KeyframePath, cameras_at, shortest_turn
from raxel_core.geometry.pchip import hermite, pchip_slopes
from raxel_core.geometry.presets import EASINGS
from raxel_core.geometry.rotation import (
    axis_rotation,
    look_at,
    matrix_from_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_wxyz,
    rotation_angle_deg,
    rotation_exp,
)

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures/paths").glob("*.json"))


def random_path(seed=0, count=9, frames=81, **rest):
    """Keys anywhere; turns between them stay below half a turn, where there is one shortest way."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.choice(frames, count, replace=False))
    R = np.cumsum(rng.uniform(-0.5, 0.5, (count, 3)), axis=0)
    rotations = Rotation.from_rotvec(R).as_quat(scalar_first=True)
    keys = [
        Key(int(time), tuple(rng.uniform(-2, 2, 3)), tuple(q), float(rng.uniform(20, 90)))
        for time, q in zip(times, rotations, strict=True)
    ]
    return KeyframePath(tuple(replace(key, **rest) for key in keys), frames)


def turns_of(R):
    return Rotation.from_matrix(R)


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.stem)
def test_cameras_are_those_of_the_fixture_that_javascript_reads(file):
    fixture = json.loads(file.read_text())
    cameras = np.array(fixture["cameras"])
    trajectory = raxel_path.read(json.dumps(fixture["document"])).trajectory()
    np.testing.assert_allclose(trajectory.c2w[:, :3, 3], cameras[:, :3], atol=1e-9)
    np.testing.assert_allclose(trajectory.hfov_deg, cameras[:, 7], atol=1e-8)
    R = matrix_from_quaternion(cameras[:, 3:7])
    np.testing.assert_allclose(trajectory.c2w[:, :3, :3], R, atol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_positions_and_lens_are_scipys_pchip(seed):
    path = random_path(seed)
    times = np.linspace(0, 80, 641)
    positions, _, hfov_deg = cameras_at(path, times)
    frames = [key.frame for key in path.keys]
    values = np.array([[*key.position, key.hfov_deg] for key in path.keys])
    expected = PchipInterpolator(frames, values)(np.clip(times, frames[0], frames[-1]))
    np.testing.assert_allclose(np.column_stack([positions, hfov_deg]), expected, atol=1e-12)


@pytest.mark.parametrize("count", [2, 3, 12])
def test_slopes_are_scipys_also_where_values_repeat_and_turn(count):
    rng = np.random.default_rng(count)
    x = np.cumsum(rng.integers(1, 9, count)).astype(float)
    y = rng.integers(-2, 3, (count, 40)).astype(float)
    slopes = pchip_slopes(np.diff(x), np.diff(y, axis=0) / np.diff(x)[:, None])
    np.testing.assert_allclose(slopes, PchipInterpolator(x, y).derivative()(x), atol=1e-12)


def test_slopes_of_one_knot_and_of_the_smallest_numbers_are_finite():
    assert pchip_slopes(np.zeros(0), np.zeros((0, 2))).tolist() == [[0, 0]]
    assert np.isfinite(pchip_slopes(np.ones(2), np.full((2, 1), 5e-324))).all()


@pytest.mark.parametrize("seed", range(3))
def test_linear_rotations_are_scipys_slerp(seed):
    path = random_path(seed, interpolation="linear")
    frames = [key.frame for key in path.keys]
    times = np.linspace(frames[0], frames[-1], 321)
    positions, R, _ = cameras_at(path, times)
    rotations = Rotation.from_quat([key.rotation for key in path.keys], scalar_first=True)
    expected = Slerp(frames, rotations)(times)
    assert rotation_angle_deg(R, expected.as_matrix()).max() < 1e-9
    straight = np.column_stack(
        [np.interp(times, frames, [key.position[axis] for key in path.keys]) for axis in range(3)]
    )
    np.testing.assert_allclose(positions, straight, atol=1e-12)


def test_smooth_turns_about_one_axis_are_scipys_pchip_of_the_angle():
    angles = np.array([0.0, 10, 100, 90, 95, 200])
    frames = [0, 10, 20, 33, 50, 80]
    keys = [
        Key(f, (0, 0, 0), tuple(quaternion_wxyz(axis_rotation(1, a))))
        for f, a in zip(frames, angles, strict=True)
    ]
    times = np.linspace(0, 80, 321)
    _, R, _ = cameras_at(KeyframePath(tuple(keys)), times)
    expected = axis_rotation(1, PchipInterpolator(frames, angles)(times))
    assert rotation_angle_deg(R, expected).max() < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_nothing_overshoots_not_even_about_several_axes(seed):
    path = random_path(seed)
    for key, following in zip(path.keys, path.keys[1:], strict=False):
        times = np.linspace(key.frame, following.frame, 50)
        positions, R, hfov_deg = cameras_at(path, times[:-1])
        reached = np.column_stack([positions, hfov_deg])
        ends = np.array([[*end.position, end.hfov_deg] for end in (key, following)])
        assert (reached >= ends.min(axis=0) - 1e-12).all() and (reached <= ends.max(axis=0) + 1e-12).all()
        start = Rotation.from_quat(key.rotation, scalar_first=True)
        whole = (start.inv() * Rotation.from_quat(following.rotation, scalar_first=True)).as_rotvec()
        turned = (start.inv() * turns_of(R)).as_rotvec()
        assert (turned * np.sign(whole) >= -1e-9).all() and (np.abs(turned) <= np.abs(whole) + 1e-9).all()


def test_speed_has_no_jump_at_a_smooth_key_nor_has_turning_about_one_axis():
    path = random_path(3)
    panned = [tuple(quaternion_wxyz(axis_rotation(1, 9 * i + 3 * (-1) ** i))) for i in range(len(path.keys))]
    keys = tuple(replace(key, rotation=q) for key, q in zip(path.keys, panned, strict=True))
    for key in keys[1:-1]:
        positions, R, _ = cameras_at(replace(path, keys=keys), key.frame + np.array([-1e-4, 0, 1e-4]))
        before, after = np.diff(positions, axis=0) / 1e-4
        np.testing.assert_allclose(before, after, atol=1e-3)
        turns = [(turns_of(R[i]).inv() * turns_of(R[i + 1])).as_rotvec() / 1e-4 for i in (0, 1)]
        np.testing.assert_allclose(turns[0], turns[1], atol=1e-3)


@pytest.mark.parametrize("easing", EASINGS)
def test_easing_warps_time_between_keys(easing):
    path = KeyframePath((Key(10, (0, 0, 0), (1, 0, 0, 0), easing=easing), Key(50, (1, 0, 0), (1, 0, 0, 0))))
    positions, _, _ = cameras_at(path, np.linspace(10, 50, 9))
    np.testing.assert_allclose(positions[:, 0], EASINGS[easing](np.linspace(0, 1, 9)), atol=1e-15)


def test_the_camera_stands_before_and_after_its_keys_and_while_it_is_held():
    path = KeyframePath(
        (Key(10, (0, 1, 0), (1, 0, 0, 0), hold=5), Key(20, (1, 0, 0), (0, 1, 0, 0), hold=30)), 40
    )
    c2w = path.trajectory().c2w
    assert (c2w[:16] == c2w[0]).all() and (c2w[20:] == c2w[20]).all()
    assert not np.allclose(c2w[16], c2w[0])


@pytest.mark.parametrize("roll_deg", [0, 30])
def test_keys_that_aim_at_the_subject_keep_it_in_the_centre_and_keep_their_roll(roll_deg):
    subject = (0.2, -0.1, 3.0)
    rng = np.random.default_rng(5)
    places = rng.uniform(-1, 1, (5, 3))
    R = look_at(places, subject)[:, :3, :3] @ axis_rotation(2, roll_deg)
    keys = tuple(Key(20 * i, tuple(places[i]), tuple(quaternion_wxyz(R[i]))) for i in range(5))
    path = KeyframePath(keys, subject=subject, aim="subject")
    positions, R, _ = cameras_at(path, np.linspace(0, 80, 321))
    seen = np.einsum("fji,fj->fi", R, np.array(subject) - positions)
    np.testing.assert_allclose(seen[:, :2], 0, atol=1e-12)
    assert (seen[:, 2] > 0).all()
    level = look_at(positions, subject)[:, :3, :3]
    np.testing.assert_allclose(rotation_angle_deg(level, R), roll_deg, atol=1e-6)


def test_a_half_turn_goes_one_way_whatever_the_rounding():
    for w in (0.0, 1e-17, -1e-17):
        for q, turn in (
            ((0, 0.6, 0.8), (0, 0.6, 0.8)),
            ((0, -0.6, -0.8), (0, 0.6, 0.8)),
            ((-1, 0, 0), (1, 0, 0)),
        ):
            np.testing.assert_allclose(
                shortest_turn(np.array([[w, *q]]))[0], np.pi * np.array(turn), atol=1e-12
            )


def test_quaternions_multiply_as_their_matrices_do():
    rng = np.random.default_rng(1)
    a, b = (q / np.linalg.norm(q, axis=-1, keepdims=True) for q in rng.standard_normal((2, 4, 3, 4)))
    product = matrix_from_quaternion(quaternion_multiply(a, b))
    np.testing.assert_allclose(product, matrix_from_quaternion(a) @ matrix_from_quaternion(b), atol=1e-14)
    inverse = matrix_from_quaternion(quaternion_conjugate(a))
    np.testing.assert_allclose(inverse, np.swapaxes(matrix_from_quaternion(a), -1, -2), atol=1e-14)
    np.testing.assert_allclose(
        np.abs((quaternion_wxyz(matrix_from_quaternion(a)) * a).sum(-1)), 1, atol=1e-14
    )


def test_a_constant_is_exactly_constant_and_a_curve_meets_its_slopes():
    u = np.linspace(0, 1, 11)
    zero = np.zeros(11)
    assert (hermite(u, zero + 0.1, zero + 0.1, zero, zero) == 0.1).all()
    curve = hermite(np.array([0.0, 1e-6, 1 - 1e-6, 1.0]), *(np.full(4, v) for v in (2, 5, 0.7, -0.4)))
    np.testing.assert_allclose([curve[0], curve[3]], [2, 5])
    np.testing.assert_allclose(
        [(curve[1] - curve[0]) / 1e-6, (curve[3] - curve[2]) / 1e-6], [0.7, -0.4], atol=1e-4
    )


def test_the_lens_becomes_pixels_of_the_picture():
    path = KeyframePath(
        (Key(0, (0, 0, 0), (1, 0, 0, 0), hfov_deg=90),), 3, fps=24, width=100, height=60, scale="relative"
    )
    trajectory = path.trajectory()
    np.testing.assert_allclose(trajectory.K[2], [[50, 0, 50], [0, 50, 30], [0, 0, 1]])
    assert (trajectory.num_frames, trajectory.fps, trajectory.scale) == (3, 24, "relative")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"keys": ()}, "1 to 1000 keys, got 0"),
        ({"frames": 5}, 'key 1: "frame" must be a whole number within 0 and 4, got 9'),
        ({"fps": float("nan")}, '"fps" must be a number'),
        ({"aim": "sun"}, '"aim" must be one of free, subject'),
        ({"subject": (0, 0, np.inf)}, 'every value of "subject"'),
    ],
)
def test_paths_that_are_none_are_refused(change, says):
    path = KeyframePath((Key(0, (0, 0, 0), (1, 0, 0, 0)), Key(9, (0, 0, 0), (1, 0, 0, 0))))
    with pytest.raises(RaxelError, match=says.replace("(", r"\(")):
        replace(path, **change)


def test_numbers_of_numpy_are_numbers():
    key = Key(np.int64(3), tuple(np.zeros(3)), tuple(np.array([1.0, 0, 0, 0])), np.float32(60))  # pyright: ignore
    assert (key.frame, key.hfov_deg) == (3, 60)


CORNER = [(0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.5, 0.0, 0.5)]


def path_of(positions, interpolation, turn=None):
    turn = np.eye(3) if turn is None else turn
    keys = tuple(
        Key(
            20 * i,
            tuple(turn @ position),
            tuple(quaternion_wxyz(turn @ axis_rotation(1, 40.0 * i))),
            interpolation=interpolation,
        )
        for i, position in enumerate(positions)
    )
    return KeyframePath(keys, frames=20 * len(positions) - 19).trajectory().c2w


@pytest.mark.parametrize("seed", range(3))
def test_a_round_path_that_is_turned_is_the_same_path_turned(seed):
    rng = np.random.default_rng(seed)
    turn = rotation_exp(rng.normal(size=3))
    positions = rng.normal(size=(6, 3))
    straight = path_of(positions, "round")
    np.testing.assert_allclose(
        path_of(positions, "round", turn)[:, :3, 3], straight[:, :3, 3] @ turn.T, atol=1e-9
    )
    np.testing.assert_allclose(
        path_of(positions, "round", turn)[:, :3, :3], turn @ straight[:, :3, :3], atol=1e-9
    )


def test_a_round_corner_is_taken_at_speed_and_a_smooth_one_is_not():
    speed = {
        way: np.linalg.norm(np.diff(path_of(CORNER, way)[:, :3, 3], axis=0), axis=1)
        for way in ("smooth", "round")
    }
    assert speed["round"].min() > 0.5 * speed["round"].mean()
    assert speed["smooth"].min() < 0.1 * speed["smooth"].mean()


def test_round_ways_along_a_line_do_not_overshoot_and_stand_where_they_turn_back():
    rng = np.random.default_rng(5)
    along = np.concatenate([rng.uniform(-1, 1, 8), [2.0, 2.0, 3.0]])
    x = path_of([(a, 2 * a, -a) for a in along], "round")[:, 0, 3]
    for i, (a, b) in enumerate(pairwise(along)):
        way = x[20 * i : 20 * i + 21]
        assert min(a, b) - 1e-12 <= way.min() and way.max() <= max(a, b) + 1e-12


def test_a_circle_through_eight_round_keys_is_a_circle_to_a_hundredth():
    angle = np.linspace(0, 2 * np.pi, 9)
    c2w = path_of(np.stack([np.cos(angle), 0 * angle, np.sin(angle)], axis=1), "round")
    inner = np.linalg.norm(
        c2w[20:-20, :3, 3], axis=1
    )  # but for the ways at both ends, which know one neighbour
    assert np.abs(inner - 1).max() < 0.01


def test_round_speed_has_no_jump_where_both_ways_are_round_and_smooth_ones_keep_their_law():
    rng = np.random.default_rng(8)
    positions = rng.normal(size=(7, 3))
    x = (
        KeyframePath(
            tuple(
                Key(500 * i, tuple(p), (1, 0, 0, 0), interpolation="round" if i < 3 else "smooth")
                for i, p in enumerate(positions)
            ),
            frames=3001,
        )
        .trajectory()
        .c2w[:, :3, 3]
    )
    velocity = np.diff(x, axis=0)
    at_keys = velocity[500 * np.arange(1, 6)] - velocity[500 * np.arange(1, 6) - 1]
    assert np.abs(at_keys).max() < 0.02 * np.abs(velocity).max()
    for i in range(3, 6):
        way, ends = x[500 * i : 500 * i + 501], positions[i : i + 2]
        assert (way >= ends.min(axis=0) - 1e-9).all() and (way <= ends.max(axis=0) + 1e-9).all()
