"""Doubtful frames and requested against achieved, as a person sees them after a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from comfy_page import NEWEST, NEWEST_VUE, STOCK, ComfyPage, on
from editor_page import KIND, Editor, editors_in

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
    assert f"here {told['rotation_deg'][60]:.1f}".rstrip("0").rstrip(".") in said
    assert "beyond" in said and "sd" in said
    editor.button("Hide the achieved path").click()
    comfy.settle(3)
    assert line.count() == 0
    assert not editor.document["edited"]


@pytest.mark.slow
@on(STOCK, NEWEST_VUE)
def test_takes_of_the_closed_loop_are_looked_at_one_by_one_and_survive_a_change_of_tabs(comfy):
    comfy.load(comfy.template("Raxel - closed loop"), "closed loop")
    comfy.wait_for("its nodes", "() => window.app.graph._nodes.length > 5")
    (editor,) = editors_in(comfy)
    editor.appear()
    entry = comfy.run(seconds=300)
    assert entry["status"]["status_str"] == "success", entry["status"]
    (loop,) = [node for node, outputs in entry["outputs"].items() if "raxel_errors" in outputs]
    takes = entry["outputs"][loop]["raxel_errors"]
    assert len(takes) > 1
    comfy.show(editor.node, scale=1)
    line = editor.root.locator(".raxel-achieved")
    line.wait_for()
    comfy.settle(4)
    comfy.picture("kept")
    kept = next(take["take"] for take in takes if take["kept"])
    assert pressed(editor) == [f"take {kept + 1}"]
    other = next(take for take in takes if not take["kept"] and take["position"])
    line.get_by_role("button", name=f"Errors of take {other['take'] + 1} of", exact=False).click()
    comfy.settle(3)
    comfy.picture("other")
    assert f"{max(other['rotation_deg']):.1f}".rstrip("0").rstrip(".") + "°" in line.inner_text()
    go_elsewhere_and_back(comfy)
    (again,) = editors_in(comfy)
    again.appear()
    again.root.locator(".raxel-achieved").wait_for()
    assert pressed(again) == [f"take {kept + 1}"]


def pressed(editor: Editor) -> list[str]:
    """The take whose errors are shown."""
    buttons = editor.root.locator(".raxel-achieved button[aria-pressed='true']")
    return [text.strip() for text in buttons.all_inner_texts()]


def go_elsewhere_and_back(comfy: ComfyPage) -> None:
    """To another workflow's tab, and back."""
    comfy.command("Comfy.NewBlankWorkflow")
    comfy.wait_for("another tab", "() => window.app.graph._nodes.length === 0")
    comfy.command("Workspace.PreviousOpenedWorkflow")
    comfy.wait_for("the first tab", "() => window.app.graph._nodes.length > 5")
