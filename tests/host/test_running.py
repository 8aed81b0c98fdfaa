"""While a run goes on, when it is stopped, and when it must not start."""

import copy
import struct
import threading
import time
from io import BytesIO

import numpy as np
import pytest
from conftest import ROOT
from host_client import failure
from PIL import Image

POSE = "Raxel - camera path from a clip"
SHOOT = "Raxel - shoot a still along a path"
JOINT = "Raxel - clip and camera from a still"
PREVIEW_IMAGE = 1  # kind of a binary message


def node(prompt, class_type):
    return next(n for n in prompt.values() if n["class_type"] == class_type)["inputs"]


def number(prompt, class_type):
    return next(i for i, n in prompt.items() if n["class_type"] == class_type)


ENDINGS = ("execution_success", "execution_error", "execution_interrupted")


def messages_of(socket, prompt_id):
    """Every message until the run has ended."""
    while True:
        message = socket.message()
        yield message
        if (
            not isinstance(message, bytes)
            and message["type"] in ENDINGS
            and message["data"]["prompt_id"] == prompt_id
        ):
            return


def fresh(prompt):
    """The same prompt with another seed, so that the host does not answer from its cache."""
    prompt = copy.deepcopy(prompt)
    node(prompt, "JointSampler")["seed"] = time.monotonic_ns() % 2**63
    return prompt


@pytest.mark.parametrize("name", [POSE, SHOOT, JOINT])
def test_progress_moves_to_the_end_and_previews_are_pictures(host, twin, socket, name):
    prompt = fresh(twin(name))
    sampler = node(prompt, "JointSampler")
    sampler["video_steps"] = sampler["ray_steps"] = 5
    prompt_id = host.queue(prompt)
    steps, previews = [], []
    for message in messages_of(socket, prompt_id):
        if isinstance(message, bytes):
            (kind,) = struct.unpack("!I", message[:4])
            if kind == PREVIEW_IMAGE:
                previews.append(np.asarray(Image.open(BytesIO(message[8:]))))
        elif message["type"] == "progress" and message["data"]["node"] == number(prompt, "JointSampler"):
            steps.append((message["data"]["value"], message["data"]["max"]))
    assert steps == [(i, 5) for i in range(1, 6)]
    assert len(previews) == 5
    assert all(picture.ndim == 3 and min(picture.shape[:2]) >= 32 for picture in previews)


def test_interrupt_stops_within_a_step_and_the_next_run_works(host, twin, socket):
    prompt = fresh(twin(JOINT))
    node(prompt, "JointSampler")["video_steps"] = 1000
    prompt_id = host.queue(prompt)
    steps, stopped_after = 0, None
    for message in messages_of(socket, prompt_id):
        if isinstance(message, dict) and message["type"] == "progress":
            steps += 1
            if steps == 3:
                threading.Thread(target=host.post, args=("/interrupt", {})).start()
                asked = time.monotonic()
        if isinstance(message, dict) and message["type"] == "execution_interrupted":
            stopped_after = time.monotonic() - asked
    result = host.result(prompt_id)
    assert result["status"]["status_str"] == "error"
    assert [kind for kind, _ in result["status"]["messages"]][-1] == "execution_interrupted"
    assert stopped_after is not None and steps < 50, f"{steps} steps ran"
    node(prompt, "JointSampler")["video_steps"] = 2
    assert host.run(fresh(prompt))


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others(host, twin):
    prompt = twin(JOINT)
    images = {
        "class_type": "SaveImage",
        "inputs": {"filename_prefix": "same", "images": [number(prompt, "JointSampler"), 0]},
    }
    prompt = {
        k: v for k, v in prompt.items() if v["class_type"] in ("LoadImage", "LoadRaxelModel", "JointSampler")
    }
    pictures = {}
    for run, seed in (("first", 7), ("other", 8), ("again", 7)):
        node(prompt, "JointSampler").update(seed=seed, video_steps=2)
        outputs = host.run({**prompt, "save": images})
        host.post("/free", {"unload_models": True, "free_memory": True})
        time.sleep(1.5)  # the queue frees when it is idle; then nothing is answered from the cache
        pictures[run] = np.stack([np.asarray(Image.open(host.saved(e))) for e in outputs["save"]["images"]])
    np.testing.assert_array_equal(pictures["first"], pictures["again"])
    assert (pictures["first"] != pictures["other"]).any()


