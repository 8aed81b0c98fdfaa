"""The command as a user types it, on a tiny random model: files, summaries, exit codes, and sentences on bad input."""

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from raxel_core.cli import main
from raxel_core.formats import read_trajectory, write_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.media import read_clip, read_raxel_pictures

PATH_FILES = {"path.json", "path.txt", "path.png", "raxels", "raxels.gif"}
CLIP_FILES = PATH_FILES | {"clip.mp4", "clip.gif"}


def run(capsys, *arguments):
    """Exit code, stdout and stderr of one command line."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        code = leaving.code
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def short(tiny_model_path, tmp_path):
    """Options that every run here shares."""
    return ["--model", tiny_model_path, "--out", tmp_path / "out"]


def test_pose_writes_the_path_in_the_clips_own_pixels(capsys, clip_path, short, tmp_path):
    code, out, _ = run(capsys, "pose", clip_path, "--json", *short)
    facts = json.loads(out)
    assert code == 0 and {path.name for path in (tmp_path / "out").iterdir()} == PATH_FILES
    path = read_trajectory(tmp_path / "out" / "path.json")
    assert (path.num_frames, path.width, path.height) == (9, 128, 48)
    assert path.K[0, 0, 2] == pytest.approx(64) and path.K[0, 1, 2] == pytest.approx(24)
    assert path.fps == pytest.approx(8)
    assert read_raxel_pictures(tmp_path / "out" / "raxels").num_frames == 9
    assert facts["frames"] == 9 and facts["steps"] == "2 ray" and facts["seconds"] > 0
    assert any("9 of the clip's 13 frames" in note for note in facts["notes"])
    assert set(facts["files"].values()) == PATH_FILES


def test_generate_follows_a_preset(capsys, still_path, short, tmp_path):
    code, out, _ = run(capsys, "generate", still_path, "--preset", "arc_left", "--steps", 2, *short)
    assert code == 0 and {path.name for path in (tmp_path / "out").iterdir()} == CLIP_FILES
    frames, fps = read_clip(tmp_path / "out" / "clip.mp4")
    assert frames.shape == (9, 32, 64, 3) and fps == pytest.approx(8)
    turned = read_trajectory(tmp_path / "out" / "path.json").c2w[-1, :3, :3]
    assert np.degrees(np.arccos((np.trace(turned) - 1) / 2)) == pytest.approx(30)
    assert "30.0 degrees" in out and "clip.mp4" in out


def test_generate_follows_a_path_from_a_file(capsys, still_path, short, tmp_path):
    write_trajectory(tmp_path / "path.json", preset_trajectory("dolly_in", 33, 640, 360, fps=32))
    given = ["--trajectory", tmp_path / "path.json", "--steps", 1]
    code, out, _ = run(capsys, "generate", still_path, still_path, *given, "--json", *short)
    facts = json.loads(out)
    assert code == 0 and facts["frames"] == 9 and facts["fps"] == pytest.approx(8)
    assert facts["path"]["moved"] == pytest.approx(0.5, abs=1e-3)
    assert any("9 cameras" in note for note in facts["notes"])


def test_joint_gives_a_clip_and_its_path(capsys, still_path, short, tmp_path):
    code, _, _ = run(capsys, "joint", still_path, "--steps", 2, "--ray-steps", 1, "--frames", 5, *short)
    assert code == 0 and {path.name for path in (tmp_path / "out").iterdir()} == CLIP_FILES
    assert read_trajectory(tmp_path / "out" / "path.json").num_frames == 5


def test_the_same_seed_gives_the_same_files(capsys, still_path, tiny_model_path, tmp_path):
    for out in ("a", "b"):
        arguments = ["joint", still_path, "--steps", 1, "--ray-steps", 1, "--seed", 5, "--frames", 5]
        assert run(capsys, *arguments, "--model", tiny_model_path, "--out", tmp_path / out)[0] == 0
    for file in ("clip.mp4", "path.json", "raxels/0004.png"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


BAD = {
    "no command": ([], "COMMAND"),
    "unknown command": (["fly"], "fly"),
    "missing clip": (["pose", "missing.mp4"], "missing.mp4"),
    "a picture for a clip": (["pose", "STILL"], "single frame"),
    "text for a clip": (["pose", "TEXT"], "cannot be read as a clip"),
    "missing picture": (["joint", "missing.png"], "missing.png"),
    "a clip for a picture": (["joint", "CLIP"], "cannot be read as a picture"),
    "unknown preset": (["generate", "STILL", "--preset", "loop"], "'loop'.*arc_left"),
    "no path": (["generate", "STILL"], "--preset"),
    "two paths": (["generate", "STILL", "--preset", "static", "--trajectory", "TEXT"], "not allowed"),
    "text for a path": (["generate", "STILL", "--trajectory", "TEXT"], "notes.txt"),
    "short path": (["generate", "STILL", "--trajectory", "PATH", "--frames", "13"], "9 cameras.*13"),
    "wrong length": (["joint", "STILL", "--frames", "16"], "13 or 17"),
    "no steps": (["pose", "CLIP", "--steps", "0"], "'0'.*1 or more"),
    "half a step": (["pose", "CLIP", "--steps", "1.5"], "'1.5'"),
    "no number": (["generate", "STILL", "--preset", "static", "--hfov", "wide"], "'wide'"),
    "NaN": (["generate", "STILL", "--preset", "static", "--amount", "nan"], "'nan'"),
    "missing model": (["pose", "CLIP", "--model", "gone.safetensors"], "gone.safetensors"),
    "not a model": (["pose", "CLIP", "--model", "TEXT"], "not a safetensors"),
    "a VAE for a model": (["pose", "CLIP", "--model", "VAE"], "is a Wan VAE"),
    "a model for a VAE": (["pose", "CLIP", "--vae", "MODEL"], "not a Wan VAE"),
    "out is a file": (["pose", "CLIP", "--out", "TEXT"], "is a file"),
    "too many stills": (["generate", *["STILL"] * 10, "--preset", "static"], "10 stills"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_exit_code_2(
    capsys, case, clip_path, still_path, tiny_model_path, tmp_path
):
    arguments, says = BAD[case]
    (tmp_path / "notes.txt").write_text("not what you want\n")
    write_trajectory(tmp_path / "path.json", preset_trajectory("static", 9, 64, 32))
    names = {
        "CLIP": clip_path,
        "STILL": still_path,
        "TEXT": tmp_path / "notes.txt",
        "PATH": tmp_path / "path.json",
        "MODEL": tiny_model_path,
        "VAE": tiny_model_path.with_name("tiny-vae.safetensors"),
    }
    given = [names.get(argument, argument) for argument in arguments]
    if given and given[0] in ("pose", "generate", "joint"):
        given += [] if "--model" in given else ["--model", tiny_model_path]
        given += [] if "--out" in given else ["--out", tmp_path / "out"]
    before = sorted(tmp_path.rglob("*"))
    code, out, err = run(capsys, *given)
    assert code == 2 and out == ""
    assert err.count("\n") == 1, err
    assert re.search(says, err), err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_model_without_its_vae_says_where_it_was_looked_for(capsys, clip_path, tiny_model_path, tmp_path):
    (tmp_path / "alone.safetensors").write_bytes(tiny_model_path.read_bytes())
    code, _, err = run(capsys, "pose", clip_path, "--model", tmp_path / "alone.safetensors")
    assert code == 2 and "alone-vae.safetensors" in err


def test_help_names_every_command(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0 and all(name in out for name in ("pose", "generate", "joint", "demo"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_or_a_kill_leaves_nothing_and_exits_with_130(still_path, tiny_model_path, tmp_path, how):
    command = [
        sys.executable,
        "-m",
        "raxel_core.cli",
        "joint",
        still_path,
        "--steps",
        "1000",
        "--ray-steps",
        "1",
    ]
    command += ["--model", tiny_model_path, "--out", tmp_path / "out"]
    process = subprocess.Popen(
        list(map(str, command)),
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background hands down an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # Sampling has begun when the bar shows; before that, a library being imported may swallow the interrupt.
    shown = ""
    while "step" not in shown and (character := process.stderr.read(1)):
        shown += character
    assert "step" in shown and list(tmp_path.glob(".raxel-*"))
    process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in err and "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} == {still_path.name}


def test_a_raxel_picture_is_a_plain_png(capsys, clip_path, short, tmp_path):
    assert run(capsys, "pose", clip_path, *short)[0] == 0
    with Image.open(tmp_path / "out" / "raxels" / "0000.png") as picture:
        assert picture.size == (32, 16) and json.loads(picture.text["raxel"])["width"] == 64
