"""What the editor asks of the server: presets and camera files, with one sentence where something is wrong."""

import json

import numpy as np
import pytest


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
    offered = exchange.endings()
    assert {".json", ".txt"} <= set(offered["write"]) and {".json", ".txt"} <= set(offered["read"])
    for ending in offered["write"]:
        seed = exchange.read_file(f"anything{ending}", exchange.write_file(default, ending))
        np.testing.assert_allclose(
            np.array(seed["cameras"])[:, :3], path.c2w[:, :3, 3], atol=1e-5, err_msg=ending
        )


def test_the_editor_s_own_text_is_read_as_a_file(exchange, default):
    assert exchange.read_file("my path.json", default.encode())["frames"] == 81


def test_a_text_that_states_no_size_takes_the_editor_s_and_its_lens(pack, exchange, default):
    text = exchange.write_file(default, ".txt")
    seed = exchange.read_file("camera.txt", text, {"name": "camera.txt", "width": "832", "height": "480"})
    path = pack("nodes.seeds").seed_of(pack("raxel_core.formats.raxel_path").read(default).trajectory())
    assert (seed["width"], seed["height"], seed["notes"]) == (832, 480, path["notes"])
    np.testing.assert_allclose(seed["cameras"], path["cameras"], atol=1e-5)
    assert exchange.read_file("camera.txt", text)["width"] == 1280


def test_a_file_that_states_its_size_keeps_it(exchange, default):
    size = {"width": "64", "height": "32"}
    for ending in (".json", ".path.json"):
        data = exchange.write_file(default, ".json") if ending == ".json" else default.encode()
        assert exchange.read_file(f"camera{ending}", data, size)["width"] == 832


@pytest.mark.parametrize("wishes", [{"width": "31", "height": "480"}, {"width": "832", "height": "much"}])
def test_a_size_outside_the_limits_is_answered_in_a_sentence(exchange, error, default, wishes):
    with pytest.raises(error, match=r"^(width|height) must be a (whole )?number"):
        exchange.read_file("camera.json", default.encode(), wishes)


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
def test_of_a_file_s_name_only_the_ending_counts(exchange, default, tmp_path, name):
    assert exchange.read_file(name, default.encode())["frames"] == 81


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\0\0", "binary"),
        (b"hello", "no camera file that Raxel knows"),
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "JSON"),
        (b'{"format": "raxel-path", "version": 99}', "version 99"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        (b" " * ((8 << 20) + 1), "larger than 8 MB"),
    ],
)
def test_a_file_that_holds_no_path_is_answered_in_a_sentence(exchange, error, data, words):
    with pytest.raises(error, match=words) as raised:
        exchange.read_file("camera.json", data)
    assert "/tmp" not in str(raised.value) and "camera.json" not in str(raised.value)


def test_a_broken_path_and_an_unknown_ending_are_not_written(exchange, error, default):
    with pytest.raises(error, match=r"choose one of \.json"):
        exchange.write_file(default, ".exe")
    with pytest.raises(error, match="choose one of"):
        exchange.write_file(default, "/../../x.json")
    with pytest.raises(error):
        exchange.write_file(json.dumps({"format": "raxel-path"}), ".json")