def rewired(prompt, **links):
    """The prompt with inputs of its sampler added (a link) or taken away (None)."""
    prompt = fresh(prompt)
    for name, link in links.items():
        node(prompt, "JointSampler").pop(name, None)
        if link is not None:
            node(prompt, "JointSampler")[name] = link
    return prompt


@pytest.mark.parametrize(
    ("workflow", "links", "words"),
    [
        (POSE, {"video": None}, "none of source_images, video and raxels is connected"),
        (POSE, {"source_images": "LoadImage"}, "source_images and video are connected, which is no task"),
        (SHOOT, {"source_images": None}, "raxels is connected, which is no task"),
        (SHOOT, {"task": "joint"}, "task joint takes source_images and nothing else: disconnect raxels"),
        (JOINT, {"task": "pose_from_video"}, "connect video and disconnect source_images"),
        (JOINT, {"task": "dream"}, "task 'dream' is unknown"),
    ],
)
def test_connections_that_mean_no_task_are_refused_before_anything_runs(host, twin, workflow, links, words):
    prompt = twin(workflow)
    if links.get("source_images") == "LoadImage":
        prompt["still"] = {"class_type": "LoadImage", "inputs": {"image": "raxel_example_still.png"}}
        links = {"source_images": ["still", 0]}
    assert words in host.refusal(rewired(prompt, **links))


def test_a_camera_input_too_many_or_too_few_is_refused_before_anything_runs(host, twin):
    prompt = twin(SHOOT)
    node(prompt, "RaxelFromCamera").pop("trajectory")
    assert "no camera: connect trajectory" in host.refusal(prompt)
    node(prompt, "RaxelFromCamera").update(trajectory=[number(prompt, "TrajectoryPreset"), 0], camera={})
    assert "both connected" in host.refusal(prompt)


def with_file(host, name, data):
    path = host.folder / "models" / "raxel" / name
    path.write_bytes(data)
    return path


def shipped(host, name):
    return next(p for p in (ROOT / "models" / name, host.folder / "models" / "raxel" / name) if p.is_file())


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("cut.safetensors", lambda good, vae: good[: len(good) // 2], "is cut short"),
        ("empty.safetensors", lambda good, vae: b"", "is empty"),
        (
            "pointer.safetensors",
            lambda good, vae: b"version https://git-lfs.github.com/spec/v1\n",
            "Git LFS pointer",
        ),
        ("page.safetensors", lambda good, vae: b"<!DOCTYPE html><html>", "web page"),
        ("pickle.safetensors", lambda good, vae: b"PK\x03\x04" + bytes(99), "can run code and is not read"),
        ("wanvae.safetensors", lambda good, vae: vae, "is a Wan VAE, not a Raxel model"),
    ],
)
def test_a_model_file_that_is_not_one_gets_its_sentence(host, twin, name, make, words):
    good, vae = (shipped(host, f"raxel-small{part}.safetensors").read_bytes() for part in ("", "-vae"))
    path = with_file(host, name, make(good, vae))
    try:
        prompt = fresh(twin(JOINT))
        node(prompt, "LoadRaxelModel")["model_name"] = name
        result = host.result(host.queue(prompt))
        assert words in failure(result)
        assert name in failure(result)
        assert "\n" not in failure(result), "one sentence"
    finally:
        path.unlink()


def test_a_vae_cut_short_gets_its_sentence(host, twin):
    model, vae = (shipped(host, f"raxel-small{part}.safetensors").read_bytes() for part in ("", "-vae"))
    paths = with_file(host, "half.safetensors", model), with_file(host, "half-vae.safetensors", vae[:-1000])
    try:
        prompt = fresh(twin(JOINT))
        node(prompt, "LoadRaxelModel")["model_name"] = "half.safetensors"
        assert "half-vae.safetensors is cut short" in failure(host.result(host.queue(prompt)))
    finally:
        for path in paths:
            path.unlink()


