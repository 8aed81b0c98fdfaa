"""The trajectory editor of one node, as hands, eyes and the saved workflow see it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import numpy as np
from comfy_page import ComfyPage
from PIL import Image

SELECTION = (0xF0, 0xE4, 0x42)
PATH = (0x56, 0xB4, 0xE9)
MARGIN, KEY_ROW, RULER_ROW = 12, 34, 9
"""CSS pixels of the timeline: room at its ends, the middle of the keys' row, the middle of the ruler."""
KIND = "RaxelTrajectoryEditor"
WIDGET = "RAXEL_TRAJECTORY_EDITOR"


def add_editor(comfy: ComfyPage, x: float = 100, y: float = 100) -> Editor:
    """A new node with its editor on the screen, at full size."""
    editor = Editor(comfy, comfy.add_node(KIND, x, y))
    comfy.show(editor.node, scale=1)
    return editor.appear()


def editors_in(comfy: ComfyPage) -> list[Editor]:
    """The editors of the graph on the screen, in the order of their nodes."""
    ids = comfy.eval(
        "(kind) => window.app.canvas.graph._nodes.filter((n) => n.type === kind).map((n) => String(n.id))",
        KIND,
    )
    return [Editor(comfy, node) for node in ids]


@dataclass
class Editor:
    """One node's editor. Keys are counted from 0; points are CSS pixels of the window."""

    comfy: ComfyPage
    node: str

    def appear(self) -> Editor:
        """Wait until the editor is drawn."""
        self.comfy.wait_for(
            "the editor",
            "([id, type]) => !!window.app.canvas.graph.getNodeById(id)?.widgets?.find((w) => w.type === type)?.element?.querySelector('.raxel-scene canvas')",
            [int(self.node), WIDGET],
            seconds=20,
        )
        self.comfy.settle(4)
        return self

    # ---- what it holds ----

    @property
    def text(self) -> str:
        """The node's `path`, as it would be saved and sent."""
        return self.comfy.eval(
            "(id) => window.app.canvas.graph.getNodeById(id).widgets.find((w) => w.name === 'path').value",
            int(self.node),
        )

    @property
    def document(self) -> dict:
        return json.loads(self.text)

    @property
    def keys(self) -> list[dict]:
        return self.document["keys"]

    @property
    def frames(self) -> list[int]:
        return [key["frame"] for key in self.keys]

    def cameras(self, text: str | None = None) -> np.ndarray:
        """The page's own cameras of all frames: [frames, 8], position, rotation wxyz, hfov in degrees."""
        return np.array(
            self.comfy.eval(
                """async (text) => {
                  const { parseDocument } = await import("/extensions/raxel/editor/document.mjs");
                  const { samplePath } = await import("/extensions/raxel/math/path.mjs");
                  const cameras = samplePath(parseDocument(text).document);
                  return cameras.map((c) => [...c.position, ...c.rotation, c.hfov_deg]);
                }""",
                self.text if text is None else text,
            )
        )

    # ---- where things are ----

    @property
    def root(self):
        """The editor's outermost element, in its node or in the full-screen dialog."""
        self.comfy.eval(
            """([id, type]) => {
              const widget = window.app.canvas.graph.getNodeById(id).widgets.find((w) => w.type === type);
              widget.element.setAttribute("data-test-editor", id);
            }""",
            [int(self.node), WIDGET],
        )
        dialog = self.comfy.page.locator("dialog.raxel-dialog .raxel-root")
        return dialog if dialog.count() else self.comfy.page.locator(f'[data-test-editor="{self.node}"]')

    @property
    def scene(self):
        return self.root.locator(".raxel-scene canvas").first

    @property
    def timeline(self):
        return self.root.locator("canvas.raxel-timeline")

    def button(self, label: str):
        return self.root.get_by_role("button", name=label, exact=True).first

    def field(self, title: str):
        return self.root.get_by_label(title, exact=True).first

    def middle(self, element=None) -> tuple[float, float]:
        box = (element or self.scene).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def time_point(self, frame: float, row: float = KEY_ROW) -> tuple[float, float]:
        """Where a frame is on the unzoomed timeline."""
        box = self.timeline.bounding_box()
        scale = box["width"] / self.timeline.evaluate("(canvas) => canvas.clientWidth")
        wide = box["width"] / scale - 2 * MARGIN
        x = MARGIN + frame / max(1, self.document["frames"] - 1) * wide
        return box["x"] + x * scale, box["y"] + row * scale

    def look(self, element=None) -> np.ndarray:
        """What is on the screen there: [height, width, 3] bytes."""
        picture = (element or self.scene).screenshot()
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)

    def spot(self, colour: tuple[int, int, int], element=None, near: int = 40) -> tuple[float, float]:
        """The middle of the densest patch of a colour, in the window."""
        element = element or self.scene
        seen = (np.abs(self.look(element) - colour).max(-1) < near).astype(float)
        assert seen.sum() > 8, f"no {colour} on the screen"
        size = 9
        sums = np.pad(seen, size).cumsum(0).cumsum(1)
        density = (
            sums[2 * size :, 2 * size :]
            - sums[: -2 * size, 2 * size :]
            - sums[2 * size :, : -2 * size]
            + sums[: -2 * size, : -2 * size]
        )
        y, x = np.unravel_index(density.argmax(), density.shape)
        box = element.bounding_box()
        return box["x"] + float(x), box["y"] + float(y)

    # ---- what hands do ----

    def drag(
        self, start: tuple[float, float], by: tuple[float, float], steps: int = 8, button: str = "left"
    ) -> None:
        mouse = self.comfy.page.mouse
        mouse.move(*start)
        mouse.down(button=button)
        mouse.move(start[0] + by[0], start[1] + by[1], steps=steps)
        self.comfy.settle(1)
        mouse.up(button=button)
        self.comfy.settle(2)

    def click_key(self, index: int, **options) -> None:
        """Click on a key of the timeline."""
        modifiers = options.pop("modifiers", [])
        for modifier in modifiers:
            self.comfy.page.keyboard.down(modifier)
        self.comfy.page.mouse.click(*self.time_point(self.keys[index]["frame"]), **options)
        for modifier in modifiers:
            self.comfy.page.keyboard.up(modifier)
        self.comfy.settle(2)

    def seek(self, frame: int) -> None:
        """Click on the ruler."""
        self.comfy.page.mouse.click(*self.time_point(frame, RULER_ROW))
        self.comfy.settle(2)

    def press(self, *keys: str) -> None:
        """Keys while the editor has the focus."""
        if not self.root.evaluate("(root) => root.contains(document.activeElement)"):
            self.comfy.page.mouse.click(*self.time_point(0, RULER_ROW))
        for key in keys:
            self.comfy.page.keyboard.press(key)
        self.comfy.settle(2)

    def type_number(self, title: str, text: str) -> None:
        field = self.field(title)
        field.click()
        field.fill(text)
        field.press("Enter")
        self.comfy.settle(2)
