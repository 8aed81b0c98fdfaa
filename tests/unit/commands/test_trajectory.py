"""``raxel trajectory`` as a user types it: files from one format to another, told, drawn, and refused in one sentence."""

import json
from dataclasses import replace

import numpy as np
import pytest

from raxel_core.cli import main
from raxel_core.formats import FORMATS, Ask, read_file, read_trajectory, writable, write_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.media import read_still


@pytest.fixture
def raxel(capsys):
    """Run ``raxel trajectory ...``; gives exit code, stdout and stderr."""

    def run(*arguments):
        try:
            code = main(["trajectory", *(str(argument) for argument in arguments)])
        except SystemExit as leaving:
            code = leaving.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def path():
    """An arc with a lens zoom, of which two cameras are doubtful."""
    arc = preset_trajectory("arc_left", 9, 640, 360, fps=24, hfov_deg=50, subject_distance=2.0)
    K = arc.K.copy()
    K[:, [0, 1], [0, 1]] *= np.linspace(1, 1.2, 9)[:, None]
    sure = np.full(9, 0.8)
    sure[[3, 4]] = 0.1
    return replace(arc, K=K, confidence=sure)


@pytest.fixture
def file(path, tmp_path):
    return write_trajectory(tmp_path / "arc.json", path)


@pytest.mark.parametrize("name", writable())
def test_every_format_is_written_told_and_read_back(raxel, file, path, tmp_path, name):
    out = tmp_path / "out" / f"converted{FORMATS[name].endings[0].replace('/', '')}"
    out.parent.mkdir()
    code, said, err = raxel("convert", file, out, "--to", name)
    assert code == 0, err
    assert f"9 cameras as {FORMATS[name].title}, from Raxel JSON" in said
    for loss in FORMATS[name].losses(path):
        assert loss in err
    again = read_file(out, Ask(hfov_deg=50), name).trajectory.canonical(0)
    np.testing.assert_allclose(again.c2w, path.canonical(0).c2w, atol=1e-6)
    code, said, err = raxel("info", out, "--from", name, "--hfov", "50", "--json")
    assert code == 0, err
    assert json.loads(said)["format"] == name


def test_the_name_of_the_result_says_its_format(raxel, file, tmp_path):
    for name, format in (("a.csv", "csv"), ("a.chan", "chan"), ("a.glb", "gltf"), ("a.txt", "realestate10k")):
        code, said, _ = raxel("convert", file, tmp_path / name)
        assert code == 0 and FORMATS[format].title in said
    code, said, _ = raxel("convert", file, tmp_path / "model")
    assert code == 0 and "COLMAP" in said and (tmp_path / "model").is_dir()


def test_what_is_lost_and_what_was_assumed_is_said_on_stderr(raxel, file, tmp_path):
    code, said, err = raxel("convert", file, tmp_path / "a.txt")
    assert code == 0 and "does not keep" in err and "how sure each camera is" in err
    assert "does not keep" not in said
    _, _, err = raxel("info", tmp_path / "a.txt", "--size", "640x360")
    assert "size" not in err
    _, _, err = raxel("info", file, "--size", "1920x1080", "--fps", "30", "--hfov", "20")
    assert "the file's own size of 640x360 counts, not 1920x1080" in err
    assert "the file's own 24 frames per second count, not 30" in err
    assert "the file's own lens of 50 degrees counts, not 20" in err


def test_a_file_without_a_lens_asks_for_one_and_takes_the_one_told(raxel, tmp_path):
    (tmp_path / "walk.tum").write_text("".join(f"{i / 30:.4f} {i * 0.1} 0 0 0 0 0 1\n" for i in range(5)))
    code, _, err = raxel("convert", tmp_path / "walk.tum", tmp_path / "walk.json")
    assert code == 2 and err.count("\n") == 1 and "--hfov" in err
    assert not (tmp_path / "walk.json").exists()
    code, _, err = raxel(
        "convert", tmp_path / "walk.tum", tmp_path / "walk.json", "--hfov", "40", "--size", "64x48"
    )
    assert code == 0, err
    walk = read_trajectory(tmp_path / "walk.json")
    assert (walk.width, walk.height) == (64, 48)
    assert walk.hfov_deg[0] == pytest.approx(40)


def test_info_tells_what_a_file_holds(raxel, file):
    code, said, _ = raxel("info", file)
    assert code == 0
    assert "arc.json: Raxel JSON, 9 cameras" in said
    assert "0.333 s at 24 frames per second" in said
    assert "30 degrees at most" in said
    assert "50 to 42.47 degrees, 38.601 to 46.321 mm on 36 mm film" in said
    assert "2 frames below 0.25" in said
    facts = json.loads(raxel("info", file, "--json")[1])
    assert facts["doubtful_frames"] == [3, 4]
    assert facts["size"] == [640, 360]
    assert facts["confidence"] == pytest.approx(0.644, abs=1e-3)
    assert facts["moved"] == pytest.approx(2 * 2.0 * np.sin(np.radians(15)), abs=1e-3)


def test_a_plot_is_a_picture(raxel, file, tmp_path):
    code, said, _ = raxel("plot", file, tmp_path / "arc.png")
    assert code == 0 and "arc.png" in said
    assert read_still(tmp_path / "arc.png").shape == (600, 960, 3)


BAD = {
    "no subcommand": ([], "COMMAND"),
    "unknown subcommand": (["bend", "FILE"], "bend"),
    "missing file": (["info", "gone.json"], "gone.json"),
    "another file": (["info", "TEXT"], "notes.txt: this is no camera file"),
    "another format": (["info", "FILE", "--from", "tum"], "arc.json"),
    "unknown format": (["convert", "FILE", "a.json", "--to", "fbx"], "fbx"),
    "unknown ending": (["convert", "FILE", "a.fbx"], "a.fbx: choose a format"),
    "no folder": (["convert", "FILE", "gone/a.json"], "gone/a.json cannot be written"),
    "size": (["info", "FILE", "--size", "big"], "'big' is not a size such as 1920x1080"),
    "huge": (["info", "FILE", "--size", "99999x9"], "within 1 and 32768"),
    "film": (["convert", "FILE", "a.chan", "--film", "0"], "0.1 to 1000"),
    "no picture": (["plot", "FILE", "notes.txt/a.png"], "notes.txt"),
    "a picture nowhere": (["plot", "FILE", "gone/a.png"], "there is no folder gone"),
    "a picture that is a folder": (["plot", "FILE", "full.png"], "full.png is a folder"),
    "another picture": (["plot", "FILE", "a.jpg"], "a.jpg: pictures are PNG files"),
    "a picture without ending": (["plot", "FILE", "a"], "choose a name that ends in .png"),
    "no name": (["convert", "FILE", ".", "--to", "colmap"], ". names no file to write"),
    "no name above": (["convert", "FILE", "..", "--to", "json"], ".. names no file to write"),
    "a folder that is there": (["convert", "FILE", "full", "--to", "colmap"], "there already and not empty"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_writes_nothing(raxel, file, tmp_path, case, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, words = BAD[case]
    (tmp_path / "notes.txt").write_text("dear diary\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full.png").mkdir()
    (tmp_path / "full" / "of.txt").touch()
    names = {"FILE": file, "TEXT": tmp_path / "notes.txt"}
    before = sorted(tmp_path.rglob("*"))
    code, out, err = raxel(*(names.get(word, word) for word in arguments))
    assert code == 2 and out == ""
    assert err.count("\n") == 1, err
    assert words in err, err
    assert sorted(tmp_path.rglob("*")) == before
