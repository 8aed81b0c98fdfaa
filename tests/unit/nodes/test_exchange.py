"""What the editor asks of the server: presets and camera files, with one sentence where something is wrong."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation


@pytest.fixture
def exchange(pack):
    return pack("nodes.exchange")


@pytest.fixture
def error(pack):
    return pack("raxel_core.errors").RaxelError


@pytest.fixture
def default(pack):
    return pack("raxel_core.formats.raxel_path").DEFAULT_PATH


def test_a_preset_comes_as_the_node_would_make_it(pack, exchange):
    wishes = {
        "preset": "crane_up",
        "amount": "0.7",
        "frames": "9",
        "subject_distance": "2",
        "easing": "linear",
    }
    path = pack("raxel_core.geometry.presets").preset_trajectory(
        "crane_up", 9, amount=0.7, subject_distance=2, easing="linear"
    )
    assert exchange.preset_seed(wishes) == pack("nodes.seeds").seed_of(path)


def test_every_preset_of_the_menu_can_be_asked_for(exchange):
    for preset in exchange.presets():
        assert exchange.preset_seed({"preset": preset["name"], "frames": "3", "amount": ""})["frames"] == 3
        assert preset["unit"] and preset["description"]


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"preset": ""}, "there is no preset ''"),
        ({"preset": "<img src=x>"}, "there is no preset"),
        ({"easing": "bounce"}, "there is no easing"),
        ({"amount": "much"}, "amount must be a number, got 'much'"),
        ({"amount": "nan"}, "amount must be a number within"),
        ({"amount": "1e9"}, "amount must be a number within"),
        ({"frames": "0"}, "frames must be a whole number within 1 and 10000"),
        ({"frames": "2.5"}, "frames must be a whole number"),
        ({"frames": "10001"}, "frames must be a whole number"),
        ({"width": "1000000"}, "width must be a whole number"),
        ({"fps": "-1"}, "fps must be a number"),
        ({"hfov_deg": "inf"}, "hfov_deg must be a number"),
        ({"subject_distance": "0"}, "subject_distance must be"),
        ({"seed": "-1"}, "seed must be"),
        ({"preset": "dolly_zoom", "amount": "3600"}, " "),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_answered_in_a_sentence(exchange, error, wishes, words):
    with pytest.raises(error, match=words) as raised:
        exchange.preset_seed({"preset": "arc_left", **wishes})
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 400


def test_every_format_that_is_offered_is_written_and_read_back(pack, exchange, default):
    path = pack("raxel_core.formats.raxel_path").read(default).trajectory()
    wanted = relative(path.c2w)
    offered = exchange.menu()["write"]
    assert {"json", "realestate10k"} <= {format["name"] for format in offered}
    assert len({format["file"] for format in offered}) == len(offered), "two files of one name"
    lens = {"hfov_deg": "60", "width": "832", "height": "480", "fps": "16"}
    for format in offered:
        written = exchange.write_file(default, format["name"])
        assert written.name == format["file"] and format["title"]
        seed = exchange.read_files(unzipped(written), lens)
        np.testing.assert_allclose(
            relative(matrices(seed["cameras"])), wanted, atol=1e-5, err_msg=format["name"]
        )


def unzipped(written):
    if not written.name.endswith(".zip"):
        return {written.name: written.data}
    with zipfile.ZipFile(io.BytesIO(written.data)) as archive:
        return {Path(name).name: archive.read(name) for name in archive.namelist()}


def matrices(rows):
    rows = np.array(rows)
    c2w = np.tile(np.eye(4), (len(rows), 1, 1))
    c2w[:, :3, :3] = Rotation.from_quat(rows[:, [4, 5, 6, 3]]).as_matrix()
    c2w[:, :3, 3] = rows[:, :3]
    return c2w


def relative(c2w):
    """As seen from the first camera: some formats turn the world."""
    return np.linalg.inv(c2w[0]) @ c2w


def test_what_a_format_does_not_hold_is_told(exchange, default):
    assert exchange.write_file(default, "json").lost == []
    assert any("832x480" in phrase for phrase in exchange.write_file(default, "realestate10k").lost)


def test_a_file_without_a_lens_asks_for_one(pack, exchange, monkeypatch):
    formats, lens_missing = pack("raxel_core.formats"), pack("raxel_core.errors").LensMissing
    preset = pack("raxel_core.geometry.presets").preset_trajectory
    bare = replace(
        formats.FORMATS["json"],
        name="bare",
        recognises=lambda source: source.data.startswith(b"bare"),
        read=lambda source: preset("arc_left", frames=3, hfov_deg=source.hfov_deg()),
    )
    monkeypatch.setattr(formats, "FORMATS", {"bare": bare, **formats.FORMATS})
    with pytest.raises(lens_missing, match="no lens"):
        exchange.read_files({"a.txt": b"bare"})
    seed = exchange.read_files({"a.txt": b"bare"}, {"hfov_deg": "40"})
    assert seed["cameras"][0][7] == pytest.approx(40)


def test_files_that_belong_together_are_read_as_one_folder(pack, exchange, error, monkeypatch):
    formats = pack("raxel_core.formats")
    preset = pack("raxel_core.geometry.presets").preset_trajectory
    seen = []

    def read(source):
        seen.append(
            source.path.name if source.path.is_file() else sorted(p.name for p in source.path.iterdir())
        )
        return preset("arc_left", frames=3)

    model = replace(formats.FORMATS["json"], name="model", recognises=lambda source: True, read=read)
    monkeypatch.setattr(formats, "FORMATS", {"model": model})
    exchange.read_files({"cameras.txt": b"1", "images.txt": b"2"})
    exchange.read_files({"scene.gltf": b"{}", "scene.bin": b"2"})
    assert seen == [["cameras.txt", "images.txt"], "scene.gltf"]
    for name in ("../cameras.txt", "/etc/passwd", "a/b", "", ".hidden", "a\\b", "x" * 200):
        with pytest.raises(error, match="plain names"):
            exchange.read_files({name: b"1", "images.txt": b"2"})
    with pytest.raises(error, match="17 files were sent"):
        exchange.read_files({f"{index}.txt": b"" for index in range(17)})
    assert len(seen) == 2


def test_the_editor_s_own_text_is_read_as_a_file(exchange, default):
    assert exchange.read_files({"my path.json": default.encode()})["frames"] == 81


def test_a_text_that_states_no_size_takes_the_editor_s_and_its_lens(pack, exchange, default):
    text = exchange.write_file(default, "realestate10k").data
    wishes = {"name": "camera.txt", "width": "832", "height": "480"}
    seed = exchange.read_files({"camera.txt": text}, wishes)
    path = pack("nodes.seeds").seed_of(pack("raxel_core.formats.raxel_path").read(default).trajectory())
    assert (seed["width"], seed["height"], seed["notes"]) == (832, 480, path["notes"])
    np.testing.assert_allclose(seed["cameras"], path["cameras"], atol=1e-5)
    assert exchange.read_files({"camera.txt": text})["height"] == 720


def test_a_file_that_states_its_size_keeps_it(exchange, default):
    size = {"width": "64", "height": "32"}
    for ending in (".json", ".path.json"):
        data = exchange.write_file(default, "json").data if ending == ".json" else default.encode()
        assert exchange.read_files({f"camera{ending}": data}, size)["width"] == 832


@pytest.mark.parametrize("wishes", [{"width": "31", "height": "480"}, {"width": "832", "height": "much"}])
def test_a_size_outside_the_limits_is_answered_in_a_sentence(exchange, error, default, wishes):
    with pytest.raises(error, match=r"^(width|height) must be a (whole )?number"):
        exchange.read_files({"camera.json": default.encode()}, wishes)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\windows\\x.json",
        "",
        "a.json\0.txt",
        "x." + "y" * 500,
        "..",
        "a/b/c.j/on",
    ],
)
def test_a_file_s_name_leads_nowhere(exchange, default, tmp_path, name):
    assert exchange.read_files({name: default.encode()})["frames"] == 81


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\0\0", "binary"),
        (b"hello", "no camera file that Raxel knows"),
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "JSON"),
        (b'{"format": "raxel-path", "version": 99}', "version 99"),
        (b"\xfa\xfb\xfc", "not UTF-8"),
        (b" " * ((64 << 20) + 1), "larger than 64 MB"),
    ],
)
def test_a_file_that_holds_no_path_is_answered_in_a_sentence(exchange, error, data, words):
    with pytest.raises(error, match=words) as raised:
        exchange.read_files({"camera.json": data})
    assert "/tmp" not in str(raised.value) and "camera.json" not in str(raised.value)


def test_a_broken_path_and_an_unknown_ending_are_not_written(exchange, error, default):
    with pytest.raises(error, match="choose one of json"):
        exchange.write_file(default, ".exe")
    with pytest.raises(error, match="choose one of"):
        exchange.write_file(default, "path")
    with pytest.raises(error, match="choose one of"):
        exchange.write_file(default, "/../../x.json")
    with pytest.raises(error):
        exchange.write_file(json.dumps({"format": "raxel-path"}), "json")
