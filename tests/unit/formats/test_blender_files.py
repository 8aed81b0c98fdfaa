"""Files that Blender 5.0 wrote (scripts/blender_cameras.py): read, the camera is where Blender itself says that it is.

Blender's numbers are single precision.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import Ask, read_file
from raxel_core.formats.axes import from_z_up

FOLDER = Path(__file__).parents[2] / "fixtures" / "cameras"
TRUTH = json.loads((FOLDER / "truth.json").read_text())
FILES = ["wide.glb", "wide.usda", "tall.glb", "tall.usda", "tall_zoom.gltf", "tall_y_up_cm.usda"]


def truth_of(name):
    return TRUTH[name.split(".")[0].split("_")[0]]


def read(name, **ask):
    return read_file(FOLDER / name, Ask(camera="shot", **ask))


@pytest.mark.parametrize("name", FILES)
def test_the_camera_is_where_blender_has_it_though_its_rig_is_turned_scaled_and_moving(name):
    truth, trajectory = truth_of(name), read(name).trajectory
    worlds = np.array([frame["matrix_world"] for frame in truth["frames"]])
    worlds[:, :3, :3] /= np.linalg.norm(worlds[:, :3, :3], axis=1)[:, None]
    np.testing.assert_allclose(trajectory.c2w, from_z_up(worlds), atol=2e-6)
    assert trajectory.fps == truth["fps"]
    assert trajectory.scale == "metric"


@pytest.mark.parametrize("name", FILES)
def test_the_lens_is_blenders_where_the_file_holds_it(name):
    truth = truth_of(name)
    size = truth["width"], truth["height"]
    K = read(name, size=size).trajectory.K
    # Blender's sensor is as wide as the longer side of the picture, and so are its shifts.
    focal = np.array([frame["lens"] for frame in truth["frames"]]) / 36 * max(size)
    if name.endswith(".glb"):
        focal[:] = focal[0]  # Blender's separate actions leave the zoom out
    np.testing.assert_allclose(K[:, 0, 0], focal, rtol=1e-6)
    np.testing.assert_allclose(K[:, 1, 1], focal, rtol=1e-6)
    shift = [0.05 * max(size), 0.02 * max(size)] if "usda" in name else [0, 0]
    np.testing.assert_allclose(K[:, :2, 2], np.tile(np.array(size) / 2 - shift, (12, 1)), atol=1e-3)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_knows_its_shape_but_no_size_says_what_it_was_taken_for(name):
    reading = read(name)
    truth = truth_of(name)
    assert reading.trajectory.height == 720
    assert reading.trajectory.width == round(720 * truth["width"] / truth["height"])
    assert any("how large its pictures are" in note for note in reading.notes)
    assert any("scaled by 2" in note for note in reading.notes)


@pytest.mark.parametrize(("name", "first"), [("wide.glb", "shot"), ("tall.usda", "witness")])
def test_of_two_cameras_the_first_is_read_and_both_are_named(name, first):
    reading = read_file(FOLDER / name)
    told = next(note for note in reading.notes if "2 cameras" in note)
    assert "shot" in told and "witness" in told and re.search(f"{first}[/a-z]* is read", told)
    named = read_file(FOLDER / name, Ask(camera=first)).trajectory
    np.testing.assert_array_equal(reading.trajectory.c2w, named.c2w)
    with pytest.raises(RaxelError, match=r"no camera 'drone'; it holds .*(shot|witness).*, .*(shot|witness)"):
        read_file(FOLDER / name, Ask(camera="drone"))


@pytest.mark.parametrize(("name", "frames"), [("wide.glb", 1), ("wide.usda", 12)])
def test_a_camera_that_stands_still_is_one_frame_or_as_many_as_the_file_plays(name, frames):
    still = read_file(FOLDER / name, Ask(camera="witness")).trajectory
    assert still.num_frames == frames
    assert np.ptp(still.c2w, axis=0).max() == 0
    np.testing.assert_allclose(still.c2w[0, :3, 3], [0, -4, -9], atol=1e-6)


def test_a_gltf_whose_buffer_was_left_behind_says_which(tmp_path):
    text = (FOLDER / "tall_zoom.gltf").read_text()
    (tmp_path / "moved.gltf").write_text(text)
    with pytest.raises(RaxelError, match=r"the buffer 'tall_zoom.bin' is missing beside the file"):
        read_file(tmp_path / "moved.gltf", Ask(camera="shot"))
