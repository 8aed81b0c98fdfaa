"""Take the pictures of the help pages: nodes of the example workflows in a real ComfyUI, after a real run.

python scripts/help_pictures.py http://127.0.0.1:8188 [NODE ...]

Wants a running ComfyUI with this pack and a file in models/loras, playwright, and the system's Chromium. Nothing in that
ComfyUI is changed but its outputs.
"""

import io
import json
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS, PICTURES = ROOT / "example_workflows", ROOT / "web" / "docs" / "images"
MARGIN, WIDEST, MOST_BYTES = 14, 900, 58_000
SHOOT, DRAW, POSE = "shoot a still along a path", "draw a camera path", "camera path from a clip"
LOOP = "closed loop"

ADD_LORA = """() => {
  const graph = window.app.graph, find = (type) => graph._nodes.find((node) => node.type === type);
  const [model, lora, sampler] = [find("LoadRaxelModel"), window.LiteGraph.createNode("RaxelLoadLora"), find("JointSampler")];
  lora.pos = [model.pos[0] + model.size[0] + 60, model.pos[1]];
  graph.add(lora);
  for (const node of graph._nodes.filter((node) => node !== model && node !== lora)) node.pos = [node.pos[0], node.pos[1] - 3000];
  model.connect(0, lora, 0);
}"""
ADD_PLOT = """() => {
  const graph = window.app.graph, find = (type) => graph._nodes.find((node) => node.type === type);
  const [editor, plot, preset] = [find("RaxelTrajectoryEditor"), window.LiteGraph.createNode("RaxelPreviewTrajectory"), window.LiteGraph.createNode("TrajectoryPreset")];
  plot.pos = [editor.pos[0], editor.pos[1] + 3000];
  preset.pos = [editor.pos[0] - 500, editor.pos[1] + 3000];
  graph.add(plot);
  graph.add(preset);
  plot.size = [560, 560];
  const set = (node, name, value) => (node.widgets.find((widget) => widget.name === name).value = value);
  set(preset, "preset", "truck_right");
  set(preset, "frames", 17);
  set(preset, "subject_distance", 2);
  set(plot, "names", "drawn, truck_right");
  editor.connect(0, plot, 0);
  preset.connect(0, plot, 1);
}"""

ADD_COMPARE = """() => {
  const graph = window.app.graph, find = (type) => graph._nodes.find((node) => node.type === type);
  const [editor, loop, compared] = [find("RaxelTrajectoryEditor"), find("RaxelClosedLoop"), window.LiteGraph.createNode("RaxelCompareTrajectories")];
  compared.pos = [editor.pos[0], editor.pos[1] + 3000];
  graph.add(compared);
  compared.size = [560, 620];
  const set = (name, value) => (compared.widgets.find((widget) => widget.name === name).value = value);
  set("subject_distance", 2);
  set("tolerance_deg", 6);
  set("tolerance_distance", 0.15);
  editor.connect(0, compared, 0);
  loop.connect(1, compared, 1);
}"""


@dataclass(frozen=True)
class Shot:
    """One picture."""

    workflow: str
    nodes: tuple[str, ...]
    """Types of the nodes that are in the picture."""
    before: str = ""
    """JavaScript that adds to the workflow before it runs."""
    runs: bool = True


SHOTS = {
    "LoadRaxelModel": Shot(SHOOT, ("LoadRaxelModel",), runs=False),
    "RaxelLoadLora": Shot(SHOOT, ("LoadRaxelModel", "RaxelLoadLora"), ADD_LORA, runs=False),
    "TrajectoryPreset": Shot(SHOOT, ("TrajectoryPreset",), runs=False),
    "RaxelFromCamera": Shot(DRAW, ("RaxelFromCamera", "PreviewImage")),
    "RaxelTrajectoryEditor": Shot(DRAW, ("RaxelTrajectoryEditor",)),
    "JointSampler": Shot(DRAW, ("JointSampler",)),
    "RaxelPreviewTrajectory": Shot(DRAW, ("RaxelPreviewTrajectory",), ADD_PLOT),
    "RaxelCompareTrajectories": Shot(LOOP, ("RaxelCompareTrajectories",), ADD_COMPARE),
    "RaxelClosedLoop": Shot(LOOP, ("RaxelClosedLoop",)),
    "RaxelsToPoses": Shot(POSE, ("RaxelsToPoses", "SaveImage")),
    "RaxelSaveTrajectory": Shot(POSE, ("RaxelSaveTrajectory",)),
}


