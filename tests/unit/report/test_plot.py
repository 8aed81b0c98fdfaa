"""A path plot draws any path, and shows its numbers in film words."""

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.geometry.presets import PRESETS, preset_trajectory
from raxel_core.report.charts import pan_tilt_roll, right_up_forward
from raxel_core.report.plot import plot_trajectory
from raxel_core.report.view3d import fitted_view, nice_step

BACKGROUND = (17, 19, 24)


def drawn(picture):
    """Share of pixels that are not the ground."""
    return float((np.abs(picture.astype(int) - BACKGROUND).max(axis=-1) > 12).mean())


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("frames", [1, 2, 17])
def test_every_preset_at_any_length_is_drawn(name, frames):
    picture = plot_trajectory(preset_trajectory(name, frames), 480, 320)
    assert picture.shape == (320, 480, 3) and picture.dtype == np.uint8
    assert drawn(picture[20:290, 16:290]) > 0.02
    assert drawn(picture[:, 310:]) > 0.02


@pytest.mark.parametrize("distance", [1e-5, 1e-3, 1.0, 1e6])
def test_a_path_of_any_length_fills_the_same_window(distance):
    picture = plot_trajectory(preset_trajectory("arc_left", 9, subject_distance=distance), 480, 320)
    window = picture[40:270, 20:290]
    assert drawn(window) > 0.03


def test_where_the_first_camera_stands_does_not_matter():
    path = preset_trajectory("spiral", 9, 64, 64)
    moved = preset_trajectory("pan_left", 3, 64, 64, start=preset_trajectory("truck_left", 3, 64, 64)).then(
        path
    )
    tail = type(path)(moved.c2w[-9:], moved.K[-9:], 64, 64, path.fps, "metric")
    difference = np.abs(plot_trajectory(path).astype(int) - plot_trajectory(tail).astype(int))
    assert difference.max() <= 2


def test_a_doubtful_path_is_fainter_and_a_compared_one_is_seen():
    path = preset_trajectory("arc_left", 9)
    plain = plot_trajectory(path, compare=preset_trajectory("arc_right", 9), confidence=np.ones(9))
    doubtful = plot_trajectory(path, compare=preset_trajectory("arc_right", 9), confidence=np.zeros(9))
    alone = plot_trajectory(path, confidence=np.ones(9))
    view = np.s_[60:400, 20:400]
    assert doubtful[view].mean() < plain[view].mean()
    assert not np.array_equal(plain[view], alone[view])


@pytest.mark.parametrize(
    ("name", "column", "sign"),
    [("pan_right", 0, 1), ("pan_left", 0, -1), ("tilt_up", 1, 1), ("tilt_down", 1, -1), ("roll_cw", 2, 1), ("roll_ccw", 2, -1)],
)  # fmt: skip
def test_turns_have_their_film_names_and_signs(name, column, sign):
    angles = pan_tilt_roll(preset_trajectory(name, 5, amount=25))[-1]
    expected = np.zeros(3)
    expected[column] = 25 * sign
    assert np.allclose(angles, expected, atol=1e-6)


def test_a_turn_past_half_a_circle_does_not_jump():
    angles = pan_tilt_roll(preset_trajectory("pan_right", 41, amount=300))[:, 0]
    assert angles[-1] == pytest.approx(300) and (np.diff(angles) >= -1e-9).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("truck_right", (0.5, 0, 0)), ("pedestal_up", (0, 0.5, 0)), ("dolly_in", (0, 0, 0.5))],
)
def test_moves_have_their_film_names_and_signs(name, expected):
    moved = right_up_forward(preset_trajectory(name, 5, amount=0.5))[-1]
    assert np.allclose(moved, expected, atol=1e-9)


def test_everything_drawn_lies_in_its_window():
    points = np.random.default_rng(0).normal(size=(50, 3)) * [1, 100, 0.01]
    flat = fitted_view(points, 10, 20, 110, 220).project(points)
    assert flat.min(axis=0) == pytest.approx([10, 20], abs=100) and flat[:, 0].max() <= 110 + 1e-6
    assert (flat >= [10 - 1e-6, 20 - 1e-6]).all() and (flat <= [110 + 1e-6, 220 + 1e-6]).all()


@pytest.mark.parametrize("span", [3e-9, 0.07, 1, 9.99, 12345.0])
def test_a_grid_step_is_one_two_or_five_times_a_power_of_ten(span):
    step = nice_step(span)
    digit = step / 10 ** np.floor(np.log10(step) + 1e-9)
    assert round(digit) in (1, 2, 5) and 4 <= span / step <= 10.1


def test_sizes_and_lengths_that_do_not_fit_are_refused():
    path = preset_trajectory("static", 3)
    with pytest.raises(RaxelError, match="320x240"):
        plot_trajectory(path, 100, 100)
    with pytest.raises(RaxelError, match=r"\[3\]"):
        plot_trajectory(path, confidence=np.ones(4))
