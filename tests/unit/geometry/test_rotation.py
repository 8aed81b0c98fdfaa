"""Rotations against scipy and roma, at the angles where formulas break."""

import numpy as np
import pytest
import roma
import torch
from scipy.spatial.transform import Rotation, Slerp

from raxel_core.geometry.rotation import (
    axis_rotation,
    hat,
    look_at,
    nearest_rotation,
    quaternion_wxyz,
    rotation_angle_deg,
    rotation_exp,
    rotation_log,
    slerp,
)

SHAPES = [(), (1,), (3, 1, 2)]
ANGLES = [0.0, 1e-9, 1e-4, 1.0, np.pi - 1e-7, np.pi]


def axes(shape, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((*shape, 3))
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("angle", ANGLES)
def test_exponential_is_scipys_and_logarithm_undoes_it(shape, angle):
    rotvec = axes(shape) * angle
    R = rotation_exp(rotvec)
    assert R.shape == (*shape, 3, 3)
    np.testing.assert_allclose(
        R.reshape(-1, 3, 3), Rotation.from_rotvec(rotvec.reshape(-1, 3)).as_matrix(), atol=1e-14
    )
    np.testing.assert_allclose(rotation_exp(rotation_log(R)), R, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(rotation_log(R), axis=-1), angle, atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("axis", range(3))
def test_half_turns_about_the_coordinate_axes_have_a_logarithm(axis):
    R = np.diag(np.where(np.arange(3) == axis, 1.0, -1.0))
    np.testing.assert_allclose(np.abs(rotation_log(R)), np.pi * np.eye(3)[axis], atol=1e-14)


def test_quaternions_are_scalar_first_and_romas_up_to_sign():
    R = Rotation.random(50, random_state=1).as_matrix()
    xyzw = roma.rotmat_to_unitquat(torch.from_numpy(R)).numpy()
    wxyz = np.roll(xyzw, 1, axis=-1)
    np.testing.assert_allclose(quaternion_wxyz(R), wxyz * np.sign(wxyz[:, :1]), atol=1e-12)


def test_hat_is_the_cross_product():
    a, b = np.random.default_rng(2).standard_normal((2, 7, 3))
    np.testing.assert_allclose(np.einsum("nij,nj->ni", hat(a), b), np.cross(a, b), atol=1e-14)


def test_slerp_is_scipys():
    ends = Rotation.random(2, random_state=3)
    t = np.linspace(0, 1, 9)
    R = slerp(np.tile(ends[0].as_matrix(), (9, 1, 1)), ends[1].as_matrix(), t)
    np.testing.assert_allclose(R, Slerp([0, 1], ends)(t).as_matrix(), atol=1e-12)


@pytest.mark.parametrize("angle_deg", [0.0, 1e-7, 30.0, 179.99999, 180.0])
def test_angle_between_rotations_is_exact_near_both_ends(angle_deg):
    R = Rotation.random(random_state=4).as_matrix()
    assert rotation_angle_deg(R, R @ axis_rotation(1, angle_deg)) == pytest.approx(
        angle_deg, abs=1e-12, rel=1e-9
    )


def test_nearest_rotation_is_romas_special_procrustes_and_never_a_reflection():
    M = np.random.default_rng(5).standard_normal((40, 3, 3))
    np.testing.assert_allclose(
        nearest_rotation(M), roma.special_procrustes(torch.from_numpy(M)).numpy(), atol=1e-10
    )
    np.testing.assert_allclose(np.linalg.det(nearest_rotation(-np.eye(3))), 1)


def test_look_at_puts_the_target_on_the_optical_axis_and_keeps_the_horizon_level():
    position, target = np.array([1.0, -2.0, 3.0]), np.array([-4.0, 0.5, 9.0])
    c2w = look_at(position, target)
    seen = np.linalg.inv(c2w) @ [*target, 1]
    np.testing.assert_allclose(seen[:3], [0, 0, np.linalg.norm(target - position)], atol=1e-12)
    np.testing.assert_allclose(c2w[1, 0], 0, atol=1e-15)  # the camera's x axis lies in the world's x-z plane
    assert np.linalg.det(c2w[:3, :3]) == pytest.approx(1)
