"""The editor without its page: a text in, a path out; and the addresses that the page asks."""

import http.client
import json
import time
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

import numpy as np
import pytest
from PIL import Image

from raxel_core.formats import FORMATS, Ask, raxel_json, raxel_path
from raxel_core.geometry.presets import preset_trajectory

EDITOR = "RaxelTrajectoryEditor"


def edited(text=raxel_path.DEFAULT_PATH, **changes):
    return json.dumps({**json.loads(text), "edited": True, **changes})


def prompt_of(path, **links):
    """The editor, a preset that may be wired into it, a picture, and a file with what comes out."""
    return {
        "preset": {
            "class_type": "TrajectoryPreset",
            "inputs": {
                "preset": "truck_left", "amount": 0.0, "frames": 9, "fps": 12.0, "width": 96, "height": 64, "lens": 60.0,
                "lens_unit": "hfov degrees", "subject_distance": 2.0, "easing": "linear", "seed": 0,
            },
        },
        "still": {"class_type": "LoadImage", "inputs": {"image": "raxel_example_still.png"}},
        "editor": {"class_type": EDITOR, "inputs": {"path": path, **links}},
        "save": {
            "class_type": "RaxelSaveTrajectory",
            "inputs": {"trajectory": ["editor", 0], "filename_prefix": "raxel/edited", "format": "JSON"},
        },
    }  # fmt: skip


def saved_path(host, outputs):
    (entry,) = outputs["save"]["raxel_trajectory"]
    return raxel_json.read(host.saved(entry).read_text())


def test_the_text_alone_is_the_path(host):
    outputs = host.run(prompt_of(raxel_path.DEFAULT_PATH), watched=False)
    expected = raxel_path.read(raxel_path.DEFAULT_PATH).trajectory()
    np.testing.assert_array_equal(saved_path(host, outputs).c2w, expected.c2w)
    assert "raxel_seed" not in outputs.get("editor", {})


def test_a_default_node_of_the_menu_holds_a_path(host):
    spec = host.get(f"/object_info/{EDITOR}")[EDITOR]["input"]["required"]["path"]
    assert raxel_path.read(spec[1]["default"]).frames == 81


def test_a_wired_path_goes_through_untouched_and_is_shown_to_the_page(host):
    outputs = host.run(prompt_of(raxel_path.DEFAULT_PATH, trajectory=["preset", 0]))
    expected = preset_trajectory(
        "truck_left", 9, fps=12, width=96, height=64, subject_distance=2, easing="linear"
    )
    path = saved_path(host, outputs)
    np.testing.assert_array_equal(path.c2w, expected.c2w)
    assert (path.width, path.height, path.fps) == (96, 64, 12)
    (seed,) = outputs["editor"]["raxel_seed"]
    np.testing.assert_allclose(np.array(seed["cameras"])[:, :3], expected.c2w[:, :3, 3], atol=1e-6)


def test_a_wired_path_never_overwrites_what_was_edited(host):
    outputs = host.run(prompt_of(edited(frames=81), trajectory=["preset", 0]))
    assert saved_path(host, outputs).num_frames == 81
    assert outputs["editor"]["raxel_seed"][0]["frames"] == 9


def test_the_wired_picture_is_shown_to_the_page_as_a_small_jpeg(host):
    outputs = host.run(prompt_of(edited(fps=11), image=["still", 0]))
    (entry,) = outputs["editor"]["raxel_image"]
    assert entry["type"] == "temp"
    with Image.open(host.saved(entry)) as picture:
        assert picture.format == "JPEG" and max(picture.size) <= 1024


