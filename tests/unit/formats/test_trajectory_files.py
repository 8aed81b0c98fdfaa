"""Camera files: round trips, an independent reading of RealEstate10K, one clear sentence for every kind of wrong file."""

import json
import os
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.formats import raxel_json, read_file, read_trajectory, realestate10k, write_trajectory
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import Raxels, raxels_from_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/trajectory.schema.json").read_text())

RE10K = """https://www.youtube.com/watch?v=x
100000 0.5 0.8888888888888888 0.5 0.5 0 0 0.96 -0.28 0 1 0.28 0.96 0 2 0 0 1 3
133333 0.5 0.8888888888888888 0.5 0.5 0 0 1 0 0 -0.5 0 1 0 0.25 0 0 1 4
166667 0.5 0.8888888888888888 0.5 0.5 0 0 0.6 0 0.8 0 0 1 0 0 -0.8 0 0.6 0
"""


def path():
    return preset_trajectory(
        "dolly_zoom", 7, 832, 480, fps=24, start=preset_trajectory("arc_left", 5, 832, 480, fps=24)
    )


@pytest.mark.parametrize("format", ["json", "realestate10k"])
def test_what_is_written_reads_back(tmp_path, format):
    trajectory = path()
    written = write_trajectory(tmp_path / "path.any", trajectory, format)
    again = read_trajectory(written)
    np.testing.assert_allclose(again.c2w, trajectory.c2w, atol=1e-14)
    np.testing.assert_allclose(again.fps, 24)
    np.testing.assert_allclose(again.fitted(832, 468).K[:, 0, 0] / 832, trajectory.K[:, 0, 0] / 832)
    assert [item.name for item in tmp_path.iterdir()] == ["path.any"]


def test_json_keeps_every_bit():
    trajectory = path()
    again = raxel_json.read(raxel_json.write(trajectory))
    np.testing.assert_array_equal(again.c2w, trajectory.c2w)
    np.testing.assert_array_equal(again.K, trajectory.K)
    assert (again.width, again.height, again.fps, again.scale) == (832, 480, 24, "metric")


@pytest.mark.parametrize("confidence", [None, np.linspace(0, 1, 11)])
def test_written_json_obeys_the_published_schema(confidence):
    document = json.loads(raxel_json.write(path(), confidence))
    jsonschema.validate(document, SCHEMA)
    assert len(document["frames"]) == 11
    if confidence is not None:
        np.testing.assert_allclose(document["confidence"], confidence, atol=1e-6)


def test_confidence_must_fit_the_cameras():
    with pytest.raises(RaxelError, match="11 cameras cannot carry 2 confidences"):
        raxel_json.write(path(), [1.0, 1.0])


def test_realestate10k_is_world_to_camera_with_intrinsics_in_shares_of_the_image():
    trajectory = realestate10k.read(RE10K)
    assert (trajectory.num_frames, trajectory.width, trajectory.height) == (3, 1280, 720)
    assert trajectory.fps == pytest.approx(30, abs=0.001)
    point = np.array([0.3, -0.2, 7.0, 1.0])
    row = np.array([float(word) for word in RE10K.splitlines()[1].split()])
    camera = row[7:].reshape(3, 4) @ point
    share = row[1:3] * camera[:2] / camera[2] + row[3:5]
    image = trajectory.K[0] @ (np.linalg.inv(trajectory.c2w[0]) @ point)[:3]
    np.testing.assert_allclose(image[:2] / image[2] / [1280, 720], share, atol=1e-12)


def test_realestate10k_lens_is_square_at_the_data_sets_own_shape():
    K = realestate10k.read(RE10K).K[0]
    assert K[0, 0] == pytest.approx(640) and K[1, 1] == pytest.approx(640)


def test_realestate10k_without_its_first_line_and_with_carriage_returns_reads_the_same():
    expected = realestate10k.read(RE10K).c2w
    np.testing.assert_array_equal(realestate10k.read(RE10K.split("\n", 1)[1]).c2w, expected)
    np.testing.assert_array_equal(realestate10k.read(RE10K.replace("\n", "\r\n") + "\r\n").c2w, expected)


def test_realestate10k_without_time_has_its_own_frame_rate():
    lines = RE10K.splitlines()
    assert realestate10k.read("\n".join(lines[:2])).fps == 30
    assert realestate10k.read("\n".join([lines[0], lines[1], lines[1]])).fps == 30


def rounded_rotations(digits):
    lines = RE10K.replace("0.96", f"{0.96:.{digits}f}").splitlines()
    turn = "0.7071 -0.7071 0 1 0.7071 0.7071 0 2 0 0 1 3"
    return "\n".join([*lines[:1], " ".join(lines[1].split()[:7]) + " " + turn])


