"""Pose errors against hand calculations and roma."""

import math

import numpy as np
import pytest
import roma
import torch

from raxel_core.errors import RaxelError
from raxel_core.evaluation.pose import frame_errors, pose_errors, standing_still
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.training.render import sample_clip


def random_path(index: int):
    return sample_clip("train", 9, index, 9, 64, 96)[0]


def test_the_truth_has_no_error_and_moving_the_world_changes_nothing() -> None:
    truth = random_path(0)
    errors = pose_errors(truth.canonical(4), truth)
    assert errors.rotation_deg < 1e-5 and errors.translation < 1e-9 and errors.focal_percent == 0


def test_rotation_errors_are_romas_geodesic_distance() -> None:
    a, b = random_path(1), random_path(2)
    ours = frame_errors(a, b).rotation_deg
    R = [torch.from_numpy(t.canonical(0).c2w[1:, :3, :3].copy()) for t in (a, b)]
    assert np.allclose(ours, np.degrees(roma.rotmat_geodesic_distance(*R).numpy()), atol=1e-6)


def test_standing_still_is_wrong_by_the_whole_motion() -> None:
    pan = preset_trajectory("pan_left", frames=9, width=96, height=64, amount=20.0, easing="linear")
    errors = frame_errors(standing_still(pan), pan)
    assert np.allclose(errors.rotation_deg, 20 * np.arange(1, 9) / 8, atol=1e-6)
    truck = preset_trajectory("truck_left", frames=9, width=96, height=64, amount=0.8, easing="linear")
    errors = frame_errors(standing_still(truck), truck)
    assert np.allclose(errors.translation, 0.8 * np.arange(1, 9) / 8, atol=1e-9)


def test_directions_count_only_where_the_truth_moves() -> None:
    left, right = (
        preset_trajectory(name, frames=9, width=96, height=64, amount=0.8, easing="linear")
        for name in ("truck_left", "truck_right")
    )
    assert pose_errors(right, left).translation_direction_deg == pytest.approx(180)
    pan = preset_trajectory("pan_left", frames=9, width=96, height=64)
    assert math.isnan(pose_errors(left, pan).translation_direction_deg)


def test_paths_of_different_lengths_are_refused_with_both_numbers() -> None:
    with pytest.raises(RaxelError, match="9 and 5"):
        frame_errors(random_path(0), random_path(0).resampled(5))
