"""LOAD3D_CAMERA, checked against points projected by three.js's own convention."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.formats.load3d import lens_losses, path_through, read_load3d, write_load3d
from raxel_core.geometry.presets import preset_trajectory
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


def test_the_world_is_turned_so_that_upright_stays_upright():
    level = read_load3d({**OLD, "target": {"x": 0, "y": 2, "z": 4}})
    assert level.c2w[0, :3, 1] == pytest.approx([0, 1, 0]), "the camera's down is the world's down"
    assert level.c2w[0, 1, 3] == -2, "up is -y inside"


PATH = preset_trajectory("handheld", frames=9, width=640, height=480, amount=40, seed=5)


@pytest.mark.parametrize("frame", [0, 4, -1])
def test_a_camera_written_for_the_viewer_is_read_back(frame):
    camera = write_load3d(PATH, frame, 2.5)
    read = read_load3d(camera, 1, 640, 480)
    assert read.c2w[0] == pytest.approx(PATH.c2w[frame], abs=1e-12)
    assert read.K[0] == pytest.approx(PATH.K[frame])
    json.dumps(camera)


def test_the_target_lies_before_the_camera_and_old_hosts_aim_at_it():
    camera = write_load3d(PATH, 5, 2.5)
    position, target = (np.array([camera[name][c] for c in "xyz"]) for name in ("position", "target"))
    assert np.linalg.norm(target - position) == pytest.approx(2.5)
    old = {name: camera[name] for name in ("position", "target", "zoom", "cameraType")}
    assert read_load3d(old).c2w[0, :3, 2] == pytest.approx(PATH.c2w[5, :3, 2])


def test_three_s_own_quaternion_is_that_of_the_written_camera():
    """scipy's Rotation turns the camera's own axes into the viewer's world: -z is the view, +y its upper edge."""
    camera = write_load3d(PATH, 7)
    turn = Rotation.from_quat([camera["quaternion"][c] for c in "xyzw"])
    turned = np.diag([1, -1, -1]) @ PATH.c2w[7, :3, :3]
    assert turn.apply([0, 0, -1]) == pytest.approx(turned[:, 2])
    assert turn.apply([0, 1, 0]) == pytest.approx(-turned[:, 1])


def test_cameras_become_keyframes_spread_evenly():
    cameras = [write_load3d(PATH, frame) for frame in (0, 4, 8)]
    path = path_through(cameras, frames=21, width=640, height=480, fps=8)
    assert (path.num_frames, path.fps, path.scale) == (21, 8, "relative")
    assert path.c2w[[0, 10, 20]] == pytest.approx(PATH.c2w[[0, 4, 8]], abs=1e-9)
    held = path_through(cameras, (0, 5, 6), 21, 640, 480)
    assert held.c2w[[0, 5, 6, 20]] == pytest.approx(PATH.c2w[[0, 4, 8, 8]], abs=1e-9)


def test_one_camera_as_a_path_stands_still():
    path = path_through([OLD], frames=5)
    assert path.c2w == pytest.approx(read_load3d(OLD, 5).c2w)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: write_load3d(PATH, 9), "frame 9 is outside the path's 9 frames; choose one of 0 to 8"),
        (lambda: write_load3d(PATH, -10), "frame -10"),
        (lambda: write_load3d(PATH, 0, 0), "subject_distance"),
        (lambda: path_through([OLD, {}]), "camera 2: the camera has no position"),
        (lambda: path_through([OLD, OLD, OLD], frames=2), "3 cameras need as many frames or more, got 2"),
        (lambda: path_through([OLD, OLD], (0,)), "2 cameras are connected, but key_frames names 1 frames"),
        (lambda: path_through([OLD, OLD], (5, 3)), "must come after"),
        (lambda: path_through([OLD, OLD], (0, 90)), "frame"),
        (lambda: read_load3d({**OLD, "position": {"x": 1e200, "y": 0, "z": 0}}), "farther than"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call, words):
    with pytest.raises(RaxelError, match=words):
        call()


def test_what_the_viewer_has_no_place_for_is_told():
    assert lens_losses(PATH, 0) == []
    off = PATH.cropped(10, 0, 600, 480).resized(500, 480)
    assert lens_losses(off, 0) == ["a lens that is off centre", "pixels that are not square"]
