"""Joint Sampler beyond its first inputs: takes, seeds, places of stills, known cameras, text. And old files still run."""

import json
import struct
import threading

import numpy as np
import pytest
import torch
from conftest import HERE
from host_client import failure
from safetensors.torch import load_file
from test_running import JOINT, POSE, SHOOT, fresh, messages_of, node, number
from test_workflows import as_prompt, saved_by

FIRST_RELEASE = HERE / "workflows" / "first_release"
TEXT = 3  # kind of a binary message: words under a node


def kept(host, prompt, watched=True, **extra):
    """Run the sampler of a prompt, and give all that it hands out, to the last bit."""
    sampler, name = number(prompt, "JointSampler"), "kept"
    links = {"images": [sampler, 0], "raxels": [sampler, 1], "confidence": [sampler, 2]}
    needed = (
        "LoadImage",
        "LoadVideo",
        "LoadRaxelModel",
        "RaxelLoadLora",
        "TrajectoryPreset",
        "RaxelFromCamera",
        "JointSampler",
    )
    needed += ("TestText", "TestActs", "ImageBatch", "ImageScale")
    prompt = {i: n for i, n in prompt.items() if n["class_type"] in needed}
    path = host.folder / "output" / f"{name}.safetensors"
    path.unlink(missing_ok=True)
    host.run(
        prompt | {"keep": {"class_type": "TestKeep", "inputs": {"name": name, **links}}}, watched, **extra
    )
    return load_file(path)


def quick(prompt, **inputs):
    """The prompt with few steps, few small frames, and other inputs of its sampler."""
    node(prompt, "JointSampler").update(video_steps=2, ray_steps=1, seed=5, **inputs)
    if any(n["class_type"] == "TrajectoryPreset" for n in prompt.values()):
        node(prompt, "TrajectoryPreset").update(frames=5, width=64, height=32)
    return prompt


def two_stills(prompt):
    """The prompt with two stills: the one that it has, and the same upside down in colour."""
    still = next(i for i, n in prompt.items() if n["class_type"] == "LoadImage")
    prompt["batch"] = {"class_type": "ImageBatch", "inputs": {"image1": [still, 0], "image2": [still, 0]}}
    node(prompt, "JointSampler")["source_images"] = ["batch", 0]
    return prompt


SAID_THEN = {"JointSampler": {"ray_steps": 2, "ray_shift": 1}, "TrajectoryPreset": {"frames": 9}}
"""What templates have said otherwise since; the files of the first release keep their own values."""


@pytest.mark.parametrize("name", [POSE, SHOOT, JOINT])
def test_a_workflow_file_of_the_first_release_means_what_it_meant(host, twin, name):
    """It has fewer widget values than the node has widgets: those that are there must fall on the same widgets."""
    graph = json.loads((FIRST_RELEASE / f"{name}.json").read_text())
    prompt = {i: {k: n[k] for k in ("class_type", "inputs")} for i, n in twin(name).items()}
    for said in prompt.values():
        said["inputs"].update(SAID_THEN.get(said["class_type"], {}))
    assert as_prompt(graph, host.get("/object_info")) == prompt


def test_takes_are_lists_of_what_their_seeds_give_alone(host, twin):
    """With some cameras unknown, so that images, raxels and confidence are all the model's."""
    together = kept(host, quick(twin(SHOOT), takes=3, given_frames="0, 1"))
    kinds = ("images", "raxels", "confidence")
    assert sorted(together) == sorted(f"{kind}_{i}" for kind in kinds for i in range(3))
    for take in (0, 2):
        prompt = quick(twin(SHOOT), given_frames="0, 1")
        node(prompt, "JointSampler")["seed"] += take
        alone = kept(host, prompt)
        for kind in kinds:
            assert torch.equal(alone[f"{kind}_0"], together[f"{kind}_{take}"]), (kind, take)
    assert not torch.equal(together["images_0"], together["images_1"])
    assert len(together["confidence_0"]) == len(together["images_0"])


def test_takes_become_files_pictures_and_paths_of_their_own_on_one_bar(host, twin, socket):
    prompt = quick(twin(JOINT), takes=2)
    node(prompt, "JointSampler")["seed"] = 77
    prompt_id = host.queue(prompt)
    steps = [
        (message["data"]["value"], message["data"]["max"])
        for message in messages_of(socket, prompt_id)
        if isinstance(message, dict)
        and message["type"] == "progress"
        and message["data"]["node"] == number(prompt, "JointSampler")
    ]
    assert steps == [(i, 4) for i in range(1, 5)]
    outputs = host.result(prompt_id)["outputs"]
    assert len({entry["filename"] for entry in saved_by(outputs, prompt, "SaveVideo")}) == 2
    assert len(saved_by(outputs, prompt, "PreviewImage")) == 2
    assert (
        len({e["filename"] for e in saved_by(outputs, prompt, "RaxelSaveTrajectory", "raxel_trajectory")})
        == 4
    )


