"""Steps for pages that draw them themselves: sent to those that said so, in place of the preview picture; and the finished films."""

import base64
import copy
import json
import struct
import time
from io import BytesIO

import av
import numpy as np
import pytest
from PIL import Image

JOINT = "Raxel - clip and camera from a still"
POSE = "Raxel - camera path from a clip"
STEPS = 4
PREVIEW_IMAGE = 1  # kind of a binary message
ENDINGS = ("execution_success", "execution_error", "execution_interrupted")


def sampler_of(prompt):
    return next(number for number, node in prompt.items() if node["class_type"] == "JointSampler")


def fresh(prompt, **changes):
    prompt = copy.deepcopy(prompt)
    inputs = prompt[sampler_of(prompt)]["inputs"]
    inputs.update(seed=time.monotonic_ns() % 2**63, video_steps=STEPS, ray_steps=STEPS, **changes)
    return prompt


@pytest.fixture
def draws(host):
    """This page says that it draws, until the test is over."""
    host.post("/raxel/live", {"client_id": host.client_id, "on": True})
    yield
    host.post("/raxel/live", {"client_id": host.client_id, "on": False})


def heard(host, socket, prompt, **extra):
    """The steps told, the number of preview pictures, and the progress of the sampler."""
    prompt_id = host.queue(prompt, **extra)
    steps, pictures, progress = [], 0, []
    while True:
        message = socket.message()
        if isinstance(message, bytes):
            (kind,) = struct.unpack("!I", message[:4])
            pictures += kind == PREVIEW_IMAGE
        elif message["type"] == "raxel.step":
            steps.append(message["data"])
        elif message["type"] == "progress" and message["data"]["node"] == sampler_of(prompt):
            progress.append(message["data"]["value"])
        elif message["type"] in ENDINGS and message["data"]["prompt_id"] == prompt_id:
            return steps, pictures, progress, host.result(prompt_id)["outputs"]


def test_steps_come_in_place_of_the_pictures_and_hold_frames_and_cameras(host, twin, socket, draws):
    prompt = fresh(twin(JOINT))
    steps, pictures, progress, _ = heard(
        host, socket, prompt, extra_pnginfo={"workflow": {"id": "my-workflow"}}
    )
    assert pictures == 0 and progress == [1, 2, 3, 4]
    last = steps[-1]
    assert (last["node"], last["workflow"]) == (sampler_of(prompt), "my-workflow")
    assert (last["step"], last["total"], last["take"], last["takes"]) == (STEPS, STEPS, 0, 1)
    head, data = last["frames"].split(",")
    assert head == "data:image/jpeg;base64"
    strip = np.asarray(Image.open(BytesIO(base64.b64decode(data))))
    assert strip.shape == (last["height"], last["width"] * last["count"], 3)
    assert last["cameras"] is None or np.array(last["cameras"]).shape == (last["count"], 8)


def test_the_finished_takes_come_as_films_with_their_cameras(host, twin, socket, draws):
    prompt = fresh(twin(JOINT), takes=2)
    steps, _, _, outputs = heard(host, socket, prompt)
    assert {step["take"] for step in steps} == {0, 1} and {step["takes"] for step in steps} == {2}
    clips = outputs[sampler_of(prompt)]["raxel_clip"]
    seed = prompt[sampler_of(prompt)]["inputs"]["seed"]
    assert [clip["seed"] for clip in clips] == [str(seed), str(seed + 1)]
    for clip in clips:
        assert clip["type"] == "temp"
        with av.open(str(host.saved(clip))) as film:
            frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert len(frames) == clip["frames"] and frames[0].shape[:2] == (clip["height"], clip["width"])
        assert clip["cameras"] is None or len(clip["cameras"]) == clip["frames"]


def test_a_film_shows_the_frames_that_the_workflow_gets(host, twin, draws):
    prompt = fresh(twin(POSE))
    number = sampler_of(prompt)
    prompt = {
        k: v
        for k, v in prompt.items()
        if v["class_type"] not in ("RaxelsToPoses", "RaxelSaveTrajectory", "PreviewAny", "SaveImage")
    }
    prompt["frames"] = {
        "class_type": "SaveImage",
        "inputs": {"images": [number, 0], "filename_prefix": "frames"},
    }
    outputs = host.run(prompt)
    (clip,) = outputs[number]["raxel_clip"]
    with av.open(str(host.saved(clip))) as film:
        shown = np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]).astype(float)
    given = np.stack([np.asarray(Image.open(host.saved(e)), float) for e in outputs["frames"]["images"]])
    assert np.abs(shown - given).mean() < 8, "the film is compressed, and the same"


def test_pages_that_do_not_draw_get_the_picture_and_no_film(host, twin, socket):
    prompt = fresh(twin(JOINT))
    steps, pictures, _, outputs = heard(host, socket, prompt)
    assert steps == [] and pictures == STEPS
    assert "raxel_clip" not in outputs.get(sampler_of(prompt), {})


def test_who_draws_changes_no_result(host, twin):
    """The same bits with steps, with pictures, and with nobody looking on."""
    prompt = fresh(twin(JOINT))
    prompt = {
        k: v for k, v in prompt.items() if v["class_type"] in ("LoadImage", "LoadRaxelModel", "JointSampler")
    }
    save = {
        "class_type": "SaveImage",
        "inputs": {"filename_prefix": "who", "images": [sampler_of(prompt), 0]},
    }
    results = []
    for draws, watched in ((True, True), (False, True), (False, False)):
        host.post("/raxel/live", {"client_id": host.client_id, "on": draws})
        outputs = host.run({**prompt, "save": save}, watched=watched)
        results.append(np.stack([np.asarray(Image.open(host.saved(e))) for e in outputs["save"]["images"]]))
        host.post("/free", {"unload_models": True, "free_memory": True})
        time.sleep(1.5)
    host.post("/raxel/live", {"client_id": host.client_id, "on": False})
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("wish", [[], {}, {"client_id": 7}, {"client_id": None, "on": True}, "x"])
def test_who_says_nonsense_is_told_so(host, wish):
    status, answer = host.post("/raxel/live", wish)
    assert status == 400 and set(answer) == {"error"}, json.dumps(answer)
