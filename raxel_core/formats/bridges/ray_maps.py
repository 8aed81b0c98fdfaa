"""Rays as pictures, for models that take cameras that way: Plücker direction and moment, ray-map origin and direction.

For every frame and pixel (or cell of pixels, at its centre) the ray's direction d, its origin o, and its moment o x d, in
OpenCV axes. Numbers leave 0..1; ``shown`` says how they become pictures where a taker wants those.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ...errors import RaxelError
from ...geometry.rays import camera_rays
from ...geometry.trajectory import Trajectory
from .clip import check_bytes

Values = Literal["pictures 0..1", "raw numbers", "darkest to brightest"]
VALUES: tuple[Values, ...] = ("pictures 0..1", "raw numbers", "darkest to brightest")


class RayMaps(NamedTuple):
    """Three maps of the same rays, each (F, rows, columns, 3) float32, not clamped."""

    direction: Tensor
    moment: Tensor
    """Origin x direction."""
    origin: Tensor


def ray_maps(
    trajectory: Trajectory,
    unit: float = 0.0,
    unit_depth: bool = False,
    from_first: bool = True,
    cell: int = 1,
) -> RayMaps:
    """Draw the rays of F cameras.

    Args:
        trajectory: F cameras.
        unit: length that an origin of 1 stands for; 0 takes the largest distance from the first camera, so that origins
            and moments of unit rays stay within -1..1.
        unit_depth: directions reach to depth 1 of their own camera (K^-1 u~, as Depth Anything 3's ray maps) instead of
            having length 1 (as Plücker rays).
        from_first: told from the first camera, else in the path's own world.
        cell: pixels across and down that share one ray, through their centre.

    Raises:
        RaxelError: cells that do not divide the picture, or maps of more than a few gigabytes.
    """
    width, height = trajectory.width, trajectory.height
    if width % cell or height % cell:
        raise RaxelError(
            f"cells of {cell} pixels do not divide a picture of {width}x{height}; choose another"
        )
    rows, columns = height // cell, width // cell
    check_bytes(trajectory, 9, rows * columns)
    unit = unit or trajectory.scene_scale()
    cameras = trajectory.canonical(0) if from_first else trajectory
    cameras = cameras.resized(columns, rows)
    maps = RayMaps(*(torch.empty(cameras.num_frames, rows, columns, 3) for _ in RayMaps._fields))
    for frame, (c2w, K) in enumerate(zip(cameras.c2w, cameras.K, strict=True)):
        local = camera_rays(K.copy(), rows, columns)
        if unit_depth:
            local = local / local[..., 2:]
        direction = local @ torch.from_numpy(c2w[:3, :3].T.copy())
        origin = torch.from_numpy(c2w[:3, 3] / unit).expand_as(direction)
        maps.direction[frame], maps.origin[frame] = direction, origin
        maps.moment[frame] = torch.linalg.cross(origin, direction)
    return maps


def shown(maps: Tensor, values: Values) -> Tensor:
    """Maps as a taker wants them.

    Args:
        maps: (F, rows, columns, 3).
        values: "pictures 0..1": (x + 1) / 2, clamped. "raw numbers": as they are. "darkest to brightest": each frame from
            its least to its largest number, as the pictures of ComfyUI-DepthAnythingV3; a frame of one number is black.
    """
    if values == "raw numbers":
        return maps
    if values == "pictures 0..1":
        return ((maps + 1) / 2).clamp(0, 1)
    least, most = (f(maps.flatten(1), dim=1).view(-1, 1, 1, 1) for f in (torch.amin, torch.amax))
    span = most - least
    return torch.where(span > 0, (maps - least) / span, 0.0)
