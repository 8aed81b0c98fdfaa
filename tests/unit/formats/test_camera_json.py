"""The JSON for Blender and After Effects: its schema, its numbers by scipy, and the scripts of its page, run.

The scripts for Blender run where RAXEL_BLENDER_PYTHON names a Python that has bpy (pip install bpy); else those tests skip.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.formats import Ask, read_file, write_trajectory
from raxel_core.formats.axes import from_z_up
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.trajectory import Trajectory

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "camera-json.md").read_text()
SCRIPTS = re.findall(r"```(?:python|javascript)\n(.*?)```", PAGE, re.DOTALL)
INTO_BLENDER, OUT_OF_BLENDER, INTO_AFTER_EFFECTS = SCRIPTS
BLENDER = os.environ.get("RAXEL_BLENDER_PYTHON")
needs_blender = pytest.mark.skipif(not BLENDER, reason="RAXEL_BLENDER_PYTHON names no Python with bpy")
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def zoom_path(width=832, height=480):
    arc = preset_trajectory("arc_left", 9, width, height, fps=25)
    return preset_trajectory("dolly_zoom", 7, width, height, fps=25, start=arc)


def odd_path(width=832, height=480):
    """Cameras that look everywhere, through a lens off centre that zooms, with pixels that are not square."""
    path = zoom_path(width, height)
    c2w, K = path.c2w.copy(), path.K.copy()
    c2w[:, :3, :3] = Rotation.from_euler("YXZ", np.arange(15)[:, None] * [0.9, 0.31, 0.2]).as_matrix()
    K[:, 1, 1] *= 0.8
    K[:, 0, 2] += 40
    K[:, 1, 2] -= 25
    return Trajectory(c2w, K, width, height, 24000 / 1001, "metric", np.linspace(0, 1, 15))


def written(tmp_path, trajectory, **ask):
    return write_trajectory(tmp_path / "blender.json", trajectory, ask=Ask(**ask))


def document_of(tmp_path, trajectory, **ask):
    return json.loads(written(tmp_path, trajectory, **ask).read_text())


@pytest.mark.parametrize("trajectory", [zoom_path(), odd_path(480, 832)])
def test_what_is_written_obeys_the_schema_and_reads_back(tmp_path, trajectory):
    path = written(tmp_path, trajectory, film_width_mm=24.0)
    jsonschema.validate(json.loads(path.read_text()), json.loads((DOCS / "camera.schema.json").read_text()))
    reading = read_file(path)
    again = reading.trajectory
    np.testing.assert_allclose(again.c2w, trajectory.c2w, atol=1e-12)
    np.testing.assert_allclose(again.K, trajectory.K, rtol=1e-12)
    assert (again.width, again.height, again.fps, again.scale) == (
        trajectory.width, trajectory.height, trajectory.fps, trajectory.scale
    )  # fmt: skip
    assert reading.notes == ()


def test_the_pages_own_example_is_a_camera(tmp_path):
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1]
    jsonschema.validate(json.loads(example), json.loads((DOCS / "camera.schema.json").read_text()))
    (tmp_path / "example.json").write_text(example)
    reading = read_file(tmp_path / "example.json")
    np.testing.assert_allclose(reading.trajectory.c2w[0], np.eye(4), atol=1e-5)
    assert reading.trajectory.hfov_deg[0] == pytest.approx(60, abs=1e-3)
    assert reading.notes == ()


def test_blenders_quaternion_and_euler_angles_are_one_rotation_by_scipy(tmp_path):
    trajectory = odd_path()
    frames = document_of(tmp_path, trajectory)["frames"]
    quaternions = np.array([frame["rotation_quaternion"] for frame in frames])
    angles = np.array([frame["rotation_euler"] for frame in frames])
    R = Rotation.from_quat(quaternions, scalar_first=True).as_matrix()
    np.testing.assert_allclose(Rotation.from_euler("xyz", angles).as_matrix(), R, atol=1e-12)
    world = np.tile(np.eye(4), (15, 1, 1))
    world[:, :3, :3], world[:, :3, 3] = R, [frame["location"] for frame in frames]
    np.testing.assert_allclose(from_z_up(world), trajectory.c2w, atol=1e-12)
    assert (np.sum(quaternions[1:] * quaternions[:-1], axis=1) > 0).all()


def test_after_effects_orientation_is_rx_ry_rz_in_its_own_axes_by_scipy(tmp_path):
    trajectory = odd_path()
    seen = [frame["after_effects"] for frame in document_of(tmp_path, trajectory)["frames"]]
    R = Rotation.from_euler("XYZ", [item["orientation"] for item in seen], degrees=True).as_matrix()
    np.testing.assert_allclose(R, trajectory.c2w[:, :3, :3], atol=1e-12)
    np.testing.assert_allclose([item["position"] for item in seen], trajectory.c2w[:, :3, 3], atol=1e-12)
    np.testing.assert_allclose([item["zoom"] for item in seen], trajectory.K[:, 0, 0], atol=1e-12)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_angles_of_a_camera_that_spins_three_times_never_jump(tmp_path, axis):
    c2w = np.tile(np.eye(4), (109, 1, 1))
    c2w[:, :3, :3] = Rotation.from_euler(axis, np.arange(109)[:, None] * 10, degrees=True).as_matrix()
    K = np.tile([[500.0, 0, 416], [0, 500, 240], [0, 0, 1]], (109, 1, 1))
    frames = document_of(tmp_path, Trajectory(c2w, K, 832, 480))["frames"]
    orientation = np.array([frame["after_effects"]["orientation"] for frame in frames])
    euler = np.degrees([frame["rotation_euler"] for frame in frames])
    for angles in (orientation, euler):
        spins = np.abs(np.diff(angles, axis=0)).max()
        assert (
            spins < 181 if axis == "y" else spins == pytest.approx(10)
        )  # beyond 90 the middle axis turns the others over
    again = read_file(tmp_path / "blender.json").trajectory
    np.testing.assert_allclose(again.c2w, c2w, atol=1e-9)


def changed(tmp_path, change, trajectory=None):
    document = document_of(tmp_path, trajectory or zoom_path())
    change(document)
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(document))
    return path


def without(*names):
    def change(document):
        for frame in document["frames"]:
            for name in names:
                frame.pop(name)

    return change


@pytest.mark.parametrize(
    "names",
    [("rotation_quaternion",), ("rotation_euler",), ("after_effects",), ("location", "lens"), ("frame",)],
)
def test_each_program_numbers_are_enough(tmp_path, names):
    trajectory = zoom_path()
    reading = read_file(changed(tmp_path, without(*names), trajectory))
    np.testing.assert_allclose(reading.trajectory.c2w, trajectory.c2w, atol=1e-12)
    np.testing.assert_allclose(reading.trajectory.K, trajectory.K, rtol=1e-12)
    assert reading.notes == ()


def test_where_the_two_differ_blenders_are_read_and_that_is_said(tmp_path):
    def change(document):
        document["frames"][3]["after_effects"]["position"][0] += 1

    reading = read_file(changed(tmp_path, change))
    np.testing.assert_allclose(reading.trajectory.c2w, zoom_path().c2w, atol=1e-12)
    assert any("After Effects differ from Blender's" in note for note in reading.notes)


def test_frames_that_are_left_out_are_filled_in_evenly_and_that_is_said(tmp_path):
    reading = read_file(changed(tmp_path, lambda document: document["frames"].pop(7)))
    assert reading.trajectory.num_frames == 15
    np.testing.assert_allclose(reading.trajectory.c2w[7], zoom_path().at([6, 8]).at([0.5]).c2w[0], atol=1e-12)
    assert any("14 of 15 frames" in note for note in reading.notes)


def test_what_a_file_does_not_say_is_asked_or_told(tmp_path):
    def change(document):
        for name in ("width", "height", "fps", "sensor_width", "scale", "format", "version"):
            document.pop(name)
        without("lens", "after_effects")(document)

    path = changed(tmp_path, change)
    with pytest.raises(RaxelError, match="no camera file that Raxel knows"):
        read_file(path)
    with pytest.raises(RaxelError, match="the file has no lens"):
        read_file(path, format="blender")
    reading = read_file(path, Ask(hfov_deg=90), format="blender")
    again = reading.trajectory
    assert (again.width, again.height, again.fps, again.K[0, 0, 0]) == (1280, 720, 24, pytest.approx(640))
    assert len(reading.notes) == 2


def frame_set(**values):
    return lambda document: document["frames"][1].update(values)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda document: document.update(version=2), "version 2, this Raxel reads up to version 1"),
        (lambda document: document.update(frames=[]), '"frames" must be a list of at least one camera'),
        (lambda document: document.update(frames=[1]), '"frames" must be a list of at least one camera'),
        (lambda document: document.update(width=0), '"width" must be a whole number of pixels within 1 and 32768'),
        (lambda document: document.update(sensor_width=0), '"sensor_width" must be a positive number'),
        (lambda document: document.update(fps=0), "fps must be a positive number"),
        (frame_set(frame=0), "frame 0 follows frame 0; their numbers must rise"),
        (frame_set(frame=1.5), '"frame" of camera 1 must be a whole number, got 1.5'),
        (lambda document: document["frames"][-1].update(frame=10**8), "more than the 100000 that are read"),
        (frame_set(location=[1, 2]), 'frame 1: "location" must be 3 numbers, got 2 values'),
        (frame_set(location=[1, 2, float("nan")]), 'frame 1: "location" must be a finite number, got nan'),
        (frame_set(location=[1, 2, "3"]), "must be a finite number, got '3'"),
        (frame_set(rotation_quaternion=[0, 0, 0, 0]), 'a "rotation_quaternion" has the length 0; it must be 1'),
        (without("rotation_quaternion", "rotation_euler"), 'frame 0: "rotation_euler" must be 3 numbers, got None'),
        (without("location", "after_effects"), 'frame 0 has neither "location" nor "after_effects"'),
        (frame_set(rotation_quaternion=[1e200, 0, 0, 0]), '"rotation_quaternion" has the length'),
        (frame_set(lens=-3), "focal lengths must be positive"),
        (frame_set(lens="wide"), '"lens" of camera 1 must be a finite number'),
        (lambda document: document.update(scale="a\n\x1b" * 400), '"scale" must be "metric" or "relative", got \'a'),
        (lambda document: document.update(version=int("9" * 400)), "version 9999"),
        (frame_set(confidence=2), "every confidence must be a number within 0 and 1"),
    ],
)  # fmt: skip
def test_a_wrong_camera_json_gets_one_sentence(tmp_path, change, sentence):
    with pytest.raises(RaxelError, match=sentence) as caught:
        read_file(changed(tmp_path, change))
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)


def run_blender(script, tmp_path, before="", after=""):
    file = tmp_path / "script.py"
    file.write_text(before + script.replace("/path/to/blender.json", str(tmp_path / "blender.json")) + after)
    done = subprocess.run([BLENDER, str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


POINT = (0.4, -0.3, 6.0)
PROJECT = f"""
from mathutils import Vector
rows = []
for number in range(scene.frame_start, scene.frame_end + 1):
    scene.frame_set(number)
    seen = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
    render = scene.render
    P = seen.calc_matrix_camera(bpy.context.evaluated_depsgraph_get(), x=render.resolution_x, y=render.resolution_y,
        scale_x=render.pixel_aspect_x, scale_y=render.pixel_aspect_y) @ seen.matrix_world.inverted()
    clip = P @ Vector(({POINT[0]}, {POINT[2]}, {-POINT[1]}, 1))
    rows.append([(clip.x / clip.w + 1) / 2 * render.resolution_x, (1 - clip.y / clip.w) / 2 * render.resolution_y])
