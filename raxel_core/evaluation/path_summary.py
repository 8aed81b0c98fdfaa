"""Many estimated paths in one table: every number of the paper's 4.1 to 4.3 about cameras, by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..geometry.trajectory import Trajectory
from .accuracy import accuracies
from .alignment import ate, rpe
from .path_errors import MOVING, FrameErrors, frame_errors, median, pair_errors, standing_still

STILL = "_standing_still"


def path_summary(estimated: Sequence[Trajectory], truth: Sequence[Trajectory]) -> dict[str, float]:
    """Errors of paths beside those of cameras that stand still, whose names end in `_standing_still`.

    Names without more are means over all frames but the first against the first one; `pairs_` are over all pairs of
    frames. `r_err` and `t_err` are the paper's R_err and T_err: mean over frames, or their sum over a clip.
    """
    still = [standing_still(path) for path in truth]
    ours, theirs = _numbers(estimated, truth), _numbers(still, truth)
    frames = [frame_errors(a, b) for a, b in zip(estimated, truth, strict=True)]
    focal = float(np.mean([errors.focal_percent.mean() for errors in frames]))
    directions = np.concatenate([errors.direction_deg for errors in frames])
    return {
        **ours,
        **{name + STILL: value for name, value in theirs.items()},
        "rotation_ratio_to_identity": _ratio(ours, theirs, "rotation_deg"),
        "translation_ratio_to_identity": _ratio(ours, theirs, "translation"),
        "translation_direction_median_deg": median(directions),
        "translation_direction_mean_deg": _mean(directions),
        **_aligned(estimated, truth),
        "focal_error": focal / 100,
        "focal_error_percent": focal,
    }


def _numbers(estimated: Sequence[Trajectory], truth: Sequence[Trajectory]) -> dict[str, float]:
    frames = [frame_errors(a, b) for a, b in zip(estimated, truth, strict=True)]
    pairs = [pair_errors(a, b) for a, b in zip(estimated, truth, strict=True)]
    rotation, translation = _over_clips(frames, "rotation_deg"), _over_clips(frames, "translation")
    sum_deg, sum_t = rotation.sum() / len(frames), translation.sum() / len(frames)
    return {
        "rotation_deg": float(rotation.mean()),
        "translation": float(translation.mean()),
        "r_err_mean_deg": float(rotation.mean()),
        "r_err_mean_rad": float(np.radians(rotation.mean())),
        "r_err_sum_deg": float(sum_deg),
        "r_err_sum_rad": float(np.radians(sum_deg)),
        "t_err_mean": float(translation.mean()),
        "t_err_sum": float(sum_t),
        **accuracies(rotation, _over_clips(frames, "direction_deg")),
        **accuracies(
            np.concatenate([errors.rotation_deg for errors in pairs]),
            np.concatenate([errors.direction_deg for errors in pairs]),
            of="pairs_",
        ),
    }


def _aligned(estimated: Sequence[Trajectory], truth: Sequence[Trajectory]) -> dict[str, float]:
    """ATE and RPE, means over the clips whose camera leaves its place."""
    moving = [(a, b) for a, b in zip(estimated, truth, strict=True) if _reach(b) > MOVING]
    found = {}
    for name, with_scale in (("sim3", True), ("rigid", False)):
        rows = [(ate(a, b, with_scale), *rpe(a, b, with_scale)) for a, b in moving]
        means = np.mean(rows, axis=0) if rows else np.full(3, np.nan)
        found |= {f"ate_{name}": float(means[0]), f"rpe_translation_{name}": float(means[1])}
        found["rpe_rotation_deg"] = float(means[2])
    return found


def _reach(path: Trajectory) -> float:
    return float(np.linalg.norm(path.c2w[:, :3, 3] - path.c2w[0, :3, 3], axis=1).max())


def _over_clips(errors: list[FrameErrors], name: str) -> np.ndarray:
    return np.concatenate([getattr(one, name) for one in errors])


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _ratio(ours: dict[str, float], theirs: dict[str, float], name: str) -> float:
    return ours[name] / theirs[name] if theirs[name] else float("nan")
