"""Camera paths loaded, edited, joined, steadied and saved by the nodes of a real host."""

import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest

from raxel_core.formats import FORMATS, Ask, raxel_json, read_file, write_trajectory
from raxel_core.geometry.doubt import filled
from raxel_core.geometry.edit import mirrored, retimed, trimmed
from raxel_core.geometry.join import joined
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import rotation_exp
from raxel_core.geometry.steady import moved, steadied

LOAD, SAVE = "RaxelLoadTrajectory", "RaxelSaveTrajectory"
EDITS = {
    "transform": "RaxelTransformTrajectory",
    "join": "RaxelJoinTrajectories",
    "steady": "RaxelStabilizeTrajectory",
}
PROGRESS_TEXT = 3


def shaken(frames=49):
    """An estimated path: an arc that trembles, of which some cameras are doubtful and wrong."""
    rng = np.random.default_rng(0)
    path = preset_trajectory("arc_left", frames, 640, 360, fps=24, subject_distance=2.0)
    c2w, sure = path.c2w.copy(), np.full(frames, 0.9)
    c2w[:, :3, :3] = c2w[:, :3, :3] @ rotation_exp(np.radians(0.3) * rng.standard_normal((frames, 3)))
    c2w[20:23, :3, 3] += 3
    sure[20:23] = 0.1
    return replace(path, c2w=c2w, scale="relative", confidence=sure)


@pytest.fixture(scope="module")
def inputs(host):
    """The host's input folder, with camera files in it."""
    folder = host.folder / "input"
    (folder / "cameras").mkdir(exist_ok=True)
    write_trajectory(folder / "cameras" / "shaken.json", shaken())
    write_trajectory(folder / "cameras" / "model", shaken(), "colmap")
    (folder / "cameras" / "walk.tum").write_text(
        "".join(f"{i / 30:.4f} {i * 0.1} 0 0 0 0 0 1\n" for i in range(9))
    )
    (folder / "cameras" / "diary.txt").write_text("dear diary\n")
    (host.folder / "secret.json").write_text(raxel_json.write(shaken()))
    (folder / "cameras" / "out.json").symlink_to(host.folder / "secret.json")
    return folder


def load(**said):
    return {"class_type": LOAD, "inputs": {"file": "cameras/shaken.json", **said}}


def save(node="load", kind="JSON", prefix="raxel/nodes"):
    return {
        "class_type": SAVE,
        "inputs": {"trajectory": [node, 0], "filename_prefix": prefix, "format": kind},
    }


def result(host, edit=None, **given):
    """What one node makes of the loaded path, as saved JSON has it."""
    prompt = {"load": load(), "save": save("edit" if edit else "load")}
    if edit:
        prompt["edit"] = {"class_type": EDITS[edit], "inputs": {"trajectory": ["load", 0], **given}}
    return saved_path(host, host.run(prompt))


def saved_path(host, outputs):
    (entry,) = outputs["save"]["raxel_trajectory"]
    return raxel_json.read(host.saved(entry).read_text())


def same(path, other):
    np.testing.assert_allclose(path.c2w, other.c2w, atol=1e-12)
    np.testing.assert_allclose(path.K, other.K, atol=1e-9)
    assert (path.width, path.height, path.scale) == (other.width, other.height, other.scale)
    assert path.fps == pytest.approx(other.fps)


def run_and_hear(socket, host, node, prompt):
    """The outputs of a run, and what a node said under itself meanwhile."""
    prompt_id, said, ours = host.queue(prompt), [], False
    while True:
        message = socket.message()
        if isinstance(message, bytes):
            kind, length = (int.from_bytes(message[place : place + 4], "big") for place in (0, 4))
            if ours and kind == PROGRESS_TEXT and message[8 : 8 + length].decode() == node:
                said.append(message[8 + length :].decode())
        elif message["data"].get("prompt_id") == prompt_id:
            ours = True
            if message["type"] in ("execution_success", "execution_error"):
                assert message["type"] == "execution_success", host.result(prompt_id)
                return host.result(prompt_id)["outputs"], said


def test_the_menu_holds_files_of_folders_and_carries_the_mark_of_the_upload_button(host, inputs):
    definition = host.get(f"/object_info/{LOAD}")[LOAD]["input"]
    kind, spec = definition["required"]["file"]
    assert kind == "COMBO" and spec["raxel_camera_upload"] is True
    assert {"cameras/shaken.json", "cameras/model", "cameras/walk.tum"} <= set(spec["options"])
    assert "cameras/out.json" not in spec["options"]
    assert list(definition["required"]) == ["file"]
    assert list(definition["optional"]) == [
        "path", "format", "hfov", "fps", "width", "height", "film_width_mm", "camera",
    ]  # fmt: skip


