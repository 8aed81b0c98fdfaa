"""Pages that draw a run themselves get small messages, not too often."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image


@pytest.fixture
def live(pack):
    return pack("nodes.live")


@pytest.fixture
def preview(pack):
    return pack("raxel_core.sampling.preview").Preview


def picture(url):
    head, data = url.split(",")
    assert head == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), float)


def test_frames_stand_side_by_side_in_their_order(live):
    frames = torch.tensor([0.0, 0.5, 1.0])[:, None, None, None].expand(3, 40, 100, 3)
    url, size = live.strip_of(frames)
    assert size == {"count": 3, "width": 100, "height": 40}
    strip = picture(url)
    assert strip.shape == (40, 300, 3)
    assert [strip[:, x].mean() for x in (50, 150, 250)] == pytest.approx([0, 128, 255], abs=3)


def test_small_frames_are_enlarged_and_large_ones_made_smaller(live):
    assert live.strip_of(torch.rand(2, 8, 12, 3))[1] == {"count": 2, "width": 96, "height": 64}
    assert live.strip_of(torch.rand(1, 480, 832, 3))[1] == {"count": 1, "width": 256, "height": 148}


def test_a_long_clip_fits_into_one_jpeg_with_both_ends(live):
    frames = torch.linspace(0, 1, 251)[:, None, None, None].expand(251, 10, 256, 3)
    url, size = live.strip_of(frames)
    strip = picture(url)
    assert size["count"] == 48 and strip.shape[1] == 48 * 256 < 65500
    assert strip[:, 128].mean() < 3 and strip[:, -128].mean() > 252


def test_news_hold_the_cameras_from_the_first_one_on(pack, live, preview):
    path = pack("raxel_core.geometry.presets").preset_trajectory("arc_left", frames=5)
    news = live.step_news(preview(None, path), 2, 7, 1, 3)
    assert (news["step"], news["total"], news["take"], news["takes"]) == (2, 7, 1, 3)
    assert news["frames"] is None and news["count"] == 0
    assert np.array(news["cameras"]).shape == (5, 8)
    assert news["cameras"][0][:7] == pytest.approx([0, 0, 0, 1, 0, 0, 0])
    assert live.step_news(preview(torch.rand(2, 8, 12, 3), None), 1, 2, 0, 1)["cameras"] is None


def test_at_most_five_messages_a_second_and_the_last_step_always(live):
    now = 0.0
    pace = live.Pace(lambda: now)
    sent = 0
    for step in range(1, 101):
        now = step * 0.03
        sent += pace.due(is_last=step == 100)
    assert 14 <= sent <= 17, "three seconds"
    assert pace.due(is_last=True) and not pace.due(is_last=False)


def test_a_page_draws_from_when_it_says_so_until_it_takes_it_back(live):
    listeners = live.Listeners()
    assert "page" not in listeners and None not in listeners
    listeners.tell("page", True)
    assert "page" in listeners
    listeners.tell("page", False)
    assert "page" not in listeners


def test_pages_without_end_do_not_fill_the_memory(live):
    listeners = live.Listeners()
    for number in range(1000):
        listeners.tell(f"page {number}", True)
    listeners.tell("x" * 1000, True)
    assert "page 999" in listeners and "page 700" not in listeners and "x" * 1000 not in listeners
