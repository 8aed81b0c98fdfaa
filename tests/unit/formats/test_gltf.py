"""glTF: what we write is read by pygltflib, trimesh and plain numpy; what others may write is read as naive loops read it."""

import base64
import json
import struct

import numpy as np
import pygltflib
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicHermiteSpline
from scipy.spatial.transform import Rotation, Slerp

from raxel_core.errors import RaxelError
from raxel_core.formats import Ask, read_file, write_trajectory
from raxel_core.formats.axes import from_y_up, to_y_up
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.trajectory import Trajectory

POINTER = "KHR_animation_pointer"


def zoom_path(width=832, height=480):
    arc = preset_trajectory("arc_left", 9, width, height, fps=25)
    return preset_trajectory("dolly_zoom", 7, width, height, fps=25, start=arc)


def written(tmp_path, trajectory, name="shot.glb"):
    return write_trajectory(tmp_path / name, trajectory)


def accessor(gltf, index):
    """An accessor's floats, by pygltflib's objects and struct."""
    found = gltf.accessors[index]
    view = gltf.bufferViews[found.bufferView]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[found.type]
    start = view.byteOffset + (found.byteOffset or 0)
    values = struct.unpack_from(f"<{found.count * width}f", gltf.binary_blob(), start)
    return np.array(values).reshape(found.count, width)


def test_pygltflib_reads_our_cameras_key_by_key(tmp_path):
    trajectory = zoom_path()
    gltf = pygltflib.GLTF2().load(str(written(tmp_path, trajectory)))
    animation = gltf.animations[0]
    tracks = {}
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        assert sampler.interpolation == "LINEAR"
        np.testing.assert_allclose(accessor(gltf, sampler.input)[:, 0], np.arange(15) / 25, atol=1e-6)
        name = channel.target.path
        if name == "pointer":
            name = channel.target.extensions[POINTER]["pointer"]
        tracks[name] = accessor(gltf, sampler.output)
    for frame in range(15):
        c2w = np.eye(4)
        c2w[:3, :3] = Rotation.from_quat(tracks["rotation"][frame]).as_matrix()
        c2w[:3, 3] = tracks["translation"][frame]
        np.testing.assert_allclose(from_y_up(c2w), trajectory.c2w[frame], atol=1e-6)
    yfov = tracks["/cameras/0/perspective/yfov"][:, 0]
    np.testing.assert_allclose(np.degrees(yfov), trajectory.vfov_deg, atol=1e-5)
    lens = gltf.cameras[0].perspective
    assert np.degrees(lens.yfov) == pytest.approx(trajectory.vfov_deg[0])
    assert lens.aspectRatio == pytest.approx(832 / 480)
    assert gltf.extensionsUsed == [POINTER]


def test_trimesh_sees_the_first_camera(tmp_path):
    trajectory = zoom_path()
    scene = trimesh.load(str(written(tmp_path, trajectory)))
    node = next(name for name in scene.graph.nodes if name != "world")
    np.testing.assert_allclose(scene.graph.get(node)[0], to_y_up(trajectory.c2w[0]), atol=1e-6)
    assert scene.camera.fov[1] == pytest.approx(trajectory.vfov_deg[0], abs=1e-4)


def test_a_turn_never_takes_the_long_way_round(tmp_path):
    spin = np.tile(np.eye(4), (40, 1, 1))
    spin[:, :3, :3] = Rotation.from_rotvec(np.outer(np.arange(40) * 0.7, [0, 1, 0])).as_matrix()
    K = np.tile([[500.0, 0, 416], [0, 500, 240], [0, 0, 1]], (40, 1, 1))
    gltf = pygltflib.GLTF2().load(str(written(tmp_path, Trajectory(spin, K, 832, 480))))
    turns = accessor(gltf, gltf.animations[0].samplers[1].output)
    assert (np.sum(turns[1:] * turns[:-1], axis=1) > 0).all()


@pytest.mark.parametrize("name", ["shot.glb", "shot.gltf"])
def test_raxel_reads_every_bit_of_its_own_files(tmp_path, name):
    trajectory = zoom_path()
    K = trajectory.K.copy()
    K[:, 0, 1], K[:, 1, 1], K[:, 0, 2] = 2.5, K[:, 1, 1] * 0.9, 400
    trajectory = Trajectory(trajectory.c2w, K, 832, 480, 12.5, "relative", np.linspace(0, 1, 15).round(4))
    reading = read_file(written(tmp_path, trajectory, name))
    again = reading.trajectory
    for part in ("c2w", "K", "confidence"):
        np.testing.assert_array_equal(getattr(again, part), getattr(trajectory, part))
    assert (again.width, again.height, again.fps, again.scale) == (832, 480, 12.5, "relative")
    assert reading.notes == ()


