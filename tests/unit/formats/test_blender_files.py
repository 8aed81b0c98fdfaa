"""Files that Blender 5.0 wrote (scripts/blender_cameras.py): read, the camera is where Blender itself says that it is.

Blender's numbers are single precision. Where RAXEL_BLENDER_PYTHON names a Python that has bpy, Blender reads ours as well.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import Ask, read_file, write_trajectory
from raxel_core.formats.axes import from_z_up
from raxel_core.geometry.presets import preset_trajectory

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


IMPORT = """
import json, sys
import bpy

bpy.ops.wm.read_factory_settings(use_empty=True)
if sys.argv[1].endswith("glb"):
    bpy.context.scene.render.fps = 25  # glTF has seconds; Blender lays them on the frames of the rate that it has
{"glb": bpy.ops.import_scene.gltf, "usda": bpy.ops.wm.usd_import}[sys.argv[1].split(".")[-1]](filepath=sys.argv[1])
camera = next(item for item in bpy.context.scene.objects if item.type == "CAMERA")
rows = []
for frame in range(int(sys.argv[2])):
    bpy.context.scene.frame_set(frame)
    seen = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
    rows.append({"matrix_world": [list(row) for row in seen.matrix_world], "vfov": seen.data.angle_y, "lens": seen.data.lens})
json.dump(rows, open(sys.argv[1] + ".out", "w"))
"""


@pytest.mark.skipif(
    not os.environ.get("RAXEL_BLENDER_PYTHON"), reason="RAXEL_BLENDER_PYTHON names no Python with bpy"
)
@pytest.mark.parametrize("size", [(832, 480), (480, 832)])
@pytest.mark.parametrize("ending", ["glb", "usda"])
def test_blender_imports_our_files_with_the_path_and_the_zoom(tmp_path, ending, size):
    trajectory = preset_trajectory(
        "dolly_zoom", 7, *size, fps=25, start=preset_trajectory("arc_left", 9, *size, fps=25)
    )
    path = write_trajectory(tmp_path / f"shot.{ending}", trajectory)
    (tmp_path / "import.py").write_text(IMPORT)
    command = [os.environ["RAXEL_BLENDER_PYTHON"], str(tmp_path / "import.py"), str(path), "15"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(Path(f"{path}.out").read_text())
    worlds = np.array([frame["matrix_world"] for frame in told])
    worlds[:, :3, :3] /= np.linalg.norm(worlds[:, :3, :3], axis=1)[:, None]
    np.testing.assert_allclose(from_z_up(worlds), trajectory.c2w, atol=1e-6)
    np.testing.assert_allclose(np.degrees([frame["vfov"] for frame in told]), trajectory.vfov_deg, atol=1e-4)
