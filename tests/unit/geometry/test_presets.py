"""Presets: where a known point goes in the picture, amounts in their units, the number of frames, chaining."""

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.geometry.presets import EASINGS, PRESETS, preset_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg

SUBJECT = np.array([0.0, 0.0, 2.0])
OPTIONS = {"width": 640, "height": 480, "subject_distance": 2.0}


def move(name, frames=9, **options):
    return preset_trajectory(name, frames, **{**OPTIONS, **options})


def picture(trajectory, point, frame=-1):
    """Pixel of a world point, from the picture's centre: x to the right, y down."""
    camera = (trajectory.w2c[frame] @ [*point, 1])[:3]
    assert camera[2] > 0, "the point is behind the camera"
    return trajectory.K[frame, 0, 0] * camera[:2] / camera[2]


def test_all_presets_of_the_brief_exist():
    names = (
        "arc_left arc_right zoom_in zoom_out static pan_left pan_right tilt_up tilt_down roll_cw roll_ccw truck_left "
        "truck_right pedestal_up pedestal_down dolly_in dolly_out orbit_left orbit_right crane_up spiral dolly_zoom "
        "lens_zoom_in lens_zoom_out handheld"
    )
    assert set(PRESETS) == set(names.split())


@pytest.mark.parametrize("name", PRESETS)
def test_a_move_starts_at_the_identity_and_ends_at_the_same_camera_for_any_number_of_frames(name):
    last = [move(name, frames) for frames in (2, 17, 81)]
    for path in last:
        np.testing.assert_allclose(path.c2w[0], np.eye(4), atol=1e-12)
        np.testing.assert_allclose(path.c2w[-1], last[0].c2w[-1], atol=1e-12)
        np.testing.assert_allclose(path.K[-1], last[0].K[-1])
        assert path.hfov_deg[0] == pytest.approx(60)
    np.testing.assert_allclose(last[1].c2w[8], last[2].c2w[40], atol=1e-12)  # and so is the middle
    assert move(name, 1).num_frames == 1


@pytest.mark.parametrize(
    ("name", "axis", "sign"),
    [
        ("pan_left", 0, 1),  # the camera turns left: the subject leaves to the right
        ("pan_right", 0, -1),
        ("tilt_up", 1, 1),  # the camera looks up: the subject sinks
        ("tilt_down", 1, -1),
        ("truck_left", 0, 1),
        ("truck_right", 0, -1),
        ("pedestal_up", 1, 1),
        ("pedestal_down", 1, -1),
    ],
)
def test_the_subject_leaves_the_centre_on_the_other_side(name, axis, sign):
    where = picture(move(name), SUBJECT)
    assert sign * where[axis] > 50
    assert where[1 - axis] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("name", "sign"), [("roll_cw", -1), ("roll_ccw", 1)])
def test_rolling_clockwise_turns_the_picture_anticlockwise(name, sign):
    where = picture(move(name), SUBJECT + np.array([1, 0, 0]))  # was on the right
    assert sign * where[1] > 50  # anticlockwise takes it up, and y counts down


@pytest.mark.parametrize("name", ["pan_left", "pan_right", "tilt_up", "tilt_down", "roll_cw", "roll_ccw"])
def test_turning_on_the_spot_turns_by_the_amount_and_stays_on_the_spot(name):
    path = move(name, amount=17)
    assert rotation_angle_deg(path.c2w[0, :3, :3], path.c2w[-1, :3, :3]) == pytest.approx(17)
    assert not path.c2w[:, :3, 3].any()


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("truck_left", [-1, 0, 0]),
        ("truck_right", [1, 0, 0]),
        ("pedestal_up", [0, -1, 0]),
        ("pedestal_down", [0, 1, 0]),
        ("dolly_in", [0, 0, 1]),
        ("dolly_out", [0, 0, -1]),
        ("zoom_in", [0, 0, 1]),
        ("zoom_out", [0, 0, -1]),
    ],
)
def test_sliding_goes_the_amount_in_subject_distances_without_turning(name, direction):
    path = move(name, amount=0.25)
    np.testing.assert_allclose(path.c2w[-1, :3, 3], np.array(direction) * 0.25 * 2.0, atol=1e-12)
    np.testing.assert_array_equal(path.c2w[:, :3, :3], np.tile(np.eye(3), (9, 1, 1)))


@pytest.mark.parametrize(
    ("name", "sign"), [("arc_left", -1), ("arc_right", 1), ("orbit_left", -1), ("orbit_right", 1)]
)
def test_circling_keeps_the_subject_in_the_centre_at_its_distance(name, sign):
    path = move(name, 33, amount=40)
    for frame in range(33):
        np.testing.assert_allclose((path.w2c[frame] @ [*SUBJECT, 1])[:3], SUBJECT, atol=1e-12)
    assert sign * path.c2w[-1, 0, 3] > 0.5
    np.testing.assert_allclose(path.c2w[:, 1, 3], 0, atol=1e-12)
    assert rotation_angle_deg(path.c2w[0, :3, :3], path.c2w[-1, :3, :3]) == pytest.approx(40)


def test_an_orbit_comes_back_to_its_start():
    path = move("orbit_left", 9, easing="linear")
    np.testing.assert_allclose(path.c2w[-1], np.eye(4), atol=1e-12)
    np.testing.assert_allclose(
        path.c2w[4, :3, 3], [0, 0, 4], atol=1e-12
    )  # half-way it stands behind the subject


def test_the_crane_rises_and_aims_at_the_subject():
    path = move("crane_up")
    np.testing.assert_allclose(path.c2w[-1, :3, 3], [0, -0.5 * 2, 0], atol=1e-12)
    np.testing.assert_allclose(picture(path, SUBJECT), 0, atol=1e-9)


