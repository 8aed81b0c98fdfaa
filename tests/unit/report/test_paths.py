"""Paths over each other: every one is seen, in its own colour, from its own first camera, to scale."""

from dataclasses import replace

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.geometry.presets import PRESETS, preset_trajectory
from raxel_core.report.paths import AXES, STYLES, VIEWS, fitted_flat, plot_paths

MOVES = ("arc_left", "spiral", "dolly_in", "dolly_out")


def paths(count, **options):
    return [preset_trajectory(name, **({"frames": 9} | options)) for name in MOVES[:count]]


def share_of(picture, color):
    return float((np.abs(picture.astype(int) - color).max(axis=-1) < 20).mean())


@pytest.mark.parametrize("views", [VIEWS, ("top",), ("side",), ("perspective",)])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_path_is_seen_in_every_view_in_its_own_colour(count, views):
    picture = plot_paths(paths(count), views=views)
    assert picture.shape == (640, 960, 3) and picture.dtype == np.uint8
    seen = [share_of(picture[:560], style.color) > 5e-5 for style in STYLES]
    assert seen == [True] * count + [False] * (4 - count)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("frames", [1, 2])
def test_every_preset_of_any_length_is_drawn_small(name, frames):
    picture = plot_paths([preset_trajectory(name, frames)], width=320, height=240)
    assert share_of(picture, STYLES[0].color) > 4e-4


@pytest.mark.parametrize("distance", [1e-5, 1.0, 1e6])
def test_the_size_of_the_world_does_not_matter(distance):
    near = plot_paths(paths(2, subject_distance=1.0), views=("perspective", "top"))
    far = plot_paths(paths(2, subject_distance=distance), views=("perspective", "top"))
    assert np.abs(near[60:500, 40:].astype(int) - far[60:500, 40:]).mean() < 4


def test_where_a_path_stands_in_the_world_does_not_matter():
    path = paths(1)[0]
    moved = replace(path, c2w=path.c2w[4] @ path.c2w)
    assert np.abs(plot_paths([path]).astype(int) - plot_paths([moved])).mean() < 0.1


def test_from_above_right_is_right_and_forward_is_up_from_the_side_forward_is_right():
    points = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, -1]])  # display axes: right, up, backward
    top = fitted_flat(points, AXES["top"][0], (0, 0, 100, 100)).project(points)
    assert top[1][0] > top[0][0] and top[3][1] < top[0][1]
    side = fitted_flat(points, AXES["side"][0], (0, 0, 100, 100)).project(points)
    assert side[3][0] > side[0][0] and side[2][1] < side[0][1]


def test_one_length_is_the_same_both_ways_on_the_page():
    flat = fitted_flat(np.array([[0.0, 0, 0], [4, 0, -1]]), AXES["top"][0], (0, 0, 200, 200))
    a, b, c = flat.project(np.array([[0.0, 0, 0], [1, 0, 0], [0, 0, -1]]))
    assert np.linalg.norm(b - a) == pytest.approx(np.linalg.norm(c - a))


def test_names_of_any_length_stay_inside_the_picture():
    for name in ("", "achieved", "x" * 5000, "<b>bold</b>\n\n\0"):
        assert plot_paths(paths(2), ["requested", name]).shape == (640, 960, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"paths": []}, "one to 4"),
        ({"paths": paths(1) * 5}, "one to 4"),
        ({"paths": paths(1), "views": ["front"]}, "views must be"),
        ({"paths": paths(1), "views": []}, "views must be"),
        ({"paths": paths(1), "width": 100}, "at least"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments, words):
    with pytest.raises(RaxelError, match=words):
        plot_paths(**arguments)