def main(address: str, wanted: list[str]) -> None:
    """Take the pictures that are wanted, or all."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.route(lambda url: not url.startswith(address), lambda route: route.abort())
        page.goto(address)
        page.wait_for_function("() => window.app?.graph && window.app.extensionManager", timeout=120_000)
        page.wait_for_timeout(3000)
        for name in wanted or SHOTS:
            take(page, address, name, SHOTS[name])
        browser.close()


def take(page: Page, address: str, name: str, shot: Shot) -> None:
    """Open the workflow, run it, and keep what the nodes show."""
    graph = json.loads((WORKFLOWS / f"Raxel - {shot.workflow}.json").read_text())
    page.evaluate("([graph, name]) => window.app.loadGraphData(graph, true, true, name)", [graph, name])
    page.wait_for_timeout(1500)
    if shot.before:
        page.evaluate(shot.before)
    page.evaluate(FRESH)
    box = page.evaluate(SHOW, list(shot.nodes))
    page.wait_for_timeout(1500)
    if shot.runs:
        run(page, address)
        box = page.evaluate(SHOW, list(shot.nodes))
        page.wait_for_timeout(2500)
    clip = {key: box[key] for key in ("x", "y", "width", "height")}
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    save(picture, PICTURES / f"{name}.jpg")


FRESH = """() => {
  const sampler = window.app.graph._nodes.find((node) => node.type === "JointSampler");
  if (sampler) sampler.widgets.find((widget) => widget.name === "seed").value = Date.now() % 1000;
}"""
SHOW = """(types) => {
  const canvas = window.app.canvas, nodes = window.app.graph._nodes.filter((node) => types.includes(node.type)).slice(0, types.length + 1);
  const [x0, y0] = [Math.min(...nodes.map((n) => n.pos[0])) - MARGIN, Math.min(...nodes.map((n) => n.pos[1])) - 30 - MARGIN];
  const x1 = Math.max(...nodes.map((n) => n.pos[0] + n.size[0])) + MARGIN, y1 = Math.max(...nodes.map((n) => n.pos[1] + n.size[1])) + MARGIN;
  const { left, top, width, height } = canvas.canvas.getBoundingClientRect();
  const scale = Math.min(1, (width - 160) / (x1 - x0), (height - 200) / (y1 - y0));
  canvas.ds.scale = scale;
  canvas.ds.offset = [120 / scale - x0, 80 / scale - y0];
  canvas.setDirty(true, true);
  return { x: left + 120, y: top + 80, width: (x1 - x0) * scale, height: (y1 - y0) * scale };
}""".replace("MARGIN", str(MARGIN))


def run(page: Page, address: str) -> None:
    """Queue the workflow and wait for its end."""
    before = set(history(address))
    page.evaluate("() => window.app.queuePrompt(0, 1)")
    while not set(history(address)) - before:
        page.wait_for_timeout(500)
    page.wait_for_timeout(8000)  # the films and pictures of the last nodes are still being fetched


def history(address: str) -> dict:
    """What the host has run."""
    with urllib.request.urlopen(f"{address}/history") as answer:
        return json.load(answer)


def save(picture: Image.Image, path: Path) -> None:
    """As a JPEG that is small enough to come with every page."""
    if picture.width > WIDEST:
        picture = picture.resize(
            (WIDEST, round(picture.height * WIDEST / picture.width)), Image.Resampling.LANCZOS
        )
    for quality in range(90, 30, -5):
        picture.save(path, quality=quality, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2:])