json.dump({{"fps": render.fps / render.fps_base, "pixels": rows}}, open(FILE + ".out", "w"))
"""


@needs_blender
@pytest.mark.parametrize("size", [(832, 480), (480, 832)])
def test_in_blender_a_point_falls_on_the_same_pixel(tmp_path, size):
    path = zoom_path(*size)
    K = path.K.copy()
    K[:, 1, 1] *= 0.8
    K[:, :2, 2] += [40, -25]
    trajectory = Trajectory(path.c2w, K, *size, 24000 / 1001)
    written(tmp_path, trajectory)
    run_blender(
        INTO_BLENDER,
        tmp_path,
        before="import bpy\nbpy.ops.wm.read_factory_settings(use_empty=True)\n",
        after=PROJECT,
    )
    found = json.loads((tmp_path / "blender.json.out").read_text())
    seen = np.einsum("fij,fj->fi", K, (trajectory.w2c @ [*POINT, 1])[:, :3])
    np.testing.assert_allclose(found["pixels"], seen[:, :2] / seen[:, 2:], atol=2e-2)
    assert found["fps"] == pytest.approx(24000 / 1001, rel=1e-6)


@needs_blender
@pytest.mark.parametrize("size", [(832, 480), (480, 832)])
@pytest.mark.parametrize("fit", ["AUTO", "HORIZONTAL", "VERTICAL"])
def test_out_of_blender_and_back_is_the_same_camera(tmp_path, size, fit):
    trajectory = zoom_path(*size)
    K = trajectory.K.copy()
    K[:, :2, 2] += [40, -25]
    trajectory = Trajectory(trajectory.c2w, K, *size, 25)
    written(tmp_path, trajectory)
    refit = f"""
