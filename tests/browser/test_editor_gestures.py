"""The editor in a user's hands: mouse, keyboard, numbers and touch; each change is one step that can be taken back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from comfy_page import DRAWN, NEWEST, NEWEST_VUE, STOCK, on
from editor_page import KIND, SELECTION, add_editor, editors_in


@on(*DRAWN)
def test_the_node_comes_by_double_click_and_its_name_and_shows_a_path_at_once(comfy, report):
    comfy.page.mouse.dblclick(900, 500)
    comfy.page.wait_for_timeout(300)
    comfy.page.keyboard.type("camera path editor")
    comfy.page.get_by_text("Camera Path Editor (Raxel)", exact=False).first.wait_for()
    comfy.page.wait_for_timeout(300)
    comfy.page.keyboard.press("Enter")
    comfy.wait_for("the node", "(kind) => window.app.graph._nodes.some((n) => n.type === kind)", KIND)
    (editor,) = editors_in(comfy)
    comfy.show(editor.node, scale=1)
    editor.appear()
    assert len({tuple(pixel) for pixel in editor.look()[::7, ::7].reshape(-1, 3)}) > 5, "the scene is blank"
    assert editor.frames == [0, 40, 80]
    assert not editor.document["edited"]


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_the_text_behind_the_editor_is_not_shown(comfy):
    add_editor(comfy)
    assert not comfy.page.locator("textarea:visible").count()
    assert not comfy.page.get_by_text("raxel-path").locator("visible=true").count()


@on(*DRAWN)
def test_a_key_dragged_in_the_scene_moves_in_one_step_that_can_be_undone(comfy):
    editor = add_editor(comfy)
    editor.press("1", "f")
    editor.click_key(1)
    comfy.picture("selected")
    before = editor.text
    editor.drag(editor.spot(SELECTION), (60, -45))
    after = editor.document
    comfy.picture("dragged")
    moved = np.subtract(after["keys"][1]["position"], keys_of(before)[1]["position"])
    assert np.abs(moved).max() > 0.02, "the key stayed"
    assert after["keys"][0] == keys_of(before)[0] and after["keys"][2] == keys_of(before)[2]
    assert after["edited"]
    editor.press("Control+z")
    assert editor.keys == keys_of(before)
    editor.press("Control+Shift+Z")
    assert editor.document == after
    editor.button("Undo").click()
    assert editor.keys == keys_of(before)
    editor.button("Redo").click()
    assert editor.document == after


def keys_of(text: str) -> list[dict]:
    return json.loads(text)["keys"]


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_a_key_dragged_on_the_timeline_changes_its_frame(comfy):
    editor = add_editor(comfy)
    (x, y), (to, _) = editor.time_point(40), editor.time_point(55)
    editor.drag((x, y), (to - x, 0))
    assert editor.frames == [0, 55, 80]
    editor.press("Control+z")
    assert editor.frames == [0, 40, 80]


def test_escape_takes_a_drag_back(comfy):
    editor = add_editor(comfy)
    before = editor.text
    (x, y), (to, _) = editor.time_point(40), editor.time_point(55)
    mouse = comfy.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(to, y, steps=5)
    comfy.page.keyboard.press("Escape")
    mouse.up()
    comfy.settle()
    assert keys_of(editor.text) == keys_of(before)
    assert not editor.button("Undo").is_enabled()


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_a_typed_number_is_exact(comfy):
    editor = add_editor(comfy)
    editor.click_key(2)
    editor.type_number("Position to the right", "1.23456")
    editor.type_number("Position upwards", "0.5")
    editor.type_number("Lens: millimetres on 36 mm film, or the horizontal angle in degrees", "35 mm")
    key = editor.keys[2]
    assert key["position"][0] == pytest.approx(1.23456, abs=1e-12)
    assert key["position"][1] == pytest.approx(-0.5, abs=1e-12), "up is minus y"
    assert key["hfov_deg"] == pytest.approx(2 * np.degrees(np.arctan(18 / 35)), abs=1e-9)
    editor.press("Control+z", "Control+z", "Control+z")
    assert editor.keys[2]["position"] == pytest.approx([0.5, 0, 0.1339745962])


@on(NEWEST_VUE, slow=(STOCK,))
def test_keys_are_added_duplicated_copied_pasted_and_deleted(comfy):
    editor = add_editor(comfy)
    cameras = editor.cameras()
    editor.seek(20)
    editor.button("Add a key at the playhead").click()
    assert editor.frames == [0, 20, 40, 80]
    assert editor.keys[1]["position"] == pytest.approx(cameras[20, :3], abs=1e-9), "a new key is on the path"
    editor.button("Duplicate the selected keys").click()
    assert len(editor.keys) == 5
    editor.button("Undo").click()
    editor.click_key(1)
    editor.press("Control+c")
    editor.seek(60)
    editor.press("Control+v")
    assert editor.frames == [0, 20, 40, 60, 80]
    assert editor.keys[3]["position"] == pytest.approx(editor.keys[1]["position"])
    editor.press("Delete")
    assert editor.frames == [0, 20, 40, 80]
    assert comfy.eval("() => window.app.graph._nodes.length") == 1, "Delete took the node, or paste made one"


@on(NEWEST_VUE, slow=(STOCK,))
def test_a_preset_takes_the_place_of_the_path_and_is_edited_on(comfy):
    editor = add_editor(comfy)
    before = editor.keys
    editor.button("Start from a named move").click()
    comfy.page.get_by_role("button", name="dolly in", exact=False).first.click()
    comfy.wait_for(
        "the preset",
        "(id) => JSON.parse(window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'path').value).edited",
        int(editor.node),
    )
    comfy.picture("preset")
    assert editor.keys != before
    assert editor.cameras()[-1, 2] == pytest.approx(0.5, abs=0.02), "half way to the subject"
    comfy.page.keyboard.press("Escape")
    editor.click_key(0)
    editor.type_number("Position to the right", "0.25")
    assert editor.keys[0]["position"][0] == pytest.approx(0.25)
    editor.press("Control+z", "Control+z")
    assert editor.keys == before


@on(STOCK, NEWEST_VUE)
def test_a_line_drawn_on_the_ground_becomes_few_keys(comfy):
    editor = add_editor(comfy)
    editor.press("1", "f")
    editor.button("Draw a path on the ground").click()
    x, y = editor.middle()
    mouse = comfy.page.mouse
    mouse.move(x - 110, y + 60)
    mouse.down()
    for step in range(1, 41):
        mouse.move(x - 110 + 5.5 * step, y + 60 - 70 * np.sin(step / 40 * np.pi))
    mouse.up()
    comfy.settle()
    comfy.picture("stroke")
    positions = np.array([key["position"] for key in editor.keys])
    assert 2 <= len(positions) <= 12
    assert np.ptp(positions[:, 1]) < 1e-6, "the ground is level"
    cameras = editor.cameras()
    assert cameras[-1, 0] > cameras[0, 0], "drawn from left to right"
    middle = cameras[len(cameras) // 2, 2]
    assert middle > cameras[0, 2] and middle > cameras[-1, 2], (
        "the bow goes forward, away from the viewer's side"
    )
    editor.press("Control+z")
    assert editor.frames == [0, 40, 80]


def test_a_wheel_over_the_scene_zooms_the_scene_and_not_the_graph(comfy):
    editor = add_editor(comfy)
    graph = comfy.eval("() => window.app.canvas.ds.scale")
    before = editor.look()
    comfy.page.mouse.move(*editor.middle())
    comfy.page.mouse.wheel(0, -240)
    comfy.settle()
    assert comfy.eval("() => window.app.canvas.ds.scale") == graph
    assert np.abs(editor.look() - before).max() > 40
    assert not editor.document["edited"], "looking is no edit"


@on(STOCK, NEWEST_VUE)
def test_undo_belongs_to_the_editor_while_it_has_the_focus_and_to_the_graph_otherwise(comfy):
    editor = add_editor(comfy)
    other = comfy.add_node("RaxelSaveTrajectory", 1000, 100)
    comfy.select(other)
    comfy.page.keyboard.press("Delete")
    gone = "(id) => !window.app.graph.getNodeById(id)"
    comfy.wait_for("the end of the other node", gone, int(other))
    editor.click_key(1)
    editor.type_number("Position to the right", "0.9")
    editor.press("Control+z")
    assert editor.keys[1]["position"][0] == pytest.approx(0.2588190451)
    assert comfy.eval(gone, int(other)), "the graph was undone too"
    comfy.page.mouse.click(900, 900)
    for _ in range(4):  # what the editor wrote is on the graph's list too
        comfy.page.keyboard.press("Control+z")
        comfy.page.wait_for_timeout(200)
        if not comfy.eval(gone, int(other)):
            return
    raise AssertionError("the graph's undo does not bring the other node back")


@on(NEWEST_VUE, slow=(STOCK,))
def test_a_finger_drags_a_key(comfy):
    editor = add_editor(comfy)
    (x, y), (to, _) = editor.time_point(40), editor.time_point(60)
    finger(comfy, (x, y), (to, y))
    assert editor.frames == [0, 60, 80]


def finger(comfy, start, end, steps: int = 8) -> None:
    """One finger put down, moved and lifted, as the touch screen sends it."""
    session = comfy.page.context.new_cdp_session(comfy.page)

    def send(kind, points):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", [{"x": start[0], "y": start[1]}])
    for step in range(1, steps + 1):
        share = step / steps
        send(
            "touchMove",
            [{"x": start[0] + (end[0] - start[0]) * share, "y": start[1] + (end[1] - start[1]) * share}],
        )
    send("touchEnd", [])
    session.detach()
    comfy.settle()


@on(NEWEST_VUE, slow=(STOCK,))
def test_full_screen_and_back_keeps_everything(comfy):
    editor = add_editor(comfy)
    editor.click_key(1)
    editor.button("Full screen").click()
    comfy.page.locator("dialog.raxel-dialog").wait_for()
    comfy.settle(4)
    comfy.picture("full")
    assert editor.scene.bounding_box()["width"] > 700
    editor.type_number("Position to the right", "0.77")
    comfy.page.keyboard.press("Tab")
    editor.press("Escape", "Escape", "Escape")
    comfy.wait_for("the end of full screen", "() => !document.querySelector('dialog.raxel-dialog')")
    comfy.settle(4)
    assert editor.keys[1]["position"][0] == pytest.approx(0.77)
    assert editor.scene.is_visible()
    editor.press("Control+z")
    assert editor.keys[1]["position"][0] == pytest.approx(0.2588190451)


def test_every_key_of_the_help_card_is_told(comfy):
    editor = add_editor(comfy)
    editor.press("?")
    card = comfy.page.locator(".raxel-help")
    card.wait_for()
    comfy.picture("card")
    words = card.inner_text()
    for word in ("Ctrl+Z", "Space", "Add a key at the playhead", "Turn the view", "Two fingers"):
        assert word in words, word


@on(NEWEST_VUE, slow=(STOCK,))
def test_play_moves_the_playhead_and_stops_where_it_is_told(comfy):
    editor = add_editor(comfy)
    at = lambda: int(editor.field("Where the playhead is").input_value())  # noqa: E731
    editor.press("Space")
    comfy.page.wait_for_timeout(700)
    editor.press("Space")
    stopped = at()
    assert 3 <= stopped <= 40, "16 frames a second"
    comfy.page.wait_for_timeout(300)
    assert at() == stopped
    assert not editor.document["edited"]
