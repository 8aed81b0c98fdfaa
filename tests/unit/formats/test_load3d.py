"""LOAD3D_CAMERA, checked against points projected by three.js's own convention."""

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats.load3d import read_load3d
from raxel_core.geometry.trajectory import invert_rigid

OLD = {
    "position": {"x": 3, "y": 2, "z": 4},
    "target": {"x": 0.5, "y": 1, "z": -1},
    "zoom": 1,
    "cameraType": "perspective",
}
LOOK_LEFT = {
    **OLD,
    "quaternion": {"x": 0, "y": np.sqrt(0.5), "z": 0, "w": np.sqrt(0.5)},
    "fov": 40.0,
    "zoom": 1.0,
}


def project(trajectory, point):
    """Pixel of a point of the viewer's world (y up, z towards the viewer)."""
    x, y, z = (invert_rigid(trajectory.c2w)[0] @ [point[0], -point[1], -point[2], 1])[:3]
    K = trajectory.K[0]
    assert z > 0, "the point is behind the camera"
    return K[0, 0] * x / z + K[0, 2], K[1, 1] * y / z + K[1, 2]


def test_the_old_shape_looks_at_its_target_with_the_world_upright():
    shot = read_load3d(OLD, width=640, height=480)
    assert project(shot, (0.5, 1, -1)) == pytest.approx((320, 240))
    assert project(shot, (0.5, 1.5, -1))[1] < 240, "higher in the world is higher in the picture"
    assert np.linalg.det(shot.c2w[0, :3, :3]) == pytest.approx(1)


def test_the_quaternion_decides_where_there_is_one():
    shot = read_load3d(LOOK_LEFT, width=640, height=480)  # turned by 90 degrees about y: looks down -x
    assert project(shot, (3 - 7, 2, 4)) == pytest.approx((320, 240))
    assert project(shot, (3 - 7, 2 + 1, 4))[1] < 240
    assert project(shot, (3 - 7, 2, 4 - 1))[0] > 320, "-z is to the right of a camera that looks down -x"


def test_fov_is_vertical_and_zoom_divides_its_tangent():
    plain = read_load3d(LOOK_LEFT, width=640, height=480)
    assert plain.vfov_deg[0] == pytest.approx(40)
    zoomed = read_load3d({**LOOK_LEFT, "zoom": 2.0}, width=640, height=480)
    assert np.tan(np.radians(zoomed.vfov_deg[0] / 2)) == pytest.approx(np.tan(np.radians(20)) / 2)
    assert plain.K[0, 0, 0] == plain.K[0, 1, 1]


def test_quaternion_and_look_at_agree_for_a_level_camera():
    without = {name: value for name, value in LOOK_LEFT.items() if name != "quaternion"}
    looked_at = read_load3d({**without, "target": {"x": -9, "y": 2, "z": 4}})
    assert looked_at.c2w[0] == pytest.approx(read_load3d(LOOK_LEFT).c2w[0], abs=1e-12)


def test_one_camera_stands_still_for_the_whole_shot():
    shot = read_load3d(OLD, frames=21)
    assert shot.num_frames == 21
    assert np.ptp(shot.c2w, axis=0).max() == 0


@pytest.mark.parametrize("height", [5.0, -5.0])
def test_a_camera_straight_above_or_below_its_target_still_has_an_upright(height):
    camera = {**OLD, "position": {"x": 0, "y": height, "z": 0}, "target": {"x": 0, "y": 0, "z": 0}}
    shot = read_load3d(camera, width=640, height=480)
    assert project(shot, (0, 0, 0)) == pytest.approx((320, 240))


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        (None, "LOAD3D_CAMERA"),
        ({}, "position"),
        ({**OLD, "position": {"x": 1, "y": 2}}, "position"),
        ({**OLD, "position": {"x": 1, "y": 2, "z": float("nan")}}, "finite"),
        ({**OLD, "target": OLD["position"]}, "own target"),
        ({**OLD, "cameraType": "orthographic"}, "orthographic"),
        ({**OLD, "fov": 0}, "fov"),
        ({**OLD, "zoom": "big"}, "zoom"),
        ({**OLD, "quaternion": dict.fromkeys("xyzw", 0.0)}, "quaternion"),
    ],
)
def test_what_is_no_camera_is_refused_with_its_reason(camera, words):
    with pytest.raises(RaxelError, match=words):
        read_load3d(camera)
