"""CameraCtrl, MotionCtrl, Tanks and Temples, TUM, .chan and CSV against other readers, real files and their own words."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from evo.tools import file_interface
from scipy.spatial.transform import Rotation

from raxel_core.errors import LensMissing, RaxelError
from raxel_core.formats import FORMATS, Ask, cameractrl, csv, read_file, write_trajectory
from raxel_core.formats.chan import angles_zxy_deg, rotation_zxy
from raxel_core.formats.format import HOLDS
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg

REAL = Path(__file__).parents[4] / "shared/data/trajectories"
real = pytest.mark.skipif(not REAL.is_dir(), reason=f"there are no real camera files in {REAL}")
LENS = Ask(hfov_deg=60)
STATIC = "1 0 0 0 0 1 0 0 0 0 1 0"


def path():
    return preset_trajectory(
        "dolly_zoom", 7, 832, 480, fps=24, start=preset_trajectory("arc_left", 5, 832, 480, fps=24)
    )


def reading(folder, text, name="file.txt", ask=LENS, format=None):
    (folder / name).write_text(text, newline="")
    return read_file(folder / name, ask, format)


# CameraCtrl


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


# MotionCtrl


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
    assert reading(tmp_path, text, format="motionctrl").trajectory.num_frames == 3
    with pytest.raises(RaxelError, match="no camera file that Raxel knows"):
        reading(tmp_path, text)


# Tanks and Temples


@real
def test_the_real_log_is_camera_to_world():
    found = read_file(REAL / "tanks_and_temples/test.log", LENS)
    lines = (REAL / "tanks_and_temples/test.log").read_text().splitlines()
    assert (found.format.name, found.trajectory.num_frames) == ("tanks", len(lines) // 5)
    third = np.array([line.split() for line in lines[11:15]], dtype=float)
    np.testing.assert_allclose(found.trajectory.c2w[2], third, atol=1e-6)
    # The video walks around an object and looks at it; read the other way round, some cameras would look away from it.
    assert look_at_one_thing(found.trajectory.c2w)
    assert not look_at_one_thing(found.trajectory.w2c)


def look_at_one_thing(c2w):
    """Whether the point nearest to all optical axes is before every camera, and within 30 degrees of its axis."""
    axes, positions = c2w[:, :3, 2], c2w[:, :3, 3]
    across = np.eye(3) - axes[:, :, None] * axes[:, None]
    point = np.linalg.solve(across.sum(axis=0), np.einsum("fij,fj->i", across, positions))
    cosines = np.einsum("fi,fi->f", point - positions, axes) / np.linalg.norm(point - positions, axis=1)
    return cosines.min() > np.cos(np.radians(30))


def test_a_log_in_another_order_is_sorted_and_a_cut_one_refused(tmp_path):
    text = write_trajectory(tmp_path / "p.log", path()).read_text()
    blocks = ["\n".join(text.splitlines()[at : at + 5]) for at in range(0, 55, 5)]
    found = reading(tmp_path, "\n".join(blocks[::-1]))
    np.testing.assert_allclose(found.trajectory.c2w, path().c2w, atol=1e-15)
    assert any("they were sorted" in note for note in found.notes)
    with pytest.raises(RaxelError, match="camera 3 stands there more than once"):
        reading(tmp_path, "\n".join([*blocks[:4], blocks[3]]))
    with pytest.raises(RaxelError, match="the file has 54 lines, but a camera is 5; was it cut off"):
        reading(tmp_path, text.rsplit("\n", 2)[0])


# TUM


def test_evo_reads_our_tum_files_and_we_read_evos(tmp_path):
    trajectory = path()
    write_trajectory(tmp_path / "p.tum", trajectory)
    theirs = file_interface.read_tum_trajectory_file(tmp_path / "p.tum")
    np.testing.assert_allclose(np.array(theirs.poses_se3), trajectory.c2w, atol=1e-12)
    np.testing.assert_allclose(theirs.timestamps, np.arange(11) / 24)
    file_interface.write_tum_trajectory_file(tmp_path / "theirs.txt", theirs)
    found = read_file(tmp_path / "theirs.txt", LENS)
    assert found.format.name == "tum" and found.trajectory.fps == pytest.approx(24, abs=1e-6)
    np.testing.assert_allclose(found.trajectory.c2w, trajectory.c2w, atol=1e-6)


def test_uneven_times_are_told_and_every_camera_kept(tmp_path):
    text = "# SLAM\r\n0.0 0 0 0 0 0 0 1\r\n0.1 1 0 0 0 0 0 1\r\n0.5 2 0 0 0 0 0 1\r\n"
    found = reading(tmp_path, text)
    assert found.trajectory.num_frames == 3 and found.trajectory.fps == pytest.approx(4)
    assert "the cameras are 0.1 to 0.4 seconds apart; they are kept one by one" in " ".join(found.notes)


def test_orb_slams_nanoseconds_are_known_by_their_size(tmp_path):
    rows = [f"{1403636579763555584 + 50_000_000 * i}.000000 {i} 0 0 0 0 0 1" for i in range(5)]
    found = reading(tmp_path, "\n".join(rows))
    assert found.format.name == "tum" and found.trajectory.fps == pytest.approx(20, rel=1e-5)
    assert "taken for nanoseconds" in " ".join(found.notes)


def test_quaternions_of_few_digits_become_exact_and_others_are_refused(tmp_path):
    R = reading(tmp_path, "0 0 0 0 0 0 0.7071 0.7071").trajectory.c2w[0, :3, :3]
    np.testing.assert_allclose(R, [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-12)
    with pytest.raises(RaxelError, match="camera 0 of 1: its quaternion has length 0, not 1"):
        reading(tmp_path, "0 0 0 0 0 0 0 0", format="tum")


# .chan


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
    with pytest.raises(RaxelError, match="within 0 and 180 degrees, got -5 to -5"):
        reading(tmp_path, "1 0 0 0 0 0 0 -5\n", "a.chan")


# CSV


def test_numpy_reads_our_csv_by_its_header(tmp_path):
    trajectory = path()
    text = write_trajectory(tmp_path / "p.csv", trajectory).read_text()
    table = np.genfromtxt(io.StringIO(text), delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert table.dtype.names == csv.COLUMNS
    R = Rotation.from_quat(np.stack([table[name] for name in ("qx", "qy", "qz", "qw")], axis=1))
    np.testing.assert_allclose(R.as_matrix(), trajectory.c2w[:, :3, :3], atol=1e-12)
    np.testing.assert_allclose(table["y"], trajectory.c2w[:, 1, 3], atol=0)
    np.testing.assert_array_equal(table["fx"], trajectory.K[:, 0, 0])
    assert set(table["scale"]) == {"metric"} and set(table["fps"]) == {24} and set(table["width"]) == {832}


def test_a_german_spreadsheet_with_few_columns_in_another_order_is_read(tmp_path):
    text = "qw;qx;qy;qz;Z;Y;X;frame\r\n1;0;0;0;1,5;0;0;2\r\n1;0;0;0;0,5;0;0;1\r\n"
    found = reading(tmp_path, text)
    assert found.format.name == "csv"
    np.testing.assert_allclose(found.trajectory.c2w[:, :3, 3], [[0, 0, 0.5], [0, 0, 1.5]])
    assert found.trajectory.hfov_deg[0] == pytest.approx(60)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x,y,z\n0,0,0\n", "has no column qw, qx, qy, qz; it needs"),
        ("x,y,z,qw,qx,qy,qz,x\n0,0,0,1,0,0,0,0\n", "names column x more than once"),
        ("x,y,z,qw,qx,qy,qz\n", "no camera follows the header"),
        ("x,y,z,qw,qx,qy,qz\n0,0,0,1,0,0\n", "line 2 has 6 columns, the header 7"),
        ("x,y,z,qw,qx,qy,qz\n0,0,a,1,0,0,0\n", "line 2 holds something that is not a number: 'a'"),
        ("x,y,z,qw,qx,qy,qz\n0,,0,1,0,0,0\n1,1,0,1,0,0,0\n", "column y is empty at camera 0"),
        ("x,y,z,qw,qx,qy,qz\n0,,0,1,0,0,0\n", "column y is empty"),
        ("x,y,z,qw,qx,qy,qz,fps\n0,0,0,1,0,0,0,5\n0,0,0,1,0,0,0,6\n", "fps must be the same in all lines"),
        ("x,y,z,qw,qx,qy,qz,width,height\n0,0,0,1,0,0,0,5.5,5\n", "must be whole pixels, got 5.5x5"),
        ("x,y,z,qw,qx,qy,qz,width,height\n0,0,0,1,0,0,0,99999,5\n", "within 1 and 32768 pixels"),
        ("x,y,z,qw,qx,qy,qz,scale\n0,0,0,1,0,0,0,inch\n", "scale must be"),
        ("x,y,z,qw,qx,qy,qz,fx\n0,0,0,1,0,0,0,-1\n", "focal lengths must be positive"),
        ("x,y,z,qw,qx,qy,qz\n0,0,0,1,1,0,0\n", "quaternion has length 1.41421, not 1"),
    ],
)
def test_a_wrong_csv_gets_one_sentence(tmp_path, text, sentence):
    with pytest.raises(RaxelError, match=sentence) as caught:
        reading(tmp_path, text, "wrong.csv")
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)


# What all have in common


@pytest.mark.parametrize("name", ["p.txt", "p.log", "p.tum", "p.chan", "p.csv"])
def test_ends_of_lines_of_every_system_a_byte_order_mark_and_empty_lines_read_the_same(tmp_path, name):
    text = write_trajectory(tmp_path / name, path()).read_text()
    expected = read_file(tmp_path / name, LENS).trajectory
    for other in (
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        "\ufeff" + text.replace("\n", "\n \n"),
    ):
        again = reading(tmp_path, other, name).trajectory
        np.testing.assert_array_equal(again.c2w, expected.c2w)
        np.testing.assert_array_equal(again.K, expected.K)


@pytest.mark.parametrize("name", ["p.txt", "p.log", "p.tum", "p.chan", "p.csv"])
def test_the_content_tells_the_format_whatever_the_file_is_called(tmp_path, name):
    text = write_trajectory(tmp_path / name, path()).read_text()
    expected = read_file(tmp_path / name, LENS).format.name
    assert reading(tmp_path, text, "camera.dat").format.name == expected


def test_a_realestate10k_text_may_begin_with_any_word_or_with_a_camera(tmp_path):
    row = f"0 1 1 .5 .5 0 0 {STATIC}"
    for first in ("Pan_Left", "00017", "https://source", row):
        found = reading(tmp_path, f"{first}\n{row}\n")
        assert (found.format.name, found.trajectory.num_frames) == ("realestate10k", 1 + (first == row))
    assert reading(tmp_path, f"{row}\r{row}\r").format.name == "realestate10k"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("name", ["p.txt", "p.log", "p.tum", "p.chan", "p.csv", "p.json"])
def test_another_encoding_is_told(tmp_path, name, encoding):
    text = write_trajectory(tmp_path / name, path()).read_text()
    (tmp_path / name).write_bytes((text + "é").encode(encoding))
    with pytest.raises(
        RaxelError, match=r"is UTF-16 text; save it as UTF-8|is a binary file|is not UTF-8 text"
    ):
        read_file(tmp_path / name, LENS)


def million(line, head=""):
    return head + (line + "\n") * 1_000_000


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (million(f"0 1 1 .5 .5 0 0 {STATIC}"), "1000001 lines, more than the 1000000|1000000 cameras"),
        ("\n" * 30_000_000 + "1 2 3", "no camera file that Raxel knows"),
        ("1 2 3 4 5 6 7 8\n" + "\n" * 30_000_000, "lines, more than the 1000000 that are read"),
        ("1 " * 5_000_000, "this is no camera file|line 1 has .* characters, more than 10000"),
        (f"0 1 1 .5 .5 0 0 {STATIC}\n" * 100_001, "holds 100001 cameras, more than the 100000"),
        ("0 0 0 0 0 0 0 1\n" * 100_001, "holds 100001 cameras, more than the 100000"),
        (json.dumps([[0.0] * 12] * 100_001), "holds 100001 cameras, more than the 100000"),
        (json.dumps([[0.0] * 19] * 100_001), "holds 100001 cameras, more than the 100000"),
    ],
    ids=[
        "rows",
        "empty lines",
        "empty lines after a row",
        "one line",
        "realestate10k",
        "tum",
        "motionctrl",
        "cameractrl",
    ],
)
def test_giants_are_refused_before_anything_is_made_of_them(tmp_path, text, sentence):
    with pytest.raises(RaxelError, match=sentence):
        reading(tmp_path, text)


def mirrored(trajectory):
    rows = np.array(cameractrl.to_poses(trajectory))
    rows[:, 7:11] *= -1
    return json.dumps(rows.tolist())


def test_reflections_scales_and_skews_are_named_and_rounding_is_mended(tmp_path):
    with pytest.raises(RaxelError, match=r"camera 0 of 11 is mirrored \(a reflection"):
        reading(tmp_path, mirrored(path()))
    matrix = np.eye(4)[:3]
    for change, sentence in (
        (2 * np.eye(3), "not a rotation but scaled"),
        ([[1, 0.2, 0], [0, 1, 0], [0, 0, 1]], "not a rotation but skewed"),
        (np.zeros((3, 3)), "not a rotation: its axes have lengths 0 0 0"),
    ):
        spoilt = np.array(matrix)
        spoilt[:, :3] = change
        with pytest.raises(RaxelError, match=sentence):
            reading(tmp_path, json.dumps([matrix.ravel().tolist(), spoilt.ravel().tolist()]))
    turned = Rotation.from_euler("xyz", [10, 20, 30], degrees=True).as_matrix()
    rounded = np.concatenate([np.round(turned, 4), np.zeros((3, 1))], axis=1)
    R = reading(tmp_path, json.dumps([rounded.ravel().tolist()])).trajectory.c2w[0, :3, :3]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(R, turned.T, atol=1e-4)


def test_what_the_user_says_must_make_sense(tmp_path):
    text = "0 0 0 0 0 0 0 1\n"
    for ask, sentence in (
        (Ask(hfov_deg=0), "within 0.01 and 179.9 degrees, got 0"),
        (Ask(hfov_deg=float("nan")), "within 0.01 and 179.9 degrees, got nan"),
        (Ask(hfov_deg=60, size=(0, 5)), "within 1 and 32768 pixels"),
        (Ask(hfov_deg=60, fps=-1.0), "fps must be a positive number"),
    ):
        with pytest.raises(RaxelError, match=sentence):
            reading(tmp_path, text, ask=ask)
