"""Floor 4: schedules, solvers and the tasks. Start reading at tasks.py; callers use pipeline.py. Usage: docs/sampling.md."""

from .options import SOLVERS, SamplingOptions
from .pipeline import (
    Shot,
    joint,
    pose_from_video,
    poses_of_stills,
    stills_from_cameras,
    video_from_trajectory,
)
from .preview import OnStep, Preview

__all__ = [
    "SOLVERS",
    "OnStep",
    "Preview",
    "SamplingOptions",
    "Shot",
    "joint",
    "pose_from_video",
    "poses_of_stills",
    "stills_from_cameras",
    "video_from_trajectory",
]
