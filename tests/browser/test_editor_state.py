"""The path is text in the workflow: it outlives reloads, tabs, copies, subgraphs and other frontends, and Python gets what was seen."""

from __future__ import annotations

import json

import pytest
from comfy_page import DRAWN, EVERYWHERE, NEWEST, NEWEST_VUE, STOCK, STOCK_VUE, on
from editor_page import KIND, Editor, editors_in
from received import assert_same_path, cameras_of, save_behind

EDITED = {
    "format": "raxel-path", "version": 1, "frames": 33, "fps": 12, "width": 640, "height": 384,
    "scale": "metric", "subject": [0.3, -0.1, 2], "aim": "free", "edited": True, "studio": "kept",
    "keys": [
        {"frame": 0, "position": [0, 0, 0], "rotation": [1, 0, 0, 0], "hfov_deg": 60, "interpolation": "smooth", "easing": "ease_in_out", "hold": 2},
        {"frame": 12, "position": [0.4, -0.2, 0.1], "rotation": [0.9961946980917455, 0, -0.08715574274765817, 0], "hfov_deg": 50, "interpolation": "linear", "easing": "linear", "hold": 0, "note": "kept"},
        {"frame": 32, "position": [0.9, 0.1, 0.7], "rotation": [0.9659258262890683, 0, -0.25881904510252074, 0], "hfov_deg": 40, "interpolation": "smooth", "easing": "linear", "hold": 0},
    ],
}  # fmt: skip
PATH = json.dumps(EDITED, indent=1)


def loaded(comfy, text: str = PATH) -> Editor:
    """A workflow with one editor node that holds a text, opened as a file would be."""
    comfy.load(workflow_with(comfy, text))
    (editor,) = editors_in(comfy)
    comfy.show(editor.node, scale=1)
    if shows(comfy):
        editor.appear()
    return editor


