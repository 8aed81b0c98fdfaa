"""Camera paths in and out of the editor as files."""

from __future__ import annotations

import numpy as np
import pytest
from comfy_page import NEWEST_VUE, STOCK, on
from editor_page import Editor, add_editor
from received import assert_same_path

from raxel_core.formats import read_trajectory, write_trajectory
from raxel_core.geometry.presets import preset_trajectory


def drop(editor: Editor, name: str, data: bytes, blank: int = 0) -> None:
    """A file let go over the editor; so many zeros come after its data."""
    transfer = editor.comfy.page.evaluate_handle(
        """([name, bytes, blank]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes), new Uint8Array(blank)], name));
          return transfer;
        }""",
        [name, list(data), blank],
    )
    for kind in ("dragenter", "dragover", "drop"):
        editor.scene.dispatch_event(kind, {"dataTransfer": transfer, "bubbles": True, "cancelable": True})


@on(STOCK, NEWEST_VUE)
def test_a_dropped_file_becomes_keys_and_a_saved_one_is_what_was_seen(comfy, tmp_path):
    wanted = preset_trajectory("crane_up", frames=41, fps=24, width=640, height=360)
    write_trajectory(tmp_path / "crane.json", wanted)
    editor = add_editor(comfy)
    drop(editor, "crane.json", (tmp_path / "crane.json").read_bytes())
    comfy.wait_for(
        "the path",
        "(id) => JSON.parse(window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'path').value).frames === 41",
        int(editor.node),
    )
    comfy.settle(3)
    comfy.picture("dropped")
    assert comfy.eval("() => window.app.graph._nodes.length") == 1, "the page opened the file as a workflow"
    shown = editor.cameras()
    assert np.abs(shown[:, :3] - wanted.c2w[:, :3, 3]).max() < 0.01
    saved = tmp_path / "saved.json"
    export(editor, "Raxel JSON").save_as(saved)
    assert_same_path(shown, read_trajectory(saved))
    editor.press("Control+z")
    assert editor.frames == [0, 40, 80]


def export(editor: Editor, title: str):
    editor.button("Open and save camera paths").click()
    with editor.comfy.page.expect_download() as download:
        editor.comfy.page.get_by_role("menuitem", name=title, exact=True).first.click()
    return download.value


def test_a_path_saved_with_its_keys_comes_back_with_them(comfy, tmp_path):
    editor = add_editor(comfy)
    editor.click_key(1)
    editor.type_number("Position to the right", "0.4")
    keys = editor.keys
    editor.button("Open and save camera paths").click()
    with comfy.page.expect_download() as download:
        comfy.page.get_by_text("Path with its keys", exact=True).first.click()
    file = tmp_path / "mine.path.json"
    download.value.save_as(file)
    other = add_editor(comfy, 800, 100)
    drop(other, file.name, file.read_bytes())
    comfy.wait_for(
        "the path",
        "(id) => JSON.parse(window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'path').value).edited",
        int(other.node),
    )
    assert other.keys == keys


@pytest.mark.parametrize(
    ("name", "data", "blank"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n", 300),
        ("empty.json", b"", 0),
        ("big.json", b"{", 65 << 20),
        ("<img src=x onerror=hurt=1>.json", b"[]", 0),
    ],
)
def test_a_file_that_is_no_path_is_refused_in_a_sentence(comfy, name, data, blank):
    editor = add_editor(comfy)
    text = editor.text
    drop(editor, name, data, blank)
    message = editor.root.locator(".raxel-message").first
    message.wait_for()
    comfy.picture()
    assert name in message.inner_text()
    assert not comfy.eval("() => window.hurt")
    assert editor.text == text
    assert comfy.eval("() => window.app.graph._nodes.length") == 1
    comfy.complaints[:] = [line for line in comfy.complaints if "trajectory/read" not in line]
