"""Cameras survive the way through 8-bit pictures on disk."""

import numpy as np
import pytest
from PIL import Image

from raxel_core.errors import RaxelError
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg
from raxel_core.media import read_raxel_pictures, staging, write_raxel_pictures


@pytest.mark.parametrize("scale", [None, 1.0])
def test_a_path_comes_back_from_its_pictures(tmp_path, scale):
    path = preset_trajectory("arc_right", 5, 192, 128, amount=40, subject_distance=4.0)
    write_raxel_pictures(tmp_path, raxels_from_trajectory(path, scale=scale))
    read = estimate_trajectory(read_raxel_pictures(tmp_path)).trajectory
    assert rotation_angle_deg(read.c2w[:, :3, :3], path.c2w[:, :3, :3]).max() < 0.2
    assert np.abs(read.c2w[:, :3, 3] - path.c2w[:, :3, 3]).max() < 0.02
    assert (read.width, read.height, read.fps, read.scale) == (192, 128, path.fps, "metric")


def test_a_shorter_run_leaves_no_picture_of_a_longer_one(tmp_path):
    for frames in (9, 5):
        with staging(tmp_path / "out") as folder:
            path = preset_trajectory("pan_left", frames, 64, 32)
            write_raxel_pictures(folder / "raxels", raxels_from_trajectory(path))
    assert read_raxel_pictures(tmp_path / "out" / "raxels").num_frames == 5


def test_pictures_without_the_note_are_refused(tmp_path):
    with pytest.raises(RaxelError, match="no PNG"):
        read_raxel_pictures(tmp_path)
    Image.new("RGB", (8, 8)).save(tmp_path / "0000.png")
    with pytest.raises(RaxelError, match="no note"):
        read_raxel_pictures(tmp_path)


def test_pictures_of_two_clips_are_refused(tmp_path):
    write_raxel_pictures(tmp_path, raxels_from_trajectory(preset_trajectory("pan_left", 5, 64, 32)))
    (tmp_path / "0004.png").rename(tmp_path / "other.png")
    arc = preset_trajectory("arc_left", 1, 64, 32, fps=3)
    keep = (tmp_path / "other.png").read_bytes()
    write_raxel_pictures(tmp_path, raxels_from_trajectory(arc))
    (tmp_path / "other.png").write_bytes(keep)
    with pytest.raises(RaxelError, match="differ"):
        read_raxel_pictures(tmp_path)
