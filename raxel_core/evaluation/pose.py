"""Does the model find the camera? Its path of a clip against the true one (paper 4.2)."""

from __future__ import annotations

from .path_errors import (
    MOVING,
    FrameErrors,
    PairErrors,
    PoseErrors,
    frame_errors,
    pair_errors,
    pose_errors,
    standing_still,
)
from .path_summary import path_summary
from .setting import Numbers, Setting

__all__ = [
    "MOVING",
    "FrameErrors",
    "PairErrors",
    "PoseErrors",
    "evaluate_pose",
    "frame_errors",
    "pair_errors",
    "pose_errors",
    "standing_still",
]


def evaluate_pose(setting: Setting) -> Numbers:
    """Estimate the path of every clip in `setting.steps` steps; compare with the truth and with standing still."""
    found, truth = [], []
    for part in setting.parts():
        found += part.paths_of(part.frames, ray_steps=setting.steps)
        truth += part.truth
    return {"clips": len(truth), "steps": setting.steps, **path_summary(found, truth)}
