"""Alignment, ATE and RPE against evo and SciPy."""

import numpy as np
import pytest
from evo.core import geometry, metrics
from evo.core.trajectory import PosePath3D
from scipy.spatial.transform import Rotation

from raxel_core.evaluation.alignment import ate, rpe, umeyama
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.trajectory import Trajectory

PRESETS = ("arc_left", "spiral", "arc_right", "orbit_right")


def paths(index: int) -> tuple[Trajectory, Trajectory]:
    """A path, and another one that is like it: of another place, size and direction, and noisy."""
    truth = preset_trajectory(PRESETS[index], 17, 96, 64)
    rng = np.random.default_rng(index)
    c2w = truth.c2w.copy()
    turn = Rotation.random(rng=rng).as_matrix()
    shake = Rotation.from_rotvec(rng.normal(0, 0.05, (17, 3))).as_matrix()
    c2w[:, :3, :3] = turn @ c2w[:, :3, :3] @ shake
    c2w[:, :3, 3] = 1.7 * (c2w[:, :3, 3] + rng.normal(0, 0.05, (17, 3))) @ turn.T + [1, 2, 3]
    return Trajectory(c2w, truth.K, truth.width, truth.height, scale="metric"), truth


def rmse(metric: metrics.PE, estimated: PosePath3D, truth: Trajectory) -> float:
    metric.process_data((PosePath3D(poses_se3=list(truth.c2w)), estimated))
    return metric.get_statistic(metrics.StatisticsType.rmse)


@pytest.mark.parametrize("with_scale", [True, False])
@pytest.mark.parametrize("index", range(4))
def test_umeyama_ate_and_rpe_are_evos(index: int, with_scale: bool) -> None:
    a, b = paths(index)
    R, t, scale = geometry.umeyama_alignment(a.c2w[:, :3, 3].T, b.c2w[:, :3, 3].T, with_scale)
    fit = umeyama(a.c2w[:, :3, 3], b.c2w[:, :3, 3], with_scale)
    assert fit.scale == pytest.approx(scale)
    assert np.allclose(fit.R, R) and np.allclose(fit.t, t)

    aligned = PosePath3D(poses_se3=list(a.c2w.copy()))
    aligned.align(PosePath3D(poses_se3=list(b.c2w)), correct_scale=with_scale)
    relation = metrics.PoseRelation
    assert ate(a, b, with_scale) == pytest.approx(rmse(metrics.APE(relation.translation_part), aligned, b))
    unit = metrics.Unit.frames
    found = [
        rmse(metrics.RPE(kind, 1.0, unit), aligned, b)
        for kind in (relation.translation_part, relation.rotation_angle_deg)
    ]
    assert rpe(a, b, with_scale) == pytest.approx(found)


def test_the_rotation_is_scipys() -> None:
    rng = np.random.default_rng(5)
    points, targets = rng.normal(size=(30, 3)), rng.normal(size=(30, 3))
    expected, _ = Rotation.align_vectors(targets - targets.mean(0), points - points.mean(0))
    assert np.allclose(umeyama(points, targets).R, expected.as_matrix())


def test_a_path_moved_turned_and_scaled_has_no_error_left() -> None:
    truth = preset_trajectory("arc_left", 17, 96, 64)
    c2w = truth.c2w.copy()
    turn = Rotation.from_euler("xyz", [20, 50, 70], degrees=True).as_matrix()
    c2w[:, :3, :3], c2w[:, :3, 3] = turn @ c2w[:, :3, :3], 3 * c2w[:, :3, 3] @ turn.T - 2
    moved = Trajectory(c2w, truth.K, truth.width, truth.height, scale="metric")
    assert ate(moved, truth) < 1e-9 and max(rpe(moved, truth)) < 1e-6
    assert ate(moved, truth, with_scale=False) > 0.1, "a rigid alignment cannot forgive the scale"


def test_a_camera_that_stays_in_its_place_keeps_its_scale() -> None:
    assert umeyama(np.ones((5, 3)), np.random.default_rng(0).normal(size=(5, 3))).scale == 1
