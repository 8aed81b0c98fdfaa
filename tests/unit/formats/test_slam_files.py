"""Tanks and Temples logs and TUM trajectories: a real file, and evo as the other reader."""

import numpy as np
import pytest
from evo.tools import file_interface

from raxel_core.errors import RaxelError
from raxel_core.formats import read_file, write_trajectory
from tests.unit.formats.camera_files import LENS, REAL, path, reading, real


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


def test_of_cameras_at_the_same_time_the_first_is_kept_and_that_is_told(tmp_path):
    rows = ["0.0 0 0 0 0 0 0 1", "0.1 1 0 0 0 0 0 1", "0.1 7 0 0 0 0 0 1", "0.2 2 0 0 0 0 0 1"]
    found = reading(tmp_path, "# time tx ty tz qx qy qz qw\n" + "\n".join(rows) + "\n")
    np.testing.assert_array_equal(found.trajectory.c2w[:, 0, 3], [0, 1, 2])
    assert found.trajectory.fps == pytest.approx(10)
    assert "1 camera stands at the time of another; the first one is kept" in found.notes
    twice = reading(tmp_path, "\n".join([*rows, rows[-1]]) + "\n")
    assert "2 cameras stand at the time of another; the first one is kept" in twice.notes
    assert not any("sorted" in note for note in found.notes)