def test_the_editor_runs_alone_as_the_last_node(host):
    assert host.run({"editor": prompt_of(edited(fps=9))["editor"]}) is not None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "the text is empty"),
        ("{", "not valid JSON"),
        ("null", "no camera path"),
        ('{"format": "raxel-path", "version": 2}', "version 2"),
        (edited(keys=[]), "at least one key"),
        (edited(frames=1e9), "frames"),
        (edited().replace("60", "NaN"), "not valid JSON"),
        ("[" * 5000, "nested"),
        (" " * 2_000_001, "at most 2000000"),
        ({"format": "raxel-path"}, "not valid JSON"),  # the host makes Python text of it
        (edited(keys=[{"frame": 0, "position": [0, 0, 0], "rotation": [1, 0, 0, 0]}] * 1001), "1001 keys"),
    ],
)
def test_a_broken_text_is_refused_in_a_sentence_before_anything_runs(host, path, words):
    started = time.monotonic()
    assert words in host.refusal(prompt_of(path))
    assert time.monotonic() - started < 5


def test_a_linked_text_is_read_when_it_is_there(host):
    prompt = prompt_of(["text", 0])
    prompt["text"] = {"class_type": "PrimitiveString", "inputs": {"value": edited(frames=121)}}
    assert saved_path(host, host.run(prompt)).num_frames == 121
    prompt["text"]["inputs"]["value"] = "broken"
    result = host.result(host.queue(prompt))
    assert "not valid JSON" in json.dumps(result["status"]["messages"])


def ask(host, address, body=None, headers=None):
    request = urllib.request.Request(f"http://127.0.0.1:{host.port}{address}", body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def sentence(host, address, body=None):
    """The words of a refusal."""
    status, answer, _ = ask(host, address, body)
    assert status == 400, (status, answer[:200])
    words = json.loads(answer)
    assert set(words) == {"error"} and "\n" not in words["error"] and "Traceback" not in words["error"]
    return words["error"]


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_presets_and_formats_are_told_with_and_without_api(host, prefix):
    presets = json.loads(ask(host, f"{prefix}/raxel/presets")[1])
    assert {"name", "amount", "unit", "description"} == set(presets[0])
    formats = json.loads(ask(host, f"{prefix}/raxel/formats")[1])
    assert ".json" in formats["read"]
    assert {"name": "json", "title": "Raxel JSON", "file": "camera-path.json"} in formats["write"]


def test_a_preset_is_told_as_the_node_makes_it(host):
    wishes = {"preset": "truck_left", "amount": "", "frames": 9, "subject_distance": 2, "easing": "linear"}
    seed = json.loads(ask(host, f"/raxel/preset?{urlencode(wishes)}")[1])
    expected = preset_trajectory("truck_left", 9, subject_distance=2, easing="linear").c2w[:, :3, 3]
    np.testing.assert_allclose(np.array(seed["cameras"])[:, :3], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({}, "there is no preset"),
        ({"preset": "arc_left", "frames": "many"}, "frames must be a number"),
        ({"preset": "arc_left", "amount": "nan"}, "amount must be"),
        ({"preset": "arc_left", "width": "1e99"}, "width must be"),
        ({"preset": "\0<script>"}, "there is no preset"),
    ],
)
def test_bad_preset_values_are_answered_in_a_sentence(host, wishes, words):
    assert words in sentence(host, f"/raxel/preset?{urlencode(wishes)}")


@pytest.mark.parametrize("name", ["path.json", "../../../etc/passwd", "/etc/shadow", "a\0b", "", "x" * 3000])
def test_a_file_is_read_from_what_was_sent_and_not_from_its_name(host, name):
    file = raxel_json.write(preset_trajectory("arc_left", 7)).encode()
    status, answer, _ = ask(host, f"/raxel/trajectory/read?name={quote(name, safe='')}", file)
    assert status == 200 and json.loads(answer)["frames"] == 7


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "binary"),
        (b"GIF89a", "no camera file"),
        (b"{" * 1000, "JSON"),
        (b"[" * 4_000_000, ""),
        (b" " * ((64 << 20) + 1), "larger than 64 MB"),
    ],
)
def test_wrong_bytes_and_too_many_are_answered_in_a_sentence(host, body, words):
    assert words in sentence(host, "/raxel/trajectory/read?name=x.json", body)


