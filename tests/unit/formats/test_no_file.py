"""Paths that are no file to read: one sentence each, which says what is wrong once."""

import os
from pathlib import Path

import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import FORMATS, read_file
from tests.unit.formats.camera_files import LENS


def refusal(path, format=None):
    with pytest.raises(RaxelError) as caught:
        read_file(path, LENS, format)
    words = str(caught.value)
    assert len(words) < 250 and "\n" not in words
    return words


def test_a_missing_file_is_named_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal("missing.json") == "there is no file missing.json"
    assert refusal("missing.json", "json") == "there is no file missing.json"


@pytest.mark.parametrize("format", [None, *(name for name, entry in FORMATS.items() if entry.read)])
@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + ".csv", "a/" * 3000 + "b.json"])
def test_a_name_that_is_too_long_is_refused_in_words(name, format):
    words = refusal(name, format)
    assert "File name too long" in words or (format or "").startswith("colmap"), words


def test_a_name_with_an_end_of_line_in_it_stays_one_sentence(tmp_path):
    (tmp_path / "two\nlines.json").write_text("{}")
    assert refusal(tmp_path / "two\nlines.json").startswith("two\\nlines.json: this is no camera file")
    assert refusal(tmp_path / "no\nfile.json").endswith("no\\nfile.json")
    assert "null" in refusal("a\0b.json")


@pytest.mark.parametrize("format", [None, "json", "csv"])
def test_a_pipe_is_told_to_be_no_plain_file_and_is_not_waited_for(tmp_path, monkeypatch, format):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.json")
    assert refusal("pipe.json", format) == "pipe.json is no plain file"
    assert refusal(Path("/dev/zero"), format) == "/dev/zero is no plain file"


def test_a_file_below_a_file_is_refused_in_words(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    assert "Not a directory" in refusal(tmp_path / "a.json" / "b.json")