def workflow_with(comfy, text: str) -> dict:
    node = {
        "id": 1, "type": KIND, "pos": [100, 100], "size": [520, 760], "flags": {}, "order": 0, "mode": 0,
        "inputs": [], "outputs": [{"name": "trajectory", "type": "RAXEL_TRAJECTORY", "links": None}],
        "properties": {}, "widgets_values": [text],
    }  # fmt: skip
    return {
        "last_node_id": 1,
        "last_link_id": 0,
        "nodes": [node],
        "links": [],
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def shows(comfy) -> bool:
    return comfy.variant in DRAWN


def assert_shown(editor: Editor, value: str) -> None:
    """The editor's own numbers say what the text says."""
    editor.comfy.show(editor.node, scale=1)
    editor.appear()
    editor.click_key(1)
    assert editor.field("Position to the right").input_value() == value


def edit(editor: Editor, value: str = "0.625") -> None:
    """Change a key as a user does."""
    editor.click_key(1)
    editor.type_number("Position to the right", value)


@on(*EVERYWHERE)
def test_python_gets_the_cameras_that_the_page_shows_after_save_reload_and_reopening(comfy):
    editor = loaded(comfy)
    if shows(comfy):
        edit(editor)
        assert editor.keys[1]["position"][0] == pytest.approx(0.625)
    saver = save_behind(editor)
    text = editor.text
    assert json.loads(text)["studio"] == "kept" and json.loads(text)["keys"][1]["note"] == "kept"
    graph = comfy.serialize()
    comfy.reload()
    comfy.load(graph)
    (editor,) = editors_in(comfy)
    assert editor.text == text
    if shows(comfy):
        assert_shown(editor, "0.625")
    comfy.show()
    assert_same_path(editor.cameras(), cameras_of(comfy, comfy.run(), saver))
    assert editor.text == text


@on(NEWEST_VUE, slow=(STOCK,))
def test_the_page_comes_back_with_the_edit_after_a_reload_without_saving(comfy):
    editor = loaded(comfy)
    edit(editor)
    comfy.page.mouse.click(900, 900)
    comfy.page.wait_for_timeout(1500)  # the page keeps its draft a moment after a change
    comfy.reload()
    comfy.wait_for("the draft", "(kind) => window.app.graph._nodes.some((n) => n.type === kind)", KIND)
    (editor,) = editors_in(comfy)
    assert editor.keys[1]["position"][0] == pytest.approx(0.625)
    assert_shown(editor, "0.625")


@on(NEWEST_VUE)
def test_a_workflow_goes_to_the_other_frontend_and_comes_back(pages, variant):
    editor = loaded(pages(variant))
    edit(editor)
    for other, value in ((STOCK, 0.125), (variant, 0.375)):
        text, graph = editor.text, editor.comfy.serialize()
        page = pages(other)
        page.name = f"test_a_workflow_goes_to_the_other_frontend_{other}"
        page.load(graph)
        (editor,) = editors_in(page)
        page.show(editor.node, scale=1)
        editor.appear()
        assert editor.text == text
        edit(editor, str(value))
        assert editor.keys[1]["position"][0] == pytest.approx(value)
        page.picture()
        assert not page.complaints


@on(STOCK, NEWEST_VUE)
def test_a_copy_of_the_node_has_a_path_of_its_own(comfy):
    editor = loaded(comfy)
    edit(editor)
    comfy.select(editor.node)
    comfy.page.keyboard.press("Control+c")
    comfy.page.mouse.move(1000, 400)
    comfy.page.keyboard.press("Control+v")
    comfy.wait_for("the copy", "() => window.app.graph._nodes.length === 2")
    first, second = editors_in(comfy)
    assert json.loads(first.text) == json.loads(second.text)
    comfy.show(second.node, scale=1)
    second.appear()
    edit(second, "0.2")
    assert second.keys[1]["position"][0] == pytest.approx(0.2)
    assert first.keys[1]["position"][0] == pytest.approx(0.625)
    comfy.show(first.node, scale=1)
    first.press("Control+z")
    assert second.keys[1]["position"][0] == pytest.approx(0.2)


@on(STOCK, NEWEST_VUE)
def test_the_graph_s_undo_takes_back_a_deleted_editor_with_its_path(comfy):
    editor = loaded(comfy)
    edit(editor)
    text = editor.text
    comfy.select(editor.node)
    comfy.page.keyboard.press("Delete")
    comfy.wait_for("the end of the node", "() => window.app.graph._nodes.length === 0")
    comfy.page.wait_for_timeout(200)
    comfy.page.keyboard.press("Control+z")
    comfy.wait_for("the node again", "() => window.app.graph._nodes.length === 1")
    (editor,) = editors_in(comfy)
    editor.appear()
    assert editor.text == text
    edit(editor, "0.2")
    assert editor.keys[1]["position"][0] == pytest.approx(0.2)


@on(STOCK, NEWEST_VUE)
def test_another_workflow_and_back_keeps_the_path(comfy):
    editor = loaded(comfy)
    edit(editor)
    comfy.page.mouse.click(900, 900)
    text = editor.text
    comfy.command("Comfy.NewBlankWorkflow")
    comfy.wait_for("the empty workflow", "() => window.app.graph._nodes.length === 0")
    comfy.command("Workspace.PreviousOpenedWorkflow")
    comfy.wait_for("the workflow again", "() => window.app.graph._nodes.length === 1")
    (editor,) = editors_in(comfy)
    editor.appear()
    assert editor.text == text
    edit(editor, "0.2")
    assert editor.keys[1]["position"][0] == pytest.approx(0.2)


@on(NEWEST_VUE, slow=(NEWEST,))
def test_the_editor_works_in_a_subgraph_and_python_gets_its_path(comfy):
    editor = loaded(comfy)
    save_behind(editor)
    comfy.select(editor.node)
    comfy.command("Comfy.Graph.ConvertToSubgraph")
    comfy.wait_for("the subgraph", "() => window.app.graph._nodes.some((n) => n.isSubgraphNode?.())")
    comfy.eval(
        """() => {
          const { canvas, graph } = window.app;
          canvas.openSubgraph(graph._nodes.find((n) => n.isSubgraphNode?.()).subgraph);
        }"""
    )
    (inner,) = editors_in(comfy)
    comfy.show(inner.node, scale=1)
    inner.appear()
    edit(inner)
    comfy.picture("inside")
    text = inner.text
    assert json.loads(text)["keys"][1]["position"][0] == pytest.approx(0.625)
    shown = inner.cameras()
    comfy.eval("() => window.app.canvas.setGraph(window.app.rootGraph)")
    graph = comfy.serialize()
    comfy.load(graph)
    comfy.show()
    saver = comfy.eval(
        "() => String(window.app.graph._nodes.find((n) => n.type === 'RaxelSaveTrajectory').id)"
    )
    assert_same_path(shown, cameras_of(comfy, comfy.run(), saver))


def test_a_prompt_without_the_page_gives_the_same_cameras(comfy):
    editor = loaded(comfy)
    saver = save_behind(editor)
    prompt = {
        "1": {"class_type": KIND, "inputs": {"path": PATH}},
        "2": {
            "class_type": "RaxelSaveTrajectory",
            "inputs": {"trajectory": ["1", 0], "filename_prefix": "raxel/api", "format": "JSON"},
        },
    }
    entry = comfy.host.result(comfy.host.queue(prompt))
    assert_same_path(editor.cameras(), cameras_of(comfy, entry, "2"))
    sent = comfy.prompt()
    assert sent[editor.node]["inputs"] == {"path": PATH}, "the page sends the text and nothing beside it"
    assert saver in sent


HOSTILE = {
    "a_million_keys": json.dumps({**EDITED, "frames": 10000, "keys": []})[:-2]
    + ",".join(['{"frame":0}'] * 1_000_000)
    + "]}",
    "not_a_number": PATH.replace('"fps": 12', '"fps": NaN'),
    "deep": '{"format":"raxel-path","version":1,"x":' + "[" * 100_000 + "]" * 100_000 + "}",
    "markup": '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>',
    "markup_inside": PATH.replace('"raxel-path"', '"<img src=x onerror=window.hurt=1>"'),
    "markup_in_the_sentence": PATH.replace('"ease_in_out"', '"<img src=x onerror=window.hurt=1>"'),
    "newer": PATH.replace('"version": 1', '"version": 7'),
    "cut_off": PATH[: len(PATH) // 2],
    "empty": "",
    "another_json": '{"hello": [1, 2, 3]}',
}


SAME = """(text) => {
  const [node] = window.app.graph._nodes;
  const saved = window.app.graph.serialize().nodes[0].widgets_values;
  return node.widgets.find((w) => w.name === "path").value === text && saved[0] === text;
}"""


@on(STOCK, slow=(NEWEST, NEWEST_VUE))
def test_a_text_that_cannot_be_read_is_told_and_kept_byte_for_byte(comfy):
    for name, text in HOSTILE.items():
        comfy.load(workflow_with(comfy, text))
        (editor,) = editors_in(comfy)
        comfy.show(editor.node, scale=1)
        comfy.page.locator(".raxel-broken").first.wait_for(timeout=20_000)
        comfy.picture(name)
        assert comfy.eval(SAME, text), name
        assert not comfy.eval("() => window.hurt")
        words = comfy.page.locator(".raxel-broken p").first.inner_text()
        assert 10 < len(words) < 400, name
    comfy.page.get_by_role("button", name="Replace the text by a new path", exact=False).click()
    editor.appear()
    assert editor.frames == [0, 40, 80]


def test_names_with_markup_are_shown_as_text(comfy):
    mark = '<img src=x onerror="window.hurt=1">'
    loaded(
        comfy,
        json.dumps(
            {**EDITED, "name": mark, mark: mark, "keys": [{**key, mark: mark} for key in EDITED["keys"]]}
        ),
    )
    comfy.settle(5)
    assert not comfy.eval("() => window.hurt")
    assert not comfy.page.locator('img[src="x"]').count()


@on(STOCK, NEWEST_VUE)
def test_a_wired_path_seeds_the_editor_and_edits_outlive_the_next_run(comfy):
    preset = comfy.add_node("TrajectoryPreset", 0, 100)
    comfy.set_widget(preset, "preset", "truck_right")
    editor = Editor(comfy, comfy.add_node(KIND, 450, 100))
    comfy.connect(preset, 0, editor.node, "trajectory")
    saver = save_behind(editor)
    comfy.show()
    editor.appear()
    first = cameras_of(comfy, comfy.run(), saver)
    comfy.wait_for(
        "the seed",
        "(id) => JSON.parse(window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'path').value).seed",
        int(editor.node),
    )
    comfy.picture("seeded")
    assert not editor.document["edited"]
    assert editor.document["frames"] == first.num_frames
    assert abs(editor.cameras()[:, :3] - first.c2w[:, :3, 3]).max() < 0.02, "few keys, the same path"
    comfy.show(editor.node, scale=1)
    editor.click_key(0)
    editor.type_number("Position upwards", "0.31")
    text = editor.text
    comfy.set_widget(preset, "preset", "dolly_in")
    comfy.show()
    second = cameras_of(comfy, comfy.run(), saver)
    comfy.page.wait_for_timeout(500)
    assert editor.text == text, "a run never changes edits"
    assert_same_path(editor.cameras(), second)
    comfy.show(editor.node, scale=1)
    editor.button("Take the wired path again").click()
    comfy.settle()
    assert editor.cameras()[-1, 2] > 0.3, "the dolly"
    editor.press("Control+z")
    assert json.loads(editor.text)["keys"] == json.loads(text)["keys"]


@on(NEWEST_VUE, slow=(STOCK,))
def test_two_editors_stand_side_by_side(comfy):
    first = Editor(comfy, comfy.add_node(KIND, 0, 100))
    second = Editor(comfy, comfy.add_node(KIND, 700, 100))
    comfy.show()
    first.appear()
    second.appear()
    edit(first)
    edit(second, "0.125")
    assert first.keys[1]["position"][0] == pytest.approx(0.625)
    assert second.keys[1]["position"][0] == pytest.approx(0.125)
    first.press("Control+z")
    assert first.keys[1]["position"][0] == pytest.approx(0.2588190451)
    assert second.keys[1]["position"][0] == pytest.approx(0.125)


@on(STOCK_VUE)
def test_where_the_frontend_draws_no_editor_the_path_is_kept(comfy):
    editor = loaded(comfy)
    assert editor.text == PATH
    assert comfy.serialize()["nodes"][0]["widgets_values"][0] == PATH
