"""Pictures for people to look at: themes, sizes, densities and languages. What is asserted is only that nothing breaks."""

from __future__ import annotations

import pytest
from comfy_page import NEWEST_VUE, STOCK, ComfyPage, on
from editor_page import add_editor


def resized(comfy: ComfyPage, node: str, width: int, height: int) -> None:
    comfy.eval(
        "([id, size]) => { window.app.graph.getNodeById(id).setSize(size); window.app.canvas.setDirty(true, true); }",
        [int(node), [width, height]],
    )
    comfy.page.wait_for_timeout(300)


@on(NEWEST_VUE, slow=(STOCK,))
def test_the_editor_fits_a_narrow_and_a_wide_node(comfy):
    editor = add_editor(comfy)
    for width, height in ((360, 640), (900, 760), (520, 1100)):
        resized(comfy, editor.node, width, height)
        comfy.show(editor.node, scale=0.8)
        editor.click_key(1)
        comfy.picture(f"{width}")
        inside = editor.root.evaluate(
            """(root) => [...root.querySelectorAll(".raxel-bar, .raxel-inspector, canvas")]
                .every((part) => part.getBoundingClientRect().right <= root.getBoundingClientRect().right + 1)"""
        )
        assert inside, f"something is wider than a node of {width}"
        assert editor.scene.bounding_box()["height"] > 100


@on(STOCK, NEWEST_VUE)
@pytest.mark.parametrize("palette", ["light", pytest.param("nord", marks=pytest.mark.slow)])
def test_the_editor_wears_the_palette_of_the_page(comfy, palette):
    ground = "() => getComputedStyle(document.body).getPropertyValue('--comfy-menu-bg')"
    dark = comfy.eval(ground)
    editor = add_editor(comfy)
    editor.click_key(1)
    comfy.eval("(name) => window.app.extensionManager.setting.set('Comfy.ColorPalette', name)", palette)
    try:
        comfy.wait_for("the palette", f"(dark) => ({ground})() !== dark", dark)
        comfy.page.wait_for_timeout(1200)
        comfy.picture()
        bright = editor.look().mean()
        assert bright > 150 if palette == "light" else bright < 110
        editor.press("?")
        comfy.picture("card")
        editor.press("Escape")
    finally:
        comfy.eval("() => window.app.extensionManager.setting.set('Comfy.ColorPalette', 'dark')")


@pytest.mark.slow
@on(STOCK)
def test_the_editor_is_sharp_on_a_dense_screen(comfy):
    session = comfy.page.context.new_cdp_session(comfy.page)
    session.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": 1600, "height": 1000, "deviceScaleFactor": 2, "mobile": False},
    )
    editor = add_editor(comfy)
    editor.click_key(1)
    wide = editor.scene.evaluate("(canvas) => [canvas.width, canvas.clientWidth]")
    comfy.picture("dense")
    session.send("Emulation.clearDeviceMetricsOverride")
    session.detach()
    assert wide[0] == pytest.approx(2 * wide[1], abs=2)


@pytest.mark.slow
@on(STOCK, NEWEST_VUE)
def test_the_editor_speaks_chinese_where_the_page_does(comfy):
    comfy.settings(**{"Comfy.Locale": "zh"})
    try:
        comfy.page.reload()
        comfy.wait_until_ready()
        comfy.empty()
        editor = add_editor(comfy)
        editor.click_key(1)
        comfy.picture("zh")
        assert any("\u4e00" <= letter <= "\u9fff" for letter in editor.root.inner_text())
        editor.press("?")
        comfy.picture("zh_card")
    finally:
        comfy.settings(**{"Comfy.Locale": "en"})
        comfy.reload()
