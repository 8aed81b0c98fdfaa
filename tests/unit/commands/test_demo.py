"""The demo on a user's own files: everything that it promises lies there, and the page points at nothing else."""

from urllib.parse import unquote

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

    def run(*more):
        given = ["demo", "--clip", clip_path, "--still", still_path, "--model", tiny_model_path, *more]
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
