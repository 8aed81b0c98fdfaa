"""A plot of errors shows them, their tolerance and what is doubtful; so do the plots of paths."""

from dataclasses import replace

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.evaluation.compare import Tolerance, compare
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.report.errors import POSITION, ROTATION, charts_of_errors, plot_errors
from raxel_core.report.paths import plot_paths
from raxel_core.report.plot import plot_trajectory

RIGHT = slice(530, None)


def compared(amount=20.0, frames=17, confidence=None):
    path = preset_trajectory("arc_left", 17, subject_distance=2.0)
    found = preset_trajectory("arc_left", frames, amount=amount, subject_distance=2.0)
    return compare(path, replace(found, confidence=confidence), subject_distance=2.0)


def pixels_of(picture, color):
    return int((np.abs(picture.astype(int) - np.array(color[:3])).max(axis=-1) < 25).sum())


def rows_of_light(picture):
    """Rows of the right half in which a third of the pixels is bright: a dashed line across."""
    return int(((picture[:, RIGHT].min(axis=-1) > 120).mean(axis=1) > 0.3).sum())


def doubt(frames):
    sure = np.full(17, 0.9)
    sure[list(frames)] = 0.1
    return sure


def test_both_errors_and_the_tolerance_are_drawn():
    result = compared()
    plain = plot_errors(result)[:, RIGHT]
    assert pixels_of(plain, ROTATION) > 100 and pixels_of(plain, POSITION) > 100
    assert rows_of_light(plot_errors(result, Tolerance(5, 0.05))) >= 2 > rows_of_light(plot_errors(result))


def test_the_tolerance_is_seen_even_far_above_the_errors():
    assert rows_of_light(plot_errors(compared(), Tolerance(90, 3))) >= 2


def test_errors_of_other_takes_are_drawn_behind_and_on_the_same_scale():
    alone, beside = (
        charts_of_errors(compared(), None, []),
        charts_of_errors(compared(), None, [compared(5.0)]),
    )
    for one, two in zip(alone, beside, strict=True):
        assert len(two.curves[0].others) == 1 and not one.curves[0].others
    assert (plot_errors(compared()) != plot_errors(compared(), others=[compared(5.0)])).any()


@pytest.mark.parametrize("frames", [1, 2, 17])
def test_a_path_of_any_length_is_drawn(frames):
    path = preset_trajectory("arc_left", frames)
    result = compare(path, replace(path, confidence=np.zeros(frames)))
    picture = plot_errors(result, Tolerance(5, 0.1), width=640, height=400)
    assert picture.shape == (400, 640, 3) and picture.dtype == np.uint8


def test_doubtful_frames_are_marked_where_they_are():
    few, many = (
        plot_errors(compared(confidence=doubt([8]))),
        plot_errors(compared(confidence=doubt(range(4, 12)))),
    )
    sure = plot_errors(compared(confidence=doubt([])))
    changed = [
        (np.abs(p.astype(int) - sure).max(axis=-1) > 12)[:, RIGHT].any(axis=0).sum() for p in (few, many)
    ]
    assert 5 < changed[0] < changed[1] / 4, "a column a frame"
    assert (few[:, :500] != sure[:, :500]).any(), "rings on the path"


def test_paths_mark_their_own_doubtful_cameras_without_being_asked():
    path = preset_trajectory("arc_left", 17)
    doubtful = replace(path, confidence=doubt([5, 6]))
    for draw in (plot_trajectory, lambda shown: plot_paths([shown])):
        sure, unsure = draw(replace(path, confidence=doubt([]))), draw(doubtful)
        above_the_legend = slice(None, -60)
        assert (unsure[above_the_legend, :540] != sure[above_the_legend, :540]).any(), "rings on the path"
        assert (unsure[-60:] != sure[-60:]).any(), "and a word on what they are"
    np.testing.assert_array_equal(
        plot_trajectory(doubtful), plot_trajectory(path, confidence=doubtful.confidence)
    )


def test_a_plot_without_room_is_refused():
    with pytest.raises(RaxelError, match="640x400"):
        plot_errors(compared(), width=320, height=240)