lens.sensor_fit, lens.sensor_height = "{fit}", 24
side = scene.render.resolution_y if "{fit}" == "VERTICAL" or ("{fit}" == "AUTO" and {size[1]} > {size[0]}) else {size[0]}
mm = (24 if "{fit}" == "VERTICAL" else 36) / side
lens.animation_data_clear()
lens.lens = shot["frames"][0]["lens"] * mm * {size[0]} / 36
lens.shift_x, lens.shift_y = (shot["frames"][0][name] * {size[0]} / side for name in ("shift_x", "shift_y"))
"""
    empty = "import bpy\nbpy.ops.wm.read_factory_settings(use_empty=True)\n"
    run_blender(INTO_BLENDER + refit + OUT_OF_BLENDER, tmp_path, before=empty)
    again = read_file(tmp_path / "blender.json").trajectory
    np.testing.assert_allclose(again.c2w, trajectory.c2w, atol=1e-6)
    np.testing.assert_allclose(again.K, np.broadcast_to(K[0], K.shape), rtol=1e-5)
    assert (again.fps, again.scale) == (25, "metric")


STAND_INS = """
const fs = require("fs"), found = {};
const property = (path) => ({property: (name) => property(path.concat(name)),
    setValuesAtTimes: (times, values) => { found[path[path.length - 1]] = {times, values}; }});
