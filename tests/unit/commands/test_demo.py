"""The demo on a user's own files: everything that it promises lies there, and the page points at nothing else."""

import re
from urllib.parse import unquote

import numpy as np
import pytest

from raxel_core.cli import main
from raxel_core.formats import read_trajectory, write_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.media import probe_clip, read_raxel_pictures

TASKS = ("pose_from_video", "video_from_trajectory", "joint")


@pytest.fixture
def demo(capsys, clip_path, still_path, tiny_model_path, tmp_path, monkeypatch):
    """Run the demo; gives its folder and what it printed."""
    monkeypatch.setattr("raxel_core.demo.VIDEO_STEPS", 2)

    def run(*more, held_out=0):
        given = ["demo", "--clip", clip_path, "--still", still_path, "--model", tiny_model_path, *more]
        given += ["--held-out", held_out]
        assert main([str(word) for word in (*given, "--out", tmp_path / "out")]) == 0
        return tmp_path / "out", capsys.readouterr().out

    return run


def test_the_demo_writes_what_it_promises(demo, links):
    folder, printed = demo()
    for task in TASKS:
        assert read_trajectory(folder / task / "path.json").num_frames == 9
        assert read_trajectory(folder / task / "path.txt").num_frames == 9
        assert read_raxel_pictures(folder / task / "raxels").num_frames == 9
        assert (folder / task / "path.png").stat().st_size > 5000
    for clip in ("joint/clip.mp4", "video_from_trajectory/clip.gif", "pose_from_video/given.mp4"):
        assert probe_clip(folder / clip).num_frames == 9
    assert all(task in printed for task in TASKS)
    assert "9 of the clip's 13 frames" in printed and "my still.png" in printed
    page = links((folder / "index.html").read_text(encoding="utf-8"))
    assert all((folder / unquote(target)).exists() for target in page.targets)
    assert (folder / "overview.png").stat().st_size > 20_000
    assert {"video", "img", "table"} <= set(page.tags)


def test_where_truth_is_known_its_error_stands_beside_that_of_standing_still(demo, tmp_path):
    write_trajectory(tmp_path / "truth.json", preset_trajectory("pan_left", 13, 128, 48, amount=20))
    folder, printed = demo("--truth", tmp_path / "truth.json")
    row = next(line for line in printed.splitlines() if "pose_from_video" in line and "|" in line)
    error, still = (float(cell) for cell in row.split("|")[5:7])
    assert still == pytest.approx(
        90 / 8, abs=0.01
    )  # 9 eased frames of 0 to 20 degrees sum to 90; the first does not count
    assert error > 0
    assert row in (folder / "table.md").read_text(encoding="utf-8")
    assert "standing still (" in (folder / "index.html").read_text(encoding="utf-8")


def test_without_truth_no_error_is_claimed(demo):
    _, printed = demo()
    row = next(line for line in printed.splitlines() if "pose_from_video" in line and "|" in line)
    assert [cell.strip() for cell in row.split("|")[5:10]] == ["-"] * 5


def test_opposite_moves_of_one_still_lie_side_by_side(demo):
    folder, _ = demo()
    page = (folder / "index.html").read_text(encoding="utf-8")
    for pair in ("arc_left-arc_right", "pan_left-pan_right"):
        clip = folder / "opposite_moves" / f"{pair}.mp4"
        still, beside = probe_clip(folder / "joint" / "clip.mp4"), probe_clip(clip)
        assert beside.num_frames == 9 and beside.width > 3 * still.width
        assert f"opposite_moves/{pair}.mp4" in page
    assert re.search(r"pan_left: asked for \d+° to the left and no way; read again", page)


def test_held_out_clips_are_shown_from_best_to_worst(demo, links):
    folder, printed = demo(held_out=3)
    text = (folder / "index.html").read_text(encoding="utf-8")
    plots = [
        float(found) for found in re.findall(r"<figcaption>\w+, clip \d+: path ([\d.]+)° off; standing", text)
    ]
    assert len(plots) == 3 and plots == sorted(plots), "the path that was read worst stands last"
    gains = re.findall(r"<figcaption>[^<]*repeated. ([\d.]+) dB (nearer|farther)", text)
    nearer = [float(db) * (1 if side == "nearer" else -1) for db, side in gains]
    assert len(nearer) == 3 and nearer == sorted(nearer, reverse=True)
    row = next(line for line in printed.splitlines() if "3 held-out clips" in line)
    assert float(row.split("|")[5]) == pytest.approx(np.mean(plots), abs=0.06), "the row is the mean of all"
    assert all((folder / unquote(target)).exists() for target in links(text).targets)
