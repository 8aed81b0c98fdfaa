"""Plücker maps: cameras as rays of six numbers, which the paper sets against raxels (Table 1, section 4.1).

``map(u, v) = [R d, R d x T / s]`` with d the unit ray through the pixel centre and [R | T] the camera in the frame of the
first one: direction and moment. They are drawn on the raxels' grid and averaged over cells of 8 x 8 of its pixels, which
is the grid of the latents. The average of many rays is a little shorter than one ray; the way back accounts for it, so
exact maps give exact cameras.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .fit import CameraFit, analytic_bundle, initial_log_focal, log_focal_bounds
from .rays import camera_rays
from .rotation import nearest_rotation
from .solve import centered_pixels
from .trajectory import Trajectory

Array = NDArray[np.float64]

CELL = 8
"""Pixels of the raxels' grid across one cell, the autoencoder's compression."""
LENS_STEPS, LENS_TOLERANCE = 20, 1e-5
"""Each step squares what is left of exact maps, so this is where float64 ends."""
FRAMES_AT_ONCE = 8


def plucker_from_trajectory(
    trajectory: Trajectory, scale: float | None = None, width: int | None = None, height: int | None = None
) -> Tensor:
    """Draw cameras as Plücker maps.

    Args:
        trajectory: F cameras; any frame of reference, they are canonicalised to the first.
        scale: length that a translation of 1 stands for; None takes the trajectory's scene scale, a metric model wants 1.
        width: pixels across the video, a multiple of 16; None takes the trajectory's. Another size is reached as a
            video would be: scaled to cover, then cropped about the centre.
        height: pixels down the video, a multiple of 16; None takes the trajectory's.

    Returns:
        (F, height / 16, width / 16, 6) float32.
    """
    width, height = width or trajectory.width, height or trajectory.height
    scale = trajectory.scene_scale() if scale is None else scale
    cameras = trajectory.canonical(0).fitted(width, height).resized(width // 2, height // 2)
    c2w = cameras.c2w
    return plucker_maps(c2w[:, :3, :3], c2w[:, :3, 3] / scale, cameras.K, height // 2, width // 2)


def plucker_maps(R: Array, T: Array, K: Array, height: int, width: int) -> Tensor:
    """Directions and moments of every camera and cell: (F, 3, 3), (F, 3), (F, 3, 3) -> (F, height / 8, width / 8, 6).

    K is in pixels of the height x width grid of the raxels, both multiples of 8.
    """
    lenses, which = np.unique(K.reshape(-1, 9), axis=0, return_inverse=True)
    local = torch.stack([_cell_means(camera_rays(lens, height, width)) for lens in lenses.reshape(-1, 3, 3)])
    d = local[torch.from_numpy(which.reshape(-1))] @ torch.from_numpy(R.transpose(0, 2, 1).copy())[:, None]
    moment = torch.linalg.cross(d, torch.from_numpy(T.copy())[:, None, None].expand_as(d))
    return torch.cat([d, moment], dim=-1).float()


def cameras_from_plucker(maps: Tensor) -> CameraFit:
    """Read cameras from Plücker maps by least squares, frame by frame; square pixels, centred principal point.

    Lens and rotation fit the directions. They are found in turns: on a centred grid a longer lens cannot be undone by a
    turn, so the two do not disturb each other. Translation then is a linear fit to the moments.

    Args:
        maps: (F, rows, columns, 6), finite; noise is welcome.

    Returns:
        Cameras with T in units of the maps' scale and the lens in pixels of the raxels' grid. ``sigma`` is the root mean
        square misfit of one number of the directions.
    """
    maps = maps.detach().double().cpu()
    fits = [_fit(part.flatten(1, 2).transpose(1, 2), *maps.shape[1:3]) for part in maps.split(FRAMES_AT_ONCE)]
    R, T, log_focal, sigma = (torch.cat(values) for values in zip(*fits, strict=True))
    return CameraFit(R, T, log_focal[:, None].expand(-1, 2), sigma)


def _fit(rays: Tensor, rows: int, columns: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """R (F, 3, 3), T (F, 3), log focal (F,) and sigma (F,) of rays (F, 6, rows * columns)."""
    D, M = rays[:, :3], rays[:, 3:]
    bounds = log_focal_bounds(columns * CELL)
    centers = centered_pixels(rows, columns) * CELL
    log_focal = initial_log_focal(D, centers, columns * CELL, shared=False)[:, 0]
    for _ in range(LENS_STEPS):
        d, g = _cell_bundle(log_focal, rows, columns)
        R = _rotation(d, D)
        misfit = R.transpose(1, 2) @ D - d
        step = ((g * misfit).sum(dim=(1, 2)) / g.square().sum(dim=(1, 2))).clamp(-0.5, 0.5)
        log_focal = (log_focal + step).clamp(*bounds)
        if float(step.abs().max()) < LENS_TOLERANCE:
            break
    d, _ = _cell_bundle(log_focal, rows, columns)
    R = _rotation(d, D)
    seen = R @ d
    return R, _translation(seen, M), log_focal, (D - seen).square().mean(dim=(1, 2)).sqrt()


def _rotation(d: Tensor, D: Tensor) -> Tensor:
    """Rotations (F, 3, 3) that take local rays d (F, 3, N) to D in the least squares sense."""
    return torch.from_numpy(nearest_rotation((D @ d.transpose(1, 2)).numpy()))


def _translation(d: Tensor, M: Tensor) -> Tensor:
    """T (F, 3) with d x T nearest to the moments M, both (F, 3, N): sum(|d|^2 I - d d^T) T = sum(M x d)."""
    A = d.square().sum(dim=(1, 2))[:, None, None] * torch.eye(3, dtype=d.dtype) - d @ d.transpose(1, 2)
    return torch.linalg.solve(A, torch.linalg.cross(M, d, dim=1).sum(dim=2))


def _cell_bundle(log_focal: Tensor, rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """Mean ray of every cell and its derivative by log f: two (F, 3, rows * columns)."""
    pixels = centered_pixels(rows * CELL, columns * CELL)
    d, g = analytic_bundle(log_focal[:, None].expand(-1, 2), pixels)
    return tuple(  # type: ignore[return-value]
        x.unflatten(2, (rows, CELL, columns, CELL)).mean(dim=(3, 5)).flatten(2) for x in (d, g.sum(dim=1))
    )


def _cell_means(rays: Tensor) -> Tensor:
    """(8 rows, 8 columns, 3) -> (rows, columns, 3)."""
    return rays.unflatten(1, (-1, CELL)).unflatten(0, (-1, CELL)).mean(dim=(1, 3))
