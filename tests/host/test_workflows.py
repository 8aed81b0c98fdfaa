"""The example workflows run on the host as they come, and leave files that other programs can read."""

import json

import av
import numpy as np
import pytest
from conftest import ROOT, WORKFLOWS
from PIL import Image

from raxel_core.formats import raxel_path, read_trajectory

POSE = "Raxel - camera path from a clip"
SHOOT = "Raxel - shoot a still along a path"
JOINT = "Raxel - clip and camera from a still"
BETWEEN = "Raxel - clip between two stills"
DRAW = "Raxel - draw a camera path"
LOOP, EDIT, STEAL = "Raxel - closed loop", "Raxel - estimate, edit, re-shoot", "Raxel - steal the move"
WAN = "Raxel - drive Wan Fun Camera"
RUN_AS_THEY_COME = [name for name in WORKFLOWS if name != WAN]
"""All but the one that needs Wan's own files."""
NOTES = {"MarkdownNote", "Note"}


def frames_of(path):
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def saved_by(outputs, prompt, class_type, key="images"):
    """The entries that the nodes of one class left in the history."""
    nodes = [number for number, node in prompt.items() if node["class_type"] == class_type]
    return [entry for number in nodes for entry in outputs[number][key]]


def only(entries):
    assert len(entries) == 1, entries
    return entries[0]


def paths_saved(host, outputs, prompt):
    entries = saved_by(outputs, prompt, "RaxelSaveTrajectory", "raxel_trajectory")
    assert sorted(entry["filename"][-4:] for entry in entries) == [".txt", "json"]
    return [read_trajectory(host.saved(entry)) for entry in entries]


def test_these_are_the_workflows():
    assert sorted([POSE, SHOOT, JOINT, BETWEEN, DRAW, LOOP, EDIT, STEAL, WAN]) == WORKFLOWS


def test_a_still_is_shot_along_a_drawn_path(host, twin):
    prompt = twin(DRAW)
    number = next(number for number, node in prompt.items() if node["class_type"] == "RaxelTrajectoryEditor")
    drawn = raxel_path.read(prompt[number]["inputs"]["path"])
    prompt["path"] = {
        "class_type": "RaxelSaveTrajectory",
        "inputs": {"trajectory": [number, 0], "filename_prefix": "raxel/drawn", "format": "JSON"},
    }
    outputs = host.run(prompt)
    clip = frames_of(host.saved(only(saved_by(outputs, prompt, "SaveVideo"))))
    assert clip.shape == (drawn.frames, drawn.height, drawn.width, 3)
    assert clip.std() > 2, "the clip is one flat colour"
    path = read_trajectory(
        host.saved(only(saved_by(outputs, prompt, "RaxelSaveTrajectory", "raxel_trajectory")))
    )
    np.testing.assert_array_equal(path.c2w, drawn.trajectory().c2w)
    assert outputs[number]["raxel_image"], "the editor is shown the still"


def test_the_drawn_path_suits_the_rooms_of_the_small_model(twin):
    drawn = raxel_path.read(
        next(n["inputs"]["path"] for n in twin(DRAW).values() if n["class_type"] == "RaxelTrajectoryEditor")
    )
    assert (drawn.frames, drawn.width, drawn.height) == (17, 96, 64)
    path = drawn.trajectory()
    distances = np.linalg.norm(path.c2w[:, :3, 3] - drawn.subject, axis=1)
    assert distances.min() >= 1 and distances.max() <= 3
    assert np.linalg.norm(path.c2w[:, :3, 3], axis=1).max() <= 1
    towards = (np.array(drawn.subject) - path.c2w[:, :3, 3]) / distances[:, None]
    assert (towards * path.c2w[:, :3, 2]).sum(1).min() > 1 - 1e-9, "aimed at the subject all the way"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_workflow_says_what_the_first_run_needs(name):
    graph = json.loads((ROOT / "example_workflows" / f"{name}.json").read_text())
    (note,) = [n["widgets_values"][0] for n in graph["nodes"] if n["type"] == "MarkdownNote"]
    assert "### The first run" in note and "help page" in note
    assert ("Nothing has to be downloaded" in note) == (name in RUN_AS_THEY_COME)


