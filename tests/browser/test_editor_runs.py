"""What runs and wires bring to the page: the wired picture, the achieved path, and the sampler's live view."""

from __future__ import annotations

import numpy as np
from comfy_page import NEWEST, NEWEST_VUE, STOCK, on
from editor_page import KIND, Editor, add_editor

ACHIEVED = (0xE6, 0x9F, 0x00)


@on(STOCK, NEWEST_VUE, slow=(NEWEST,))
def test_the_wired_picture_is_seen_through_the_camera_before_anything_has_run(comfy):
    picture = comfy.add_node("LoadImage", 600, 100)
    comfy.set_widget(picture, "image", "raxel_example_still.png")
    editor = add_editor(comfy)
    through = editor.root.locator(".raxel-look canvas")
    grey = colourfulness(editor.look(through))
    comfy.connect(picture, 0, editor.node, "image")
    comfy.page.wait_for_timeout(1200)
    assert colourfulness(editor.look(through)) > grey + 15, "the look-through shows no picture"
    at_start = editor.look(through)
    editor.seek(80)
    comfy.page.wait_for_timeout(200)
    assert np.abs(editor.look(through) - at_start).mean() > 4, "the picture stays while the camera moves"


def colourfulness(seen: np.ndarray) -> float:
    return float(np.ptp(seen, axis=-1).mean())


@on(STOCK, NEWEST_VUE)
def test_two_paths_in_a_plot_are_drawn_together_in_the_editor(comfy):
    editor = Editor(comfy, comfy.add_node(KIND, 100, 100))
    preset = comfy.add_node("TrajectoryPreset", 600, 100)
    comfy.set_widget(preset, "preset", "truck_left")
    plot = comfy.add_node("RaxelPreviewTrajectory", 950, 100)
    comfy.connect(editor.node, 0, plot, "trajectory")
    comfy.connect(preset, 0, plot, "trajectory_2")
    comfy.show()
    editor.appear()
    assert comfy.run()["status"]["status_str"] == "success"
    comfy.show(editor.node, scale=1)
    summary = editor.root.locator(".raxel-achieved")
    summary.wait_for()
    comfy.page.wait_for_timeout(300)
    editor.spot(ACHIEVED)
    assert "°" in summary.inner_text() and "sd" in summary.inner_text()
    assert not editor.document["edited"]


@on(NEWEST_VUE, slow=(STOCK, NEWEST))
def test_a_sampler_shows_frames_and_path_while_it_works_and_the_film_afterwards(comfy):
    comfy.load(comfy.template("Raxel - clip and camera from a still"))
    sampler = comfy.eval("() => String(window.app.graph._nodes.find((n) => n.type === 'JointSampler').id)")
    comfy.set_widget(sampler, "video_steps", 8)
    comfy.set_widget(sampler, "ray_steps", 8)
    comfy.show(sampler, scale=0.8)
    seen = comfy.page.locator(".raxel-live").first
    before = set(comfy.host.get("/history"))
    comfy.press_run()
    comfy.wait_for(
        "the live view",
        "() => [...document.querySelectorAll('.raxel-live')].some((e) => e.offsetHeight > 60)",
        seconds=60,
    )
    comfy.page.wait_for_timeout(500)
    comfy.picture("during")
    entry = comfy.result_of_run(before)
    assert entry["status"]["status_str"] == "success"
    comfy.wait_for(
        "the film",
        "() => [...document.querySelectorAll('.raxel-live video')].some((v) => v.readyState >= 2 && v.videoWidth > 10)",
        seconds=15,
    )
    comfy.show(sampler, scale=0.8)
    assert seen.is_visible()
