"""Pixels, lenses and rays of a pinhole camera.

Pixel (column i, row j) has its centre at (i + 0.5, j + 0.5); an image spans 0..width, 0..height. This file is the only
source of pixel coordinates. Intrinsics ``K`` are in pixels. Camera axes are OpenCV's: x right, y down, z forward.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

Array = NDArray[np.float64]

FILM_WIDTH_MM = 36.0
"""Width of the full-frame film gate that a lens in millimetres refers to."""


def pixel_centers(height: int, width: int) -> Tensor:
    """Pixel centres (height, width, 2) as (x, y), float64: the first is (0.5, 0.5)."""
    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float64) + 0.5,
        torch.arange(width, dtype=torch.float64) + 0.5,
        indexing="ij",
    )
    return torch.stack([x, y], dim=-1)


def camera_rays(K: ArrayLike | Tensor, height: int, width: int) -> Tensor:
    """Unit ray through every pixel centre, in the camera's own frame.

    Args:
        K: (..., 3, 3) intrinsics in pixels of a height x width image.
        height: rows of the pixel grid.
        width: columns of the pixel grid.

    Returns:
        (..., height, width, 3) float64, d = K^-1 u~ / |K^-1 u~|.
    """
    K = torch.as_tensor(K, dtype=torch.float64)
    pixels = pixel_centers(height, width)
    homogeneous = torch.cat([pixels, torch.ones_like(pixels[..., :1])], dim=-1)
    rays = torch.einsum("...ij,hwj->...hwi", torch.linalg.inv(K), homogeneous)
    return rays / torch.linalg.vector_norm(rays, dim=-1, keepdim=True)


def focal_from_fov(fov_deg: ArrayLike, size_px: float) -> Array:
    """Focal length in pixels of a lens that sees ``fov_deg`` across ``size_px`` pixels."""
    return 0.5 * size_px / np.tan(0.5 * np.radians(np.asarray(fov_deg, dtype=np.float64)))


def fov_from_focal(focal_px: ArrayLike, size_px: float) -> Array:
    """Full angle of view in degrees across ``size_px`` pixels (principal point in the centre)."""
    return np.degrees(2 * np.arctan2(0.5 * size_px, np.asarray(focal_px, dtype=np.float64)))


def hfov_from_mm(focal_mm: ArrayLike, film_width_mm: float = FILM_WIDTH_MM) -> Array:
    """Horizontal angle of view in degrees of a lens in millimetres: 18 mm -> 90, 50 mm -> 39.6."""
    return fov_from_focal(focal_mm, film_width_mm)


def mm_from_hfov(hfov_deg: ArrayLike, film_width_mm: float = FILM_WIDTH_MM) -> Array:
    """Lens in millimetres that sees ``hfov_deg`` across the film width; inverse of ``hfov_from_mm``."""
    return focal_from_fov(hfov_deg, film_width_mm)


def intrinsics(hfov_deg: ArrayLike, width: int, height: int) -> Array:
    """Intrinsics (..., 3, 3) in pixels from the horizontal angle of view (...): square pixels, centred principal point."""
    focal = focal_from_fov(hfov_deg, width)
    K = np.zeros((*focal.shape, 3, 3))
    K[..., 0, 0] = K[..., 1, 1] = focal
    K[..., 0, 2], K[..., 1, 2], K[..., 2, 2] = width / 2, height / 2, 1.0
    return K