def test_a_model_without_a_vae_asks_for_one(host, twin):
    path = with_file(host, "alone.safetensors", shipped(host, "raxel-small.safetensors").read_bytes())
    try:
        prompt = fresh(twin(JOINT))
        node(prompt, "LoadRaxelModel")["model_name"] = "alone.safetensors"
        assert "wan_2.1_vae.safetensors" in failure(host.result(host.queue(prompt)))
    finally:
        path.unlink()


@pytest.mark.parametrize("data", [b"", b"not a video at all" * 100])
def test_a_clip_that_cannot_be_decoded_gets_its_sentence(host, twin, data):
    path = host.folder / "input" / "broken.mp4"
    path.write_bytes(data)
    try:
        prompt = fresh(twin(POSE))
        node(prompt, "LoadVideo")["file"] = "broken.mp4"
        words = failure(host.result(host.queue(prompt)))
        assert words.startswith("the video cannot be decoded") and "\n" not in words
    finally:
        path.unlink()


def test_a_path_shorter_than_the_clip_gets_its_sentence(host, twin):
    prompt = fresh(twin(SHOOT))
    node(prompt, "RaxelFromCamera")["frames"] = 81
    cameras = node(prompt, "TrajectoryPreset")["frames"]
    assert f"{cameras} cameras, fewer than the 81 frames" in failure(host.result(host.queue(prompt)))


@pytest.mark.parametrize("prefix", ["../outside", "/tmp/outside", "a/../../outside"])
def test_a_path_is_never_saved_outside_the_output_folder(host, twin, prefix):
    inputs = {"trajectory": ["path", 0], "filename_prefix": prefix, "format": "JSON"}
    prompt = {
        "path": {"class_type": "TrajectoryPreset", "inputs": node(twin(SHOOT), "TrajectoryPreset")},
        "save": {"class_type": "RaxelSaveTrajectory", "inputs": inputs},
    }
    result = host.result(host.queue(prompt))
    assert "outside ComfyUI's output folder" in failure(result)
    assert not list(host.folder.glob("outside*"))


def test_pictures_of_any_size_are_fitted_and_the_log_says_how(host, twin):
    Image.effect_noise((333, 501), 60).convert("RGBA").save(host.folder / "input" / "portrait.png")
    prompt = fresh(twin(SHOOT))
    node(prompt, "LoadImage")["image"] = "portrait.png"
    node(prompt, "JointSampler")["video_steps"] = 1
    assert host.run(prompt)
    assert "source_images 333x501 cropped about the centre and scaled to" in host.log


def test_frames_of_a_batch_are_a_clip_too(host, twin):
    prompt = fresh(twin(POSE))
    prompt["frames"] = {
        "class_type": "GetVideoComponents",
        "inputs": {"video": [number(prompt, "LoadVideo"), 0]},
    }
    node(prompt, "JointSampler")["video"] = ["frames", 0]
    assert host.run(prompt)


def test_one_camera_of_the_3d_viewer_is_a_shot_that_stands_still(host, twin):
    """A prompt may carry a LOAD3D_CAMERA as a value; old hosts give four keys."""
    camera = {
        "position": {"x": 1, "y": 2, "z": 3},
        "target": {"x": 0, "y": 0, "z": 0},
        "zoom": 1,
        "cameraType": "perspective",
    }
    prompt = twin(SHOOT)
    draw = number(prompt, "RaxelFromCamera")
    prompt = {draw: prompt[draw]}
    node(prompt, "RaxelFromCamera").pop("trajectory")
    node(prompt, "RaxelFromCamera").update(camera=camera, frames=9, width=96, height=64)
    prompt["poses"] = {"class_type": "RaxelsToPoses", "inputs": {"raxels": [draw, 0], "method": "joint", "focal": "one per clip", "hfov": 60.0, "width": 0, "height": 0}}  # fmt: skip
    prompt["text"] = {"class_type": "PreviewAny", "inputs": {"source": ["poses", 2]}}
    text = host.run(prompt)["text"]["text"][0]
    assert text.count('"c2w"') == 9
