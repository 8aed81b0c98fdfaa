"""Folders of a rendered clip in every layout: its cameras and its pictures come back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.formats import write_trajectory
from raxel_core.training.datasets import open_dataset

SIZE = (9, 64, 96)


def read_one(folder, layout="auto", size=SIZE, **where):
    dataset = open_dataset(folder, layout)
    assert len(dataset) == 1
    return dataset.read(0, *size, **where)


def same_cameras(got, expected, atol=1e-6) -> None:
    assert np.allclose(got.c2w, expected.canonical(0).c2w, atol=atol)
    assert np.allclose(got.K, expected.K, atol=1e-3)


@pytest.mark.parametrize("layout", ["realestate10k", "nerfstudio", "clips"])
def test_every_layout_gives_back_the_clip_that_was_put_into_it(layout, make, clip, tmp_path):
    make.LAYOUTS[layout](tmp_path, clip)
    assert open_dataset(tmp_path).layout == layout
    got = read_one(tmp_path, layout)
    same_cameras(got.trajectory, clip.trajectory)
    if layout == "clips":
        assert make.psnr_db(got.frames, clip.frames) > 36  # H.264
    else:
        assert torch.equal(got.frames, clip.frames)


def test_a_video_of_as_many_frames_belongs_to_a_realestate10k_text(make, clip, tmp_path):
    write_trajectory(tmp_path / "id.txt", clip.trajectory)
    make.write_video(tmp_path / "id.webm.mp4", clip.frames)
    (tmp_path / "id.webm.mp4").rename(tmp_path / "id.mov")
    got = read_one(tmp_path, "realestate10k")
    same_cameras(got.trajectory, clip.trajectory)
    assert make.psnr_db(got.frames, clip.frames) > 36


@pytest.mark.parametrize("first", [4, 90])
def test_timestamps_find_their_frames_in_a_whole_source_video(first, make, clip, tmp_path):
    """Frame k of 120 has the grey 2 k; cameras are of every third frame. The later ones are sought."""
    greys = torch.arange(120).mul(2).view(-1, 1, 1, 1).expand(-1, 32, 48, 3)
    make.write_video(tmp_path / "id.mp4", greys, 30)
    write_trajectory(tmp_path / "id.txt", replace(clip.trajectory, fps=10.0))
    lines = (tmp_path / "id.txt").read_text().splitlines()
    for i in range(1, len(lines)):
        time, rest = lines[i].split(" ", 1)
        lines[i] = f"{int(time) + round(first * 1e6 / 30)} {rest}"
    (tmp_path / "id.txt").write_text("\n".join(lines))
    got = read_one(tmp_path, "realestate10k", (9, 32, 48))
    shown = got.frames.float().mean(dim=(1, 2, 3)) / 2
    assert torch.allclose(shown, first + 3 * torch.arange(9.0), atol=0.6)


def test_a_lens_of_its_own_for_every_frame_is_read(make, clip, tmp_path):
    document = make.write_transforms(tmp_path / "transforms.json", clip.trajectory, per_frame=True)
    assert "fl_x" not in document and "fl_x" in document["frames"][0]
    make.write_pictures(tmp_path / "images", clip.frames, make.frame_names())
    same_cameras(read_one(tmp_path).trajectory, clip.trajectory)


def test_dl3dv_s_reduced_pictures_stand_for_those_that_the_file_names(make, clip, tmp_path):
    """`images/` at four times the size is named, only `images_4/` is there; the lens follows."""
    make.write_transforms(tmp_path / "1K" / "hash" / "transforms.json", clip.trajectory, factor=4)
    make.write_pictures(tmp_path / "1K" / "hash" / "images_4", clip.frames, make.frame_names())
    got = read_one(tmp_path)
    same_cameras(got.trajectory, clip.trajectory)
    assert torch.equal(got.frames, clip.frames)


def test_frames_are_put_in_the_order_of_their_names(make, clip, tmp_path):
    make.nerfstudio(tmp_path, clip)
    file = tmp_path / "scene" / "transforms.json"
    document = json.loads(file.read_text())
    for i, frame in enumerate(document["frames"]):  # frame_2 before frame_10
        old, frame["file_path"] = frame["file_path"], f"images/frame_{3 * i + 2}.png"
        (tmp_path / "scene" / old).rename(tmp_path / "scene" / frame["file_path"])
    document["frames"].reverse()
    file.write_text(json.dumps(document))
    assert torch.equal(read_one(tmp_path).frames, clip.frames)


def test_start_and_stride_choose_the_frames_and_slow_the_clip_down(make, clip, tmp_path):
    make.nerfstudio(tmp_path, clip)
    got = open_dataset(tmp_path).read(0, 3, 64, 96, start=2, stride=3)
    assert torch.equal(got.frames, clip.frames[[2, 5, 8]])
    whole = clip.trajectory.canonical(2).c2w
    assert np.allclose(got.trajectory.c2w, whole[[2, 5, 8]])
    assert got.trajectory.fps == 10


def test_a_missing_picture_is_told_and_no_window_goes_across_it(make, clip, tmp_path):
    make.realestate10k(tmp_path, clip)
    (tmp_path / "0a1b" / "100000.png").unlink()  # of camera 3
    dataset = open_dataset(tmp_path)
    with pytest.raises(RaxelError, match="0a1b: the picture of camera 3 is missing"):
        dataset.read(0, *SIZE)
    windows = list(dataset.windows(5))
    assert [window.start for window in windows] == [4]
    assert torch.equal(dataset.read(0, 5, 64, 96, start=4).frames, clip.frames[4:])


@pytest.mark.parametrize("place", ["train/id.txt", "id.txt"])
@pytest.mark.parametrize("pictures", ["frames/id", "videos/id"])
def test_pictures_are_found_beside_the_folder_of_the_texts(place, pictures, make, clip, tmp_path):
    (tmp_path / place).parent.mkdir(exist_ok=True)
    write_trajectory(tmp_path / place, clip.trajectory)
    if place.startswith("train") and pictures.startswith("frames"):
        pictures = "frames/train/id"
    make.write_pictures(tmp_path / pictures, clip.frames, [f"{i}.png" for i in range(9)])
    assert torch.equal(read_one(tmp_path).frames, clip.frames)


def test_json_cameras_follow_pictures_of_another_size_and_refuse_another_shape(make, clip, tmp_path):
    doubled = clip.trajectory.resized(192, 128)
    write_trajectory(tmp_path / "a.json", doubled)
    make.write_video(tmp_path / "a.mp4", clip.frames)
    same_cameras(read_one(tmp_path).trajectory, clip.trajectory)
    write_trajectory(tmp_path / "a.json", clip.trajectory.resized(96, 96))
    with pytest.raises(RaxelError, match="96x96 pictures, these have 96x64"):
        read_one(tmp_path)


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.png", "images/../../secret.png"])
def test_a_name_that_leads_out_of_the_folder_is_refused(path, make, clip, tmp_path):
    make.nerfstudio(tmp_path / "data", clip)
    file = tmp_path / "data" / "scene" / "transforms.json"
    document = json.loads(file.read_text())
    document["frames"][0]["file_path"] = path
    file.write_text(json.dumps(document))
    with pytest.raises(RaxelError, match="leads out of the folder"):
        read_one(tmp_path / "data")


def test_a_link_that_leads_out_of_the_folder_is_refused(make, clip, tmp_path):
    make.realestate10k(tmp_path / "data", clip)
    (tmp_path / "data" / "0a1b").rename(tmp_path / "elsewhere")
    (tmp_path / "data" / "0a1b").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RaxelError, match="0a1b leads out of the folder data"):
        read_one(tmp_path / "data")


@pytest.mark.parametrize("layout", ["auto", "realestate10k", "nerfstudio", "clips"])
def test_a_folder_without_clips_is_one_sentence(layout, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    with pytest.raises(RaxelError, match="holds no clip"):
        open_dataset(tmp_path, layout)
    with pytest.raises(RaxelError, match="there is no folder"):
        open_dataset(tmp_path / "none", layout)


REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "trajectories" / "re10k"


@pytest.mark.skipif(not REAL.exists(), reason=f"real RealEstate10K texts are not at {REAL}")
def test_real_realestate10k_texts_are_read_as_their_own_numbers_say(make, clip, tmp_path):
    """Nine of sixteen cameras have a picture: names are timestamps in microseconds, matrices world to camera."""
    for text in sorted(REAL.glob("*.txt")):
        (tmp_path / text.name).write_text(text.read_text())
        rows = np.array([line.split() for line in text.read_text().splitlines()[1:]], dtype=float)
        make.write_pictures(tmp_path / text.stem, clip.frames, [f"{int(row[0])}.png" for row in rows[4:13]])
    dataset = open_dataset(tmp_path)
    assert (dataset.layout, len(dataset)) == ("realestate10k", len(list(REAL.glob("*.txt"))))
    for index in range(len(dataset)):
        rows = (REAL / f"{dataset.name(index)}.txt").read_text().splitlines()[5:14]
        rows = np.array([row.split() for row in rows], dtype=float)
        got = dataset.read(index, *SIZE, start=4)
        w2c = np.tile(np.eye(4), (9, 1, 1))
        w2c[:, :3] = rows[:, 7:].reshape(-1, 3, 4)
        assert np.allclose(got.trajectory.c2w, w2c[0] @ np.linalg.inv(w2c), atol=1e-6)
        # Pictures of 3:2 for cameras of 16:9 count as stretched: the vertical angle of view stays whole.
        assert np.tan(np.radians(got.trajectory.vfov_deg[0] / 2)) == pytest.approx(0.5 / rows[0, 2])
        assert [window.start for window in dataset.windows(9) if window.index == index] == [4]