def test_the_wan_workflow_names_every_file_that_it_needs(host, twin):
    """The host refuses it for these files and nothing else; its note says where each comes from and goes."""
    prompt = twin(WAN)
    files = {
        value: node
        for node in prompt.values()
        for value in node["inputs"].values()
        if isinstance(value, str) and value.endswith(".safetensors")
    }
    graph = json.loads((ROOT / "example_workflows" / f"{WAN}.json").read_text())
    (note,) = [n["widgets_values"][0] for n in graph["nodes"] if n["type"] == "MarkdownNote"]
    told = [model for n in graph["nodes"] for model in n["properties"].get("models", [])]
    assert {model["name"] for model in told} == set(files) and len(files) == 4
    for model in told:
        assert f"[{model['name']}]({model['url']}) in `models/{model['directory']}`" in note
    _, answer = host.post("/prompt", {"prompt": prompt, "client_id": host.client_id})
    if "prompt_id" in answer:
        host.result(answer["prompt_id"])  # the editor, which needs none of them, ran
    refused = [error for node in answer["node_errors"].values() for error in node["errors"]]
    assert {error["type"] for error in refused} == {"value_not_in_list"}
    assert {error["extra_info"]["received_value"] for error in refused} == set(files)


def test_the_wan_workflow_hands_the_drawn_path_to_wan(host, twin):
    """What comes before Wan's own files runs without them: the embedding is that of the path in the editor."""
    prompt = {n: node for n, node in twin(WAN).items() if node["class_type"] in WITHOUT_WAN}
    (bridge,) = [n for n, node in prompt.items() if node["class_type"] == "RaxelToWanCamera"]
    prompt["keep"] = {"class_type": "TestKeepAny", "inputs": {"name": "wan_workflow", "value": [bridge, 0]}}
    prompt["back"] = {
        "class_type": "RaxelFromWanCamera",
        "inputs": {"camera_embedding": [bridge, 0], "fps": 16.0},
    }
    prompt["save"] = {
        "class_type": "RaxelSaveTrajectory",
        "inputs": {"trajectory": ["back", 0], "filename_prefix": "raxel/wan", "format": "JSON"},
    }
    outputs = host.run(prompt)
    (text,) = [n["inputs"]["path"] for n in prompt.values() if n["class_type"] == "RaxelTrajectoryEditor"]
    drawn = raxel_path.read(text).trajectory()
    assert np.load(host.folder / "output" / "wan_workflow.npy", mmap_mode="r").shape == (1, 24, 21, 480, 832)
    back = read_trajectory(host.saved(only(outputs["save"]["raxel_trajectory"])))
    np.testing.assert_allclose(back.c2w, drawn.c2w, atol=1e-6)
    np.testing.assert_allclose(back.K, drawn.K, rtol=1e-6)


WITHOUT_WAN = {"LoadImage", "RaxelTrajectoryEditor", "RaxelToWanCamera"}


def test_a_clip_becomes_a_camera_path(host, twin):
    prompt = twin(POSE)
    outputs = host.run(prompt)
    from_json, from_text = paths_saved(host, outputs, prompt)
    assert from_json.num_frames == from_text.num_frames >= 5
    assert from_json.c2w[0] == pytest.approx(np.eye(4))
    np.testing.assert_allclose(from_text.c2w, from_json.c2w, atol=1e-6)
    plot = np.asarray(Image.open(host.saved(only(saved_by(outputs, prompt, "SaveImage")))))
    assert plot.std() > 5, "the plot is one flat colour"
    text = only(saved_by(outputs, prompt, "PreviewAny", "text"))
    assert len(json.loads(text)["confidence"]) == from_json.num_frames


