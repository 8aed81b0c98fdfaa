"""Takes, source and given frames, LoRAs, and the two commands without a clip, as a user types them."""

import json
import re

import numpy as np
import pytest
import torch

from raxel_core.cli import main
from raxel_core.formats import raxel_path, read_trajectory, write_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.media import read_clip, read_raxel_pictures, read_still

QUICK = ["--steps", 2]
PATH_FILES = {"path.json", "path.txt", "path.png", "raxels", "raxels.gif"}


@pytest.fixture(scope="module")
def model_path(tiny_model_path, tmp_path_factory):
    """The tiny model with every weight random: a fresh one's heads are still zero, and all its answers the same."""
    from raxel_core.engine import load_model, save_model

    folder = tmp_path_factory.mktemp("lively")
    torch.manual_seed(0)
    model = load_model(tiny_model_path)
    for parameter in model.network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    save_model(folder / "lively.safetensors", model)
    vae = tiny_model_path.with_name("tiny-vae.safetensors").read_bytes()
    (folder / "lively-vae.safetensors").write_bytes(vae)
    return folder / "lively.safetensors"


@pytest.fixture
def raxel(capsys, model_path, tmp_path):
    """Run a command into tmp_path/NAME; gives exit code, the JSON summary or None, and stderr."""

    def run(*arguments, out="out"):
        given = [*arguments, "--model", model_path, "--out", tmp_path / out, "--json"]
        try:
            code = main([str(word) for word in given])
        except SystemExit as leaving:
            code = leaving.code
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return run


@pytest.fixture
def lora_path(tmp_path):
    """A LoRA that changes one matrix of the tiny model."""
    from safetensors.torch import save_file

    torch.manual_seed(0)
    save_file(
        {
            "diffusion_model.blocks.1.ffn.2.lora_down.weight": torch.randn(2, 128),
            "diffusion_model.blocks.1.ffn.2.lora_up.weight": torch.randn(64, 2),
        },
        tmp_path / "style.safetensors",
    )
    return tmp_path / "style.safetensors"


def test_takes_equal_single_runs_byte_for_byte(raxel, still_path, tmp_path):
    joint = ["joint", still_path, *QUICK, "--frames", 5]
    code, facts, _ = raxel(*joint, "--seed", 6, "--takes", 2, out="takes")
    assert code == 0 and [take["seed"] for take in facts["takes"]] == [6, 7]
    assert {path.name for path in (tmp_path / "takes").iterdir()} == {"seed-6", "seed-7"}
    for take in facts["takes"]:
        _, alone, _ = raxel(*joint, "--seed", take["seed"], out=f"alone{take['seed']}")
        for name, file in alone["files"].items():
            one, other = tmp_path / f"alone{take['seed']}" / file, tmp_path / "takes" / take["files"][name]
            assert one.exists() and other.exists()
            if name in ("clip", "path"):
                assert one.read_bytes() == other.read_bytes(), name
        assert take["path"] == alone["path"] and take["confidence"] == alone["confidence"]


def test_one_take_writes_as_ever_and_says_how_sure_it_is_of_every_camera(raxel, clip_path, tmp_path):
    code, facts, _ = raxel("pose", clip_path)
    assert code == 0 and {path.name for path in (tmp_path / "out").iterdir()} == PATH_FILES
    assert len(facts["confidence"]) == facts["frames"] == 9 and len(facts["takes"]) == 1
    assert facts["path"]["confidence"] == pytest.approx(np.mean(facts["confidence"]), abs=1e-3)
    assert facts["takes"][0]["files"] == facts["files"]


def test_generate_with_all_cameras_asked_for_has_no_confidence(raxel, still_path):
    code, facts, _ = raxel("generate", still_path, "--preset", "arc_left", *QUICK)
    assert code == 0 and facts["confidence"] is None and facts["steps"] == "2 video"


@pytest.mark.parametrize("given", ["0-1,8", "3,5"])
def test_cameras_that_are_given_stand_in_the_result_to_the_last_digit(raxel, still_path, tmp_path, given):
    asked = preset_trajectory("arc_left", 9, 64, 32, 8.0, subject_distance=2.0)
    write_trajectory(tmp_path / "asked.json", asked)
    path = ["--trajectory", tmp_path / "asked.json", "--given-frames", given]
    code, facts, _ = raxel("generate", still_path, *path, *QUICK)
    frames = [0, 1, 8] if given == "0-1,8" else [3, 5]
    made = read_trajectory(tmp_path / "out" / "path.json")
    assert code == 0 and facts["steps"] == "2 video, 2 ray"
    assert np.allclose(made.c2w[frames], asked.c2w[frames], atol=1e-8)
    assert np.allclose(made.K[frames], asked.K[frames], atol=1e-6)
    rest = [frame for frame in range(9) if frame not in frames]
    assert not np.allclose(made.c2w[rest], asked.c2w[rest], atol=1e-2)


