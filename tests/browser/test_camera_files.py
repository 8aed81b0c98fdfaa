"""Camera files in the page: the loader's upload and drop, every format of the editor's menu, a lens that is asked for."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from comfy_page import NEWEST, NEWEST_VUE, STOCK, STOCK_VUE, ComfyPage, on
from editor_page import add_editor
from received import cameras_of
from test_editor_files import drop, export

from raxel_core.formats import FORMATS, Ask, read_file, write_trajectory
from raxel_core.geometry.presets import preset_trajectory

LOADER = "RaxelLoadTrajectory"


def wanted(frames: int = 21):
    return preset_trajectory("crane_up", frames=frames, fps=24, width=640, height=360)


def menu_of(comfy: ComfyPage, node: str) -> list[str]:
    return comfy.eval(
        "(id) => window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'file').options.values",
        int(node),
    )


def chosen(comfy: ComfyPage, node: str, name: str) -> None:
    comfy.wait_for(
        f"{name} in the menu",
        "([id, name]) => window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'file').value === name",
        [int(node), name],
    )


def run_and_save(comfy: ComfyPage, loader: str):
    save = comfy.add_node("RaxelSaveTrajectory", 700, 100)
    comfy.set_widget(save, "format", "JSON")
    comfy.connect(loader, 0, save, "trajectory")
    return cameras_of(comfy, comfy.run(), save)


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_a_file_chosen_by_the_button_is_in_the_menu_at_once_and_runs(comfy, tmp_path):
    path = wanted()
    file = write_trajectory(tmp_path / f"by_button_{comfy.variant}.json", path)
    loader = comfy.add_node(LOADER, 100, 100)
    comfy.show(scale=1)
    assert file.name not in menu_of(comfy, loader)
    with comfy.page.expect_file_chooser() as chooser:
        press_upload(comfy, loader)
    chooser.value.set_files(file)
    chosen(comfy, loader, file.name)
    comfy.settle(4)
    comfy.picture("chosen")
    assert file.name in menu_of(comfy, loader)
    assert np.abs(run_and_save(comfy, loader).c2w - path.c2w).max() < 1e-9


def press_upload(comfy: ComfyPage, loader: str) -> None:
    if comfy.variant.renderer == "vue":
        comfy.page.locator(f'[data-node-id="{loader}"]').get_by_role(
            "button", name="choose a camera file"
        ).click()
        return
    down = comfy.eval(
        "(id) => window.app.graph.getNodeById(id).widgets.find((w) => w.type === 'button').last_y",
        int(loader),
    )
    comfy.page.mouse.click(*comfy.node_at(loader, 60, down + 10))


def drop_on_node(comfy: ComfyPage, node: str, files: dict[str, bytes]) -> None:
    """Files let go over a node, where the mouse would do it."""
    x, y = comfy.node_at(node, 80, 60)
    comfy.eval(
        """async ([x, y, files]) => {
          const transfer = new DataTransfer();
          for (const [name, bytes] of Object.entries(files)) transfer.items.add(new File([new Uint8Array(bytes)], name));
          const at = document.elementFromPoint(x, y);
          for (const kind of ["dragenter", "dragover", "drop"]) {
            const spec = { dataTransfer: transfer, bubbles: true, cancelable: true, clientX: x, clientY: y };
            at.dispatchEvent(new DragEvent(kind, spec));
            await new Promise((done) => setTimeout(done, 100));
          }
        }""",
        [x, y, {name: list(data) for name, data in files.items()}],
    )


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_files_dropped_on_the_loader_are_uploaded_and_not_opened_as_a_workflow(comfy, tmp_path):
    path = wanted()
    loader = comfy.add_node(LOADER, 100, 100)
    comfy.show(scale=1)
    name = f"dropped_{comfy.variant}.chan"
    drop_on_node(comfy, loader, {name: write_trajectory(tmp_path / name, path).read_bytes()})
    chosen(comfy, loader, name)
    folder = write_trajectory(tmp_path / "model", path, "colmap_text")
    drop_on_node(
        comfy,
        loader,
        {file.name: file.read_bytes() for file in folder.rglob("*.txt") if "points" not in file.name},
    )
    comfy.wait_for(
        "the model",
        "(id) => /^colmap_/.test(window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'file').value)",
        int(loader),
    )
    comfy.picture("dropped")
    assert comfy.eval("() => window.app.graph._nodes.length") == 1
    found = run_and_save(comfy, loader)
    steps = np.linalg.inv(path.c2w[0]) @ path.c2w
    assert np.abs(np.linalg.inv(found.c2w[0]) @ found.c2w - steps).max() < 1e-6


@on(STOCK_VUE)
def test_the_loader_has_a_menu_where_the_frontend_draws_no_widgets(comfy):
    loader = comfy.add_node(LOADER, 100, 100)
    comfy.show(scale=1)
    assert comfy.prompt()[loader]["class_type"] == LOADER


@pytest.mark.slow
def test_every_format_of_the_file_menu_can_be_saved_and_dropped_again(comfy, tmp_path):
    editor = add_editor(comfy)
    shown = editor.cameras()
    comfy.eval("() => window.app.extensionManager.setting.set('Comfy.Locale', 'en')")
    for format in FORMATS.values():
        if format.write is None:
            continue
        file = tmp_path / format.name
        export(editor, format.title).save_as(file)
        assert np.abs(positions_in(file, format.name, tmp_path) - relative(shown)).max() < 1e-5, format.name
    comfy.picture()


def positions_in(file, name: str, folder):
    """Positions in the first camera's frame, read by Python."""
    data = file.read_bytes()
    path = folder / f"{name}_unpacked"
    if zipfile.is_zipfile(io.BytesIO(data)):
        zipfile.ZipFile(io.BytesIO(data)).extractall(path)
    else:
        path.write_bytes(data)
    c2w = read_file(path, Ask(hfov_deg=60), name).trajectory.c2w
    return (np.linalg.inv(c2w[0]) @ c2w)[:, :3, 3]


def relative(shown: np.ndarray) -> np.ndarray:
    """Of the default path, whose first camera stands at the origin and looks forward."""
    return shown[:, :3]


@on(STOCK, NEWEST_VUE)
def test_a_file_without_a_lens_asks_for_it_and_takes_the_answer(comfy, tmp_path):
    editor = add_editor(comfy)
    file = write_trajectory(tmp_path / "walk.tum", wanted())
    drop(editor, file.name, file.read_bytes())
    panel = comfy.page.get_by_role("dialog", name="Lens of the file")
    panel.wait_for()
    comfy.picture("asked")
    lens = panel.get_by_label("Lens", exact=False).first
    lens.fill("40°")
    lens.press("Enter")
    panel.get_by_role("button", name="Open", exact=True).click()
    comfy.wait_for(
        "the path",
        "(id) => JSON.parse(window.app.graph.getNodeById(id).widgets.find((w) => w.name === 'path').value).frames === 21",
        int(editor.node),
    )
    assert abs(editor.keys[0]["hfov_deg"] - 40) < 1e-6
    assert editor.document["width"] == 832, "the editor's own size"
    assert abs(editor.document["fps"] - 24) < 0.01, "the file's own rate"
    comfy.complaints[:] = [line for line in comfy.complaints if "trajectory/read" not in line]
