"""Beside other packs: RAXEL_NEIGHBOURS=/path/of/pack runs every browser test with them loaded, and this one that looks at both."""

from __future__ import annotations

import os

import pytest
from comfy_page import DRAWN, EVERYWHERE, on
from editor_page import KIND, editors_in

pytestmark = pytest.mark.skipif(
    not os.environ.get("RAXEL_NEIGHBOURS"), reason="RAXEL_NEIGHBOURS names no pack"
)


@on(*EVERYWHERE)
def test_nodes_of_the_neighbours_and_ours_stand_in_one_graph(comfy):
    theirs = {
        name
        for name, definition in comfy.host.get("/object_info").items()
        if definition["python_module"].startswith("custom_nodes.")
        and "raxel" not in definition["python_module"]
    }
    assert theirs, "the neighbours did not load"
    theirs = {name for number, name in enumerate(sorted(theirs)) if number % 12 == 0 or "Editor" in name}
    for number, name in enumerate(sorted(theirs)):
        comfy.add_node(name, 400 * (number % 6), 900 * (number // 6))
    comfy.add_node(KIND, -700, 0)
    comfy.add_node("JointSampler", -1100, 0)
    (editor,) = editors_in(comfy)
    comfy.show(editor.node, scale=1)
    if comfy.variant in DRAWN:
        editor.appear()
        editor.press("1", "f", "k", "s", "t", "b", "x")
    graph = comfy.serialize()
    assert len(graph["nodes"]) == len(theirs) + 2
    comfy.load(graph)
    assert len(comfy.serialize()["nodes"]) == len(theirs) + 2
