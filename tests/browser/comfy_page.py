"""ComfyUI's page as a user meets it: what tests/browser does with mouse, keys and menus, in both renderers."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# What the page says on this host whatever packs are there: newer frontends ask an older host for things it has not.
HOST_NOISE = re.compile(
    r"setting the value of 'workflow' exceeded the quota|"  # a workflow of 10 MB is no draft
    r"404 \(Not Found\)(?!.*raxel)|ERR_FAILED|net::ERR|legacy queue|Jobs ?API|userdata|"
    r"Failed to (?:load resource|fetch)(?!.*raxel)",
    re.IGNORECASE,
)
THEIRS = re.compile(r"/extensions/(?!core/|raxel/)")  # other packs, where RAXEL_NEIGHBOURS names some
HELP_IN_A_LANGUAGE = re.compile(
    r"/docs/\w+/\w+\.md"
)  # asked for first; the page without a language comes next


class Variant(NamedTuple):
    """A frontend ("stock" or "newest") and a renderer of nodes ("classic" or "vue", which is Nodes 2.0)."""

    frontend: str
    renderer: str

    def __str__(self) -> str:
        return f"{self.frontend}-{self.renderer}"


STOCK, STOCK_VUE = Variant("stock", "classic"), Variant("stock", "vue")
NEWEST, NEWEST_VUE = Variant("newest", "classic"), Variant("newest", "vue")
EVERYWHERE = (STOCK, STOCK_VUE, NEWEST, NEWEST_VUE)
DRAWN = (STOCK, NEWEST, NEWEST_VUE)
"""Where widgets of packs are drawn: Nodes 2.0 of frontend 1.27 leaves them out, its own text boxes too."""


def on(*variants: Variant, slow: tuple[Variant, ...] = ()):
    """Mark a test to run once in each of these variants, and by `make browser` in the slow ones too."""
    chosen = [pytest.param(each, id=str(each)) for each in variants]
    chosen += [pytest.param(each, id=str(each), marks=pytest.mark.slow) for each in slow]
    return pytest.mark.parametrize("variant", chosen, indirect=True)


def frontend_folder(frontend: str) -> Path | None:
    """The web root of a frontend that is not the host's own."""
    if frontend == "stock":
        return None
    folder = ROOT / ".venv-host-frontend" / "comfyui_frontend_package" / "static"
    return folder if (folder / "index.html").is_file() else None


