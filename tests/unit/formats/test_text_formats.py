"""What all text formats have in common: ends of lines, encodings, limits, matrices that are no rotations."""

import json

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import Ask, read_file, write_trajectory
from tests.unit.formats.camera_files import LENS, STATIC, path, reading


@pytest.mark.parametrize("name", ["p.txt", "p.log", "p.tum", "p.chan", "p.csv"])
def test_ends_of_lines_of_every_system_a_byte_order_mark_and_empty_lines_read_the_same(tmp_path, name):
    text = write_trajectory(tmp_path / name, path()).read_text()
    expected = read_file(tmp_path / name, LENS).trajectory
    for other in (
        text.replace("\n", "\r\n"),
        text.replace("\n", "\r"),
        "\ufeff" + text.replace("\n", "\n \n"),
    ):
        again = reading(tmp_path, other, name).trajectory
        np.testing.assert_array_equal(again.c2w, expected.c2w)
        np.testing.assert_array_equal(again.K, expected.K)


@pytest.mark.parametrize("name", ["p.txt", "p.log", "p.tum", "p.chan", "p.csv"])
def test_the_content_tells_the_format_whatever_the_file_is_called(tmp_path, name):
    text = write_trajectory(tmp_path / name, path()).read_text()
    expected = read_file(tmp_path / name, LENS).format.name
    assert reading(tmp_path, text, "camera.dat").format.name == expected


def test_a_realestate10k_text_may_begin_with_any_word_or_with_a_camera(tmp_path):
    row = f"0 1 1 .5 .5 0 0 {STATIC}"
    for first in ("Pan_Left", "00017", "https://source", row):
        found = reading(tmp_path, f"{first}\n{row}\n")
        assert (found.format.name, found.trajectory.num_frames) == ("realestate10k", 1 + (first == row))
    assert reading(tmp_path, f"{row}\r{row}\r").format.name == "realestate10k"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("name", ["p.txt", "p.log", "p.tum", "p.chan", "p.csv", "p.json"])
def test_another_encoding_is_told(tmp_path, name, encoding):
    text = write_trajectory(tmp_path / name, path()).read_text()
    (tmp_path / name).write_bytes((text + "é").encode(encoding))
    with pytest.raises(
        RaxelError, match=r"is UTF-16 text; save it as UTF-8|is a binary file|is not UTF-8 text"
    ):
        read_file(tmp_path / name, LENS)


def million(line, head=""):
    return head + (line + "\n") * 1_000_000


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (million(f"0 1 1 .5 .5 0 0 {STATIC}"), "1000001 lines, more than the 1000000|1000000 cameras"),
        ("\n" * 30_000_000 + "1 2 3", "no camera file that Raxel knows"),
        ("1 2 3 4 5 6 7 8\n" + "\n" * 30_000_000, "lines, more than the 1000000 that are read"),
        ("1 " * 5_000_000, "this is no camera file|line 1 has .* characters, more than 10000"),
        (f"0 1 1 .5 .5 0 0 {STATIC}\n" * 100_001, "holds 100001 cameras, more than the 100000"),
        ("0 0 0 0 0 0 0 1\n" * 100_001, "holds 100001 cameras, more than the 100000"),
        (json.dumps([[0.0] * 12] * 100_001), "holds 100001 cameras, more than the 100000"),
        (json.dumps([[0.0] * 19] * 100_001), "holds 100001 cameras, more than the 100000"),
    ],
    ids=[
        "rows",
        "empty lines",
        "empty lines after a row",
        "one line",
        "realestate10k",
        "tum",
        "motionctrl",
        "cameractrl",
    ],
)
def test_giants_are_refused_before_anything_is_made_of_them(tmp_path, text, sentence):
    with pytest.raises(RaxelError, match=sentence):
        reading(tmp_path, text)


def test_what_the_user_says_must_make_sense(tmp_path):
    text = "0 0 0 0 0 0 0 1\n"
    for ask, sentence in (
        (Ask(hfov_deg=0), "within 0.01 and 179.9 degrees, got 0"),
        (Ask(hfov_deg=float("nan")), "within 0.01 and 179.9 degrees, got nan"),
        (Ask(hfov_deg=60, size=(0, 5)), "within 1 and 32768 pixels"),
        (Ask(hfov_deg=60, fps=-1.0), "fps must be a positive number"),
    ):
        with pytest.raises(RaxelError, match=sentence):
            reading(tmp_path, text, ask=ask)