def changed(path, change):
    """A .gltf file whose JSON was changed."""
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_a_camera_that_another_program_moved_is_read_as_moved(tmp_path):
    trajectory = zoom_path()
    path = written(tmp_path, trajectory, "shot.gltf")

    def hang_on_a_rig(document):
        document["nodes"].append({"translation": [0, 10, 0], "children": [0]})
        document["scenes"][0]["nodes"] = [1]

    reading = read_file(changed(path, hang_on_a_rig))
    np.testing.assert_allclose(
        reading.trajectory.c2w[:, :3, 3], trajectory.c2w[:, :3, 3] + [0, -10, 0], atol=1e-6
    )
    assert any("changed since Raxel wrote" in note for note in reading.notes)


def test_without_its_extras_the_file_still_says_where_the_camera_is_and_how_it_zooms(tmp_path):
    trajectory = zoom_path()
    path = changed(written(tmp_path, trajectory, "shot.gltf"), lambda document: document.pop("extras"))
    reading = read_file(path, Ask(size=(832, 480)))
    np.testing.assert_allclose(reading.trajectory.c2w, trajectory.c2w, atol=1e-6)
    np.testing.assert_allclose(reading.trajectory.K, trajectory.K, rtol=1e-6)
    assert (reading.trajectory.fps, reading.trajectory.num_frames) == (25, 15)


def test_damaged_extras_cost_only_the_exact_copy(tmp_path):
    path = changed(
        written(tmp_path, zoom_path(), "shot.gltf"),
        lambda document: document["extras"]["raxel"].update(frames=[]),
    )
    reading = read_file(path)
    assert reading.trajectory.num_frames == 15
    assert any("damaged" in note for note in reading.notes)


