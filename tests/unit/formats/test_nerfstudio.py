"""transforms.json and camera_path.json against nerfstudio's own rules, written out plainly here; and wrong files."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import read_file, write_trajectory
from raxel_core.formats.source import Ask, LensMissing
from raxel_core.geometry.presets import preset_trajectory

NAMES = {"nerfstudio": "transforms.json", "camera_path": "camera_path.json"}
SCREW = np.array([[0.0, 0, 1, 0.5], [1, 0, 0, -2], [0, 1, 0, 3], [0, 0, 0, 1]])
"""A camera-to-world with OpenGL axes that is no symmetry of anything."""


def path():
    arc = preset_trajectory("arc_left", 5, 832, 480, fps=24)
    return replace(preset_trajectory("dolly_zoom", 7, 832, 480, fps=24, start=arc), scale="relative")


def pixel(c2w_opengl, fx, fy, cx, cy, point):
    """Where nerfstudio shows a point: the camera looks along its -z with y up, pixels count down from the top left."""
    x, y, z = np.linalg.solve(np.array(c2w_opengl), [*point, 1.0])[:3]
    return cx + fx * x / -z, cy - fy * y / -z


def ours(trajectory, index, point):
    seen = trajectory.K[index] @ (np.linalg.inv(trajectory.c2w[index]) @ [*point, 1.0])[:3]
    return seen[:2] / seen[2]


@pytest.mark.parametrize("kind", NAMES)
def test_what_is_written_reads_back_under_its_whole_name(tmp_path, kind):
    trajectory = path()
    reading = read_file(write_trajectory(tmp_path / NAMES[kind], trajectory), Ask(fps=24))
    assert (reading.format.name, reading.notes) == (kind, ())
    np.testing.assert_allclose(reading.trajectory.c2w, trajectory.c2w, atol=1e-14)
    np.testing.assert_allclose(reading.trajectory.K, trajectory.K, rtol=1e-12)
    assert (reading.trajectory.width, reading.trajectory.height, reading.trajectory.fps) == (832, 480, 24)
    assert reading.format.losses(trajectory) == (
        ["the rate of 24 frames per second"] if kind == "nerfstudio" else []
    )


def test_every_lens_of_transforms_survives_and_camera_path_says_what_it_loses(tmp_path):
    K = path().K * np.array([1.0, 1.25, 1.0])[:, None]
    K[:, :2, 2] += [7.5, -3]
    trajectory = replace(path(), K=K)
    reading = read_file(write_trajectory(tmp_path / "transforms.json", trajectory))
    np.testing.assert_allclose(reading.trajectory.K, K, atol=1e-12)
    reading = read_file(write_trajectory(tmp_path / "camera_path.json", trajectory))
    assert {"a lens that is off centre", "pixels that are not square"} <= set(
        reading.format.losses(trajectory)
    )


@pytest.mark.parametrize("zoom", [False, True])
def test_written_transforms_show_points_where_nerfstudios_rules_do(tmp_path, zoom):
    trajectory = path() if zoom else replace(path(), K=np.tile(path().K[:1], (11, 1, 1)))
    document = json.loads(write_trajectory(tmp_path / "transforms.json", trajectory).read_text())
    assert ("fl_x" in document) is not zoom
    assert [frame["file_path"] for frame in document["frames"]][:2] == [
        "images/frame_00001.png",
        "images/frame_00002.png",
    ]
    for index, frame in enumerate(document["frames"]):
        lens = [{**document, **frame}[key] for key in ("fl_x", "fl_y", "cx", "cy")]
        point = [0.3, -0.2, 6.0]
        truth = pixel(frame["transform_matrix"], *lens, point)
        np.testing.assert_allclose(ours(trajectory, index, point), truth, atol=1e-9)


def test_written_camera_paths_show_points_where_nerfstudios_renderer_does(tmp_path):
    """Its rule: focal = height / 2 / tan(fov / 2) for both axes, the middle of the picture, rows of four."""
    trajectory = path()
    document = json.loads(write_trajectory(tmp_path / "camera_path.json", trajectory).read_text())
    height, width = document["render_height"], document["render_width"]
    assert len(document["camera_path"]) / document["seconds"] == pytest.approx(24)  # ns-render's rate
    for index, camera in enumerate(document["camera_path"]):
        focal = height / 2 / math.tan(math.radians(camera["fov"]) / 2)
        c2w = np.array(camera["camera_to_world"]).reshape(4, 4)
        point = [0.3, -0.2, 6.0]
        truth = pixel(c2w, focal, focal, width / 2, height / 2, point)
        np.testing.assert_allclose(ours(trajectory, index, point), truth, atol=1e-8)
        keyframe = document["keyframes"][index]  # what the viewer loads
        assert keyframe["matrix"] == camera["camera_to_world"] and keyframe["fov"] == camera["fov"]
        assert keyframe["aspect"] == pytest.approx(832 / 480) and not keyframe["override_transition_enabled"]


def frame(x=0.0, name=None, **more):
    c2w = SCREW.copy()
    c2w[0, 3] += x
    named = {} if name is None else {"file_path": name}
    return {"transform_matrix": c2w.tolist(), **named, **more}


LENS = {"fl_x": 500.0, "fl_y": 510.0, "cx": 322.0, "cy": 238.0, "w": 640, "h": 480}


def transforms(tmp_path, frames, name="transforms.json", **head):
    file = tmp_path / name
    file.write_text(json.dumps({**head, "frames": frames}))
    return file


def test_a_point_is_seen_where_the_files_own_numbers_put_it(tmp_path):
    trajectory = read_file(transforms(tmp_path, [frame()], **LENS)).trajectory
    truth = pixel(SCREW, 500.0, 510.0, 322.0, 238.0, [-4.0, -1.5, 3.2])
    np.testing.assert_allclose(ours(trajectory, 0, [-4.0, -1.5, 3.2]), truth)


def test_an_angle_alone_is_enough_and_the_user_says_the_size(tmp_path):
    file = transforms(
        tmp_path, [frame(0, "./train/r_0"), frame(1, "./train/r_1")], camera_angle_x=math.pi / 2
    )
    reading = read_file(file, Ask(size=(800, 600), fps=25))
    np.testing.assert_allclose(reading.trajectory.K[1], [[400, 0, 400], [0, 400, 300], [0, 0, 1]])
    assert reading.notes == ()
    assert any("does not say how large its pictures are" in note for note in read_file(file).notes)


def test_a_size_that_is_not_said_is_twice_the_centre(tmp_path):
    reading = read_file(transforms(tmp_path, [frame()], fl_x=500, cx=320.5, cy=240))
    assert (reading.trajectory.width, reading.trajectory.height) == (641, 480)
    assert any("centred in 641x480" in note for note in reading.notes)


def test_a_frames_own_lens_counts_before_the_files(tmp_path):
    frames = [frame(0, "1.png"), frame(1, "2.png", fl_x=250.0, fl_y=255.0, cx=161.0, cy=119.0, w=320, h=240)]
    reading = read_file(transforms(tmp_path, frames, **LENS))
    np.testing.assert_allclose(reading.trajectory.K[0], reading.trajectory.K[1])
    assert any("several sizes" in note for note in reading.notes)
    frames[1].update(w=240, h=320)
    with pytest.raises(RaxelError, match="640x480 and 240x320 pixels have two shapes"):
        read_file(transforms(tmp_path, frames, **LENS))


def test_frames_are_played_by_the_numbers_in_their_names(tmp_path):
    frames = [frame(10, "images/f10.png"), frame(2, "images/f2.png"), frame(1, "images/f1.png")]
    reading = read_file(transforms(tmp_path, frames, **LENS))
    np.testing.assert_allclose(reading.trajectory.c2w[:, 0, 3] - 0.5, [1, 2, 10])
    assert any("not that of the file" in note for note in reading.notes)
    for one in frames:
        del one["file_path"]
    reading = read_file(transforms(tmp_path, frames, **LENS))
    np.testing.assert_allclose(reading.trajectory.c2w[:, 0, 3] - 0.5, [10, 2, 1])


@pytest.mark.parametrize(
    ("head", "note"),
    [
        ({"k1": 0.05}, "bends the picture by up to 2.0%"),
        ({"k4": 0.1}, "bends the picture by up to 1.1%"),
        ({"applied_transform": [[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0]]}, '"applied_transform"'),
        ({"test_frames": [{}, {}]}, '2 "test_frames" are not read'),
    ],
)
def test_what_has_no_part_in_the_path_is_said(tmp_path, head, note):
    plain = read_file(transforms(tmp_path, [frame()], **LENS))
    reading = read_file(transforms(tmp_path, [frame()], **LENS, **head))
    assert any(note in said for said in reading.notes) and not any(note in said for said in plain.notes)
    np.testing.assert_array_equal(reading.trajectory.c2w, plain.trajectory.c2w)


def test_a_matrix_of_three_rows_or_sixteen_numbers_reads_the_same(tmp_path):
    expected = read_file(transforms(tmp_path, [frame()], **LENS)).trajectory.c2w
    for rows in (SCREW[:3].tolist(), SCREW.ravel().tolist(), SCREW[:3].ravel().tolist()):
        got = read_file(transforms(tmp_path, [{"transform_matrix": rows}], **LENS)).trajectory.c2w
        np.testing.assert_array_equal(got, expected)


def test_a_file_without_a_lens_asks_for_one_and_takes_it(tmp_path):
    for file in (
        transforms(tmp_path, [frame()], w=640, h=480),
        keys(tmp_path, {}, {"camera_to_world": SCREW.ravel().tolist()}),
    ):
        with pytest.raises(LensMissing, match="has no lens; say its horizontal angle"):
            read_file(file)
        K = read_file(file, Ask(hfov_deg=90)).trajectory.K[0]
        np.testing.assert_allclose(K, [[320, 0, 320], [0, 320, 240], [0, 0, 1]])


@pytest.mark.parametrize(
    ("frames", "head", "sentence"),
    [
        ([], {}, 'no "frames"'),
        ("x", {}, 'no "frames"'),
        ([3], {}, "frame 0 must be an object"),
        ([frame(name="a"), frame(name="a")], {}, "two cameras are of the picture 'a'"),
        ([frame()], {"camera_model": "EQUIRECTANGULAR"}, "'EQUIRECTANGULAR' is no pinhole"),
        ([frame()], {"camera_model": ["OPENCV"]}, "is no pinhole"),
        ([frame()], {"camera_model": "OPENCV_FISHEYE", "fl_x": 300}, "undistort it first"),
        ([frame()], {"is_fisheye": True, "fl_x": 300}, "undistort it first"),
        ([frame()], {"k1": 0.4}, "undistort it first"),
        ([frame()], {"k1": "x"}, '"k1" must be a number'),
        ([frame()], {"fl_x": 0}, '"fl_x" must be above 0'),
        ([frame()], {"fl_x": None}, '"fl_x" must be a number'),
        ([frame()], {"w": 1e9}, "got 1000000000x480"),
        ([frame()], {"h": 0}, '"h" must be above 0'),
        ([frame()], {"cx": True}, '"cx" must be a number'),
        ([{"transform_matrix": [[1, 2], [3, 4]]}], {}, '"transform_matrix" must be 4 rows of 4'),
        ([{"transform_matrix": None}], {}, '"transform_matrix" must be 4 rows of 4'),
        ([{"transform_matrix": [[[1]] * 4] * 4}], {}, "must be a number, got"),
        ([{"transform_matrix": np.diag([1, 1, -1, 1]).tolist()}], {}, "mirrored|left-handed|determinant"),
        ([{"transform_matrix": np.diag([2, 2, 2, 1]).tolist()}], {}, "not a rotation|scaled"),
        ([{"transform_matrix": SCREW.T.tolist()}], {}, "transposed"),
    ],
)
def test_wrong_transforms_are_one_sentence(tmp_path, frames, head, sentence):
    with pytest.raises(RaxelError, match=sentence) as caught:
        read_file(transforms(tmp_path, frames, **{**LENS, **head}))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250


@pytest.mark.parametrize("angle", [90, 0, -1, 5e-324])
def test_an_angle_that_is_no_angle_in_radians_is_refused(tmp_path, angle):
    with pytest.raises(RaxelError, match="is in radians within"):
        read_file(transforms(tmp_path, [frame()], camera_angle_x=angle, w=4, h=4))


def camera(x=0.0, fov=50.0, **more):
    c2w = SCREW.copy()
    c2w[0, 3] += x
    return {"camera_to_world": c2w.ravel().tolist(), "fov": fov, "aspect": 640 / 480, **more}


def keys(tmp_path, head, *cameras, name="camera_path"):
    file = tmp_path / "shot.json"
    head = {"render_width": 640, "render_height": 480, "fps": 24, "seconds": len(cameras) / 24, **head}
    file.write_text(json.dumps({**head, name: list(cameras)}))
    return file


def keyframe(x=0.0, **more):
    one = camera(x, **more)
    return {"matrix": one.pop("camera_to_world"), **one}


def test_the_fov_of_a_camera_path_is_vertical_and_may_change(tmp_path):
    trajectory = read_file(keys(tmp_path, {}, camera(0, 90), camera(1, 60))).trajectory
    np.testing.assert_allclose(trajectory.vfov_deg, [90, 60])
    np.testing.assert_allclose(trajectory.K[0, :2], [[240, 0, 320], [0, 240, 240]])
    np.testing.assert_allclose(trajectory.c2w[:, 0, 3], [0.5, 1.5])


def test_nested_rows_read_the_same(tmp_path):
    flat = camera()
    nested = {**flat, "camera_to_world": SCREW.tolist()}
    trajectory = read_file(keys(tmp_path, {}, flat, nested)).trajectory
    np.testing.assert_array_equal(trajectory.c2w[0], trajectory.c2w[1])


def test_keyframes_alone_are_one_camera_each_at_their_own_rate(tmp_path):
    file = keys(tmp_path, {"default_transition_sec": 0.5}, keyframe(0), keyframe(1), name="keyframes")
    reading = read_file(file)
    assert (reading.trajectory.num_frames, reading.trajectory.fps) == (2, 2)
    assert any("2 keyframes and no path between them" in note for note in reading.notes)
    own_time = keyframe(0, override_transition_enabled=True)
    assert any(
        "times of their own" in note
        for note in read_file(keys(tmp_path, {}, own_time, name="keyframes")).notes
    )


def test_keyframes_of_the_first_viewer_are_texts_with_columns_first(tmp_path):
    text = json.dumps(SCREW.T.ravel().tolist())
    trajectory = read_file(
        keys(tmp_path, {}, {"matrix": text, "fov": 50, "aspect": 1}, name="keyframes")
    ).trajectory
    expected = read_file(keys(tmp_path, {}, camera())).trajectory
    np.testing.assert_array_equal(trajectory.c2w, expected.c2w)


@pytest.mark.parametrize(
    ("head", "one", "note"),
    [
        ({"crop": {"crop_scale": [1, 1, 1]}}, {}, "crop of the scene"),
        ({"seconds": 5}, {}, "do not last the 5 seconds"),
        ({}, {"render_time": 0.5}, "render_time"),
        ({}, {"aspect": 1.0}, "another aspect than the picture's 1.333"),
        ({"fps": None, "seconds": None}, {}, "24 frames per second"),
    ],
)
def test_what_of_a_camera_path_is_not_kept_is_said(tmp_path, head, one, note):
    assert any(note in said for said in read_file(keys(tmp_path, head, camera(**one))).notes)
    assert read_file(keys(tmp_path, {}, camera())).notes == ()


def test_a_camera_path_without_a_size_has_its_own_aspect(tmp_path):
    file = keys(tmp_path, {"render_width": None}, camera(aspect=2.0))
    got = read_file(file).trajectory
    assert any("taken for 1440x720" in note for note in read_file(file).notes)
    assert (got.width, got.height) == (1440, 720) and got.vfov_deg[0] == pytest.approx(50)
    assert read_file(file, Ask(size=(64, 32))).trajectory.width == 64


def test_seconds_alone_give_the_rate(tmp_path):
    reading = read_file(keys(tmp_path, {"fps": None, "seconds": 0.25}, camera(), camera(1), camera(2)))
    assert reading.trajectory.fps == pytest.approx(12) and reading.notes == ()


@pytest.mark.parametrize(
    ("head", "cameras", "sentence"),
    [
        ({"camera_type": "equirectangular"}, [camera()], "'equirectangular'; only perspective"),
        ({"camera_type": 3}, [camera()], "only perspective"),
        ({}, [], 'no "camera_path" and no "keyframes"'),
        ({}, [1], '"camera_path" must be a list of cameras'),
        ({}, [{"fov": 50}], 'camera 0: "camera_to_world" must be 4 rows of 4'),
        ({}, [camera(fov=0)], '"fov" is a vertical angle in degrees'),
        ({}, [camera(fov=180)], '"fov" is a vertical angle in degrees'),
        ({}, [camera(fov=float("nan"))], '"fov" must be a finite number'),
        ({}, [camera(), camera(aspect=int("9" * 400))], 'camera 1: "aspect" must be a finite number'),
        ({}, [camera(aspect=True)], '"aspect" must be a number, got True'),
        ({"render_width": None}, [camera(aspect=1e5)], "100000 times as wide as high"),
        ({"fps": 0}, [camera()], '"fps" must be above 0'),
        ({"fps": "24"}, [camera()], '"fps" must be a number'),
        ({"render_width": 0.2}, [camera()], "got 0x480"),
        ({"render_height": 1e12}, [camera()], r"got 640x1e\+12"),
        ({}, [{**camera(), "camera_to_world": SCREW.T.ravel().tolist()}], "transposed"),
    ],
)
def test_a_wrong_camera_path_is_one_sentence(tmp_path, head, cameras, sentence):
    with pytest.raises(RaxelError, match=sentence) as caught:
        read_file(keys(tmp_path, head, *cameras))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250


@pytest.mark.parametrize("kind", NAMES)
def test_too_many_frames_are_refused_before_anything_is_made_of_them(tmp_path, kind):
    text = json.dumps({"frames": [{}] * 100_001, "camera_path": [{}] * 100_001})
    (tmp_path / NAMES[kind]).write_text(text)
    with pytest.raises(RaxelError, match="holds 100001 cameras, more than the 100000"):
        read_file(tmp_path / NAMES[kind], format=kind)