def test_rotations_of_few_digits_become_exact_before_they_are_inverted():
    trajectory = realestate10k.read(rounded_rotations(4))
    R = trajectory.c2w[0, :3, :3]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(trajectory.w2c[0, :3, 3], [1, 2, 3], atol=1e-12)


@pytest.mark.parametrize("size", [(832, 480), (480, 832), (128, 80)])
def test_a_realestate10k_path_survives_raxels_exactly_and_8_bit_pictures_closely(size):
    truth = realestate10k.read(RE10K).canonical()
    raxels = raxels_from_trajectory(truth, width=size[0], height=size[1])
    pictures = (raxels.to_pictures() * 255).round().to(torch.uint8)
    stored = Raxels.from_pictures(pictures / 255, raxels.alpha, raxels.scale)
    for seen, turn_deg, shift in ((raxels, 1e-4, 1e-6), (stored, 0.1, 2e-3)):
        found = estimate_trajectory(seen).trajectory
        assert rotation_angle_deg(found.c2w[:, :3, :3], truth.c2w[:, :3, :3]).max() < turn_deg
        assert np.abs(found.c2w[:, :3, 3] - truth.c2w[:, :3, 3]).max() < shift * truth.scene_scale()


GOOD = json.loads(raxel_json.write(preset_trajectory("static", 2, 64, 48)))


def spoilt(**changes):
    return json.dumps({**GOOD, **changes})


def with_camera(key, values):
    return spoilt(frames=[GOOD["frames"][0], {**GOOD["frames"][1], key: values}])


MOTIONCTRL = json.dumps([[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, -0.1]] * 16)
STATIC = "0 1 1 .5 .5 0 0 1 0 0 0 0 1 0 0 0 0 1 0"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty|the file is empty"),
        (" \n\n", "the file is empty"),
        ("hello\nworld\n", "no camera file that Raxel knows"),
        ("0 0 0\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n", "the file has no lens; say its horizontal angle"),
        ("https://source\n", "the file holds no camera"),
        ("https://source\n" + STATIC[:-2] + "\n", "line 2 has 18 columns, a RealEstate10K camera has 19"),
        ("https://source\n" + STATIC + "\n\n" + STATIC + " 7\n", "line 4 has 20 columns"),
        ("https://source\n" + STATIC.replace(".5 .5", ".5 x"), "line 2 holds something that is not a number"),
        ("https://source\n" + STATIC.replace(".5 .5", ".5 nan"), "line 2 holds a value that is not a finite"),
        (
            "https://source\n" + STATIC.replace("0 0 1 0 0 0", "0 0 2 0 0 0"),
            "camera 0 of 1 is not a rotation",
        ),
        ("https://source\n" + STATIC.replace("0 0 1 0 0 0", "0 0 -1 0 0 0"), "camera 0 of 1 is mirrored"),
        ("https://source\n" + STATIC.replace("0 1 1", "0 0 1"), "focal lengths must be positive"),
        (MOTIONCTRL, "the file has no lens; say its horizontal angle"),
        ('{"frames": []}', "no camera file that Raxel knows"),
        ("[1, 2]", "no camera file that Raxel knows"),
        (spoilt()[:-40], "line 1 is not valid JSON .* cut off"),
        ("[" * 100_000, "nested too deeply"),
        (spoilt(version=2), "version 2, this Raxel reads up to version 1; please update"),
        (spoilt(version="1"), '"version" must be a whole number'),
        (spoilt(version=0), '"version" must be a whole number'),
        (spoilt(frames=[]), '"frames" must be a list of at least one camera'),
        (spoilt(frames={"0": 1}), '"frames" must be a list'),
        (spoilt(frames=[1]), 'frame 0: "c2w" must be 16 numbers'),
        (with_camera("c2w", [1.0] * 12), 'frame 1: "c2w" must be 16 numbers, row by row, got 12'),
        (with_camera("K", ["1"] * 9), "frame 1: every value of \"K\" must be a number, got '1'"),
        (with_camera("K", [True] * 9), 'frame 1: every value of "K" must be a number, got True'),
        (with_camera("c2w", [float("nan")] * 16), 'frame 1: every value of "c2w" must be a finite number'),
        (with_camera("c2w", [10**400] * 16), 'frame 1: every value of "c2w" must be a finite number'),
        (
            with_camera("c2w", [2.0 if i % 5 == 0 else 0.0 for i in range(15)] + [1.0]),
            "camera 1 of 2 is not a rotation",
        ),
        (spoilt(width=10**9), '"width" must be a whole number of pixels within 1 and 32768'),
        (spoilt(height=None), '"height" must be a whole number of pixels'),
        (spoilt(fps=-3), "fps must be a positive number"),
        (spoilt(fps="fast"), '"fps" must be a number'),
        (spoilt(scale="parsec"), "scale must be"),
        (spoilt(scale=["metric"]), "scale must be"),
    ],
)
def test_a_wrong_file_gets_one_sentence_that_names_it(tmp_path, text, sentence):
    file = tmp_path / "wrong.dat"
    file.write_text(text)
    with pytest.raises(RaxelError, match=sentence) as caught:
        read_trajectory(file)
    assert str(caught.value).startswith("wrong.dat: ")
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)