def test_a_file_of_the_menu_is_the_path_to_the_bit(host, inputs):
    path = result(host)
    np.testing.assert_array_equal(path.c2w, shaken().c2w)
    np.testing.assert_array_equal(path.confidence, shaken().confidence)


def test_a_file_that_came_after_the_menu_needs_no_refresh(host, inputs):
    name = f"late_{time.monotonic_ns()}.csv"
    write_trajectory(inputs / name, preset_trajectory("dolly_in", 9))
    prompt = {"load": load(file=name), "save": save()}
    assert saved_path(host, host.run(prompt)).num_frames == 9


def test_a_file_that_changes_is_read_again_and_one_that_does_not_is_not(host, inputs):
    file = inputs / "changing.json"
    prompt = {"load": load(file="changing.json"), "save": save()}
    for frames in (9, 17):
        write_trajectory(file, preset_trajectory("dolly_in", frames))
        os.utime(file, ns=(1, 1))  # a copy may keep its time
        assert saved_path(host, host.run(prompt)).num_frames == frames
    again = host.result(host.queue(prompt))["status"]["messages"]
    (cached,) = [body["nodes"] for kind, body in again if kind == "execution_cached"]
    assert "load" in cached


def test_a_linked_name_is_read_again_when_its_file_changes(host, inputs):
    prompt = {
        "name": {"class_type": "PrimitiveString", "inputs": {"value": "cameras/linked.json"}},
        "load": load(path=["name", 0]),
        "save": save(),
    }
    for frames in (9, 17):
        write_trajectory(inputs / "cameras" / "linked.json", preset_trajectory("dolly_in", frames))
        assert saved_path(host, host.run(prompt)).num_frames == frames


def test_the_path_input_counts_before_the_menu_and_takes_a_colmap_folder(host, inputs):
    prompt = {"load": load(file="gone.json", path="cameras/model"), "save": save()}
    path = saved_path(host, host.run(prompt))
    np.testing.assert_allclose(path.canonical().c2w, shaken().canonical().c2w, atol=1e-6)


def test_a_file_without_a_lens_takes_the_one_that_is_said_and_tells_what_was_assumed(host, inputs, socket):
    prompt = {
        "load": load(file="cameras/walk.tum", hfov=40.0, width=64, height=48),
        "save": save(),
    }
    outputs, (said,) = run_and_hear(socket, host, "load", prompt)
    assert said.startswith("9 cameras from TUM")
    path = saved_path(host, outputs)
    assert path.hfov_deg[0] == pytest.approx(40) and (path.width, path.height) == (64, 48)
    _, (said,) = run_and_hear(socket, host, "load", {"load": load(hfov=20.0, fps=30.0), "save": save()})
    assert "the file's own lens of 60 degrees counts, not 20" in said
    assert "the file's own 24 frames per second count, not 30" in said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"file": ""}, "no camera file is chosen"),
        ({"file": "gone.json"}, "there is no 'gone.json' in ComfyUI's input folder"),
        ({"file": "cameras/diary.txt"}, "diary.txt: this is no camera file"),
        ({"file": "cameras/walk.tum"}, "the file has no lens"),
        ({"path": "/etc/passwd"}, "leads out of ComfyUI's input folder"),
        ({"path": "../secret.json"}, "leads out of ComfyUI's input folder"),
        ({"path": "cameras/out.json"}, "is a link that leads out"),
        ({"width": 640}, "a picture size needs both sides, got 640x0"),
        ({"hfov": 500.0}, "hfov must be a number within 0 and 179, got 500"),
        ({"fps": float("nan")}, "fps must be a number"),
        ({"format": "fbx"}, "there is no format 'fbx'"),
        ({"format": "tum"}, "shaken.json: "),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence_before_anything_runs(host, inputs, said, words):
    assert words in host.refusal({"load": load(**said), "save": save()})


def test_a_linked_name_that_leads_out_ends_the_run_in_a_sentence(host, inputs):
    prompt = {
        "name": {"class_type": "PrimitiveString", "inputs": {"value": "../secret.json"}},
        "load": load(path=["name", 0]),
        "save": save(),
    }
    messages = host.result(host.queue(prompt))["status"]["messages"]
    (error,) = [body for kind, body in messages if kind == "execution_error"]
    assert "leads out of ComfyUI's input folder" in error["exception_message"]


