"""Does the editor keep up with the screen? Drags, orbits and plays a long path in headless Chromium. Prints two tables.

``python -m bench.editor [--frames N --keys N]``: the whole editor (scene, look-through with a picture, timeline,
numbers) at the sizes it has in a node and in full screen. The peer in the same run is an empty
requestAnimationFrame loop, which is the most that the screen allows: 16.7 ms. CPU is that of the page's main thread, which
other programs on the machine disturb less than the clock. The second table has the ways to draw a picture in perspective
without a graphics card (bench/editor_warp.mjs). Needs ``pip install playwright`` and a Chromium.
"""

from __future__ import annotations

import functools
import json
import math
import os
import shutil
import statistics
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from raxel_core.report.table import Table

ROOT = Path(__file__).resolve().parent.parent
PICTURE = "/demo/still.png"
MOVES = 240
"""Mouse events of a gesture, and frames that an empty loop runs."""
SIZES = {"node": (360, 620, 2), "full screen": (1400, 900, 1)}
"""Width, height, device pixels a CSS pixel."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-gl=swiftshader"]

PAGE = """async ([text, width, height, picture]) => {
  const started = performance.now();
  const { createEditor } = await import("/web/editor/editor.mjs");
  const { createStore } = await import("/web/editor/store.mjs");
  const { parseDocument } = await import("/web/editor/document.mjs");
  const { createTranslator } = await import("/web/i18n.mjs");
  const refuse = async () => { throw new Error("no server"); };
  const files = { presets: refuse, preset: refuse, formats: refuse, read: refuse, write: refuse };
  const node = document.getElementById("node");
  Object.assign(node.style, { width: width + "px", height: height + "px", display: "flex" });
  globalThis.store = createStore(parseDocument(text).document);
  const spec = { value: text, onChange() {}, t: createTranslator("en"), files, session: globalThis.store };
  const editor = globalThis.editor = createEditor(spec);
  node.append(editor.element);
  const context = document.querySelector(".raxel-canvas").getContext("2d");
  const { setTransform } = CanvasRenderingContext2D.prototype;
  context.setTransform = (...numbers) => { globalThis.draws++; return setTransform.apply(context, numbers); };
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const painted = performance.now() - started;
  await editor.setImage(picture);
  return painted;
}"""

WATCH = """() => {
  globalThis.stamps = [];
  globalThis.watching = true;
  globalThis.draws = 0;
  const tick = (now) => { if (globalThis.watching) { globalThis.stamps.push(now); requestAnimationFrame(tick); } };
  requestAnimationFrame(tick);
}"""

DRAG = """async ([x, y, moves]) => {
  const canvas = document.querySelector(".raxel-canvas");
  canvas.setPointerCapture = () => {}; // made-up pointers cannot be captured
  const send = (type, clientX, clientY, button) => canvas.dispatchEvent(
    new PointerEvent(type, { clientX, clientY, button, pointerId: 99, pointerType: "mouse", bubbles: true, cancelable: true }));
  send("pointerdown", x, y, 0);
  for (let i = 0; i < moves; i++) {
    await new Promise(requestAnimationFrame);
    send("pointermove", x + 40 * Math.sin(i / 12), y + 25 * (1 - Math.cos(i / 12)), -1);
  }
  send("pointerup", x, y, 0);
}"""

FIND = """async ([wanted]) => {
  const canvas = document.querySelector(".raxel-canvas"), box = canvas.getBoundingClientRect();
  for (let y = box.top + 20; y < box.bottom - 40; y += 5) {
    for (let x = box.left + 20; x < box.right - 70; x += 5) {
      if (document.elementFromPoint(x, y) !== canvas) continue;
      canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, pointerType: "mouse", button: -1 }));
      if (canvas.style.cursor === wanted) return [x, y];
    }
  }
  throw new Error("nothing with the cursor " + wanted);
}"""


@dataclass(frozen=True)
class Measured:
    """Milliseconds between frames, how many times the scene was drawn a frame, milliseconds of CPU a frame."""

    median: float
    slowest_of_20: float
    draws: float
    cpu: float


def path_text(frames: int, keys: int) -> str:
    """A spiral about a subject at distance 1, as a document's text."""

    def key(index: int) -> dict[str, Any]:
        share = index / (keys - 1)
        angle = 5 * share
        position = [math.sin(angle), -0.3 * share, 1 - math.cos(angle)]
        rotation = [math.cos(angle / 2), 0, -math.sin(angle / 2), 0]
        return {
            "frame": round(share * (frames - 1)),
            "position": position,
            "rotation": rotation,
            "hfov_deg": 60,
        }

    return json.dumps(
        {
            "format": "raxel-path",
            "version": 1,
            "frames": frames,
            "fps": 24,
            "subject": [0, 0, 1],
            "keys": [key(index) for index in range(keys)],
        }
    )


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files as ComfyUI does, on connections that stay open, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of the folder's files, as long as the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def descendants(root: int) -> list[int]:
    """Process ids below `root`, from /proc."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # gone meanwhile
            parents.setdefault(parent, []).append(int(folder.name))
    below, waiting = [], [root]
    while waiting:
        found = parents.get(waiting.pop(), [])
        below += found
        waiting += found
    return below


def renderer_cpu_ms() -> float:
    """CPU time of the main threads of our Chromium's pages so far; 0 where the system does not tell."""
    total = 0
    for process in descendants(os.getpid()):
        folder = Path("/proc") / str(process)
        try:
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                total += int((folder / "task" / str(process) / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return total / 1e6


def measure(page: Page, act: Callable[[], None]) -> Measured:
    """Frame times of the page while something happens to it."""
    page.evaluate(WATCH)
    before = renderer_cpu_ms()
    act()
    cpu = renderer_cpu_ms() - before
    stamps, draws = page.evaluate("() => { watching = false; return [stamps, draws]; }")
    gaps = sorted(b - a for a, b in pairwise(stamps))
    slowest_of_20 = gaps[int(0.95 * len(gaps))]
    return Measured(statistics.median(gaps), slowest_of_20, draws / len(gaps), cpu / len(gaps))


def drag(page: Page, start: tuple[float, float]) -> None:
    """Takes what lies at a place and leads it round, with a pointer event before each frame as a browser sends them."""
    page.evaluate(DRAG, [*start, MOVES])


def still(page: Page) -> None:
    """Lets as long a time pass as a gesture takes."""
    page.wait_for_timeout(MOVES * 1000 / 60)


def play(page: Page) -> None:
    """Plays the path for as long."""
    page.evaluate("() => store.dispatch({ type: 'play' })")
    still(page)
    page.evaluate("() => store.dispatch({ type: 'pause' })")


def rows_of(page: Page, where: str, text: str, size: tuple[int, int, int]) -> list[list[str]]:
    """Builds the editor on an empty page, and measures what people do with it."""
    width, height, ratio = size
    page.set_content('<body style="margin:0;background:#202020"><div id="node"></div>')
    empty = measure(page, lambda: still(page))
    first = page.evaluate(PAGE, [text, width, height, PICTURE])
    page.evaluate("() => editor.dispose()")
    painted = page.evaluate(PAGE, [text, width, height, PICTURE])
    page.wait_for_timeout(700)
    label = f"{where}, {width}x{height} @{ratio}"

    def row(name: str, found: Measured) -> list[str]:
        cells = [found.median, found.slowest_of_20, found.median / empty.median, found.draws, found.cpu]
        return [f"{label}: {name}", *(f"{cell:.2f}" if cell < 9.95 else f"{cell:.1f}" for cell in cells)]

    key = page.evaluate(FIND, ["grab"])
    rows = [row("empty loop", empty), row("drag a key", measure(page, lambda: drag(page, key)))]
    rows.append(row("orbit", measure(page, lambda: drag(page, free_place(page)))))
    rows.append(row("play", measure(page, lambda: play(page))))
    rows.append(row("nothing", measure(page, lambda: still(page))))
    for name, time in (("first paint, modules to be loaded", first), ("first paint", painted)):
        rows.append([f"{label}: {name}", f"{time:.0f}", "", "", "", ""])
    return rows


def warp_rows(page: Page) -> list[list[str]]:
    """Milliseconds for one picture of 832x480."""
    compare = "async (picture) => (await import('/bench/editor_warp.mjs')).compareWarps(picture)"
    times: dict[str, float] = page.evaluate(compare, PICTURE)
    ours = next(iter(times.values()))
    return [[name, f"{time:.1f}", f"{time / ours:.2f}"] for name, time in times.items()]


def free_place(page: Page) -> tuple[float, float]:
    """A place of the scene with nothing on it."""
    return page.evaluate(FIND, ["default"])


def main() -> None:
    """Prints the table."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=241)
    parser.add_argument("--keys", type=int, default=40)
    options = parser.parse_args()
    text = path_text(options.frames, options.keys)
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    rows: list[list[str]] = []
    with served(ROOT) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        for where, size in SIZES.items():
            viewport: Any = {"width": size[0], "height": size[1]}
            page = browser.new_page(viewport=viewport, device_scale_factor=size[2])
            page.goto(f"{address}/demo/clip.json")
            rows += rows_of(page, where, text, size)
            page.close()
        page = browser.new_page()
        page.goto(f"{address}/demo/clip.json")
        warps = warp_rows(page)
        browser.close()
    header = ["", "median ms", "slowest of 20", "ratio to empty", "draws a frame", "main thread CPU ms"]
    print(Table(header, rows).markdown())
    print(Table(["one picture, 832x480", "ms", "ratio to ours"], warps).markdown())


if __name__ == "__main__":
    main()
