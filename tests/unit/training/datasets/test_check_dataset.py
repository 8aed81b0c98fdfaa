"""Folders broken in every way: `raxel check-dataset` names the clip and the fault, and leaves with the right code."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from raxel_core.cli import main
from raxel_core.formats import write_trajectory


def check(folder, capsys, *options) -> tuple[int, str]:
    code = main(["check-dataset", str(folder), "--frames", "9", *options])
    out, err = capsys.readouterr()
    return code, out + err.split("clip/s]")[-1]


def two(make, clip, root, layout):
    """A folder of two scenes; the caller breaks `bad`."""
    make.LAYOUTS[layout](root, clip, "good")
    make.LAYOUTS[layout](root, clip, "bad")
    return root


def edited(file, change) -> None:
    """Rewrite a transforms.json."""
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


def retimed(file, change) -> None:
    """Rewrite the rows of a RealEstate10K text: `change(rows)` in place, each a list of words."""
    head, *lines = file.read_text().splitlines()
    rows = [line.split() for line in lines]
    change(rows)
    file.write_text("\n".join([head, *(" ".join(row) for row in rows)]))


def truncated(root):
    data = (root / "bad.mp4").read_bytes()
    (root / "bad.mp4").write_bytes(data[: len(data) * 2 // 3])


def cut_head(root):
    (root / "bad.mp4").write_bytes(b"not a video at all")


def with_cameras(change):
    def broken(root):
        document = json.loads((root / "bad.json").read_text())
        change(document)
        (root / "bad.json").write_text(json.dumps(document))

    return broken


def fewer_cameras(document):
    document["frames"] = document["frames"][:7]


def not_a_number(document):
    document["frames"][4]["c2w"][3] = float("nan")


def sheared(document):
    document["frames"][4]["c2w"][1] += 0.3


def mirrored(document):
    for place in (0, 4, 8):
        document["frames"][2]["c2w"][place] *= -1


CLIPS = {
    "cut short": truncated,
    "cannot be read as a clip": cut_head,
    "7 cameras for 9 frames": with_cameras(fewer_cameras),
    "not a finite|finite number": with_cameras(not_a_number),
    "is not a rotation": with_cameras(sheared),
    "mirrored": with_cameras(mirrored),
    "no cameras; put bad.json": lambda root: (root / "bad.json").unlink(),
}

NERFSTUDIO = {
    "no lens": lambda document: document.pop("fl_x"),
    "leads out of the folder": lambda document: document["frames"][1].update(file_path="../../x.png"),
    "angle of view of": lambda document: document.update(fl_x=5.0, fl_y=5.0),
    "no pinhole": lambda document: document.update(camera_model="EQUIRECTANGULAR"),
    "bends the picture by": lambda document: document.update(k1=-0.4),
    "another shape": lambda document: document.update(w=64),
    '"transform_matrix" must be': lambda document: document["frames"][3].pop("transform_matrix"),
    '"frames"': lambda document: document.update(frames=[]),
    "must be a finite number below": lambda document: document["frames"][3]["transform_matrix"].__setitem__(
        0, [float("nan"), 0, 0, 0]
    ),
    "none of the 9 pictures exists": lambda document: [
        frame.update(file_path="elsewhere/" + frame["file_path"]) for frame in document["frames"]
    ],
}


def swapped(rows):
    rows[3][0], rows[4][0] = rows[4][0], rows[3][0]


REALESTATE10K = {
    "out of order: camera 4": swapped,
    "line 4 has 18 columns": lambda rows: rows[2].pop(),
    "holds something that is not a number": lambda rows: rows[2].__setitem__(8, "zero"),
    "not a finite number": lambda rows: rows[2].__setitem__(8, "inf"),
    "times as long as wide": lambda rows: [row.__setitem__(1, "2.2") for row in rows],
}


@pytest.mark.parametrize("sentence", CLIPS)
def test_a_broken_clip_with_its_trajectory_is_told(sentence, make, clip, tmp_path, capsys):
    CLIPS[sentence](two(make, clip, tmp_path, "clips"))
    says_of_bad(tmp_path, sentence.split("|")[-1], capsys)


@pytest.mark.parametrize("sentence", NERFSTUDIO)
def test_a_broken_transforms_json_is_told(sentence, make, clip, tmp_path, capsys):
    edited(two(make, clip, tmp_path, "nerfstudio") / "bad" / "transforms.json", NERFSTUDIO[sentence])
    says_of_bad(tmp_path, sentence, capsys)


@pytest.mark.parametrize("sentence", REALESTATE10K)
def test_a_broken_realestate10k_text_is_told(sentence, make, clip, tmp_path, capsys):
    retimed(two(make, clip, tmp_path, "realestate10k") / "bad.txt", REALESTATE10K[sentence])
    says_of_bad(tmp_path, sentence, capsys)


def says_of_bad(folder, sentence, capsys) -> None:
    code, out = check(folder, capsys)
    lines = [line for line in out.splitlines() if line.startswith("unusable")]
    assert code == 1, out
    assert len(lines) == 1 and lines[0].startswith("unusable  bad: ") and sentence in lines[0], out
    assert "1 of 2 scenes can be used" in out


def test_pictures_that_cannot_be_read_are_told(make, clip, tmp_path, capsys):
    two(make, clip, tmp_path, "nerfstudio")
    file = tmp_path / "bad" / "images" / "frame_00005.png"  # the middle one
    file.write_bytes(file.read_bytes()[:300])
    says_of_bad(tmp_path, "frame_00005.png cannot be read as a picture", capsys)


def test_thorough_finds_what_three_pictures_do_not_show(make, clip, tmp_path, capsys):
    make.nerfstudio(tmp_path, clip)
    make.write_pictures(
        tmp_path / "scene" / "images", clip.frames[3:4, ::2], ["frame_00004.png"]
    )  # of another size
    assert check(tmp_path, capsys)[0] == 0
    code, out = check(tmp_path, capsys, "--thorough")
    assert code == 2 and "frame_00004.png has 96x32 pixels, the clip's first picture 96x64" in out


def test_a_video_that_is_damaged_inside_is_found_by_decoding_all_of_it(make, clip, tmp_path, capsys):
    make.video_and_json(tmp_path, clip)
    data = bytearray((tmp_path / "walk.mp4").read_bytes())
    start = data.index(b"mdat") + 4
    middle = (
        (start + data.index(b"moov", start)) // 2
        if data.find(b"moov", start) > 0
        else (start + len(data)) // 2
    )
    data[middle : middle + 2000] = bytes(2000)  # encoders differ in where a picture lies
    (tmp_path / "walk.mp4").write_bytes(bytes(data))
    code, out = check(tmp_path, capsys, "--thorough")
    assert code == 2 and "unusable  walk" in out and "is damaged" in out


def test_too_few_frames_in_a_row_are_told_with_both_numbers(make, clip, tmp_path, capsys):
    make.nerfstudio(tmp_path, clip)
    (tmp_path / "scene" / "images" / "frame_00004.png").unlink()
    code, out = check(tmp_path, capsys)
    assert code == 2 and "unusable  scene: 5 frames in a row, 9 are wanted" in out
    assert "1 of 9 pictures are missing, the first of camera 3" in out
    code, out = check(tmp_path, capsys, "--frames", "5")
    assert code == 0 and "1 clips of 5 frames" in out
    code, out = check(tmp_path, capsys, "--frames", "5", "--stride", "2")
    assert code == 2 and "5 frames in a row, 9 are wanted" in out


def test_black_clips_are_unusable_and_black_pictures_are_noted(make, clip, tmp_path, capsys):
    make.nerfstudio(tmp_path, replace(clip, frames=torch.zeros_like(clip.frames)), "night")
    faded = clip.frames.clone()
    faded[0] = 0
    make.nerfstudio(tmp_path, replace(clip, frames=faded), "faded")
    code, out = check(tmp_path, capsys)
    assert code == 1 and "unusable  night: all 3 pictures that were looked at are black" in out
    assert "note      faded: 1 of 3 pictures" in out


def moved(clip, change):
    c2w = clip.trajectory.c2w.copy()
    change(c2w)
    return replace(clip, trajectory=replace(clip.trajectory, c2w=c2w))


def test_still_cameras_jumps_duplicates_and_frozen_pictures_are_noted(make, clip, tmp_path, capsys):
    def stand(c2w):
        c2w[:] = c2w[0]

    def jump(c2w):
        c2w[4:, 0, 3] += 5

    make.nerfstudio(tmp_path, clip, "a")
    make.nerfstudio(tmp_path, moved(clip, stand), "b")
    make.nerfstudio(tmp_path, moved(clip, jump), "c")
    make.nerfstudio(tmp_path, replace(clip, frames=clip.frames[:1].expand(9, -1, -1, -1)), "d")
    code, out = check(tmp_path, capsys, "--frames", "5")
    assert code == 0, out
    assert "note      b: the camera stands still" in out
    assert "note      b: the same pictures as a" in out
    assert "note      c: 1 jumps, the first from camera 3 to 4" in out
    assert "note      d: the 3 pictures that were looked at are the same, though the camera moves" in out
    assert "note      a" not in out


def test_stretched_and_zooming_lenses_and_little_distortion_are_noted(make, clip, tmp_path, capsys):
    def lens(factors):
        K = clip.trajectory.K * factors
        return replace(clip, trajectory=replace(clip.trajectory, K=K))

    make.nerfstudio(tmp_path, lens(np.array([1.3, 1, 1])[:, None]), "wide")
    zoom = np.ones((9, 3, 1))
    zoom[:, :2, 0] = np.linspace(1, 1.2, 9)[:, None]
    make.nerfstudio(tmp_path, lens(zoom), "zoom", per_frame=True)
    make.nerfstudio(tmp_path, clip, "bent", k1=0.02)
    code, out = check(tmp_path, capsys)
    assert code == 0
    assert "wide: pixels are 1.30 times as long as wide" in out
    assert "zoom: the lens zooms" in out
    assert "bent: distortion of" in out


def test_a_scene_without_a_factor_is_unusable(make, clip, tmp_path, capsys):
    two(make, clip, tmp_path, "nerfstudio")
    (tmp_path / "scales.json").write_text('{"good": 2}')
    says_of_bad(tmp_path, "no factor for bad", capsys)


def test_exit_codes_and_json(make, clip, other_clip, tmp_path, capsys):
    make.nerfstudio(tmp_path, clip, "a")
    make.nerfstudio(tmp_path, other_clip, "b")
    code, out = check(tmp_path, capsys, "--json")
    found = json.loads(out[: out.rindex("}") + 1])
    assert code == 0
    assert {name: found[name] for name in ("layout", "scenes", "usable", "unusable", "clips", "frames")} == {
        "layout": "nerfstudio", "scenes": 2, "usable": 2, "unusable": 0, "clips": 2, "frames": 18
    }  # fmt: skip
    assert found["train"] + found["validation"] + found["test"] == 2 and found["clips_to_look_at"] == []
    for name in ("a", "b"):
        shutil.rmtree(tmp_path / name / "images")
    code, out = check(tmp_path, capsys, "--json")
    looked = json.loads(out[: out.rindex("}") + 1])["clips_to_look_at"]
    assert code == 2 and [row["name"] for row in looked] == ["a", "b"]
    assert check(tmp_path / "nowhere", capsys)[0] == 2
    assert check(tmp_path / "a" / "transforms.json", capsys)[0] == 2


def test_texts_without_pictures_are_told_one_by_one(clip, tmp_path, capsys):
    write_trajectory(tmp_path / "one.txt", clip.trajectory)
    code, out = check(tmp_path, capsys)
    assert code == 2 and "unusable  one: there is no video and no folder of pictures for one.txt" in out