def menu_of_formats(host):
    return host.get(f"/object_info/{SAVE}")[SAVE]["input"]["required"]["format"][1]["options"]


def test_the_menu_of_formats_begins_as_it_always_did_and_holds_every_format_that_is_written(host):
    menu = menu_of_formats(host)
    assert menu[:3] == ["JSON and RealEstate10K", "JSON", "RealEstate10K"]
    written = [format for format in FORMATS.values() if format.write]
    assert len(menu) == len(written) + 1


def test_every_format_is_saved_and_read_back_by_the_other_node(host, inputs, socket):
    path = shaken()
    for kind in menu_of_formats(host)[1:]:
        outputs, (said,) = run_and_hear(socket, host, "save", {"load": load(), "save": save(kind=kind)})
        (entry,) = outputs["save"]["raxel_trajectory"]
        reading = read_file(host.saved(entry), Ask(hfov_deg=60.0))
        np.testing.assert_allclose(reading.trajectory.canonical().c2w, path.canonical().c2w, atol=1e-6)
        for words in reading.format.losses(path):
            assert words in said, (kind, said)
        assert ("not kept" in said) == bool(reading.format.losses(path)), (kind, said)


def test_saved_json_carries_the_workflow_and_the_prompt_and_stays_json(host, inputs):
    prompt = {"load": load(), "save": save()}
    outputs = host.run(prompt, extra_pnginfo={"workflow": {"id": "w", "odd": float("nan")}})
    (entry,) = outputs["save"]["raxel_trajectory"]

    def refuse(word):
        raise AssertionError(word)

    metadata = json.loads(host.saved(entry).read_text(), parse_constant=refuse)["metadata"]
    assert metadata["workflow"] == {"id": "w", "odd": None}
    assert metadata["prompt"]["load"]["class_type"] == LOAD


def test_an_untouched_transform_is_the_path_itself(host, inputs):
    same(result(host, "transform"), shaken())


def test_a_transform_does_its_edits_from_top_to_bottom(host, inputs):
    given = {
        "first_frame": 4, "last_frame": -5, "fill_below": 0.25, "smooth": 0.5, "reverse": True, "frames": 33,
        "easing": "ease_in", "mirror": True, "scale": "reach", "scale_to": 1.5, "anchor": "first camera",
    }  # fmt: skip
    expected = steadied(filled(trimmed(shaken(), 4, -5)), 0.5).reversed()
    expected = mirrored(retimed(expected, frames=33, easing="ease_in"))
    path = result(host, "transform", **given)
    assert path.scale == "metric" and path.scene_scale() == pytest.approx(1.5)
    np.testing.assert_allclose(path.c2w[:, :3, :3], expected.canonical().c2w[:, :3, :3], atol=1e-12)
    assert path.fps == pytest.approx(expected.fps)


def test_a_transform_begins_at_another_path(host, inputs):
    path = result(host, "transform", anchor="other path", onto=["load", 0], first_frame=10)
    np.testing.assert_allclose(path.c2w[0], shaken().c2w[0], atol=1e-12)
    prompt = {
        "load": load(),
        "edit": {
            "class_type": EDITS["transform"],
            "inputs": {"trajectory": ["load", 0], "anchor": "other path"},
        },
        "save": save("edit"),
    }
    messages = host.result(host.queue(prompt))["status"]["messages"]
    assert "connect the other one" in json.dumps(messages)


@pytest.mark.parametrize("place", ["continue", "stay"])
def test_paths_are_joined_as_the_geometry_joins_them(host, inputs, place):
    path = result(host, "join", trajectory_2=["load", 0], trajectory_3=["load", 0], place=place, blend=0.5)
    expected = joined(joined(shaken(), shaken(), place, 0.5), shaken(), place, 0.5)
    same(path, expected)


def test_a_steady_path_is_told_how_far_it_moved(host, inputs, socket):
    prompt = {
        "load": load(),
        "edit": {
            "class_type": EDITS["steady"],
            "inputs": {"trajectory": ["load", 0], "seconds": 0.8, "fill_below": 0.25},
        },
        "save": save("edit"),
    }
    expected = steadied(filled(shaken()), 0.8)
    _, (said,) = run_and_hear(socket, host, "edit", prompt)
    way = moved(shaken(), expected)
    assert f"{way.turn_deg.max():.3g} at most" in said and "filled 3 doubtful cameras" in said
    same(result(host, "steady", seconds=0.8, fill_below=0.25), expected)