def test_interrupt_stops_in_the_middle_of_takes(host, twin, socket):
    prompt = fresh(quick(twin(JOINT), takes=64))
    prompt_id, seen = host.queue(prompt), 0
    for message in messages_of(socket, prompt_id):
        if isinstance(message, dict) and message["type"] == "progress":
            seen = message["data"]["value"]
            if seen == 3:
                threading.Thread(target=host.post, args=("/interrupt", {})).start()
    result = host.result(prompt_id)
    assert [kind for kind, _ in result["status"]["messages"]][-1] == "execution_interrupted"
    assert 3 <= seen < 64


def test_takes_that_would_fill_the_memory_are_refused(host, twin):
    prompt = quick(twin(SHOOT), takes=64)
    node(prompt, "TrajectoryPreset")["frames"] = 801
    node(prompt, "RaxelFromCamera").update(width=320, height=320)
    node(prompt, "JointSampler")["video_steps"] = 1000
    words = failure(host.result(host.queue(prompt)))
    assert "64 takes would hold" in words and "more than 16 GB" in words


def test_a_seed_gives_the_same_bits_with_and_without_previews_and_again(host, twin):
    """`frames` has no meaning for this task; another value of it keeps the host from answering from its cache."""
    runs = {}
    settings = {
        "none": "none",
        "auto": "auto",
        "latent2rgb": "latent2rgb",
        "again": "auto",
        "nobody looks": "",
    }
    for index, (name, method) in enumerate(settings.items()):
        prompt = quick(twin(SHOOT), frames=index)
        node(prompt, "JointSampler")["video_steps"] = 3
        runs[name] = kept(host, prompt, watched=bool(method), preview_method=method)
    for name, results in runs.items():
        for kind, tensor in results.items():
            assert torch.equal(tensor, runs["none"][kind]), (name, kind)
    prompt = quick(twin(SHOOT), frames=len(settings))
    node(prompt, "JointSampler").update(video_steps=3, seed=6)
    assert not torch.equal(kept(host, prompt)["images_0"], runs["none"]["images_0"])


def test_given_cameras_are_known_and_come_back_exactly(host, twin):
    prompt = quick(twin(SHOOT), given_frames="0-1, 4")
    some = kept(host, prompt)
    every = kept(host, quick(twin(SHOOT)))
    given = [0, 1, 4]
    np.testing.assert_allclose(some["raxels_0"][given], every["raxels_0"][given], atol=1e-6)
    assert (some["raxels_0"][2] - every["raxels_0"][2]).abs().max() > 1e-4, "the others are the model's"
    assert (every["confidence_0"] == 1).all()
    assert some["confidence_0"].min() >= 0 and (some["confidence_0"] < 1).any()


def test_known_cameras_of_a_clip_are_kept(host, twin):
    prompt, path = quick(twin(POSE), given_frames="0, 4"), quick(twin(SHOOT))
    prompt["path"] = {"class_type": "TrajectoryPreset", "inputs": node(path, "TrajectoryPreset")}
    prompt["rays"] = {"class_type": "RaxelFromCamera", "inputs": {"trajectory": ["path", 0], "frames": 0, "width": 0, "height": 0}}  # fmt: skip
    node(prompt, "JointSampler")["raxels"] = ["rays", 0]
    found, wanted = kept(host, prompt), kept(host, path)
    np.testing.assert_allclose(found["raxels_0"][[0, 4]], wanted["raxels_0"][[0, 4]], atol=1e-6)
    assert len(found["images_0"]) == len(wanted["raxels_0"])


def test_stills_stand_where_source_frames_says(host, twin):
    spread = kept(host, quick(two_stills(twin(SHOOT))))
    same = kept(host, quick(two_stills(twin(SHOOT)), source_frames="0, 4"))
    other = kept(host, quick(two_stills(twin(SHOOT)), source_frames="4, 0"))
    assert torch.equal(spread["images_0"], same["images_0"]), (
        "empty spreads them evenly, the first at frame 0"
    )
    assert not torch.equal(same["images_0"], other["images_0"])


def test_cameras_of_stills_are_found_one_for_each(host, twin):
    found = kept(host, quick(two_stills(twin(JOINT)), task="poses_of_stills"))
    assert len(found["images_0"]) == len(found["raxels_0"]) == len(found["confidence_0"]) == 2


