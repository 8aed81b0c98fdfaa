"""CAMERAPOSES: the cameras that WanVideoWrapper's ReCamMaster nodes take, one for each latent frame.

(T, 4, 4) camera-to-world with T = (F + 3) / 4, every fourth camera of the clip, in Unreal's axes (x forward, y right, z up,
left-handed) and centimetres. Takers turn the camera's own axes to OpenCV's, divide by 100 and tell all from the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import RaxelError
from ...geometry.rays import intrinsics
from ...geometry.trajectory import Trajectory
from .arrays import matrices, rigid

Array = NDArray[np.float64]

LATENT_STEP = 4
"""Frames from one latent frame to the next."""
CENTIMETRES = 100.0
UNREAL_FROM_OPENCV = np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]])
"""Right, down, forward -> forward, right, up. It mirrors, as Unreal's world does."""


def poses_of(trajectory: Trajectory, metres_per_unit: float = 1.0) -> Array:
    """Every fourth camera, told from the first.

    Args:
        trajectory: 4n + 1 cameras; the lens is not part of the poses.
        metres_per_unit: what one unit of the path counts as. The model learnt moves of about 2 metres.

    Returns:
        (n + 1, 4, 4) float64. Raises RaxelError for another number of frames.
    """
    if trajectory.num_frames % LATENT_STEP != 1:
        raise RaxelError(
            f"ReCamMaster's clips have 4n + 1 frames, the path has {trajectory.num_frames}; "
            f"ask for {LATENT_STEP * ((trajectory.num_frames - 1) // LATENT_STEP) + 1}"
        )
    c2w = trajectory.canonical(0).c2w[::LATENT_STEP]
    poses = np.tile(np.eye(4), (len(c2w), 1, 1))
    poses[:, :3, :3] = UNREAL_FROM_OPENCV @ c2w[:, :3, :3] @ UNREAL_FROM_OPENCV.T
    poses[:, :3, 3] = c2w[:, :3, 3] @ UNREAL_FROM_OPENCV.T * (metres_per_unit * CENTIMETRES)
    return poses + 0.0


def trajectory_of_poses(
    poses: Any,
    hfov_deg: float = 60.0,
    width: int = 832,
    height: int = 480,
    fps: float = 16.0,
    every_frame: bool = True,
) -> Trajectory:
    """The cameras of poses, in metres, told from the first.

    Args:
        poses: (T, 4, 4) or (T, 3, 4), array, tensor or lists.
        hfov_deg: horizontal angle of view, which poses do not know.
        width: pixels across the pictures.
        height: pixels down the pictures.
        fps: frames per second of the clip.
        every_frame: the 4T - 3 cameras of the clip, those between two poses interpolated; else the T poses.

    Raises:
        RaxelError: these are no such poses.
    """
    unreal = rigid(matrices(poses, "the camera poses"))
    c2w = np.tile(np.eye(4), (len(unreal), 1, 1))
    c2w[:, :3, :3] = UNREAL_FROM_OPENCV.T @ unreal[:, :3, :3] @ UNREAL_FROM_OPENCV
    c2w[:, :3, 3] = (unreal[:, :3, 3] - unreal[0, :3, 3]) @ UNREAL_FROM_OPENCV / CENTIMETRES
    K = np.tile(intrinsics(hfov_deg, width, height), (len(c2w), 1, 1))
    rate = fps if every_frame else fps / LATENT_STEP
    path = Trajectory(c2w, K, width, height, rate, "metric").canonical(0)
    return path.resampled(LATENT_STEP * (len(c2w) - 1) + 1) if every_frame else path
