"""Paths joined: where the parts lie, and that position, turn and lens keep their speed over a bridge."""

from dataclasses import replace

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.geometry.edit import anchored
from raxel_core.geometry.join import bridge, joined
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import rotation_exp, rotation_log
from raxel_core.geometry.trajectory import Trajectory


def part(name, frames=41, **wishes):
    return preset_trajectory(name, frames, easing="linear", **wishes)


def speeds(path):
    """Per second: (F - 1, 3) of the position, and (F - 1, 3) of the turn in camera axes."""
    turns = rotation_log(np.swapaxes(path.c2w[:-1, :3, :3], -1, -2) @ path.c2w[1:, :3, :3])
    return np.diff(path.c2w[:, :3, 3], axis=0) * path.fps, turns * path.fps


def steepest(path):
    """Largest change of either speed from one frame to the next."""
    return max(float(np.abs(np.diff(speed, axis=0)).max()) for speed in speeds(path))


def test_without_a_bridge_the_second_path_goes_on_as_then_has_it():
    first, second = part("pan_left"), part("truck_right")
    path, chained = joined(first, second), first.then(second)
    np.testing.assert_allclose(path.c2w, chained.c2w, atol=1e-15)
    np.testing.assert_array_equal(path.K, chained.K)
    assert path.num_frames == 81


@pytest.mark.parametrize(
    ("first", "second"),
    [("pan_left", "truck_right"), ("orbit_left", "dolly_in"), ("roll_cw", "lens_zoom_in")],
)
@pytest.mark.parametrize("place", ["continue", "stay"])
def test_speed_is_continuous_over_a_bridge(first, second, place):
    """The largest jump of the speed halves when the frames lie twice as close: there is none in the curve itself."""
    away = np.eye(4)
    away[:3, :3], away[:3, 3] = rotation_exp(np.array([0.2, 0.9, -0.4])), [0.5, -0.1, 0.8]
    jumps = []
    for frames, fps in ((81, 16), (161, 32), (321, 64)):
        one, two = part(first, frames, fps=fps), part(second, frames, fps=fps)
        two = anchored(two, one.c2w[-1] @ away) if place == "stay" else two
        path = joined(one, two, place, blend_s=2.0)
        jumps.append(steepest(path))
    assert jumps[1] < 0.55 * jumps[0]
    assert jumps[2] < 0.55 * jumps[1]


def test_a_bridge_replaces_as_much_of_either_path_or_lies_between_them():
    first, second = part("pan_left"), part("truck_right")
    path = joined(first, second, blend_s=1.0)
    assert path.num_frames == 81
    np.testing.assert_array_equal(path.c2w[:33], first.c2w[:33])
    np.testing.assert_allclose(path.c2w[48:], first.then(second).c2w[48:], atol=1e-15)
    between = joined(first, second, "stay", blend_s=1.0)
    assert between.num_frames == 41 + 15 + 41
    np.testing.assert_array_equal(between.c2w[:41], first.c2w)
    np.testing.assert_array_equal(between.c2w[56:], second.c2w)
    cut = joined(first, second, "stay")
    np.testing.assert_array_equal(cut.c2w, np.concatenate([first.c2w, second.c2w]))


def test_a_bridge_over_a_gap_in_a_steady_move_is_the_move():
    whole = part("pan_left", 81, amount=120)
    c2w = whole.c2w.copy()
    c2w[:, :3, 3] = np.arange(81)[:, None] * np.array([0.1, 0.2, -0.05])
    whole = replace(whole, c2w=c2w)
    ends = [Trajectory(whole.c2w[kept], whole.K[kept], 832, 480) for kept in (slice(30), slice(50, 81))]
    np.testing.assert_allclose(bridge(*ends, steps=21).c2w, whole.c2w[30:50], atol=1e-10)


def test_a_bridge_over_a_gap_in_an_accelerated_way_is_the_way():
    path = part("static", 41)
    c2w = path.c2w.copy()
    c2w[:, :3, 3] = np.arange(41)[:, None] ** 2 * np.array([0.1, 0.2, -0.05])
    ends = [Trajectory(c2w[kept], path.K[kept], 832, 480) for kept in (slice(15), slice(25, 41))]
    np.testing.assert_allclose(bridge(*ends, steps=11).c2w, c2w[15:25], atol=1e-10)


def test_a_bridge_meets_a_path_that_turns_about_another_axis_at_its_speed():
    """Over a turn of 100 degrees the logarithm's speed is far from the camera's own."""
    first, second = part("tilt_up"), part("pan_left", amount=90)
    away = np.eye(4)
    away[:3, :3] = rotation_exp(np.radians([100, 0, 0]))
    second = anchored(second, first.c2w[-1] @ away)
    between = bridge(first, second, 4000)
    last = rotation_log(between.c2w[-1, :3, :3].T @ second.c2w[0, :3, :3])
    wanted = rotation_log(second.c2w[0, :3, :3].T @ second.c2w[1, :3, :3])
    np.testing.assert_allclose(last, wanted, atol=0.01 * np.linalg.norm(wanted))


def test_another_rate_keeps_its_duration_and_another_size_its_upright_angle():
    first = part("pan_left", 33, fps=16)
    second = part("truck_right", 121, fps=24, width=640, height=360)
    path = joined(first, second)
    assert (path.fps, path.width, path.height) == (16, 832, 480)
    assert path.num_frames == 33 + 80
    np.testing.assert_allclose(path.vfov_deg[-1], second.vfov_deg[-1])


def test_lenses_meet_without_leaving_the_positive():
    wide, long = part("lens_zoom_out", amount=50), part("static", hfov_deg=2)
    path = joined(wide, long, blend_s=2.0)
    assert path.K[:, 0, 0].min() > 0
    assert np.abs(np.diff(np.log(path.K[:, 0, 0]))).max() < 0.4


def test_confidence_and_scale_are_those_of_the_parts():
    first = replace(part("pan_left"), confidence=np.full(41, 0.2), scale="relative")
    path = joined(first, part("truck_right"), blend_s=1.0)
    assert path.scale == "relative"
    np.testing.assert_array_equal(path.confidence[:33], 0.2)
    np.testing.assert_array_equal(path.confidence[48:], 1.0)
    assert (np.diff(path.confidence) >= 0).all()


def test_one_camera_can_be_joined_and_cannot_be_blended():
    still = part("static", 1)
    assert joined(still, part("truck_right")).num_frames == 41
    assert joined(part("truck_right"), still).num_frames == 41
    assert joined(still, still, "stay", blend_s=1.0).num_frames == 17
    with pytest.raises(
        RaxelError, match="a blend of 1 s takes 8 frames of either path, the shorter one has 0"
    ):
        joined(part("truck_right"), still, blend_s=1.0)


def test_bridges_that_do_not_fit_are_refused():
    with pytest.raises(RaxelError, match=r"has 39 to give; blend at most 4.88 s"):
        joined(part("pan_left"), part("truck_right"), blend_s=6.0)
    with pytest.raises(RaxelError, match="no place 'foo'; choose one of continue, stay"):
        joined(part("pan_left"), part("truck_right"), "foo")  # type: ignore[arg-type]
    with pytest.raises(RaxelError, match="0 seconds or more, got -1"):
        joined(part("pan_left"), part("truck_right"), blend_s=-1.0)
    with pytest.raises(RaxelError, match="more than 100000 cameras"):
        joined(part("pan_left"), part("truck_right"), "stay", blend_s=1e9)
