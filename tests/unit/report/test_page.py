"""Tables and pages: aligned, escaped, and pointing at what is there."""

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.report.columns import Column, band, side_by_side
from raxel_core.report.overview import Strip, overview
from raxel_core.report.page import Medium, Section, render_page
from raxel_core.report.readme import inserted
from raxel_core.report.table import Table, number

HOSTILE = '<script>alert("1")</script> & "quotes"'


def test_nothing_that_a_user_names_becomes_markup(links):
    table = Table((HOSTILE, "n"), [(HOSTILE, HOSTILE)])
    section = Section(HOSTILE, HOSTILE, [Medium('a b".png', HOSTILE)], [HOSTILE], [(HOSTILE, "x y.json")])
    page = links(render_page(HOSTILE, HOSTILE, [section], table, [HOSTILE]))
    assert "script" not in page.tags
    assert set(page.targets) == {"a%20b%22.png", "x%20y.json"}


def test_a_clip_is_shown_as_a_video_and_nothing_is_fetched_from_elsewhere():
    page = render_page("t", "l", [Section("s", "", [Medium("a.mp4", "c")])], Table(("a",), []), [])
    assert "<video" in page and "//" not in page


def test_a_table_lines_up_and_keeps_bars_apart():
    lines = Table(("task", "n"), [("a|b", "1"), ("long name", "23.5")]).markdown().splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].startswith("| -") and lines[1].endswith(": |")
    assert "a\\|b" in lines[2]


@pytest.mark.parametrize(("value", "text"), [(1.234, "1.23"), (None, "-"), (float("nan"), "-"), (0, "0.00")])
def test_a_number_that_is_not_known_is_a_dash(value, text):
    assert number(value) == text


def test_a_table_goes_between_its_markers_and_nowhere_else():
    text = "before\n<!-- demo -->\nold\n<!-- /demo -->\nafter"
    once = inserted(text, "demo", "| new |\n")
    assert once == "before\n<!-- demo -->\n| new |\n<!-- /demo -->\nafter"
    assert inserted(once, "demo", "| new |") == once
    with pytest.raises(RaxelError):
        inserted("no markers", "demo", "x")


def test_an_overview_shows_every_strip_in_order():
    def strip(level):
        frames = np.full((7, 20, 30, 3), level, np.uint8)
        return Strip("title", "words", frames, frames // 2, np.zeros((40, 60, 3), np.uint8))

    one, two = overview([strip(200)]), overview([strip(200), strip(100)])
    assert two.shape == (2 * one.shape[0] - 56, 1500, 3)
    rows_of_200 = np.flatnonzero((two[:, 100] == 200).all(axis=-1))
    rows_of_50 = np.flatnonzero((two[:, 100] == 50).all(axis=-1))
    assert len(rows_of_200) > 50 and len(rows_of_50) > 50 and rows_of_200.max() < rows_of_50.min()


def test_a_band_shows_its_columns_from_left_to_right_and_their_strips_from_top_to_bottom():
    def column(level):
        clip = np.full((7, 20, 30, 3), level, np.uint8)
        return Column("title", [("upper", clip), ("lower", clip // 2)])

    picture = band("title", [column(200), column(120)])
    first, second = ((picture == level).all(axis=-1) for level in (200, 120))
    assert np.nonzero(first)[1].max() < 750 < np.nonzero(second)[1].min()
    upper, lower = np.nonzero(first)[0], np.nonzero((picture == 100).all(axis=-1))[0]
    assert len(lower) > 1000 and upper.max() < lower.min()


def test_clips_beside_each_other_keep_their_pixels_and_their_order():
    clips = [np.full((3, 4, 6, 3), level, np.uint8) for level in (10, 90, 250)]
    beside = side_by_side(clips, enlarge=2, gap=8)
    assert beside.shape == (3, 8, 3 * 12 + 2 * 8, 3)
    assert [beside[1, 4, x, 0] for x in (0, 11, 20, 31, 40, 51)] == [10, 10, 90, 90, 250, 250]
    assert (beside[:, :, 12:20] == 0).all()