def test_generate_shoots_along_keyframes_that_the_editor_saved(raxel, still_path, tmp_path):
    (tmp_path / "shot.json").write_text(raxel_path.DEFAULT_PATH)
    code, facts, _ = raxel("generate", still_path, "--trajectory", tmp_path / "shot.json", *QUICK)
    made = read_trajectory(tmp_path / "out" / "path.json")
    assert code == 0 and facts["frames"] == made.num_frames == 9
    arc = raxel_path.read(raxel_path.DEFAULT_PATH).trajectory().resampled(9)
    assert np.allclose(made.c2w, arc.c2w, atol=1e-6)


def test_pose_keeps_the_cameras_of_a_clip_that_are_known(raxel, clip_path, tmp_path):
    known = preset_trajectory("pan_left", 13, 128, 48, amount=20)
    write_trajectory(tmp_path / "known.json", known)
    path = ["--trajectory", tmp_path / "known.json", "--given-frames", "0,4"]
    code, facts, _ = raxel("pose", clip_path, *path)
    made = read_trajectory(tmp_path / "out" / "path.json")
    assert code == 0 and any("counts these" in note for note in facts["notes"])
    assert np.allclose(made.c2w[[0, 4]], known.resampled(9).c2w[[0, 4]], atol=1e-6)
    assert np.allclose(made.K[[0, 4]], known.K[0], atol=1e-4)


def test_known_cameras_as_text_are_shares_of_the_clips_own_sides(raxel, clip_path, tmp_path):
    assert raxel("pose", clip_path, out="first")[0] == 0
    known = read_trajectory(tmp_path / "first" / "path.json")
    text = ["--trajectory", tmp_path / "first" / "path.txt", "--given-frames", "0,8"]
    code, facts, _ = raxel("pose", clip_path, *text)
    made = read_trajectory(tmp_path / "out" / "path.json")
    assert code == 0 and any("scale is unknown" in note for note in facts["notes"])
    assert np.allclose(made.K[[0, 8]], known.K[[0, 8]], atol=1e-6)
    assert np.allclose(made.c2w[[0, 8]], known.c2w[[0, 8]], atol=1e-8)


def test_known_cameras_of_another_shape_are_refused(raxel, clip_path, tmp_path):
    write_trajectory(tmp_path / "wide.json", preset_trajectory("pan_left", 9, 160, 48))
    code, _, said = raxel("pose", clip_path, "--trajectory", tmp_path / "wide.json", "--given-frames", "0")
    assert code == 2 and "160x48" in said and not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["generate", "stills-from-cameras"])