class Scene:
    """A glTF document made by hand, one accessor after another."""

    def __init__(self, nodes, yfov=0.8, aspect=1.5):
        self.binary = b""
        lens = {"yfov": yfov, "znear": 0.1} | ({"aspectRatio": aspect} if aspect else {})
        self.document = {
            "asset": {"version": "2.0"},
            "nodes": nodes,
            "cameras": [{"type": "perspective", "perspective": lens}],
            "accessors": [],
            "bufferViews": [],
        }

    def data(self, values, type, component=5126, dtype="<f4", **more):
        values = np.asarray(values, dtype=dtype)
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": values.nbytes}
        )
        self.binary += values.tobytes()
        view = len(self.document["bufferViews"]) - 1
        self.document["accessors"].append(
            {"bufferView": view, "componentType": component, "count": values.size // {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[type], "type": type, **more}
        )  # fmt: skip
        return len(self.document["accessors"]) - 1

    def animate(self, node, path, keys, values, interpolation="LINEAR", **more):
        type = "VEC4" if path == "rotation" else "VEC3"
        sampler = {
            "input": self.data(keys, "SCALAR"),
            "output": self.data(values, type, **more),
            "interpolation": interpolation,
        }
        self.document.setdefault("animations", []).append(
            {"samplers": [sampler], "channels": [{"sampler": 0, "target": {"node": node, "path": path}}]}
        )
        return self

    def read(self, folder, **ask):
        address = "data:application/octet-stream;base64," + base64.b64encode(self.binary).decode()
        self.document["buffers"] = [{"byteLength": len(self.binary), "uri": address}]
        (folder / "made.gltf").write_text(json.dumps(self.document))
        return read_file(folder / "made.gltf", Ask(**ask))


def rigid(reading):
    return from_y_up(reading.trajectory.c2w)


def test_nodes_above_the_camera_multiply_as_trimesh_multiplies_them(tmp_path):
    rng = np.random.default_rng(3)
    nodes = []
    for index in range(4):
        turn = Rotation.random(rng=rng)
        node = {"name": f"n{index}", "children": [index + 1]}
        if index == 1:
            matrix = np.eye(4)
            matrix[:3, :3], matrix[:3, 3] = turn.as_matrix() * 3, rng.normal(size=3)
            node["matrix"] = matrix.T.ravel().tolist()
        else:
            node |= {
                "translation": rng.normal(size=3).tolist(),
                "rotation": turn.as_quat().tolist(),
                "scale": [0.5] * 3,
            }
        nodes.append(node)
    scene = Scene(
        [*nodes, {"camera": 0}]
    )  # trimesh knows cameras only at the top, and so is asked for its parent
    scene.document |= {"scene": 0, "scenes": [{"nodes": [0]}]}
    reading = scene.read(tmp_path)
    theirs = trimesh.load(str(tmp_path / "made.gltf")).graph.get("n3")[0].copy()
    theirs[:3, :3] /= np.linalg.norm(theirs[:3, :3], axis=0)
    np.testing.assert_allclose(rigid(reading)[0], theirs, atol=1e-6)
    assert any("scaled by" in note for note in reading.notes)


@pytest.mark.parametrize("interpolation", ["LINEAR", "STEP", "CUBICSPLINE"])
def test_samplers_agree_with_scipys(tmp_path, interpolation):
    rng = np.random.default_rng(5)
    keys = np.array([0, 4, 6, 12, 20]) / 24
    places, turns = rng.normal(size=(5, 3, 3)), Rotation.random(15, rng=rng).as_quat().reshape(5, 3, 4)
    turns[:, [0, 2]] *= 0.3
    cubic = interpolation == "CUBICSPLINE"
    scene = Scene([{"camera": 0}])
    scene.animate(0, "translation", keys, places if cubic else places[:, 1], interpolation)
    scene.animate(0, "rotation", keys, turns if cubic else turns[:, 1], interpolation)
    c2w = rigid(scene.read(tmp_path, fps=24))
    times = np.arange(21) / 24
    assert len(c2w) == 21
    if cubic:
        expected = piecewise_cubic(keys, places, times)
        q = piecewise_cubic(keys, turns, times)
        R = Rotation.from_quat(q / np.linalg.norm(q, axis=1, keepdims=True)).as_matrix()
    elif interpolation == "STEP":
        at = np.searchsorted(keys, times + 1e-9, side="right") - 1
        expected, R = places[at, 1], Rotation.from_quat(turns[at, 1]).as_matrix()
    else:
        expected = np.stack([np.interp(times, keys, places[:, 1, axis]) for axis in range(3)], axis=1)
        R = Slerp(keys, Rotation.from_quat(turns[:, 1]))(np.clip(times, 0, keys[-1])).as_matrix()
    np.testing.assert_allclose(c2w[:, :3, 3], expected, atol=2e-6)
    np.testing.assert_allclose(c2w[:, :3, :3], R, atol=5e-6)


def piecewise_cubic(keys, triples, times):
    """scipy's cubic of each gap alone, for a key's two tangents may differ."""
    rows = []
    for time in times:
        low = int(np.clip(np.searchsorted(keys, time + 1e-9, side="right") - 1, 0, len(keys) - 2))
        gap = CubicHermiteSpline(
            keys[low : low + 2], triples[low : low + 2, 1], [triples[low, 2], triples[low + 1, 0]]
        )
        rows.append(gap(min(time, keys[-1])))
    return np.array(rows)


def test_turns_may_be_stored_as_normalised_whole_numbers(tmp_path):
    q = Rotation.from_euler("yx", [[0, 0], [50, 20]], degrees=True).as_quat()
    scene = Scene([{"camera": 0}]).animate(
        0, "rotation", [0, 1 / 24], np.round(q * 32767), component=5122, dtype="<i2", normalized=True
    )
    np.testing.assert_allclose(
        rigid(scene.read(tmp_path))[:, :3, :3], Rotation.from_quat(q).as_matrix(), atol=1e-4
    )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.sampled_from([8, 12, 16, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 120, 17]),
    st.integers(6, 2000),
    st.floats(0, 60),
)
def test_the_rate_of_baked_keys_is_found_wherever_they_begin(tmp_path_factory, fps, frames, start):
    true = {23.976: 24000 / 1001, 29.97: 30000 / 1001, 59.94: 60000 / 1001}.get(fps, fps)
    keys = np.float32(start + np.arange(frames) / true)
    scene = Scene([{"camera": 0}]).animate(0, "translation", keys, np.arange(frames * 3))
    trajectory = scene.read(tmp_path_factory.mktemp("rates")).trajectory
    assert trajectory.num_frames == frames
    assert trajectory.fps == pytest.approx(true, rel=1e-5 if frames > 50 else 2e-3)
    np.testing.assert_allclose(trajectory.c2w[:, 0, 3], np.arange(frames) * 3, atol=1e-3)


