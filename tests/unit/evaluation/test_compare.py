"""Errors frame by frame: what was put in comes out, alignment takes off what it says and no more, and evo agrees."""

from dataclasses import replace

import numpy as np
import pytest
from evo.core import metrics
from evo.core.trajectory import PosePath3D
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.evaluation.compare import ALIGNMENTS, Tolerance, compare
from raxel_core.evaluation.compare_words import frame_ranges, in_words, numbers, verdict
from raxel_core.geometry.presets import PRESETS, preset_trajectory
from raxel_core.geometry.rotation import axis_rotation
from raxel_core.geometry.trajectory import Trajectory

BENT = ("arc_left", "spiral", "orbit_right", "arc_right")


def seen_elsewhere(path: Trajectory, seed: int, factor: float = 1.0) -> Trajectory:
    """The same path told in another world: turned, moved, and in another unit."""
    rng = np.random.default_rng(seed)
    c2w, turn = path.c2w.copy(), Rotation.random(rng=rng).as_matrix()
    c2w[:, :3, :3] = turn @ c2w[:, :3, :3]
    c2w[:, :3, 3] = factor * c2w[:, :3, 3] @ turn.T + rng.normal(size=3)
    return replace(path, c2w=c2w)


def shaken(path: Trajectory, seed: int, angle: float = 0.05, length: float = 0.05) -> Trajectory:
    """A path with independent errors in every frame but the first."""
    rng = np.random.default_rng(seed)
    c2w = path.c2w.copy()
    c2w[1:, :3, :3] = (
        c2w[1:, :3, :3] @ Rotation.from_rotvec(rng.normal(0, angle, (len(c2w) - 1, 3))).as_matrix()
    )
    c2w[1:, :3, 3] += rng.normal(0, length, (len(c2w) - 1, 3))
    return replace(path, c2w=c2w)


@pytest.mark.parametrize("align", ALIGNMENTS)
@pytest.mark.parametrize("name", PRESETS)
def test_a_path_is_not_off_from_itself_in_whatever_world_it_is_told(name, align):
    path = preset_trajectory(name, 9)
    result = compare(seen_elsewhere(path, 4), seen_elsewhere(path, 1), align, 0.5)
    assert result.rotation_deg.max() < 1e-6 and result.position.max() < 1e-9
    assert result.scale == pytest.approx(1, abs=1e-9) and np.abs(result.hfov_deg).max() < 1e-9


@pytest.mark.parametrize("align", ["scale", "sim3"])
@pytest.mark.parametrize("name", ["arc_left", "spiral", "dolly_in", "truck_left", "crane_up"])
def test_an_alignment_takes_off_the_unit(name, align):
    path = preset_trajectory(name, 9)
    result = compare(path, seen_elsewhere(path, 2, 3.7), align)
    assert result.scale == pytest.approx(1 / 3.7)
    assert result.rotation_deg.max() < 1e-6 and result.position.max() < 1e-9


def test_errors_are_told_from_the_first_camera_in_degrees_and_subject_distances():
    path = preset_trajectory("dolly_in", 5, subject_distance=2.0)
    c2w = path.c2w.copy()
    c2w[3, :3, :3] = c2w[3, :3, :3] @ axis_rotation(1, 7.0)
    c2w[4, :3, 3] += (0.3, 0, -0.4)
    result = compare(path, seen_elsewhere(replace(path, c2w=c2w), 3), subject_distance=2.0)
    assert result.rotation_deg == pytest.approx([0, 0, 0, 7, 0], abs=1e-6)
    assert result.position == pytest.approx([0, 0, 0, 0, 0.25], abs=1e-9)


@pytest.mark.parametrize("index", range(4))
def test_sim3_is_evos(index):
    truth = preset_trajectory(BENT[index], 17, subject_distance=2.0)
    other = seen_elsewhere(shaken(truth, index), index, 1.7)
    result = compare(truth, other, "sim3", 2.0)
    aligned = PosePath3D(poses_se3=list(other.c2w.copy()))
    aligned.align(PosePath3D(poses_se3=list(truth.c2w)), correct_scale=True)
    wanted = PosePath3D(poses_se3=list(truth.c2w))
    for relation, found in (
        (metrics.PoseRelation.translation_part, result.position * 2.0),
        (metrics.PoseRelation.rotation_angle_deg, result.rotation_deg),
    ):
        metric = metrics.APE(relation)
        metric.process_data((wanted, aligned))
        np.testing.assert_allclose(found, metric.error, atol=1e-6)


@pytest.mark.parametrize("align", ["scale", "sim3"])
def test_no_other_scale_brings_the_positions_nearer(align):
    truth = preset_trajectory("arc_left", 17)
    result = compare(truth, shaken(truth, 5), align)
    left = (result.position**2).sum()
    middle = result.achieved.c2w[:, :3, 3].mean(axis=0) if align == "sim3" else np.zeros(3)
    for factor in (0.99, 1.01):
        moved = middle + factor * (result.achieved.c2w[:, :3, 3] - middle)
        assert (np.linalg.norm(moved - result.requested.c2w[:, :3, 3], axis=1) ** 2).sum() > left