def test_a_take_of_a_preset_that_follows_the_seed_equals_its_single_run(raxel, still_path, tmp_path, command):
    shaky = [command, still_path, "--preset", "handheld", *QUICK]
    assert raxel(*shaky, "--seed", 4, "--takes", 2, out="both")[0] == 0
    assert raxel(*shaky, "--seed", 5, out="one")[0] == 0
    for name in ("path.json", "path.txt"):
        assert (tmp_path / "both" / "seed-5" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_stills_stand_where_they_are_put(raxel, still_path, tmp_path):
    shot = ["generate", still_path, still_path, "--preset", "arc_left", *QUICK]
    assert raxel(*shot, out="spread")[0] == raxel(*shot, "--source-frames", "0,8", out="ends")[0] == 0
    assert raxel(*shot, "--source-frames", "3,1", out="early")[0] == 0
    clips = [(tmp_path / name / "clip.mp4").read_bytes() for name in ("spread", "ends", "early")]
    assert clips[0] == clips[1] != clips[2]
    assert raxel("joint", still_path, "--source-frames", "4", *QUICK, out="joint")[0] == 0


def test_poses_of_stills_writes_one_camera_for_each_in_their_own_pixels(raxel, still_path, tmp_path):
    code, facts, _ = raxel("poses-of-stills", still_path, still_path, still_path)
    assert code == 0 and {path.name for path in (tmp_path / "out").iterdir()} == PATH_FILES
    path = read_trajectory(tmp_path / "out" / "path.json")
    assert (path.num_frames, path.width, path.height) == (3, 100, 80)
    assert np.allclose(path.c2w[0], np.eye(4)) and len(facts["confidence"]) == 3
    assert facts["task"] == "poses_of_stills" and facts["steps"] == "2 ray"


def test_stills_from_cameras_writes_one_picture_for_each(raxel, still_path, tmp_path):
    shot = ["stills-from-cameras", still_path, *QUICK]
    code, facts, _ = raxel(*shot, "--preset", "arc_left", "--cameras", 3)
    assert code == 0 and facts["frames"] == 3 and facts["files"]["stills"] == "stills"
    assert {path.name for path in (tmp_path / "out").iterdir()} == PATH_FILES | {"stills"}
    stills = sorted((tmp_path / "out" / "stills").iterdir())
    assert [still.name for still in stills] == ["0000.png", "0001.png", "0002.png"]
    assert read_still(stills[0]).shape == (32, 64, 3)
    assert read_raxel_pictures(tmp_path / "out" / "raxels").num_frames == 3
    write_trajectory(tmp_path / "two.json", preset_trajectory("truck_left", 2, 64, 32))
    code, facts, _ = raxel(*shot, "--trajectory", tmp_path / "two.json", "--source-frames", 1, out="file")
    assert code == 0 and facts["frames"] == 2


def test_a_lora_changes_the_result_by_its_strength(raxel, still_path, lora_path, tmp_path):
    joint = ["joint", still_path, *QUICK, "--frames", 5]
    assert raxel(*joint, out="plain")[0] == raxel(*joint, "--lora", f"{lora_path}:0", out="zero")[0] == 0
    assert raxel(*joint, "--lora", lora_path, out="one")[0] == 0
    assert raxel(*joint, "--lora", f"{lora_path}:0.5", "--lora", f"{lora_path}:0.5", out="halves")[0] == 0
    clips = {out: read_clip(tmp_path / out / "clip.mp4")[0] for out in ("plain", "zero", "one", "halves")}
    assert torch.equal(clips["plain"], clips["zero"])
    changed = (clips["one"] - clips["plain"]).abs().mean()
    assert (clips["one"] - clips["halves"]).abs().mean() < 0.1 * changed


BAD = {
    "solver": (["joint", "STILL", "--solver", "heun"], "heun.*euler"),
    "no takes": (["joint", "STILL", "--takes", "0"], "'0'.*1 or more"),
    "words for frames": (["joint", "STILL", "--source-frames", "first"], "--source-frames holds 'first'"),
    "frame outside": (["joint", "STILL", "--source-frames", "9"], "0 to 8, got 9"),
    "no place": (["joint", "STILL", "--source-frames", ""], "names no frame"),
    "no given frame": (["generate", "STILL", "--preset", "static", "--given-frames", ""], "names no frame"),
    "raised digits": (["joint", "STILL", "--steps", "³"], "not a whole number"),
    "two places for one still": (["joint", "STILL", "--source-frames", "0,8"], "each of the 1 stills, got 2"),
    "one frame twice": (
        ["generate", "STILL", "STILL", "--preset", "static", "--source-frames", "4,4"],
        "frame 4 twice",
    ),
    "given frame outside": (
        ["generate", "STILL", "--preset", "static", "--given-frames", "0,20"],
        "0 to 8, got 20",
    ),
    "known frames without a path": (
        ["pose", "CLIP", "--given-frames", "0"],
        "--trajectory and --given-frames",
    ),
    "a path without known frames": (
        ["pose", "CLIP", "--trajectory", "PATH"],
        "--trajectory and --given-frames",
    ),
    "a short path": (["pose", "CLIP", "--trajectory", "PATH", "--given-frames", "0"], "5 cameras.*9 frames"),
    "guidance": (["generate", "STILL", "--preset", "static", "--camera-guidance", "-1"], "'-1'"),
    "no LoRA": (["joint", "STILL", "--lora", "gone.safetensors"], "gone.safetensors"),
    "a model for a LoRA": (["joint", "STILL", "--lora", "MODEL"], "not a LoRA"),
    "no cameras": (["stills-from-cameras", "STILL", "--preset", "static", "--cameras", "0"], "'0'"),
    "no path of cameras": (["stills-from-cameras", "STILL"], "--preset"),
    "more stills than cameras": (
        ["stills-from-cameras", "STILL", "STILL", "--preset", "static", "--cameras", "1"],
        "2 stills",
    ),
    "no picture": (["poses-of-stills", "gone.png"], "gone.png"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    raxel, case, clip_path, still_path, model_path, tmp_path
):
    arguments, says = BAD[case]
    write_trajectory(tmp_path / "path.json", preset_trajectory("static", 5, 128, 48))
    names = {"CLIP": clip_path, "STILL": still_path, "PATH": tmp_path / "path.json", "MODEL": model_path}
    before = sorted(tmp_path.rglob("*"))
    code, facts, err = raxel(*(names.get(word, word) for word in arguments))
    assert code == 2 and facts is None and err.count("\n") == 1
    assert re.search(says, err), err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_path_without_lens_or_rate_takes_those_told_and_the_summary_says_what_was_assumed(
    raxel, still_path, tmp_path
):
    walk = "".join(f"{i / 30:.4f} 0 0 {i * 0.1} 0 0 0 1\n" for i in range(9))
    (tmp_path / "walk.tum").write_text(walk)
    code, _, err = raxel("generate", still_path, "--trajectory", tmp_path / "walk.tum", *QUICK)
    assert code == 2 and "--hfov" in err
    code, facts, _ = raxel(
        "generate", still_path, "--trajectory", tmp_path / "walk.tum", "--hfov", 50, *QUICK
    )
    assert code == 0 and any("1280x720" in note for note in facts["notes"])
    assert facts["path"]["hfov_degrees"] == pytest.approx([50, 50], abs=2)