@dataclass
class ComfyPage:
    """One open page. Positions of the mouse are CSS pixels of the window; positions of nodes are the graph's."""

    page: object
    host: object
    variant: Variant
    artifacts: Path = HERE / "artifacts"
    name: str = "page"
    complaints: list[str] = field(default_factory=list)
    ready: bool = False

    def open(self) -> None:
        """Load the page with the variant's settings, and fail later on everything that it complains of."""
        self.page.on("console", self._listen)
        self.page.on("pageerror", self._fault)
        self.page.on("response", self._watch)
        self.page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        self.settings()
        address = f"http://127.0.0.1:{self.host.port}"
        self.page.goto(f"{address}/system_stats")
        self.eval("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.page.goto(f"{address}/")
        self.wait_until_ready()
        self.empty()

    def settings(self, **more) -> None:
        """Store settings on the host; the page reads them when it is loaded."""
        settings = {
            "Comfy.TutorialCompleted": True,
            "Comfy.VueNodes.Enabled": self.variant.renderer == "vue",
            "Comfy.Workflow.ShowMissingModelsWarning": False,
            "Comfy.InstalledVersion": "1.27.10",
        }
        self.host.post("/settings", settings | more)

    def empty(self) -> None:
        """An empty workflow and no other one open, no dialog, nothing under the mouse, no run of an earlier test."""
        self.host.post("/queue", {"clear": True})
        self.host.post("/interrupt", {})
        self.page.mouse.move(800, 5)
        self.page.keyboard.press("Escape")
        self.command("Comfy.NewBlankWorkflow")
        self.eval(
            """async () => {
              const { workflow, sidebarTab } = window.app.extensionManager;
              sidebarTab.activeSidebarTabId = null;
              const others = workflow.openWorkflows.filter((one) => one !== workflow.activeWorkflow);
              for (const other of others) await workflow.closeWorkflow(other);
            }"""
        )
        self.wait_for("an empty graph", "() => window.app.graph._nodes.length === 0")
        self.complaints[:] = [line for line in self.complaints if "raxel" in line]

    def wait_until_ready(self) -> None:
        ready = "() => window.app?.graph && window.app.extensionManager?.workflow?.activeWorkflow"
        self.page.wait_for_function(ready, timeout=90_000)
        self.ready = True

    def reload(self) -> None:
        self.ready = False
        self.settings()
        self.page.reload()
        self.wait_until_ready()

    def _fault(self, error) -> None:
        stack = error.stack or str(error)
        if self.ready or "raxel" in stack:  # frontend 1.27 trips over its own settings while it starts
            self.complaints.append(f"page error: {stack}")

    def _listen(self, message) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if HELP_IN_A_LANGUAGE.search(text) or (THEIRS.search(text) and "raxel" not in text):
            return
        if (message.type == "error" and not HOST_NOISE.search(text)) or (
            message.type == "warning" and "raxel" in text.lower()
        ):
            self.complaints.append(text)

    def _watch(self, response) -> None:
        ours = "raxel" in response.url.lower() and not HELP_IN_A_LANGUAGE.search(response.url)
        if response.status >= 400 and ours:
            self.complaints.append(f"{response.status} {response.url}")

    def eval(self, script: str, argument=None):
        return self.page.evaluate(script, argument)

    def picture(self, tag: str = "") -> None:
        """Keep what is on the screen, for people to look at."""
        self.artifacts.mkdir(exist_ok=True)
        name = f"{self.name}_{tag}" if tag else self.name
        self.page.screenshot(path=self.artifacts / f"{name}.png")

    def wait_for(self, what: str, script: str, argument=None, seconds: float = 10):
        """The truthy answer of a script in the page, asked again until it comes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answer := self.eval(script, argument):
                return answer
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not within {seconds} s: {what}")

    # ---- the graph ----

    def load(self, workflow: dict, name: str | None = None) -> None:
        """Open a workflow, as a file that was dropped on the page."""
        self.eval("([graph, name]) => window.app.loadGraphData(graph, true, true, name)", [workflow, name])

    def template(self, name: str) -> dict:
        return json.loads((ROOT / "example_workflows" / f"{name}.json").read_text())

    def serialize(self) -> dict:
        """The workflow as a file would hold it."""
        return json.loads(
            self.eval("() => JSON.stringify((window.app.rootGraph ?? window.app.graph).serialize())")
        )

    def prompt(self) -> dict:
        return self.eval("async () => (await window.app.graphToPrompt()).output")

    def add_node(self, kind: str, x: float = 100, y: float = 100) -> str:
        """A node of a type at a place of the graph, as the search box would put it; its id."""
        return self.eval(
            """([kind, x, y]) => {
              const node = window.LiteGraph.createNode(kind);
              node.pos = [x, y];
              window.app.graph.add(node);
              return String(node.id);
            }""",
            [kind, x, y],
        )

    def show(self, *ids: str, scale: float | None = None) -> None:
        """Move the canvas so that these nodes (or all of them) fill the window; `scale` instead keeps that zoom."""
        self.eval(
            """([ids, fixed]) => {
              const canvas = window.app.canvas;
              const chosen = canvas.graph._nodes.filter((n) => !ids.length || ids.includes(String(n.id)));
              const x0 = Math.min(...chosen.map((n) => n.pos[0])), y0 = Math.min(...chosen.map((n) => n.pos[1])) - 40;
              const x1 = Math.max(...chosen.map((n) => n.pos[0] + n.size[0]));
              const y1 = Math.max(...chosen.map((n) => n.pos[1] + n.size[1]));
              const { clientWidth: width, clientHeight: height } = canvas.canvas;
              const scale = fixed ?? Math.min((width - 300) / (x1 - x0), (height - 160) / (y1 - y0), 1);
              canvas.ds.scale = scale;
              canvas.ds.offset = [-x0 + 120 / scale, -y0 + 70 / scale];
              canvas.setDirty(true, true);
            }""",
            [list(ids), scale],
        )
        self.settle()

    def settle(self, frames: int = 3) -> None:
        """Let the page draw."""
        self.eval(
            "async (n) => { for (; n > 0; n--) await new Promise((done) => requestAnimationFrame(done)); }",
            frames,
        )

    def node_at(self, node: str, x: float, y: float) -> tuple[float, float]:
        """Where on the window a place of a node is; x and y are in graph units from its top left corner."""
        return tuple(
            self.eval(
                """([id, x, y]) => {
                  const canvas = window.app.canvas, node = canvas.graph.getNodeById(id);
                  const { left, top } = canvas.canvas.getBoundingClientRect(), { scale, offset } = canvas.ds;
                  return [
                    left + (node.pos[0] + x + offset[0]) * scale,
                    top + (node.pos[1] + y + offset[1]) * scale,
                  ];
                }""",
                [int(node) if node.isdigit() else node, x, y],
            )
        )

    def hover_widget(self, node: str, name: str) -> None:
        """Rest the mouse on a widget until the page has told what it is."""
        if self.variant.renderer == "vue":
            label = self.page.locator(f'[data-node-id="{node}"]').get_by_text(name, exact=True).first
            box = label.bounding_box()
            x, y = box["x"] + 5, box["y"] + 5
        else:
            down = self.eval(
                "([id, name]) => window.app.graph.getNodeById(id).widgets.find((w) => w.name === name).last_y",
                [int(node), name],
            )
            x, y = self.node_at(node, 60, down + 10)
        self.page.mouse.move(x - 3, y)
        self.page.mouse.move(x, y, steps=3)

    def select(self, node: str) -> None:
        """Click on the title of a node; the canvas knows it only after it has drawn it, so a click may come too early."""
        chosen = "(id) => Object.keys(window.app.canvas.selected_nodes ?? {}).includes(String(id))"
        for _ in range(10):
            self.settle()
            self.page.mouse.click(*self.node_at(node, 100, -15))
            self.page.wait_for_timeout(100)
            if self.eval(chosen, node):
                return
        raise AssertionError(f"node {node} is not selected by a click on its title")

    def widget(self, node: str, name: str):
        return self.eval(
            "([id, name]) => window.app.graph.getNodeById(id).widgets.find((w) => w.name === name)?.value",
            [int(node) if node.isdigit() else node, name],
        )

    def set_widget(self, node: str, name: str, value) -> None:
        self.eval(
            """([id, name, value]) => {
              const widget = window.app.graph.getNodeById(id).widgets.find((w) => w.name === name);
              widget.value = value;
              widget.callback?.(value);
            }""",
            [int(node) if node.isdigit() else node, name, value],
        )

    def connect(self, source: str, output: int, target: str, name: str) -> None:
        self.eval(
            """([source, output, target, name]) => {
              const graph = window.app.graph, node = graph.getNodeById(target);
              graph.getNodeById(source).connect(output, node, node.inputs.findIndex((i) => i.name === name));
            }""",
            [int(source), output, int(target), name],
        )

    def command(self, name: str) -> None:
        """One of ComfyUI's own commands, as its menus run it."""
        self.eval("(name) => window.app.extensionManager.command.execute(name)", name)

    # ---- running ----

    def press_run(self) -> None:
        self.page.get_by_role("button", name=re.compile(r"^Run( \(.*\))?$")).first.click()

    def result_of_run(self, before: set[str], seconds: float = 120) -> dict:
        """What the host put into its history since `before`, as soon as it is there."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            history = self.host.get("/history")
            if new := [entry for key, entry in history.items() if key not in before]:
                return new[0]
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no result after {seconds} s: {self.host.log[-2000:]}")

    def run(self, seconds: float = 120) -> dict:
        """Press Run and wait; what the host put into its history."""
        before = set(self.host.get("/history"))
        self.press_run()
        return self.result_of_run(before, seconds)
