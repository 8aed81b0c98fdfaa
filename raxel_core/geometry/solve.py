"""The paper's way back from raxels to cameras (section 3.5), on plain tensors and batched over frames.

A *bundle* is what one frame's raxels say, (3, N): R d + T for each of N pixels. ``procrustes`` finds the rigid motion
between two bundles, ``median_focal`` the lens from a bundle in its own camera's frame (eq. 7).
"""

import numpy as np
import torch
from torch import Tensor

from .rays import pixel_centers


def flatten_bundles(images: Tensor, alpha: float) -> Tensor:
    """Raxel pictures (F, h, w, 3) -> bundles (F, 3, h * w) float32 with alpha undone."""
    return (images.reshape(len(images), -1, 3).to(torch.float32) / alpha).transpose(1, 2).contiguous()


def spread_variance(bundles: Tensor) -> Tensor:
    """Variance of each frame's rays over its pixels, the three channels added: (F,) float64. NaN in, NaN out."""
    means = bundles.mean(dim=2, keepdim=True)
    parts = [
        torch.linalg.vector_norm((rays - mean).flatten(1), dim=1)
        for rays, mean in zip(bundles.split(8), means.split(8), strict=True)
    ]
    return torch.cat(parts).double().cpu().square() / bundles.shape[2]


def centered_pixels(height: int, width: int) -> Tensor:
    """Pixel centres of a grid, counted from the image's centre: (2, height * width) float64 as rows x, y."""
    return pixel_centers(height, width).reshape(-1, 2).T - torch.tensor([[width / 2], [height / 2]])


def procrustes(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Rigid motion that takes one bundle to others in the least squares sense.

    Kabsch's solution with the determinant correction, so that a reflection never comes out.

    Args:
        source: (3, N) or (F, 3, N).
        target: (F, 3, N).

    Returns:
        R (F, 3, 3) and T (F, 3) in float64, with target ~ R source + T.
    """
    source_mean, target_mean = source.mean(dim=-1, keepdim=True), target.mean(dim=-1, keepdim=True)
    covariance = torch.matmul(target - target_mean, (source - source_mean).transpose(-1, -2)).double().cpu()
    U, _, Vt = torch.linalg.svd(covariance)
    U = torch.cat([U[..., :2], U[..., 2:] * torch.linalg.det(U @ Vt)[:, None, None]], dim=-1)
    R = U @ Vt
    T = target_mean.double().cpu() - R @ source_mean.double().cpu()
    return R, T[..., 0]


def to_camera(bundles: Tensor, R: Tensor, T: Tensor) -> Tensor:
    """Bundles (F, 3, N) in the frame of their own cameras: R^T (bundle - T)."""
    R, T = R.to(bundles), T.to(bundles)
    return torch.baddbmm(-(R.transpose(1, 2) @ T[..., None]), R.transpose(1, 2), bundles)


def median_focal(local: Tensor, pixels: Tensor) -> Tensor:
    """Focal lengths (F, 2) as fx, fy in pixels: the median of u z / x and of v z / y (paper eq. 7).

    Args:
        local: (F, 3, N) bundles in their own camera's frame.
        pixels: (2, N) centred pixel coordinates; those on an axis say nothing about its focal length and are left out.
    """
    focal = []
    for axis in range(2):
        off_axis = pixels[axis] != 0
        u, x, z = pixels[axis].to(local), local[:, axis], local[:, 2]
        if not bool(off_axis.all()):  # odd grids only: picking pixels costs more than all the rest
            u, x, z = u[off_axis], x[:, off_axis], z[:, off_axis]
        focal.append(_median((u * z).div_(x)))
    return torch.stack(focal, dim=-1)


def _median(rows: Tensor) -> Tensor:
    """Median of every row (F, N) -> (F,) float64; numpy's partition is four times as fast as torch's median."""
    middle = rows.shape[-1] // 2
    return torch.from_numpy(np.partition(rows.cpu().numpy(), middle, axis=-1)[:, middle]).double()