@pytest.mark.parametrize("name", ["dolly_in", "pan_left", "static"])
def test_a_straight_path_is_turned_by_its_rotations_not_by_chance(name):
    path = preset_trajectory(name, 9)
    shaky = shaken(path, 7, 0.02, 1e-4 if name == "dolly_in" else 0)
    result = compare(path, seen_elsewhere(shaky, 8, 2.0), "sim3")
    assert result.rotation_deg.max() < 6, "positions alone would leave any turn about the line"
    assert any("rotations" in note for note in result.notes)


def test_a_clip_that_stands_where_a_move_was_asked_for_is_off_by_the_whole_move():
    path = preset_trajectory("dolly_in", 9, amount=0.5)
    for align in ALIGNMENTS:
        still = compare(path, preset_trajectory("static", 9), align)
        # sim3 puts the one spot in the middle of the move, as it must
        assert still.position.max() == pytest.approx(0.5 if align != "sim3" else 0.25, rel=0.05)
        moving = compare(preset_trajectory("static", 9), path, align)
        assert moving.position.max() > 0.2, "no scale makes a move vanish"
        for result, which in ((still, "achieved"), (moving, "requested")):
            told = any(f"the {which} path stands on one spot" in note for note in result.notes)
            assert told == (align != "none")


def test_a_move_the_other_way_is_not_scaled_away():
    result = compare(preset_trajectory("truck_left", 9), preset_trajectory("truck_right", 9), "scale")
    assert result.scale == 1 and result.position.max() == pytest.approx(0.6)
    assert any("opposite" in note for note in result.notes)


def test_a_path_of_another_length_is_compared_in_time_and_it_is_said():
    path = preset_trajectory("arc_left", 81, fps=16, easing="linear")
    result = compare(path, preset_trajectory("arc_left", 41, fps=8, easing="linear"))
    assert len(result.position) == 81 and result.rotation_deg.max() < 0.05
    assert "41 frames" in result.notes[0] and "81" in result.notes[0]
    assert result.achieved.fps == 16


def test_one_frame_is_compared_with_many():
    one, many = preset_trajectory("arc_left", 1), preset_trajectory("arc_left", 9)
    for align in ALIGNMENTS:
        assert compare(one, many, align).position == pytest.approx([0], abs=1e-9)
        assert np.isfinite(compare(many, one, align).position).all()


def test_lengths_of_unknown_unit_are_said():
    path = preset_trajectory("arc_left", 9)
    unknown = replace(path, scale="relative")
    assert "achieved" in compare(path, unknown).notes[-1]
    assert compare(path, unknown, "scale").notes == ()


def test_the_verdict_counts_every_frame_and_names_the_worst():
    path = preset_trajectory("dolly_in", 9)
    c2w = path.c2w.copy()
    c2w[3:5, :3, :3] = c2w[3:5, :3, :3] @ axis_rotation(1, 7.0)
    result = compare(path, replace(path, c2w=c2w))
    assert Tolerance(7.01, 0.1).holds(result) and not Tolerance(6.99, 0.1).holds(result)
    assert verdict(result, Tolerance(6.99, 0.1)).endswith("in 2 of 9 frames: 3-4")
    assert "all of 9 frames" in verdict(result, Tolerance(8, 0.1))
    told = numbers(result)
    assert told["rotation_deg"]["worst_frame"] == 3 and len(told["position"]["per_frame"]) == 9


def test_doubtful_frames_are_named():
    path = preset_trajectory("dolly_in", 9)
    sure = np.array([1, 1, 0.2, 0.1, 1, 1, 0.24, 1, 0.25])
    result = compare(path, replace(path, confidence=sure))
    assert np.flatnonzero(result.doubtful).tolist() == [2, 3, 6]
    assert "frames 2-3, 6" in in_words(result)
    assert not compare(path, path).doubtful.any()


@pytest.mark.parametrize(("mask", "words"), [("", ""), ("0110", "1-2"), ("1001", "0, 3"), ("111", "0-2")])
def test_frames_are_written_as_ranges(mask, words):
    assert frame_ranges(np.array([letter == "1" for letter in mask], bool)) == words


def test_ten_thousand_single_frames_stay_one_line():
    assert len(frame_ranges(np.arange(10_000) % 2 == 0)) < 250


@pytest.mark.parametrize(
    "wrong",
    [
        lambda path: compare(path, path, "se3"),
        lambda path: compare(path, path, subject_distance=0),
        lambda path: compare(path, path, subject_distance=float("nan")),
        lambda _: Tolerance(0, 1),
        lambda _: Tolerance(1, float("inf")),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(wrong):
    with pytest.raises(RaxelError) as caught:
        wrong(preset_trajectory("arc_left", 5))
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)