def test_any_number_of_cameras_gives_as_many_stills(host, twin):
    prompt = quick(twin(SHOOT), task="stills_from_cameras")
    node(prompt, "RaxelFromCamera").update(frames=3, single_cameras=True)
    made = kept(host, prompt)
    assert len(made["images_0"]) == len(made["raxels_0"]) == 3
    assert (made["confidence_0"] == 1).all()


@pytest.mark.parametrize(
    ("workflow", "inputs", "words"),
    [
        (JOINT, {"source_frames": "0; 8"}, "source_frames holds '0; 8'"),
        (SHOOT, {"given_frames": "8-0"}, "given_frames holds the range 8-0, which goes backwards"),
        (JOINT, {"given_frames": "0"}, "given_frames names frames of a path"),
        (POSE, {"source_frames": "0"}, "task pose_from_video asks for no such place"),
        (POSE, {"task": "poses_of_stills"}, "connect source_images and disconnect video"),
        (JOINT, {"task": "stills_from_cameras"}, "connect raxels"),
        (JOINT, {"takes": 65}, "takes"),
    ],
)
def test_frames_and_tasks_that_mean_nothing_are_refused_before_anything_runs(
    host, twin, workflow, inputs, words
):
    assert words in host.refusal(quick(twin(workflow), **inputs))


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"source_frames": "0, 3"}, "one frame for each of the 1 stills, got 2"),
        ({"source_frames": "9"}, "source_frames must be frames from 0 to 4, got 9"),
        ({"solver": "magic"}, "there is no solver 'magic'; choose one of euler"),
        ({"given_frames": "0-5"}, "given_frames must be frames from 0 to 4, got 5"),
    ],
)
def test_what_the_shot_or_the_sampler_has_not_gets_its_sentence(host, twin, inputs, words):
    assert words in failure(host.result(host.queue(quick(twin(SHOOT), **inputs))))


def with_text(prompt, width=64, attached="", seed=1, name="positive"):
    text = {"class_type": "TestText", "inputs": {"seed": seed, "width": width, "attached": attached}}
    node(prompt, "JointSampler")[name] = [name, 0]
    return prompt | {name: text}


def test_text_and_its_weight_change_the_pictures(host, twin):
    plain, told = kept(host, quick(twin(SHOOT))), kept(host, with_text(quick(twin(SHOOT))))
    led = kept(host, with_text(quick(twin(SHOOT), cfg=3.0)))
    away = kept(host, with_text(with_text(quick(twin(SHOOT), cfg=3.0)), seed=2, name="negative"))
    assert len({results["images_0"].numpy().tobytes() for results in (plain, told, led, away)}) == 4


def test_cfg_without_text_runs_at_1_and_says_so_under_the_node(host, twin, socket):
    prompt = fresh(quick(twin(JOINT), cfg=5.0))
    node(prompt, "JointSampler")["video_steps"] = 1
    prompt_id, words = host.queue(prompt), ""
    for message in messages_of(socket, prompt_id):
        if isinstance(message, bytes) and struct.unpack("!I", message[:4]) == (TEXT,):
            words += message[8:].decode(errors="replace")
    assert host.result(prompt_id)["status"]["status_str"] == "success"
    assert "cfg 5 leads nowhere without two different texts: runs at cfg 1" in words
    assert "source_images" in words, "what was done to the still is said as well"
    assert torch.equal(
        kept(host, quick(twin(SHOOT), cfg=5.0))["images_0"], kept(host, quick(twin(SHOOT)))["images_0"]
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"width": 4096}, "positive comes from a text encoder of width 4096, the model's is 64"),
        ({"attached": "mask"}, "positive carries a mask (mask)"),
        ({"attached": "control"}, "positive carries a ControlNet (control)"),
    ],
)
def test_text_that_the_model_cannot_read_gets_its_sentence(host, twin, text, words):
    result = failure(host.result(host.queue(with_text(quick(twin(JOINT)), **text))))
    assert words in result and "\n" not in result


def test_confidence_of_poses_is_a_number_for_each_frame(host, twin):
    prompt = quick(twin(POSE))
    poses = number(prompt, "RaxelsToPoses")
    prompt["surely"] = {"class_type": "PreviewAny", "inputs": {"source": [poses, 3]}}
    prompt["text"] = {"class_type": "PreviewAny", "inputs": {"source": [poses, 2]}}
    outputs = host.run(prompt)
    values = json.loads(outputs["surely"]["text"][0])
    assert values == pytest.approx(json.loads(outputs["text"]["text"][0])["confidence"], abs=1e-6)