def test_the_spiral_widens_clockwise_and_aims_at_the_subject():
    path = move("spiral", 81, easing="linear")
    x, y = path.c2w[:, 0, 3], path.c2w[:, 1, 3]
    np.testing.assert_allclose(np.hypot(x, y), np.linspace(0, 0.25 * 2, 81), atol=1e-12)
    assert np.all(x[1:-1] * y[2:] - y[1:-1] * x[2:] > 0)  # right to down is clockwise for the operator
    for frame in range(81):
        np.testing.assert_allclose(picture(path, SUBJECT, frame), 0, atol=1e-9)


def test_the_dolly_zoom_keeps_the_size_of_the_subject_and_not_of_the_background():
    path = move("dolly_zoom")
    beside, behind = SUBJECT + np.array([0.3, 0.2, 0]), SUBJECT + np.array([0.3, 0.2, 4])
    for frame in range(9):
        np.testing.assert_allclose(picture(path, beside, frame), picture(path, beside, 0), atol=1e-9)
    assert np.linalg.norm(picture(path, behind)) < 0.9 * np.linalg.norm(picture(path, behind, 0))
    assert path.hfov_deg[-1] > 60


@pytest.mark.parametrize(("name", "end_deg"), [("lens_zoom_in", 45), ("lens_zoom_out", 75)])
def test_a_lens_zoom_changes_the_angle_of_view_by_the_amount_and_nothing_else(name, end_deg):
    path = move(name, amount=15)
    assert path.hfov_deg[-1] == pytest.approx(end_deg)
    np.testing.assert_array_equal(path.c2w, np.tile(np.eye(4), (9, 1, 1)))
    np.testing.assert_allclose(path.K[:, 0, 0], path.K[:, 1, 1])


def test_handheld_follows_its_seed_and_strays_as_far_as_told():
    path = move("handheld", 400, amount=3, seed=5)
    np.testing.assert_array_equal(path.c2w, move("handheld", 400, amount=3, seed=5).c2w)
    assert np.abs(path.c2w[-1] - move("handheld", 400, amount=3, seed=6).c2w[-1]).max() > 1e-3
    stray = rotation_angle_deg(path.c2w[:1, :3, :3], path.c2w[:, :3, :3])
    assert stray.max() == pytest.approx(3, rel=0.01)
    assert np.linalg.norm(path.c2w[:, :3, 3], axis=1).max() == pytest.approx(
        np.radians(3) / 2 * 2.0, rel=0.01
    )


def test_handheld_is_smooth():
    spectrum = np.abs(
        np.fft.rfft(move("handheld", 513, seed=1).c2w[:512, :3, 3] * np.hanning(512)[:, None], axis=0)
    )
    assert np.all(spectrum[12:].max(axis=0) < 0.02 * spectrum.max(axis=0))  # nothing above 8 cycles a clip


def test_a_negative_amount_goes_the_other_way():
    np.testing.assert_allclose(move("arc_left", amount=-20).c2w, move("arc_right", amount=20).c2w, atol=1e-12)


@pytest.mark.parametrize("easing", EASINGS)
def test_easings_run_from_0_to_1_without_turning_back(easing):
    t = np.linspace(0, 1, 101)
    eased = EASINGS[easing](t)
    assert eased[0] == 0 and eased[-1] == 1
    assert np.all(np.diff(eased) >= 0)
    steps = np.diff(eased)
    assert (steps[0] < 0.9 * steps[50]) == easing.startswith("ease_in")
    assert (steps[-1] < 0.9 * steps[50]) == easing.endswith("out")


def test_a_chained_move_goes_on_from_the_last_camera_and_lens():
    start = move("lens_zoom_in", 9)
    start = move("pan_left", 9, start=start)
    path = move("truck_right", 17, start=start, hfov_deg=100)
    assert path.num_frames == 9 + 8 + 16
    np.testing.assert_array_equal(path.c2w[:17], start.c2w)
    np.testing.assert_allclose(path.K[16:], np.tile(start.K[-1], (17, 1, 1)))
    alone = move("truck_right", 17)
    np.testing.assert_allclose(np.linalg.inv(path.c2w[16]) @ path.c2w[16:], alone.c2w, atol=1e-12)


def test_a_chained_move_takes_over_a_path_of_another_size():
    path = move("dolly_in", 5, start=preset_trajectory("static", 3, 1280, 720), width=640, height=640)
    assert (path.width, path.height, path.num_frames) == (640, 640, 7)
    np.testing.assert_allclose(path.K[:, 0, 0], path.K[:, 1, 1])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "swoosh"}, "unknown preset 'swoosh'; choose one of arc_left"),
        ({"easing": "bounce"}, "unknown easing 'bounce'"),
        ({"frames": 0}, "frames must be within 1 and 10000, got 0"),
        ({"frames": 10**9}, "frames must be within"),
        ({"hfov_deg": 180}, "hfov_deg must be within"),
        ({"hfov_deg": float("nan")}, "hfov_deg must be within"),
        ({"subject_distance": 0}, "subject_distance must be within"),
        ({"amount": float("inf")}, "amount must be within"),
        ({"name": "dolly_zoom", "amount": 1}, "before the subject"),
        ({"name": "lens_zoom_in", "amount": 60}, "ends at 0"),
        ({"fps": 0}, "fps"),
        ({"width": 0}, "image size"),
    ],
)
def test_impossible_moves_are_refused_in_words(options, sentence):
    with pytest.raises(RaxelError, match=sentence):
        preset_trajectory(**{"name": "arc_left", **options})
