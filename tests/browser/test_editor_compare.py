"""Doubtful frames and requested against achieved, as a person sees them after a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from comfy_page import NEWEST, NEWEST_VUE, STOCK, ComfyPage, on
from editor_page import KIND, Editor

from raxel_core.formats import write_trajectory
from raxel_core.geometry.presets import preset_trajectory

DOUBTFUL = range(14, 24)


def estimated():
    """A path that shakes where it is doubtful."""
    path = preset_trajectory("truck_right", frames=41, width=832, height=480)
    c2w, sure = path.c2w.copy(), np.full(41, 0.9)
    for frame in DOUBTFUL:
        c2w[frame, :3, 3] += 0.1 * np.array([np.sin(frame * 2.1), np.cos(frame * 1.7), 0])
        sure[frame] = 0.1
    return replace(path, c2w=c2w, confidence=sure)


def seeded(comfy: ComfyPage, name: str) -> Editor:
    """An editor behind a loaded estimate, after a run."""
    write_trajectory(comfy.host.folder / "input" / name, estimated())
    loader = comfy.add_node("RaxelLoadTrajectory", 700, 100)
    comfy.set_widget(loader, "path", name)
    editor = Editor(comfy, comfy.add_node(KIND, 100, 100))
    comfy.connect(loader, 0, editor.node, "trajectory")
    comfy.show()
    editor.appear()
    assert comfy.run()["status"]["status_str"] == "success"
    comfy.show(editor.node, scale=1)
    editor.root.locator(".raxel-doubt").wait_for()
    return editor


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_doubtful_frames_are_marked_and_filled_from_the_sure_ones(comfy):
    editor = seeded(comfy, f"estimate_{comfy.variant}.json")
    line = editor.root.locator(".raxel-doubt")
    assert "10 of 41 frames" in line.inner_text()
    assert not editor.document["edited"]
    assert any(frame in DOUBTFUL for frame in editor.frames)
    comfy.settle(4)
    comfy.picture("marked")
    line.get_by_role("button", name="Fill doubtful frames").click()
    comfy.settle(4)
    comfy.picture("filled")
    assert editor.document["edited"] and not any(frame in DOUBTFUL for frame in editor.frames)
    straight = preset_trajectory("truck_right", frames=41).c2w[:, :3, 3]
    assert np.abs(editor.cameras()[:, :3] - straight).max() < 0.02
    editor.press("Control+z")
    assert any(frame in DOUBTFUL for frame in editor.frames)


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_errors_of_every_frame_stand_below_the_timeline_with_their_tolerance(comfy):
    editor = Editor(comfy, comfy.add_node(KIND, 100, 100))
    preset = comfy.add_node("TrajectoryPreset", 600, 100)
    comfy.set_widget(preset, "preset", "truck_left")
    compare = comfy.add_node("RaxelCompareTrajectories", 950, 100)
    comfy.connect(editor.node, 0, compare, "requested")
    comfy.connect(preset, 0, compare, "achieved")
    comfy.show()
    editor.appear()
    before = editor.timeline.bounding_box()["height"]
    entry = comfy.run()
    assert entry["status"]["status_str"] == "success", entry["status"]
    (told,) = entry["outputs"][compare]["raxel_errors"]
    comfy.show(editor.node, scale=1)
    line = editor.root.locator(".raxel-achieved")
    line.wait_for()
    comfy.settle(4)
    assert editor.timeline.bounding_box()["height"] > before
    comfy.page.mouse.click(*editor.time_point(60, 95))
    comfy.settle(3)
    comfy.picture("errors")
    said = line.inner_text()
    assert f"frame 60: {told['rotation_deg'][60]:.1f}".rstrip("0").rstrip(".") in said
    assert "beyond" in said and "sd" in said
    editor.button("Hide the achieved path").click()
    comfy.settle(3)
    assert line.count() == 0
    assert not editor.document["edited"]
