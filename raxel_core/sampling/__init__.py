"""Floor 4: schedules, solvers and the tasks. Start reading at tasks.py; callers use pipeline.py."""

from .pipeline import joint, pose_from_video, video_from_trajectory

__all__ = ["joint", "pose_from_video", "video_from_trajectory"]