def test_a_still_is_shot_along_a_path(host, twin):
    prompt = twin(SHOOT)
    outputs = host.run(prompt)
    clip = frames_of(host.saved(only(saved_by(outputs, prompt, "SaveVideo"))))
    path = next(node["inputs"] for node in prompt.values() if node["class_type"] == "TrajectoryPreset")
    assert clip.shape == (path["frames"], path["height"], path["width"], 3)
    assert clip.std() > 2, "the clip is one flat colour"
    pictures = saved_by(outputs, prompt, "PreviewImage")
    assert len(pictures) == path["frames"]
    raxels = np.asarray(Image.open(host.saved(pictures[0])))
    assert raxels.shape[:2] == (path["height"] // 2, path["width"] // 2)
    middle, right = raxels[raxels.shape[0] // 2, raxels.shape[1] // 2], raxels[raxels.shape[0] // 2, -1]
    assert middle[2] > right[2] and right[0] > middle[0], "forward is blue, right is red"


def test_a_still_becomes_a_clip_and_a_camera_path(host, twin):
    prompt = twin(JOINT)
    outputs = host.run(prompt)
    clip = frames_of(host.saved(only(saved_by(outputs, prompt, "SaveVideo"))))
    from_json, _ = paths_saved(host, outputs, prompt)
    assert len(clip) == from_json.num_frames
    assert clip.shape[1:3] == (from_json.height, from_json.width)
    rate = next(node["inputs"]["fps"] for node in prompt.values() if node["class_type"] == "CreateVideo")
    assert from_json.fps == pytest.approx(rate)


def test_two_stills_become_the_clip_between_them(host, twin):
    prompt = twin(BETWEEN)
    outputs = host.run(prompt)
    frames = [np.asarray(Image.open(host.saved(e)), float) for e in saved_by(outputs, prompt, "PreviewImage")]
    height, width = frames[0].shape[:2]
    stills = []
    for name in ("raxel_example_still.png", "raxel_example_still_2.png"):
        with Image.open(host.folder / "input" / name) as picture:
            stills.append(
                np.asarray(picture.convert("RGB").resize((width, height), Image.Resampling.BOX), float)
            )
    away = [[np.abs(frames[end] - still).mean() for still in stills] for end in (0, -1)]
    if (ROOT / "models" / "raxel-small.safetensors").is_file():  # a random model invents no place
        assert away[0][0] < away[0][1], "the first frame looks like the first still"
        assert away[1][1] < away[1][0], "the last frame looks like the second"


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflow_file_says_what_its_tested_twin_says(host, twin, name):
    definitions = host.get("/object_info")
    graph = json.loads((ROOT / "example_workflows" / f"{name}.json").read_text())
    prompt = {number: {k: node[k] for k in ("class_type", "inputs")} for number, node in twin(name).items()}
    assert filled(as_prompt(graph, definitions), definitions) == filled(prompt, definitions)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflow_is_laid_out_for_reading(name):
    graph = json.loads((ROOT / "example_workflows" / f"{name}.json").read_text())
    assert graph["version"] == 0.4
    assert [n for n in graph["nodes"] if n["type"] in NOTES]
    boxes = [(*n["pos"], *n["size"]) for n in graph["nodes"]]
    for i, (x, y, w, h) in enumerate(boxes):
        for left, top, wide, high in boxes[i + 1 :]:
            apart = x + w <= left or left + wide <= x or y + h + 30 <= top or top + high + 30 <= y
            assert apart, (graph["nodes"][i]["type"], left, top)
    for node in graph["nodes"]:
        assert node["type"] in NOTES or any(inside(node, group["bounding"]) for group in graph["groups"]), (
            node["type"]
        )


def inside(node, bounding):
    (x, y), (left, top, wide, high) = node["pos"], bounding
    return (
        left <= x
        and x + node["size"][0] <= left + wide
        and top <= y - 30
        and y + node["size"][1] <= top + high
    )


def filled(prompt, definitions):
    """The prompt with the defaults of optional inputs that it leaves out, as those of the first release do."""
    for node in prompt.values():
        optional = definitions[node["class_type"]]["input"].get("optional", {})
        defaults = {name: spec[1]["default"] for name, spec in optional.items() if "default" in spec[1]}
        node["inputs"] = defaults | node["inputs"]
    return prompt


def as_prompt(graph, definitions):
    """The API form of a UI workflow: links by name, widget values in the order of the node's definition."""
    sources = {link[0]: [str(link[1]), link[2]] for link in graph["links"]}
    prompt = {}
    for node in graph["nodes"]:
        if node["type"] in NOTES:
            continue
        spec = definitions[node["type"]]
        everything = {**spec["input"].get("required", {}), **spec["input"].get("optional", {})}
        inputs = {slot["name"]: sources[slot["link"]] for slot in node["inputs"] if slot["link"] is not None}
        values = iter(node["widgets_values"])
        order = [
            n for n in [*spec["input_order"].get("required", []), *spec["input_order"].get("optional", [])]
        ]
        for name in order:
            kind, options = everything[name][0], (everything[name][1:] or [{}])[0]
            if isinstance(kind, list) or kind in ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"):
                linked, value = (
                    name in inputs,
                    next(values, None),
                )  # a workflow saved before an input was appended has none for it
                if value is None:
                    assert "default" in options and name in spec["input"]["optional"], name
                    continue
                inputs[name] = inputs[name] if linked else value
                if options.get("control_after_generate"):
                    assert next(values) == "fixed", "a second click should give the same result"
        prompt[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
    return prompt
