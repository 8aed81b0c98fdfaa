"""CAMERACTRL_POSES against what their takers do with a row: cover, crop, tell from the first camera."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raxel_core.errors import RaxelError
from raxel_core.formats.bridges.camera_ctrl import rows_of, text_of, trajectory_of_rows, trajectory_of_text
from raxel_core.geometry.presets import preset_trajectory

SIZES = [(832, 480), (480, 832), (1280, 720), (512, 512), (1024, 256)]


def lens_seen(row, width, height, pose):
    """fx, fy, cx, cy in pixels as CameraCtrl's inference computes them (process_pose_params of its repository)."""
    fx, fy, cx, cy = row[1:5]
    if pose[0] / pose[1] > width / height:
        fx = height * pose[0] / pose[1] * fx / width
    else:
        fy = width / (pose[0] / pose[1]) * fy / height
    return [fx * width, fy * height, cx * width, cy * height]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_taker_sees_the_lens_of_the_path(width, height):
    path = preset_trajectory("lens_zoom_in", frames=5, width=width + 40, height=height).cropped(
        30, 0, width, height
    )
    for row, K in zip(rows_of(path), path.K, strict=True):
        assert row[5:7] == [1280, 720]
        for pose in (row[5:7], (1280, 720)):  # AnimateDiff-Evolved reads the row, others take 1280x720
            wanted = [K[0, 0], K[1, 1], K[0, 2], K[1, 2]]
            np.testing.assert_allclose(lens_seen(row, width, height, pose), wanted)


def test_matrices_are_world_to_camera_told_from_the_first():
    path = preset_trajectory("arc_left", frames=5)
    rows = rows_of(preset_trajectory("truck_right", frames=3).then(path).at([2, 3, 4, 5, 6]))
    assert rows[0][7:] == np.eye(4)[:3].ravel().tolist()
    first = np.vstack([np.reshape(rows[0][7:], (3, 4)), [0, 0, 0, 1]])
    for row, c2w in zip(rows, path.c2w, strict=True):
        w2c = np.vstack([np.reshape(row[7:], (3, 4)), [0, 0, 0, 1]])
        np.testing.assert_allclose(first @ np.linalg.inv(w2c), c2w, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(size=st.sampled_from(SIZES), hfov_deg=st.floats(5, 150), seed=st.integers(0, 99), text=st.booleans())
def test_rows_and_text_give_back_the_path(size, hfov_deg, seed, text):
    path = preset_trajectory("handheld", 5, *size, fps=24, hfov_deg=hfov_deg, seed=seed)
    rows = rows_of(path)
    read = (
        trajectory_of_text(text_of(rows), *size, 24) if text else trajectory_of_rows(rows, *size, 24)
    ).canonical(0)
    np.testing.assert_allclose(read.c2w, path.c2w, atol=1e-9)
    np.testing.assert_allclose(read.K, path.K, rtol=1e-9)
    assert (read.width, read.height, read.fps) == (*size, 24)


def test_without_a_size_poses_keep_their_own():
    row = [0, 0.5, 0.8, 0.5, 0.5, 640, 360, *np.eye(4)[:3].ravel()]
    assert (trajectory_of_rows([row]).width, trajectory_of_rows([row]).height) == (640, 360)
    raw = [0.0, 0.5, 0.8, 0.5, 0.5, 0, 0, *np.eye(4)[:3].ravel()]
    read = trajectory_of_rows(np.array([raw]))
    assert (read.width, read.height) == (1280, 720)
    np.testing.assert_allclose([read.K[0, 0, 0], read.K[0, 1, 1]], [640, 576])


def test_the_text_has_the_rows_of_the_other_packs():
    rows = json.loads(text_of(rows_of(preset_trajectory("static", frames=2))))
    assert [len(row) for row in rows] == [18, 18]
    assert rows[0][4:] == [0, 0, *np.eye(4)[:3].ravel()]


ROW = [0.0, 0.5, 0.8, 0.5, 0.5, 1280, 720, *np.eye(4)[:3].ravel()]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (None, "got NoneType"),
        ([], "list of rows"),
        ("rows", "got str"),
        ([ROW, ROW[:18]], "19 numbers .*, got 18, 19"),
        ([[0] * 23], "got 23"),
        ([3], "got 0"),
        ([[*ROW[:18], "x"]], "not a number"),
        ([[*ROW[:18], float("nan")]], "finite"),
        ([[0, 0, *ROW[2:]]], "focal lengths must be positive"),
        ([[*ROW[:7], *(2 * np.eye(4)[:3]).ravel()]], "scaled"),
        ([[*ROW[:7], *np.diag([1, 1, -1, 1])[:3].ravel()]], "mirrored"),
        ([[*ROW[:5], 1e9, 1e9, *ROW[7:]]], "pictures of 1e\\+09x1e\\+09 pixels, which there are not"),
    ],
)
def test_what_are_no_poses_is_refused_in_a_sentence(rows, words):
    with pytest.raises(RaxelError, match=words):
        trajectory_of_rows(rows)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', "[[1, 2]]", "null", "[" * 10000])
def test_what_is_no_text_of_poses_is_refused(text):
    with pytest.raises(RaxelError):
        trajectory_of_text(text)


def test_a_skewed_lens_has_no_place():
    path = preset_trajectory("static", frames=1)
    K = path.K.copy()
    K[:, 0, 1] = 3
    with pytest.raises(RaxelError, match="skewed lens"):
        rows_of(type(path)(path.c2w, K, path.width, path.height, 16, "metric"))