@pytest.mark.parametrize(("data", "sentence"), [(b"\x89PNG\0\0", "binary"), (b"caf\xe9 0 1", "not UTF-8")])
def test_bytes_that_are_no_text_are_refused(tmp_path, data, sentence):
    (tmp_path / "wrong.txt").write_bytes(data)
    with pytest.raises(RaxelError, match=f"wrong.txt is .*{sentence}"):
        read_trajectory(tmp_path / "wrong.txt")


def test_missing_files_folders_and_giants_are_refused(tmp_path):
    with pytest.raises(RaxelError, match="there is no file"):
        read_trajectory(tmp_path / "nowhere.json")
    with pytest.raises(RaxelError, match="this folder is no COLMAP model"):
        read_trajectory(tmp_path)
    with pytest.raises(RaxelError, match=r"there is no file .*: it is a folder"):
        read_file(tmp_path, format="json")
    with (tmp_path / "giant.txt").open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(RaxelError, match="larger than 64 MB"):
        read_trajectory(tmp_path / "giant.txt")


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "windows.json").write_text(spoilt(), encoding="utf-8-sig")
    assert read_trajectory(tmp_path / "windows.json").num_frames == 2


def test_the_suffix_chooses_the_format_and_an_unknown_one_is_refused(tmp_path):
    trajectory = path()
    assert write_trajectory(tmp_path / "a.json", trajectory).read_text().startswith("{")
    assert write_trajectory(tmp_path / "a.TXT", trajectory).read_text().startswith("https://")
    with pytest.raises(RaxelError, match=r"^a.blend: choose a format or a name that ends in \.json, "):
        write_trajectory(tmp_path / "a.blend", trajectory)


def test_a_failed_write_leaves_nothing_behind_and_an_old_file_whole(tmp_path):
    with pytest.raises(RaxelError, match="cannot be written"):
        write_trajectory(tmp_path / "nowhere" / "a.json", path())
    (tmp_path / "a.json").mkdir()  # a rename onto a folder fails after the writing is done
    with pytest.raises(RaxelError, match="cannot be written"):
        write_trajectory(tmp_path / "a.json", path())
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]


def test_metadata_travels_in_the_json_and_changes_no_camera():
    trajectory = path()
    text = raxel_json.write(
        trajectory, metadata={"workflow": {"name": "ü", "odd": [float("nan"), float("inf")]}}
    )
    assert json.loads(text)["metadata"] == {"workflow": {"name": "ü", "odd": [None, None]}}
    np.testing.assert_array_equal(raxel_json.read(text).c2w, trajectory.c2w)
    assert "metadata" not in json.loads(raxel_json.write(trajectory, metadata={}))


def test_a_file_is_written_through_a_link_and_keeps_its_mode(tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("{}")
    target.chmod(0o640)
    link.symlink_to(target)
    write_trajectory(link, path())
    assert link.is_symlink() and read_trajectory(target).num_frames == 11
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("make", "words"), [(os.mkfifo, "it is no plain file"), (os.mkdir, "it is a folder")]
)
def test_what_is_no_plain_file_is_not_written_over(tmp_path, make, words):
    make(tmp_path / "path.csv")
    with pytest.raises(RaxelError, match=words):
        write_trajectory(tmp_path / "path.csv", path())
    assert not (tmp_path / "path.csv").is_file() and len(list(tmp_path.iterdir())) == 1


def test_a_name_as_long_as_names_may_be_is_written(tmp_path):
    name = "p" * 250 + ".json"
    assert read_trajectory(write_trajectory(tmp_path / name, path())).num_frames == 11


def test_a_model_of_several_files_is_not_written_over_a_file(tmp_path):
    (tmp_path / "model").write_text("")
    with pytest.raises(RaxelError, match="is a file, and this format is a folder of files"):
        write_trajectory(tmp_path / "model", path(), "colmap")