def test_keys_set_by_hand_lie_on_the_frames_of_a_usual_rate(tmp_path):
    scene = Scene([{"camera": 0}]).animate(0, "translation", np.array([0, 8, 21, 50]) / 25, np.arange(12))
    reading = scene.read(tmp_path)
    assert (reading.trajectory.fps, reading.trajectory.num_frames) == (25, 51)
    assert any("keys lie on frames of 25 per second" in note for note in reading.notes)
    assert scene.read(tmp_path, fps=50).trajectory.num_frames == 101


def test_a_rate_that_was_asked_for_does_not_win_over_a_key_for_every_frame_unless_all_lie_on_its_frames(
    tmp_path,
):
    scene = Scene([{"camera": 0}]).animate(0, "translation", np.arange(9) / 30, np.arange(27))
    reading = scene.read(tmp_path, fps=24)
    assert reading.trajectory.fps == 30
    assert any("30 per second; 24 was asked" in note for note in reading.notes)
    assert any("9 keys come at 30 per second" in note for note in scene.read(tmp_path).notes)
    twos = scene.read(tmp_path, fps=60)
    assert (twos.trajectory.fps, twos.trajectory.num_frames) == (60, 17)
    assert not any("asked" in note for note in twos.notes)


@pytest.mark.parametrize(
    ("frames", "rate", "usual", "count"),
    [
        ([8, 10, 22], 25, 25, 15),
        ([0, 1, 7, 8], 24, 24, 9),
        ([0, 3], 30, 30, 4),
        ([0, 1, 2, 3, 4, 5, 6, 20, 40], 24, 24, 41),
    ],
)
def test_a_few_keys_with_uneven_gaps_are_not_one_a_frame(tmp_path, frames, rate, usual, count):
    """Keys at 8, 10 and 22 of 25 frames a second once were 8 cameras at 12.5, whatever rate was asked for."""
    scene = Scene([{"camera": 0}]).animate(
        0, "translation", np.array(frames) / rate, np.arange(len(frames) * 3)
    )
    reading = scene.read(tmp_path)
    assert (reading.trajectory.fps, reading.trajectory.num_frames) == (usual, count)
    assert any(f"keys lie on frames of {usual} per second" in note for note in reading.notes)
    asked = scene.read(tmp_path, fps=rate * 2).trajectory
    assert (asked.fps, asked.num_frames) == (rate * 2, 2 * count - 1)


def moving_parents(count, seconds):
    scene = Scene([{"children": [index + 1]} for index in range(count)] + [{"camera": 0}])
    scene.animate(0, "rotation", [0, seconds], [[0, 0, 0, 1], [0, 1, 0, 0]])
    scene.document["animations"][0]["channels"] = [
        {"sampler": 0, "target": {"node": node, "path": "rotation"}} for node in range(count)
    ]
    return scene


def test_hours_of_hundreds_of_moving_parents_are_refused_before_they_are_worked_out(tmp_path):
    with pytest.raises(RaxelError, match="frames of 250 things that move the camera are 249962") as caught:
        moving_parents(250, 4166).read(tmp_path, fps=24)
    assert len(str(caught.value)) < 250 and "1500000" in str(caught.value)
    assert moving_parents(250, 100).read(tmp_path, fps=24).trajectory.num_frames == 2401


def test_an_hour_of_a_camera_with_a_few_moving_parents_is_read(tmp_path):
    trajectory = moving_parents(4, 4166).read(tmp_path, fps=24).trajectory
    assert trajectory.num_frames == 99_985
    np.testing.assert_allclose(from_y_up(trajectory.c2w)[:, :3, 3], 0, atol=1e-12)
    quarter = Rotation.from_matrix(rigid_rows(trajectory)[24_996]).magnitude()
    assert quarter == pytest.approx(np.pi, abs=1e-3)  # four parents turn 45 degrees each


def rigid_rows(trajectory):
    return from_y_up(trajectory.c2w)[:, :3, :3]


@pytest.mark.parametrize(
    ("name", "x"),
    [("shot", 0), ("wide lens", 0), ("long lens", 7), ("crane", 7), ("stage", 0), ("witness", 7)],
)
def test_a_camera_goes_by_its_node_its_lens_or_anything_it_hangs_on(tmp_path, name, x):
    nodes = [
        {"name": "shot", "camera": 0},
        {"name": "witness", "camera": 1, "translation": [7, 0, 0]},
        {"name": "crane", "children": [1]},
        {"name": "stage", "children": [0, 2]},
    ]
    scene = Scene(nodes)
    scene.document["cameras"] = [
        {**scene.document["cameras"][0], "name": lens} for lens in ("wide lens", "long lens")
    ]
    assert rigid(scene.read(tmp_path, camera=name))[0, 0, 3] == x


