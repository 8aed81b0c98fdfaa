"""RealEstate10K, CameraCtrl and MotionCtrl against the readings of other programs and against real files."""

import json

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import FORMATS, Ask, cameractrl, read_file, write_trajectory
from raxel_core.formats.format import HOLDS
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg
from tests.unit.formats.camera_files import LENS, REAL, STATIC, path, reading, real


def naive_pose(row):
    """ADE's CameraEntry: intrinsics behind the time, picture size, then world-to-camera."""
    w2c = np.eye(4)
    w2c[:3] = np.array(row[7:]).reshape(3, 4)
    return row[1:5], row[5:7], np.linalg.inv(w2c)


def test_cameractrl_poses_are_what_animatediff_evolved_takes(tmp_path):
    trajectory = path()
    poses = json.loads(write_trajectory(tmp_path / "p.json", trajectory, "cameractrl").read_text())
    assert all(len(row) == 19 and row[0] == 0 for row in poses)
    for index, row in enumerate(poses):
        (fx, fy, cx, cy), size, c2w = naive_pose(row)
        assert size == [832, 480]
        np.testing.assert_allclose(c2w, trajectory.c2w[index], atol=1e-12)
        K = trajectory.K[index]
        np.testing.assert_allclose([fx * 832, fy * 480, cx * 832, cy * 480], [K[0, 0], K[1, 1], *K[:2, 2]])


def test_poses_without_time_and_size_are_taken_for_the_1280x720_that_their_takers_assume(tmp_path):
    row = [0.474812461, 0.844111024, 0.5, 0.5, 0, 0, *map(float, STATIC.split())]
    for text in (json.dumps([row, row]), "\n".join(" ".join(map(str, row)) for _ in range(2))):
        found = reading(tmp_path, text, ask=Ask())
        assert (found.format.name, found.trajectory.num_frames) == ("cameractrl", 2)
        assert (found.trajectory.width, found.trajectory.height, found.trajectory.fps) == (1280, 720, 8)
        assert found.trajectory.hfov_deg[0] == pytest.approx(92.96, abs=0.01)
        assert any("taken for 1280x720" in note for note in found.notes)


def test_the_size_in_the_file_counts_more_than_the_one_told():
    poses = cameractrl.to_poses(path())
    assert cameractrl.pose_rows(poses)[0, 5:7].tolist() == [832, 480]
    with pytest.raises(RaxelError, match="pose 1 must be a list of 19 numbers, got 18 values"):
        cameractrl.pose_rows([poses[0], poses[1][1:]])
    with pytest.raises(RaxelError, match="at least one pose"):
        cameractrl.pose_rows([])


@pytest.mark.parametrize(
    ("width", "height"), [(480, 832), (832, 480), (720, 720), (1920, 800), (854, 480), (1023, 577)]
)
def test_realestate10k_of_any_shape_has_square_pixels_where_nobody_tells_its_size(tmp_path, width, height):
    trajectory = preset_trajectory("truck_left", 5, width, height)
    write_trajectory(tmp_path / "p.txt", trajectory)
    found = read_file(tmp_path / "p.txt")
    again = found.trajectory
    assert again.width * height == again.height * width and 360 < again.height < 1440
    np.testing.assert_allclose(again.hfov_deg, trajectory.hfov_deg, atol=1e-9)
    np.testing.assert_allclose(again.K[:, 0, 0], again.K[:, 1, 1], rtol=1e-6)
    assert f"taken for {again.width}x{again.height}, where its pixels are square" in " ".join(found.notes)
    told = read_file(tmp_path / "p.txt", Ask(size=(width, height)))
    assert told.notes == ()
    np.testing.assert_allclose(told.trajectory.K, trajectory.K)


def test_a_realestate10k_file_with_a_size_between_lens_and_matrix_has_this_size(tmp_path):
    lines = write_trajectory(tmp_path / "p.txt", path()).read_text().splitlines()
    rows = [line.split() for line in lines[1:]]
    text = "\n".join(" ".join([*row[:5], "832", "480", *row[7:]]) for row in rows)
    found = reading(tmp_path, text, ask=Ask(size=(64, 48)))
    np.testing.assert_allclose(found.trajectory.K, path().K)


@pytest.mark.parametrize("fps", [8, 12.5, 16, 23.976, 24, 24000 / 1001, 25, 30000 / 1001, 48, 59.94, 60, 120])
@pytest.mark.parametrize("frames", [2, 3, 81, 400])
def test_whole_microseconds_tell_the_rate(tmp_path, fps, frames):
    write_trajectory(tmp_path / "p.txt", preset_trajectory("truck_left", frames, 64, 36, fps=fps))
    found = read_file(tmp_path / "p.txt").trajectory.fps
    assert 1 / found == pytest.approx(1 / fps, abs=1e-6 / (frames - 1))
    if fps == int(fps):
        assert found == fps


@real
def test_real_realestate10k_files_are_of_1280x720_and_have_square_pixels(tmp_path):
    files = sorted((REAL / "re10k").glob("*.txt"))
    assert files
    for file in files:
        found = read_file(file)
        assert (found.trajectory.width, found.trajectory.height) == (1280, 720)
        assert HOLDS["pixels"] not in FORMATS["chan"].losses(found.trajectory)
        rows = np.array([line.split() for line in file.read_text().splitlines()[1:]], dtype=float)
        centres = [
            -row[[7, 8, 9, 11, 12, 13, 15, 16, 17]].reshape(3, 3).T @ row[[10, 14, 18]] for row in rows
        ]
        np.testing.assert_allclose(found.trajectory.c2w[:, :3, 3], centres, atol=1e-6)


@real
@pytest.mark.parametrize(
    ("name", "axis", "sign"),
    [("I_1.0x", 2, 1), ("O_1.0x", 2, -1), ("L", 0, -1)],
)
def test_motionctrls_own_files_move_as_they_are_called(name, axis, sign):
    """In, out and left, seen by the camera: forward is +z, right is +x."""
    found = read_file(REAL / f"motionctrl/test_camera_{name}.json", LENS)
    assert found.format.name == "motionctrl" and found.trajectory.fps == 10
    moved = np.diff(found.trajectory.c2w[:, :3, 3], axis=0)
    assert (sign * moved[:, axis] > 0.05).all() and np.abs(np.delete(moved, axis, axis=1)).max() < 1e-12


@real
def test_motionctrls_clockwise_spin_turns_the_camera_about_its_axis():
    cameras = read_file(REAL / "motionctrl/test_camera_SPIN-CW-60.json", LENS).trajectory
    assert np.abs(cameras.c2w[:, :3, 3]).max() < 1e-12
    np.testing.assert_allclose(cameras.c2w[:, :3, 2], np.tile([0, 0, 1.0], (16, 1)), atol=1e-12)
    steps = rotation_angle_deg(cameras.c2w[1:, :3, :3], cameras.c2w[:-1, :3, :3])
    np.testing.assert_allclose(steps, 3.75, atol=1e-9)


def test_lines_of_twelve_numbers_are_read_only_when_they_are_called_motionctrl(tmp_path):
    text = f"{STATIC}\n" * 3
    found = reading(tmp_path, text, format="motionctrl")
    assert found.trajectory.num_frames == 3
    assert any("read as world-to-camera, as MotionCtrl means it" in note for note in found.notes)
    with pytest.raises(
        RaxelError, match=r"camera-to-world in KITTI's .* world-to-camera in MotionCtrl's"
    ) as caught:
        reading(tmp_path, text)
    assert "--from motionctrl" in str(caught.value) and len(str(caught.value)) < 250
