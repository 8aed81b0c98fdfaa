"""Templates, help, menus and tooltips of the pack, as the page shows them."""

from __future__ import annotations

import re

import pytest
from comfy_page import EVERYWHERE, NEWEST, NEWEST_VUE, ROOT, STOCK, on

WORKFLOWS = sorted(path.stem for path in (ROOT / "example_workflows").glob("*.json"))


@on(*EVERYWHERE)
def test_every_template_opens_whole_and_without_a_complaint(comfy):
    for name in WORKFLOWS:
        comfy.load(comfy.template(name), name)
        comfy.show()
        nodes = comfy.template(name)["nodes"]
        kinds = sorted(node["type"] for node in nodes)
        assert sorted(node["type"] for node in comfy.serialize()["nodes"]) == kinds
        wrong = comfy.eval("() => window.app.graph._nodes.filter((n) => n.has_errors).map((n) => n.type)")
        missing = {node["type"] for node in nodes if node["properties"].get("models")}
        assert set(wrong) <= missing, (
            "newer pages mark what loads a file that is not there, and only Wan's are not"
        )
        comfy.picture(name.replace(" ", "_"))


SCROLL = """(share) => {
  let box = document.querySelector('img[src*="Raxel%20-"], img[alt^="Raxel -"]');
  while (box && !(box.scrollHeight > box.clientHeight + 8 && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
  if (box) box.scrollTop = share * box.scrollHeight;
}"""


def picture_of(comfy, name):
    """A template's picture; newer pages only hold those that are near what is shown, so the list is gone through."""
    picture = comfy.page.locator(f'img[src*="{name.replace(" ", "%20")}"], img[alt="{name}"]').first
    for step in range(21):
        if picture.count():
            break
        comfy.page.evaluate(SCROLL, step / 20)
        comfy.page.wait_for_timeout(150)
    picture.wait_for(state="attached")
    return picture


@on(NEWEST_VUE, slow=(STOCK,))
def test_a_template_is_found_in_the_browser_by_its_picture(comfy):
    comfy.command("Comfy.BrowseTemplates")
    comfy.page.get_by_text(re.compile("^raxel$", re.IGNORECASE)).first.click()
    comfy.page.locator('img[src*="Raxel%20-"], img[alt^="Raxel -"]').first.wait_for(state="attached")
    for name in WORKFLOWS:
        picture = picture_of(comfy, name)
        picture.evaluate("(img) => img.parentElement.scrollIntoView()")  # loaded only when it is near
        picture.wait_for()
        handle = picture.element_handle()
        assert comfy.wait_for("thumbnail", "(img) => img.complete && img.naturalWidth", handle) > 100
    comfy.picture("templates")
    picture_of(comfy, WORKFLOWS[0]).click()
    comfy.wait_for("the workflow", "() => window.app.graph._nodes.some((n) => n.type === 'LoadRaxelModel')")
    comfy.show()


@on(STOCK, NEWEST_VUE)
def test_the_help_of_a_node_opens_beside_the_graph(comfy):
    node = comfy.add_node("TrajectoryPreset")
    comfy.show(node)
    comfy.select(node)
    comfy.page.get_by_test_id("info-button").first.click()
    comfy.page.get_by_role("heading", name="The moves").wait_for()
    assert comfy.page.get_by_text("rises and keeps the subject in the centre").is_visible()


@on(STOCK, NEWEST, NEWEST_VUE)
def test_a_widget_under_the_mouse_says_what_it_is(comfy):
    node = comfy.add_node("TrajectoryPreset")
    comfy.show(node)
    comfy.hover_widget(node, "amount")
    words = "[...document.querySelectorAll('.node-tooltip, [role=tooltip]')].map((t) => t.innerText).join()"
    comfy.wait_for("the tooltip", f"() => {words}.includes('How far: degrees for turns')")


@pytest.mark.slow
@on(STOCK, NEWEST_VUE)
def test_a_template_runs_at_a_press_of_the_button(comfy):
    comfy.load(comfy.template("Raxel - shoot a still along a path"))
    comfy.show()
    entry = comfy.run()
    assert entry["status"]["status_str"] == "success", entry["status"]
    comfy.page.wait_for_timeout(1500)