ODD = "a\r\nb\x1b[31m\u202e" + "\U000e0001" * 400


@pytest.mark.parametrize(
    ("scene", "ask"),
    [
        (with_odd, ask)
        for with_odd in (
            lambda scene: scene.document.update(asset={"version": ODD}),
            lambda scene: scene.document["cameras"][0]["perspective"].update(yfov=ODD),
            lambda scene: scene.document["nodes"][0].update(translation=ODD),
            lambda scene: scene.document["nodes"][0].update(name=ODD),
            lambda scene: scene.document["nodes"].extend(
                [{"name": ODD + str(i), "camera": 0} for i in range(9)]
            ),
            lambda scene: scene.document["animations"].extend(
                [{**scene.document["animations"][0], "name": ODD}] * 2
            ),
            lambda scene: scene.document.update(extras={"raxel": {"format": ODD, "scale": ODD}}),
            lambda scene: scene.document["cameras"][0]["perspective"].update(yfov=int("9" * 400)),
        )
        for ask in ({}, {"camera": ODD})
    ],
)
def test_whatever_a_file_names_is_said_in_one_short_line_that_prints(tmp_path, scene, ask):
    odd = Scene([{"camera": 0}]).animate(0, "translation", (0, 1), ((0, 0, 0), (1, 0, 0)))
    scene(odd)
    try:
        said = odd.read(tmp_path, **ask).notes
    except RaxelError as error:
        said = [str(error)]
    for sentence in said:
        assert sentence.isprintable() and len(sentence) < 250, sentence


def test_the_vertical_angle_is_kept_whatever_shape_the_pictures_have(tmp_path):
    scene = Scene([{"camera": 0}], yfov=0.9, aspect=16 / 9)
    for size in ((832, 480), (480, 832), (1280, 720)):
        trajectory = scene.read(tmp_path, size=size).trajectory
        assert np.radians(trajectory.vfov_deg[0]) == pytest.approx(0.9)
        assert trajectory.K[0, 0, 0] == trajectory.K[0, 1, 1]
    unshaped = Scene([{"camera": 0}], aspect=None).read(tmp_path)
    assert (unshaped.trajectory.width, unshaped.trajectory.height) == (1280, 720)


def still(**node):
    return Scene([{"camera": 0, **node}])


def moved(keys=(0, 1), values=((0, 0, 0), (1, 0, 0)), path="translation", **more):
    return still().animate(0, path, keys, values, **more)


def with_document(scene, **parts):
    scene.document.update(parts)
    return scene


SCALED_FLAT = [1, 1, 0]
BAD = [
    (with_document(still(), asset={}), "no camera file that Raxel knows"),
    (with_document(still(), asset={"version": "1.0"}), "this is glTF 1.0; Raxel reads glTF 2"),
    (with_document(still(), nodes=[{}]), "holds no perspective camera"),
    (with_document(still(), nodes=7), '"nodes" must be a list'),
    (with_document(still(), nodes=[3]), "nodes 0 must be an object"),
    (still(camera=4), "points to cameras 4, it has 1"),
    (with_document(still(), cameras=[{"type": "orthographic"}]), "the file's camera is orthographic"),
    (Scene([{"camera": 0}], yfov=-1), "yfov must be within 0 and pi"),
    (Scene([{"camera": 0}], yfov="wide"), "yfov must be a finite number, got 'wide'"),
    (Scene([{"camera": 0}], aspect=1e9), "times as wide as high"),
    (still(scale=SCALED_FLAT), "camera 0 of 1 is scaled to nothing"),
    (still(scale=[-1, 1, 1]), "camera 0 of 1 is mirrored"),
    (still(matrix=[1, 0, 0, 0, 0.5, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), "is not a rotation but skewed"),
    (still(rotation=[0, 0, 0, 0]), "a quaternion of zeros"),
    (still(translation=[1, 2]), "the translation of node 0 must be 3 numbers, got 2 values"),
    (still(translation="here"), "the translation of node 0 must be 3 numbers"),
    (still(translation=[1e308, 0, 10**400]), "must be a finite number"),
    (still(children=[0]), "hangs on more than 256 nodes, or on itself"),
    (Scene([{"camera": 0}, {"children": [0]}, {"children": [0]}]), "node 0 hangs on two others"),
    (moved(keys=(1, 0)), "translation of node 0: key 1 is not later than the key before it"),
    (moved(keys=(0, 0)), "key 1 is not later"),
    (moved(keys=(0, np.nan)), "numbers that are not finite"),
    (moved(values=((0, 0, 0), (np.inf, 0, 0))), "numbers that are not finite"),
    (moved(keys=(0, 1, 2)), "3 keys and 2 values of 3 numbers"),
    (moved(keys=(0, 1e30)), "lasts 1e\\+30 seconds; cut it into parts"),
    (moved(keys=(0, 36_000)), "more than the 100000 that are read"),
    (moved(interpolation="BOUNCE"), "animated by 'BOUNCE'; glTF has LINEAR, STEP and CUBICSPLINE"),
    (moved(path="rotation", values=((0, 0, 0, 0), (0, 0, 0, 1))), "a quaternion of zeros"),
    (moved(component=5122), "whole numbers that are not normalised|larger than its buffer view"),
    (moved(component=9), "of a kind that animations do not have"),
    (with_document(moved(), bufferViews=[]), "points to bufferViews"),
]


@pytest.mark.parametrize(("scene", "sentence"), BAD, ids=[sentence[:40] for _, sentence in BAD])
def test_a_wrong_gltf_gets_one_sentence(tmp_path, scene, sentence):
    with pytest.raises(RaxelError, match=sentence) as caught:
        scene.read(tmp_path)
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)


