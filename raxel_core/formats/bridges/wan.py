"""WAN_CAMERA_EMBEDDING: the rays that ComfyUI's own Wan 2.1 and 2.2 Fun-Camera nodes steer by.

A tensor (1, 24, (F + 3) / 4, height, width) at the picture's size. For every frame and pixel six numbers: moment o x d, then
unit direction d, of the ray with origin o seen from the first camera; OpenCV axes, pixel centres at halves. Four frames are
folded into one latent frame, channel = 4 * number + place; the first camera fills all four places of the first one.
(comfy_extras/nodes_camera_trajectory.py; the rays are CameraCtrl's, He et al. 2024.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import RaxelError
from ...geometry.rays import camera_rays, pixel_centers
from ...geometry.rotation import hat
from ...geometry.trajectory import Trajectory
from ..source import check_frames
from .clip import check_bytes, covering
from .pinhole import cameras_of_rays

Array = NDArray[np.float64]

NUMBERS, FOLDED = 6, 4
CORE_FOCAL = 0.5
"""fx and fy of the host's own node where nobody changes them, as shares of the picture that it thinks of as 16:9."""
SAMPLES = 24
"""Rays across and down by which a camera is read back; they are exact, so a few hundred are plenty."""


def wan_embedding(trajectory: Trajectory) -> Tensor:
    """Rays of F cameras at their own picture size.

    Args:
        trajectory: 4n + 1 cameras; any frame of reference.

    Returns:
        (1, 24, (F + 3) / 4, height, width) float32. Raises RaxelError for another number of frames, or too much memory.
    """
    frames, size = trajectory.num_frames, (trajectory.height, trajectory.width)
    if frames % FOLDED != 1:
        raise RaxelError(
            f"a Wan camera embedding has 4n + 1 frames, the path has {frames}; ask for {4 * ((frames - 1) // 4) + 1}"
        )
    check_bytes(trajectory, NUMBERS, size[0] * size[1])
    folded = torch.empty(NUMBERS, FOLDED, (frames + 3) // FOLDED, *size)
    for frame, rays in enumerate(plucker_rays(trajectory.canonical(0))):
        latent, place = divmod(frame + FOLDED - 1, FOLDED)
        folded[:, place, latent] = rays
    folded[:, :, 0] = folded[:, FOLDED - 1 :, 0]
    return folded.flatten(0, 1)[None]


def plucker_rays(trajectory: Trajectory) -> Iterator[Tensor]:
    """For each camera (6, height, width) float64: moments o x d, then unit directions d, in the path's own world."""
    K, local = None, torch.empty(0)
    for c2w, lens in zip(trajectory.c2w, trajectory.K, strict=True):
        if K is None or (lens != K).any():
            K, local = lens, camera_rays(lens.copy(), trajectory.height, trajectory.width).permute(2, 0, 1)
        R = c2w[:3, :3]
        both = torch.from_numpy(np.concatenate([hat(c2w[:3, 3]) @ R, R]))  # (6, 3): o x R d and R d at once
        yield (both @ local.flatten(1)).unflatten(1, local.shape[1:])


def with_core_lens(trajectory: Trajectory) -> Trajectory:
    """The same path through the lens that the host's node has where nobody changes it: fx = fy = 0.5, centred.

    That is half of a 16:9 picture that covers this one, in each direction: the pixels are not square.
    """
    width, height = trajectory.width, trajectory.height
    K = np.zeros_like(trajectory.K)
    cover_width, cover_height = covering(width, height, 16 / 9)
    K[:, 0, 0], K[:, 1, 1] = CORE_FOCAL * cover_width, CORE_FOCAL * cover_height
    K[:, 0, 2], K[:, 1, 2], K[:, 2, 2] = width / 2, height / 2, 1
    return Trajectory(trajectory.c2w, K, width, height, trajectory.fps, trajectory.scale)


def trajectory_from_wan(embedding: Any, fps: float = 16.0) -> Trajectory:
    """Read cameras back from an embedding; exact rays give exact cameras.

    Args:
        embedding: (1, 24, n + 1, height, width).
        fps: frames per second, which it does not know.

    Returns:
        4n + 1 cameras of unknown scale, the first the identity. Raises RaxelError for what are no rays of cameras.
    """
    _check(embedding)
    latents, height, width = embedding.shape[2:]
    frames = FOLDED * (latents - 1) + 1
    check_frames(frames)
    rows, columns = (
        torch.from_numpy(np.unique(np.linspace(0, n - 1, SAMPLES).round().astype(int)))
        for n in (height, width)
    )
    rays = embedding[0].unflatten(0, (NUMBERS, FOLDED)).cpu()[..., rows, :][..., columns]
    rays = rays.transpose(1, 2).flatten(1, 2)[:, FOLDED - 1 :].double()  # (6, F, rows, columns)
    pixels = pixel_centers(height, width)[rows][:, columns].flatten(0, 1)
    moments, directions = rays.flatten(2).permute(1, 0, 2).numpy().reshape(frames, 2, 3, -1).swapaxes(0, 1)
    c2w, K = cameras_of_rays(directions, moments, pixels.numpy(), width, height)
    return Trajectory(c2w, K, width, height, fps, "relative").canonical(0)


def _check(embedding: Any) -> None:
    if not isinstance(embedding, Tensor):
        raise RaxelError(f"a Wan camera embedding is a tensor, got {type(embedding).__name__}")
    shape = list(embedding.shape)
    if len(shape) != 5 or shape[0] != 1 or shape[1] != NUMBERS * FOLDED or 0 in shape or min(shape[3:]) < 4:
        raise RaxelError(
            f"a Wan camera embedding is [1, 24, latent frames, height, width] of one path, got {shape}"
        )
    if not embedding.is_floating_point():
        raise RaxelError(f"a Wan camera embedding holds floating point numbers, got {embedding.dtype}")
