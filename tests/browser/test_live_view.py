"""What the Joint Sampler shows while it runs and afterwards."""

from __future__ import annotations

import random

import pytest
from comfy_page import NEWEST, NEWEST_VUE, STOCK, on

DRAW = "Raxel - draw a camera path"
SETTING = "Raxel.Sampler.LiveView"

VIEW = """() => {
  const node = window.app.graph._nodes.find((node) => node.type === "JointSampler");
  const widget = node?.widgets.find((widget) => widget.type === "RAXEL_LIVE_VIEW");
  if (!widget) return null;
  const element = widget.element, video = element.querySelector("video");
  const { width, height } = element.getBoundingClientRect();
  const playing = video.hidden ? null : { at: video.currentTime, paused: video.paused, ready: video.readyState >= 2, src: video.currentSrc };
  const words = element.querySelector(".raxel-live-words").textContent;
  const shown = !element.hidden && width > 100 && height > 100 && element.isConnected;
  return { shown, words, playing, size: [...node.size], canvases: [...element.querySelectorAll("canvas")].map((c) => c.width) };
}"""
SAMPLER = "() => String(window.app.graph._nodes.find((node) => node.type === 'JointSampler').id)"
FILM = f"() => {{ const view = ({VIEW})(); return view?.shown && view.playing?.ready && view; }}"


def opened(comfy, steps=6, takes=1) -> str:
    """The workflow with another seed and few steps, its sampler in sight; the sampler's id."""
    comfy.load(comfy.template(DRAW), "live")
    comfy.wait_for("the sampler", f"() => ({VIEW})() !== null")
    sampler = comfy.eval(SAMPLER)
    for name, value in (("seed", random.randrange(2**31)), ("video_steps", steps), ("takes", takes)):
        comfy.set_widget(sampler, name, value)
    comfy.show(sampler, scale=1)
    return sampler


@pytest.mark.slow
@on(STOCK, NEWEST, NEWEST_VUE)
def test_frames_and_path_form_on_the_sampler_and_then_the_takes_play(comfy):
    comfy.host.post("/history", {"clear": True})  # a run of before would be shown again
    sampler = opened(comfy, takes=2)
    before, values = comfy.eval(VIEW), comfy.serialize()
    assert not before["shown"], "nothing is shown before there is something"
    comfy.command("Comfy.QueuePrompt")
    during = comfy.wait_for(
        "the first step", f"() => {{ const v = ({VIEW})(); return v?.shown && v; }}", seconds=90
    )
    assert "take 1 of 2" in during["words"] and "of 6" in during["words"]
    comfy.picture("forming")
    first = comfy.wait_for("the film", FILM, seconds=120)
    assert "/view?" in first["playing"]["src"]
    comfy.page.locator(".raxel-live select").first.select_option("1")
    comfy.wait_for(
        "the second take",
        f"() => {{ const v = ({FILM})(); return v && v.playing.src !== {first['playing']['src']!r}; }}",
    )
    comfy.page.locator(".raxel-live .raxel-button").first.click()
    comfy.wait_for("a pause", f"() => ({VIEW})().playing.paused")
    after = comfy.serialize()
    mine = lambda graph: next(n["widgets_values"] for n in graph["nodes"] if str(n["id"]) == sampler)  # noqa: E731
    assert mine(after)[: len(mine(values))] == mine(values), "the view takes no place among the values"
    assert "raxel_live_view" not in str(comfy.prompt())


@pytest.mark.slow
@on(STOCK, NEWEST_VUE)
def test_the_film_rests_out_of_sight_comes_back_after_a_reload_and_goes_with_the_setting(comfy):
    opened(comfy)
    comfy.command("Comfy.QueuePrompt")
    comfy.wait_for("the film", FILM, seconds=120)
    playing = f"() => ({VIEW})().playing"
    comfy.wait_for("playing", f"() => !({VIEW})().playing.paused")
    comfy.eval(
        "() => { window.app.canvas.ds.offset = [-9000, -9000]; window.app.canvas.setDirty(true, true); }"
    )
    comfy.wait_for("rest", f"() => ({VIEW})().playing.paused")
    at = comfy.eval(playing)["at"]
    comfy.page.wait_for_timeout(400)
    assert comfy.eval(playing)["at"] == at
    comfy.reload()
    comfy.empty()
    opened(comfy)
    comfy.wait_for("the film of before", FILM)
    comfy.eval(f"() => window.app.extensionManager.setting.set('{SETTING}', false)")
    comfy.wait_for("nothing shown", f"() => !({VIEW})().shown")
    comfy.eval(f"() => window.app.extensionManager.setting.set('{SETTING}', true)")
    comfy.wait_for("the film again", FILM)
