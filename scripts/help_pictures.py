"""Take the pictures of the help pages: nodes of the example workflows in a real ComfyUI, after a real run.

python scripts/help_pictures.py http://127.0.0.1:8188 [NODE ...]

Wants a running ComfyUI (its first page's templates seen and closed) with this pack, a file in models/loras and demo/clip.json
in its input folder, playwright, and the system's Chromium. Nothing in that ComfyUI is changed but its outputs.
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

CAMERA_FILE = "clip.json"

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


def only(*nodes: tuple[str, tuple[int, int], dict, dict]) -> str:
    """JavaScript that puts a few nodes in place of a workflow's own.

    Args:
        nodes: type, position, values of widgets, and links: input -> number of the node before, and of its output.
    """
    return """() => {
  const nodes = NODES, made = [];
  window.app.graph.clear();
  window.app.graph.last_node_id = 1000; // ids of their own: the page keeps pictures by id
  for (const [type, pos, values, links] of nodes) {
    const node = window.LiteGraph.createNode(type);
    node.pos = pos;
    window.app.graph.add(node);
    for (const [name, value] of Object.entries(values)) node.widgets.find((widget) => widget.name === name).value = value;
    for (const [name, [from, output]] of Object.entries(links)) made[from].connect(output, node, node.findInputSlot(name));
    node.size = type === "RaxelPreviewTrajectory" ? [520, 520] : [340, node.size[1]];
    if (type.startsWith("Preview")) node.size = [400, 300];
    made.push(node);
  }
}""".replace("NODES", json.dumps(nodes))


def preset(name: str, pos: tuple[int, int], **values: float) -> tuple[str, tuple[int, int], dict, dict]:
    """A preset of 81 frames at 16 fps."""
    return ("TrajectoryPreset", pos, {"preset": name, **values}, {})


SEEN = ("RaxelPreviewTrajectory", (520, 0))
"""Where the plot of what a node does stands."""


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
    "RaxelLoadTrajectory": Shot(
        DRAW,
        ("RaxelLoadTrajectory", "RaxelPreviewTrajectory"),
        only(
            ("RaxelLoadTrajectory", (0, 0), {"file": CAMERA_FILE}, {}),
            (*SEEN, {"views": "perspective", "names": "as loaded"}, {"trajectory": (0, 0)}),
        ),
    ),
    "RaxelTransformTrajectory": Shot(
        DRAW,
        ("RaxelTransformTrajectory", "RaxelPreviewTrajectory"),
        only(
            preset("spiral", (0, 3000)),
            (
                "RaxelTransformTrajectory",
                (0, 0),
                {"first_frame": 8, "reverse": True, "frames": 81, "mirror": True, "scale": "reach"},
                {"trajectory": (0, 0)},
            ),
            (
                *SEEN,
                {"views": "perspective", "names": "before, after"},
                {"trajectory": (0, 0), "trajectory_2": (1, 0)},
            ),
        ),
    ),
    "RaxelJoinTrajectories": Shot(
        DRAW,
        ("RaxelJoinTrajectories", "RaxelPreviewTrajectory"),
        only(
            preset("arc_left", (0, 3000), amount=60),
            preset("dolly_out", (0, 4000)),
            ("RaxelJoinTrajectories", (0, 0), {"blend": 2.0}, {"trajectory": (0, 0), "trajectory_2": (1, 0)}),
            (
                *SEEN,
                {"views": "perspective", "names": "joined, the first path"},
                {"trajectory": (2, 0), "trajectory_2": (0, 0)},
            ),
        ),
    ),
    "RaxelStabilizeTrajectory": Shot(
        DRAW,
        ("RaxelStabilizeTrajectory", "RaxelPreviewTrajectory"),
        only(
            preset("handheld", (0, 3000), amount=8),
            ("RaxelStabilizeTrajectory", (0, 0), {"seconds": 3.0}, {"trajectory": (0, 0)}),
            (
                *SEEN,
                {"views": "perspective", "names": "before, after"},
                {"trajectory": (0, 0), "trajectory_2": (1, 0)},
            ),
        ),
    ),
    "RaxelsToPoses": Shot(POSE, ("RaxelsToPoses", "SaveImage")),
    "RaxelSaveTrajectory": Shot(
        DRAW,
        ("RaxelSaveTrajectory",),
        only(
            preset("arc_left", (0, 3000)),
            ("RaxelSaveTrajectory", (0, 0), {"format": "Nuke .chan"}, {"trajectory": (0, 0)}),
        ),
    ),
}


Node = tuple[str, tuple[int, int], dict, dict]


def bridge_out(name: str, values: dict, taker: Node) -> Shot:
    """A bridge out of Raxel (node 1), fed by a preset far away, and a node beside it that takes what it gives."""
    nodes = (
        preset("arc_left", FAR, amount=50, frames=17),
        (name, (0, 0), values, {"trajectory": (0, 0)}),
        taker,
    )
    return Shot(DRAW, (name, taker[0]), only(*nodes), runs=taker[0].startswith("Preview"))


def bridge_in(name: str, inputs: dict, *givers: tuple[str, dict, dict]) -> Shot:
    """A bridge into Raxel, fed by other nodes far away (numbers 1, 2 ..; the preset is number 0), and its path beside it."""
    placed = [(kind, (0, 3400 + 400 * i), values, links) for i, (kind, values, links) in enumerate(givers)]
    nodes = (preset("arc_left", FAR, amount=50, frames=17), *placed, (name, (0, 0), {}, inputs))
    plot = (*SEEN, {"views": "perspective", "names": "the path"}, {"trajectory": (len(nodes) - 1, 0)})
    return Shot(DRAW, (name, "RaxelPreviewTrajectory"), only(*nodes, plot))


def text_of(output: int) -> Node:
    """An output of node 1 as text."""
    return ("PreviewAny", (400, 0), {}, {"source": (1, output)})


FAR, PATH = (0, 3000), {"trajectory": (0, 0)}
WAN_INPUTS = {"camera_conditions": (1, 0), "width": (1, 1), "height": (1, 2), "length": (1, 3)}
ZOOM_OUT = {"camera_pose": "Zoom Out", "width": 192, "height": 112}
SHOTS |= {
    "RaxelToWanCamera": bridge_out(
        "RaxelToWanCamera", {}, ("WanCameraImageToVideo", (400, 0), {}, WAN_INPUTS)
    ),
    "RaxelToCameraCtrl": bridge_out("RaxelToCameraCtrl", {}, text_of(1)),
    "RaxelToReCamMaster": bridge_out("RaxelToReCamMaster", {"metres_per_unit": 3}, text_of(0)),
    "RaxelToDepthAnything3": bridge_out("RaxelToDepthAnything3", {}, text_of(2)),
    "RaxelToLoad3D": bridge_out("RaxelToLoad3D", {"frame": -1}, text_of(0)),
    "RaxelToRayImages": bridge_out(
        "RaxelToRayImages", {}, ("PreviewImage", (400, 0), {}, {"images": (1, 0)})
    ),
    "RaxelFromWanCamera": bridge_in(
        "RaxelFromWanCamera", {"camera_embedding": (1, 0)}, ("WanCameraEmbedding", ZOOM_OUT, {})
    ),
    "RaxelFromCameraCtrl": bridge_in(
        "RaxelFromCameraCtrl", {"poses": (1, 0)}, ("RaxelToCameraCtrl", {}, PATH)
    ),
    "RaxelFromReCamMaster": bridge_in(
        "RaxelFromReCamMaster", {"camera_poses": (1, 0)}, ("RaxelToReCamMaster", {"metres_per_unit": 3}, PATH)
    ),
    "RaxelFromDepthAnything3": bridge_in(
        "RaxelFromDepthAnything3",
        {"extrinsics_json": (1, 2), "intrinsics_json": (1, 3)},
        ("RaxelToDepthAnything3", {}, PATH),
    ),
    "RaxelFromLoad3D": bridge_in(
        "RaxelFromLoad3D",
        {"camera": (1, 0), "camera_2": (2, 0)},
        ("RaxelToLoad3D", {}, PATH),
        ("RaxelToLoad3D", {"frame": -1}, PATH),
    ),
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