def test_a_flood_is_answered_before_it_is_all_there(host):
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    connection.putrequest("POST", "/raxel/trajectory/read?name=x.json")
    connection.putheader("Content-Length", str(10 << 30))
    connection.endheaders()
    connection.send(b" " * (65 << 20))
    answer = connection.getresponse()
    assert answer.status == 400 and b"larger than 64 MB" in answer.read()
    connection.close()


def form(files):
    """Body and headers of a form with these files."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, data in files.items()
    ]
    return b"".join([*parts, b"--x--\r\n"]), {"Content-Type": "multipart/form-data; boundary=x"}


def test_the_files_of_a_model_are_read_together(host):
    wanted = preset_trajectory("crane_up", 7)
    files = FORMATS["colmap_text"].write(wanted, Ask())
    body, headers = form({name: text.encode() for name, text in files.items()})
    status, answer, _ = ask(host, "/raxel/trajectory/read?fps=12", body, headers)
    seed = json.loads(answer)
    assert (status, seed["frames"], seed["fps"], seed["width"]) == (200, 7, 12, wanted.width), answer[:300]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"../cameras.txt": b"", "images.txt": b""}, "plain names"),
        ({f"{index}.txt": b"" for index in range(40)}, "17 files"),
        ({"a.bin": b" " * (40 << 20), "b.bin": b" " * (30 << 20)}, "larger than 64 MB"),
        ({}, ""),
    ],
)
def test_a_form_of_files_that_is_no_path_is_answered_in_a_sentence(host, files, words):
    status, answer, _ = ask(host, "/raxel/trajectory/read", *form(files))
    assert status == 400 and words in json.loads(answer)["error"]
    status, answer, _ = ask(host, "/raxel/trajectory/read", b"--x\r\nno form", form({})[1])
    assert status == 400 and "\n" not in json.loads(answer)["error"]


def test_a_file_without_a_lens_says_what_it_needs_and_takes_it(host):
    file = FORMATS["tum"].write(preset_trajectory("arc_left", 5), Ask())
    status, answer, _ = ask(host, "/raxel/trajectory/read?name=a.tum", file.encode())
    assert status == 400 and json.loads(answer)["needs"] == "hfov_deg"
    status, answer, _ = ask(host, "/raxel/trajectory/read?name=a.tum&hfov_deg=50", file.encode())
    assert status == 200 and json.loads(answer)["cameras"][0][7] == pytest.approx(50)


def test_a_path_is_written_as_a_file_to_keep(host):
    body = json.dumps({"path": raxel_path.DEFAULT_PATH, "format": "json"}).encode()
    status, answer, headers = ask(host, "/raxel/trajectory/write", body)
    assert status == 200
    assert headers["Content-Disposition"] == 'attachment; filename="camera-path.json"'
    assert json.loads(headers["X-Raxel-Lost"]) == []
    expected = raxel_path.read(raxel_path.DEFAULT_PATH).trajectory()
    np.testing.assert_array_equal(raxel_json.read(answer.decode()).c2w, expected.c2w)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ([], "JSON object"),
        ({}, '"path" must be a text'),
        ({"path": raxel_path.DEFAULT_PATH, "format": "/../../x.json"}, "choose one of"),
        ({"path": raxel_path.DEFAULT_PATH, "format": 7}, '"format" must be a text'),
        ({"path": "{", "format": "json"}, "not valid JSON"),
    ],
)
def test_what_cannot_be_written_is_answered_in_a_sentence(host, wish, words):
    assert words in sentence(host, "/raxel/trajectory/write", json.dumps(wish).encode())


def test_up_to_four_paths_are_drawn_and_told_to_the_page(host):
    prompt = prompt_of(edited(fps=13))
    prompt["plot"] = {
        "class_type": "RaxelPreviewTrajectory",
        "inputs": {"trajectory": ["editor", 0], "trajectory_3": ["preset", 0], "names": "asked, , got"},
    }
    outputs = host.run(prompt)["plot"]
    assert [path["frames"] for path in outputs["raxel_paths"]] == [81, 9]
    picture = np.asarray(Image.open(host.saved(outputs["images"][0])))
    assert picture.shape == (640, 960, 3) and picture.std() > 5
