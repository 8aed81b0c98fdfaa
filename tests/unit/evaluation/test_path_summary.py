"""All numbers about paths, and the sources of clips."""

import dataclasses
import math

import numpy as np
import pytest
import roma
import torch

from raxel_core.engine.checkpoint import CheckpointInfo, load_model
from raxel_core.errors import RaxelError
from raxel_core.evaluation.clips import TEST_SEED, VALIDATION_SEED, in_units_of, rendered
from raxel_core.evaluation.path_errors import MOVING, pair_errors, standing_still
from raxel_core.evaluation.path_summary import STILL, path_summary
from raxel_core.evaluation.setting import Setting
from raxel_core.geometry.trajectory import Trajectory
from raxel_core.training.render import Clip, sample_clip

INFO = CheckpointInfo(name="test", height=32, width=64, frames=5)


def path(index: int) -> Trajectory:
    return sample_clip("train", 9, index, 9, 64, 96)[0]


def test_pairs_are_romas_relative_motions() -> None:
    a, b = path(1), path(2)
    found = pair_errors(a, b)
    R = [torch.from_numpy(t.c2w[:, :3, :3].copy()) for t in (a, b)]
    T = [torch.from_numpy(t.c2w[:, :3, 3].copy()) for t in (a, b)]
    pairs = [(i, j) for i in range(9) for j in range(i + 1, 9)]
    for k, (i, j) in enumerate(pairs):
        motions = [(R[p][i].T @ R[p][j], R[p][i].T @ (T[p][j] - T[p][i])) for p in (0, 1)]
        angle = roma.rotmat_geodesic_distance(motions[0][0], motions[1][0])
        assert found.rotation_deg[k] == pytest.approx(math.degrees(float(angle)), abs=1e-5)
        ours, true = motions[0][1], motions[1][1]
        if float(true.norm()) > MOVING:
            cosine = float(torch.dot(ours, true) / ours.norm() / true.norm())
            assert found.direction_deg[k] == pytest.approx(math.degrees(math.acos(cosine)), abs=1e-4)
        else:
            assert math.isnan(found.direction_deg[k])


def test_the_truth_scores_full_marks_wherever_the_world_is_and_standing_still_scores_itself() -> None:
    truth = [path(index) for index in range(6)]
    best = path_summary([one.canonical(3) for one in truth], truth)
    accuracies = [name for name in best if "rra" in name or "rta" in name or "auc" in name]
    assert all(best[name] == 1 for name in accuracies if STILL not in name) and len(accuracies) == 36
    assert best["rotation_deg"] < 1e-5 and best["ate_rigid"] < 1e-9 and best["focal_error"] == 0
    still = path_summary([standing_still(one) for one in truth], truth)
    assert still["rotation_ratio_to_identity"] == 1 and still["translation_ratio_to_identity"] == 1
    for name in [name for name in still if name + STILL in still]:
        assert still[name] == still[name + STILL]


def test_sums_are_means_times_frames_and_radians_are_degrees() -> None:
    found = path_summary([path(1), path(2)], [path(3), path(4)])
    assert found["r_err_sum_deg"] == pytest.approx(8 * found["r_err_mean_deg"])
    assert found["r_err_sum_rad"] == pytest.approx(math.radians(found["r_err_sum_deg"]))
    assert found["t_err_sum"] == pytest.approx(8 * found["t_err_mean"])
    assert found["focal_error_percent"] == pytest.approx(100 * found["focal_error"])


def test_a_relative_model_is_compared_with_paths_of_reach_1() -> None:
    clip = next(rendered(INFO, "validation", VALIDATION_SEED, 1))
    relative = in_units_of(dataclasses.replace(INFO, scale_mode="relative"), clip).trajectory
    assert np.linalg.norm(relative.canonical(0).c2w[:, :3, 3], axis=1).max() == pytest.approx(1)
    assert in_units_of(INFO, clip) is clip


def test_tuning_and_the_card_never_share_a_clip() -> None:
    validation, test = (
        [clip.trajectory.c2w for clip in rendered(INFO, split, seed, 3)]
        for split, seed in (("validation", VALIDATION_SEED), ("test", TEST_SEED))
    )
    assert not any(np.allclose(a, b) for a in validation for b in test)


def test_parts_number_the_clips_and_no_clips_is_a_sentence(tiny_model_path) -> None:
    model = load_model(tiny_model_path)
    clips = [Clip(torch.zeros(5, 32, 64, 3, dtype=torch.uint8), path(0))] * 5
    setting = Setting(model, None, clips, at_once=2)  # type: ignore[arg-type]
    assert [(part.first, len(part.clips)) for part in setting.parts()] == [(0, 2), (2, 2), (4, 1)]
    with pytest.raises(RaxelError, match="no clips"):
        list(dataclasses.replace(setting, clips=[]).parts())
