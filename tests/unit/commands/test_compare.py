"""``raxel compare`` as a user types it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from raxel_core.cli import main
from raxel_core.formats import write_trajectory
from raxel_core.geometry.presets import preset_trajectory


def run(capsys, *arguments):
    try:
        code = main(["compare", *(str(argument) for argument in arguments)])
    except SystemExit as leaving:
        code = leaving.code
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def files(tmp_path):
    """A dolly of half a subject distance at 2 units, and one of half its length in another unit and with a doubtful frame."""
    wanted = preset_trajectory("dolly_in", 9, amount=0.5, subject_distance=2.0, easing="linear")
    found = preset_trajectory("dolly_in", 9, amount=0.25, subject_distance=2.0, easing="linear")
    sure = np.full(9, 0.9)
    sure[4] = 0.1
    paths = {"a.json": wanted, "b.json": replace(found, confidence=sure)}
    return [write_trajectory(tmp_path / name, path) for name, path in paths.items()]


def test_errors_are_told_in_subject_distances_and_doubtful_frames_named(capsys, files):
    code, out, err = run(capsys, *files, "--subject-distance", 2)
    assert code == 0 and not err
    assert "rotation: 0 on average, 0 at most degrees" in out, "rounding is no error"
    assert "position: 0.125 on average, 0.25 at most subject distances (frame 8)" in out
    assert "frames 4" in out


def test_json_holds_every_frame(capsys, files):
    code, out, _ = run(capsys, *files, "--subject-distance", 2, "--json", "--align", "scale")
    told = json.loads(out)
    assert code == 0 and told["scale"] == pytest.approx(2) and told["frames"] == 9
    assert told["position"]["per_frame"] == pytest.approx([0] * 9, abs=1e-9)
    assert told["doubtful_frames"] == [4] and told["align"] == "scale"


def test_the_plot_is_written_and_nothing_else(capsys, files, tmp_path):
    code, _, _ = run(capsys, *files, "--plot", tmp_path / "errors.png")
    assert code == 0 and Image.open(tmp_path / "errors.png").size == (960, 640)
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "b.json", "errors.png"}


def test_a_file_without_a_lens_is_compared_all_the_same(capsys, files, tmp_path):
    rows = "".join(f"{i / 8} 0 0 {i / 8} 0 0 0 1\n" for i in range(9))
    (tmp_path / "way.tum").write_text(rows)
    code, out, err = run(capsys, files[0], tmp_path / "way.tum")
    assert code == 0 and "no lens" in err
    assert "position" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.json", "b.json"], "nothing.json"),
        (["a.json", "b.json", "--align", "se3"], "--align"),
        (["a.json", "b.json", "--subject-distance", "0"], "--subject-distance"),
        (["a.json"], "B"),
        (["a.json", "b.json", "--plot", "gone/e.png"], "there is no folder gone"),
        (["a.json", "b.json", "--plot", "e.jpg"], "e.jpg: pictures are PNG files"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(capsys, files, monkeypatch, arguments, words):
    monkeypatch.chdir(files[0].parent)
    code, out, err = run(capsys, *arguments)
    assert code == 2 and not out and words in err and err.count("\n") == 1