const AutoOrientType = {NO_AUTO_ORIENT: "none"};
const File = {openDialog: () => ({open() {}, close() {}, read: () => fs.readFileSync(process.argv[2], "utf8")})};
const app = {project: {items: {addComp: (...comp) => { found.comp = comp;
    return {layers: {addCamera: () => ({...property([]), set autoOrient(value) { found.auto = value; }})}}; }}}};
"""


@needs_node
def test_the_script_for_after_effects_sets_every_frame(tmp_path):
    trajectory = zoom_path()
    (tmp_path / "run.js").write_text(STAND_INS + INTO_AFTER_EFFECTS + "\nconsole.log(JSON.stringify(found));")
    told = subprocess.run(
        ["node", str(tmp_path / "run.js"), str(written(tmp_path, trajectory))],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    found = json.loads(told.stdout)
    assert found["comp"] == ["Raxel", 832, 480, 1, 15 / 25, 25]
    assert found["auto"] == "none"
    np.testing.assert_allclose(found["ADBE Position"]["times"], np.arange(15) / 25)
    np.testing.assert_allclose(
        found["ADBE Position"]["values"], trajectory.c2w[:, :3, 3] * 100 + [416, 240, 0], atol=1e-9
    )
    R = Rotation.from_euler("XYZ", found["ADBE Orientation"]["values"], degrees=True).as_matrix()
    np.testing.assert_allclose(R, trajectory.c2w[:, :3, :3], atol=1e-12)
    np.testing.assert_allclose(found["ADBE Camera Zoom"]["values"], trajectory.K[:, 0, 0])