def test_a_signalling_nan_is_not_a_finite_number(tmp_path):
    scene = moved()
    scene.binary = scene.binary[:-4] + struct.pack("<I", 0x7FA00000)
    with pytest.raises(RaxelError, match="numbers that are not finite"):
        scene.read(tmp_path)


def test_a_cut_off_glb_says_how_much_is_missing(tmp_path):
    whole = written(tmp_path, zoom_path()).read_bytes()
    cut = tmp_path / "cut.glb"
    cut.write_bytes(whole[:-100])
    with pytest.raises(RaxelError, match=f"should have {len(whole)} bytes and has {len(whole) - 100}"):
        read_file(cut)
    cut.write_bytes(whole[:10])
    with pytest.raises(RaxelError, match="has only 10 bytes"):
        read_file(cut)


@pytest.mark.parametrize(
    "uri", ["../secret.bin", "/etc/passwd", "link.bin", "%2e%2e/secret.bin", "file:///etc/passwd", "a\\..\\b.bin", "\0"]
)  # fmt: skip
def test_no_buffer_is_read_from_outside_of_the_files_folder(tmp_path, uri):
    (tmp_path / "secret.bin").write_bytes(b"\0" * 4096)
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    scene = moved()
    scene.read(folder)
    scene.document["buffers"][0]["uri"] = uri
    (folder / "shot.gltf").write_text(json.dumps(scene.document))
    with pytest.raises(RaxelError, match="is not in the file's folder; put it there, or export a GLB"):
        read_file(folder / "shot.gltf")


def test_buffers_beside_the_file_are_read_also_from_a_folder_below(tmp_path):
    scene = moved()
    expected = scene.read(tmp_path).trajectory.c2w
    (tmp_path / "data dir").mkdir()
    (tmp_path / "data dir" / "shot.bin").write_bytes(scene.binary)
    scene.document["buffers"][0]["uri"] = "data%20dir/shot.bin"
    (tmp_path / "shot.gltf").write_text(json.dumps(scene.document))
    np.testing.assert_array_equal(read_file(tmp_path / "shot.gltf").trajectory.c2w, expected)


def test_the_same_bytes_named_a_thousand_times_do_not_fill_the_memory(tmp_path):
    """A small file in which every one of 200 nodes is moved by other accessors of the same million numbers."""
    scene = Scene([{"children": [index + 1]} for index in range(200)] + [{"camera": 0}])
    keys, values = np.arange(30_000) / 24, np.zeros((30_000, 3))
    scene.animate(200, "translation", keys, values)
    for node in range(200):
        accessors = scene.document["accessors"]
        accessors.extend(dict(found) for found in accessors[:2])
        sampler = {"input": len(accessors) - 2, "output": len(accessors) - 1}
        channel = {"sampler": 0, "target": {"node": node, "path": "translation"}}
        scene.document["animations"].append({"samplers": [sampler], "channels": [channel]})
    with pytest.raises(RaxelError, match="holds more than 8000000 numbers"):
        scene.read(tmp_path)
