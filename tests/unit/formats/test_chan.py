"""Nuke's .chan: angles against scipy, what a camera sees, frames and lenses that are missing."""

import warnings

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from raxel_core.errors import LensMissing, RaxelError
from raxel_core.formats import Ask
from raxel_core.formats.chan import angles_zxy_deg, rotation_zxy
from tests.unit.formats.camera_files import reading


def test_chan_angles_are_scipys_in_nukes_order():
    R = Rotation.random(200, rng=1).as_matrix()
    angles = angles_zxy_deg(R)
    yxz = Rotation.from_euler("YXZ", angles[:, [1, 0, 2]], degrees=True)
    np.testing.assert_allclose(yxz.as_matrix(), R, atol=1e-12)
    np.testing.assert_allclose(rotation_zxy(angles), R, atol=1e-12)


@pytest.mark.parametrize("off", [0.0, 1e-14, 1e-9, 1e-6])
def test_chan_angles_hold_for_a_camera_that_looks_straight_up_or_down(off):
    for x in (90 - off, off - 90):
        R = rotation_zxy([[x, 30.0, 50.0], [x, -70.0, 10.0]])
        np.testing.assert_allclose(rotation_zxy(angles_zxy_deg(R)), R, atol=1e-12)


def test_chan_angles_do_not_jump_on_the_way_over_the_top_or_around():
    over = np.stack([np.linspace(0, 720, 100), np.zeros(100), np.zeros(100)], axis=1)
    around = np.stack([np.full(100, 20.0), np.linspace(0, 720, 100), np.full(100, -170.0)], axis=1)
    for wanted in (over, around):
        angles = angles_zxy_deg(rotation_zxy(wanted))
        assert np.abs(np.diff(angles, axis=0)).max() < 8
        np.testing.assert_allclose(rotation_zxy(angles), rotation_zxy(wanted), atol=1e-12)


def test_a_chan_camera_sees_what_nukes_would(tmp_path):
    """Nuke's world has y up and its cameras look down their own -z: turned by rx = 10 one looks up, by ry = 10 to the left."""
    found = reading(tmp_path, "1 0 2 5 10 0 0 40\n2 0 2 5 0 10 0 40\n", ask=Ask(size=(640, 480)))
    cameras = found.trajectory
    assert found.format.name == "chan" and cameras.fps == 24
    up, left = cameras.c2w[:, :3, 2]
    assert up[1] == pytest.approx(-np.sin(np.radians(10))), "y is down with us"
    assert left[0] == pytest.approx(-np.sin(np.radians(10)))
    np.testing.assert_allclose(cameras.c2w[:, :3, 3], [[0, -2, -5]] * 2)
    np.testing.assert_allclose(cameras.vfov_deg, 40)
    assert cameras.K[0, 0, 0] == cameras.K[0, 1, 1]


def test_a_chan_without_lenses_asks_for_one_and_frames_that_are_missing_are_told(tmp_path):
    text = "# frame\n1 0 0 0 0 0 0\n2 0 0 1 0 0 0\n10 0 0 2 0 0 0\n"
    with pytest.raises(LensMissing, match="say its horizontal angle of view"):
        reading(tmp_path, text, "a.chan", Ask())
    found = reading(tmp_path, text, "a.chan")
    assert found.trajectory.hfov_deg[0] == pytest.approx(60) and found.trajectory.num_frames == 3
    assert "the cameras are 1 to 8 frames apart" in " ".join(found.notes)
    with pytest.raises(RaxelError, match=r"line 2 has 7 columns, a \.chan camera has 8"):
        reading(tmp_path, "1 0 0 0 0 0 0 40\n2 0 0 0 0 0 0\n", "a.chan")
    with pytest.raises(RaxelError, match=r"line 1: .* within 1e-05 and 179.999 degrees, got -5"):
        reading(tmp_path, "1 0 0 0 0 0 0 -5\n", "a.chan")


@pytest.mark.parametrize("vfov", ["1e-320", "0", "180", "179.99999"])
def test_an_angle_of_view_that_no_lens_has_is_told_by_its_line_and_without_a_warning(tmp_path, vfov):
    text = f"# frame\n2 0 0 0 0 0 0 40\n1 0 0 0 0 0 0 {vfov}\n"
    with (
        warnings.catch_warnings(),
        pytest.raises(RaxelError, match="line 3: the vertical angle of view must be"),
    ):
        warnings.simplefilter("error")
        reading(tmp_path, text, "a.chan")
