"""Camera models against COLMAP's own and OpenCV's; how much of a bend is let pass."""

from pathlib import Path

import cv2
import numpy as np
import pycolmap
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats.lenses import MODELS, bending, brown, check_bending, fisheye, to_first_size
from raxel_core.formats.source import Source
from raxel_core.geometry.trajectory import Trajectory

SIZE = (640, 480)


def camera_of(name, seed):
    """COLMAP's camera with distortion that is small and not zero, and the same as K and parameters."""
    rng = np.random.default_rng(seed)
    lens = MODELS[name]
    focals = [600.0] if lens.focals == 1 else [600.0, 580.0]
    values = rng.uniform(0.01, 0.08, len(lens.parameters))
    if name == "FOV":
        values = np.array([0.6])
    if name == "EUCM":
        values = np.array([0.6, 1.1])
    params = [*focals, 311.0, 247.0, *values]
    camera = pycolmap.Camera(model=name, width=SIZE[0], height=SIZE[1], params=params)
    K = np.array([[focals[0], 0, 311], [0, focals[-1], 247], [0, 0, 1.0]])
    return camera, K, values


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_camera_model_shows_points_where_colmap_shows_them(name, seed):
    camera, K, values = camera_of(name, seed)
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, 7), np.linspace(-0.4, 0.4, 7))
    bent_x, bent_y = MODELS[name].distort(x, y, values)
    points = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3)
    truth = np.array(camera.img_from_cam(points))
    ours = np.stack([bent_x * K[0, 0] + 311, bent_y * K[1, 1] + 247], axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(ours, truth, atol=1e-8)


def test_numbers_and_parameters_are_colmaps_own():
    for name, lens in MODELS.items():
        number = getattr(pycolmap.CameraModelId, name)
        camera = pycolmap.Camera.create_from_model_id(1, number, 50.0, 100, 80)
        assert (int(number), len(camera.params)) == (lens.number, lens.count)
        assert len(camera.focal_length_idxs()) == lens.focals
    known = {name for name in pycolmap.CameraModelId.__members__ if name != "INVALID"}
    assert known - set(MODELS) == {"EQUIRECTANGULAR"}


def test_brown_and_fisheye_are_opencvs():
    points = np.random.default_rng(0).uniform(-0.6, 0.6, (50, 2))
    x, y = points.T
    homogeneous = np.concatenate([points, np.ones((50, 1))], axis=1)
    zero = np.zeros(3)
    truth, _ = cv2.projectPoints(
        homogeneous, zero, zero, np.eye(3), np.array([0.1, -0.05, 0.02, -0.03, 0.04])
    )
    ours = np.stack(brown(x, y, (0.1, -0.05, 0.04), 0.02, -0.03), axis=-1)
    np.testing.assert_allclose(ours, truth[:, 0], atol=1e-12)
    k = np.array([0.1, -0.05, 0.02, 0.01])
    truth = cv2.fisheye.distortPoints(points[:, None], np.eye(3), k)
    np.testing.assert_allclose(np.stack(fisheye(x, y, k), axis=-1), truth[:, 0], atol=1e-12)


def bent_by(name, parameters, K):
    """Of one lens."""
    return bending(MODELS[name].distort, np.array([parameters]), K[None], np.array([SIZE]))[0]


def test_bending_is_the_largest_way_of_a_point_in_shares_of_the_width():
    K = np.array([[640.0, 0, 320], [0, 640, 240], [0, 0, 1]])
    r = np.hypot(0.5, 0.375)  # the corner
    expected = 0.1 * r**3
    assert bent_by("SIMPLE_RADIAL", [0.1], K) == pytest.approx(expected)
    assert bent_by("PINHOLE", [], K) == 0
    # Where the border turns back to where it came from, the bend is widest in between.
    assert bent_by("RADIAL", [0.1, -0.1 / r**2], K) > 0.0044


@pytest.mark.parametrize("name", MODELS)
def test_thousands_of_lenses_bend_as_they_do_one_by_one(name):
    K, values = camera_of(name, 0)[1:]
    factors = np.linspace(0, 1, 2500)[:, None]
    Ks = np.tile(K, (2500, 1, 1))
    Ks[:, 0, 0] += np.arange(2500)
    whole = bending(MODELS[name].distort, factors * values, Ks, np.tile(SIZE, (2500, 1)))
    for index in (0, 1, 1999, 2000, 2499):
        assert whole[index] == pytest.approx(bent_by(name, factors[index] * values, Ks[index]), abs=1e-12)


@pytest.mark.parametrize("value", [1e300, -1e300, 2.0])
def test_a_lens_that_shows_nothing_bends_without_end(value):
    K = np.array([[640.0, 0, 320], [0, 640, 240], [0, 0, 1]])
    bent = bent_by("DIVISION", [value], K)
    with pytest.raises(RaxelError, match="undistort it first"):
        check_bending(Source(Path("x")), bent)


def test_a_little_bending_is_told_and_hardly_any_is_not():
    source = Source(Path("x"))
    check_bending(source, 0.001)
    assert source.notes == []
    check_bending(source, 0.0123)
    assert source.notes == [
        "the lens bends the picture by up to 1.2% of its width; "
        "the path's lens is the plain one of the undistorted pictures"
    ]
    with pytest.raises(RaxelError, match="by 24% of its width, more than 15%"):
        check_bending(source, 0.24)


def test_lenses_of_a_smaller_picture_see_the_same_and_another_shape_is_refused():
    source = Source(Path("x"))
    K = np.stack([np.diag([500.0, 500, 1]), np.diag([250.0, 251, 1])])
    K[0, :2, 2], K[1, :2, 2] = (320, 240), (160, 120)
    same = to_first_size(source, K, [(640, 480), (320, 240)])
    np.testing.assert_allclose(same[1], [[500, 0, 320], [0, 502, 240], [0, 0, 1]])
    assert "several sizes" in source.notes[0]
    with pytest.raises(RaxelError, match="640x480 and 480x640 pixels have two shapes"):
        to_first_size(source, K, [(640, 480), (480, 640)])


def test_a_picture_of_nearly_the_same_shape_is_cut_and_still_shows_points_where_it_did():
    """As `Trajectory.fitted` does: scaled to cover, cut about the centre."""
    source = Source(Path("x"))
    K = np.tile(np.array([[900.0, 0, 350], [0, 880, 130], [0, 0, 1]]), (2, 1, 1))
    got = to_first_size(source, K, [(715, 241), (726, 242)])[1]
    own = Trajectory(np.eye(4)[None], K[1:], 726, 242)
    np.testing.assert_allclose(got, own.fitted(715, 241).K[0])
    assert "cut about their centre" in source.notes[0]
