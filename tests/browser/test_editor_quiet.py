"""What the editor costs: nothing while idle, out of sight or gone; and how soon it is there."""

from __future__ import annotations

import pytest
from comfy_page import DRAWN, NEWEST, NEWEST_VUE, STOCK, on
from editor_page import KIND, Editor, add_editor

COUNT = """() => {
  window.raxelCalls ??= { originals: {}, count: 0 };
  const calls = window.raxelCalls;
  for (const name of ["requestAnimationFrame", "setTimeout", "setInterval", "requestIdleCallback", "fetch"]) {
    calls.originals[name] ??= window[name];
    window[name] = function (...given) {
      if (new Error().stack.includes("/extensions/raxel/")) calls.count++;
      return calls.originals[name].apply(window, given);
    };
  }
}"""


def calls_within(comfy, milliseconds: int = 2000) -> int:
    """How often code of ours asked for a frame, a timer or the server."""
    comfy.eval(COUNT)
    comfy.eval("() => { window.raxelCalls.count = 0; }")
    comfy.page.wait_for_timeout(milliseconds)
    return comfy.eval("() => window.raxelCalls.count")


@on(*DRAWN)
def test_an_editor_does_nothing_until_it_is_asked_to(comfy):
    editor = add_editor(comfy)
    editor.press("Space")
    assert calls_within(comfy, 500) > 5, "playing is work, and it is counted"
    editor.press("Space")
    comfy.page.mouse.move(5, 500)
    comfy.page.wait_for_timeout(700)
    assert calls_within(comfy) == 0


@on(NEWEST_VUE, slow=(STOCK,))
def test_a_removed_node_leaves_nothing_behind(comfy):
    editor = add_editor(comfy)
    editor.press("Space")
    comfy.eval("(id) => window.app.graph.remove(window.app.graph.getNodeById(id))", int(editor.node))
    comfy.page.wait_for_timeout(700)
    assert calls_within(comfy, 1000) == 0
    assert not comfy.page.locator(".raxel-root, .raxel-host, .raxel-panel, dialog.raxel-dialog").count()


@on(NEWEST_VUE, slow=(STOCK,))
def test_an_editor_that_plays_out_of_sight_draws_nothing(comfy):
    editor = add_editor(comfy)
    before = editor.look()
    comfy.eval(
        "() => { window.app.canvas.ds.offset = [-9000, -9000]; window.app.canvas.setDirty(true, true); }"
    )
    comfy.page.wait_for_timeout(700)
    assert calls_within(comfy, 1000) == 0
    comfy.show(editor.node, scale=1)
    editor.press("Space", "Home")
    comfy.page.wait_for_timeout(300)
    assert abs(editor.look() - before).mean() < 4, "it is drawn again when it comes back"


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_the_editor_can_be_zoomed_out_to_a_stamp_and_back(comfy):
    editor = add_editor(comfy)
    comfy.show(editor.node, scale=0.25)
    comfy.page.wait_for_timeout(300)
    comfy.picture("small")
    comfy.show(editor.node, scale=1.6)
    comfy.page.wait_for_timeout(300)
    comfy.picture("large")
    (x, y), (to, _) = editor.time_point(40), editor.time_point(60)
    editor.drag((x, y), (to - x, 0))
    assert editor.frames == [0, 60, 80], "the mouse lands where it is seen, at any zoom"


@on(*DRAWN)
def test_how_soon_the_editor_is_drawn_is_told(comfy, report):
    times = comfy.eval(
        """async ([kind, type]) => {
          const times = [];
          for (let i = 0; i < 3; i++) {
            const start = performance.now();
            const node = window.LiteGraph.createNode(kind);
            node.pos = [100 + 20 * i, 100];
            window.app.graph.add(node);
            const drawn = () => {
              const canvas = node.widgets.find((w) => w.type === type)?.element?.querySelector(".raxel-scene canvas");
              if (!canvas?.width) return false;
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              return data.some((value, at) => at % 4 < 3 && Math.abs(value - data[at % 4]) > 20);
            };
            while (!drawn() && performance.now() - start < 10000) await new Promise(requestAnimationFrame);
            times.push(Math.round(performance.now() - start));
          }
          return times;
        }""",
        [KIND, "RAXEL_TRAJECTORY_EDITOR"],
    )
    report(f"first paint {comfy.variant}: {', '.join(map(str, times))} ms (the first one loads the editor)")
    assert max(times) < 10_000


@pytest.mark.slow
def test_a_hundred_editors_come_and_go(comfy):
    add_editor(comfy)
    comfy.empty()
    session = comfy.page.context.new_cdp_session(comfy.page)
    session.send("Performance.enable")

    def numbers() -> dict:
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {
            m["name"]: m["value"]
            for m in metrics
            if m["name"] in ("Nodes", "JSEventListeners", "JSHeapUsedSize")
        }

    def rounds(count: int) -> None:
        for _ in range(count):
            node = comfy.add_node(KIND)
            Editor(comfy, node).appear()
            comfy.eval("(id) => window.app.graph.remove(window.app.graph.getNodeById(id))", int(node))

    rounds(10)
    before = numbers()
    rounds(100)
    after = numbers()
    assert after["Nodes"] - before["Nodes"] < 100 * 50, (before, after)
    assert after["JSEventListeners"] - before["JSEventListeners"] < 100 * 10, (before, after)
