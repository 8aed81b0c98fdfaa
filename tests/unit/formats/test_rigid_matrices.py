"""Matrices that are no rotation: named in every format that has matrices, and mended where they are only rounded."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.formats import read_file, write_trajectory
from raxel_core.geometry.trajectory import Trajectory
from tests.unit.formats.camera_files import LENS, path, reading

WITH_MATRICES = [
    "json", "realestate10k", "cameractrl", "motionctrl", "tanks", "nerfstudio", "camera_path",
]  # fmt: skip
"""The others hold quaternions or angles, which are always rotations, or a tree of nodes whose scales are usual."""


def forged(change):
    """A path of which camera 2 is what no Trajectory lets through."""
    truth = path()
    c2w = np.array(truth.c2w)
    c2w[2, :3, :3] = c2w[2, :3, :3] @ change
    fake = object.__new__(Trajectory)
    for name in ("K", "width", "height", "fps", "scale", "confidence"):
        object.__setattr__(fake, name, getattr(truth, name))
    object.__setattr__(fake, "c2w", c2w)
    return fake


@pytest.mark.parametrize("name", WITH_MATRICES)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (np.diag([1.0, 1.0, -1.0]), r"camera 2 of 11 is mirrored \(a reflection"),
        (2 * np.eye(3), "camera 2 of 11 is not a rotation but scaled: its axes have lengths 2 2 2, not 1"),
        (np.array([[1, 0.2, 0], [0, 1, 0], [0, 0, 1]]), "camera 2 of 11 is not a rotation but skewed"),
    ],
    ids=["reflection", "scale", "skew"],
)
def test_reflections_scales_and_skews_are_named(tmp_path, name, change, sentence):
    file = write_trajectory(tmp_path / "spoilt", forged(change), name)
    with pytest.raises(RaxelError, match=sentence) as caught:
        read_file(file, LENS, name)
    assert str(caught.value).startswith("spoilt: ") and len(str(caught.value)) < 250


@pytest.mark.parametrize("name", WITH_MATRICES)
def test_rounding_is_mended(tmp_path, name):
    almost = np.eye(3) + 1e-4 * np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0]])
    found = read_file(write_trajectory(tmp_path / "rounded", forged(almost), name), LENS).trajectory
    R = found.c2w[:, :3, :3]
    np.testing.assert_allclose(R @ R.transpose(0, 2, 1), np.tile(np.eye(3), (11, 1, 1)), atol=1e-14)
    np.testing.assert_allclose(R, path().c2w[:, :3, :3], atol=2e-4)


def test_rotations_of_four_digits_become_the_nearest_before_they_are_inverted(tmp_path):
    turned = Rotation.from_euler("xyz", [10, 20, 30], degrees=True).as_matrix()
    w2c = np.concatenate([np.round(turned, 4), [[1], [2], [3]]], axis=1)
    found = reading(tmp_path, json.dumps([w2c.ravel().tolist()])).trajectory
    np.testing.assert_allclose(found.c2w[0, :3, :3], turned.T, atol=1e-4)
    np.testing.assert_allclose(found.w2c[0, :3, 3], [1, 2, 3], atol=1e-12)


def test_an_axis_of_no_length_is_told(tmp_path):
    rows = [[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], [0.0] * 12]
    with pytest.raises(RaxelError, match="camera 1 of 2 is not a rotation: its axes have lengths 0 0 0"):
        reading(tmp_path, json.dumps(rows))
