"""Raxels: cameras drawn as pictures of rays (paper section 3.2).

``raxel(u, v) = alpha * (R d + T / s)`` on the half grid, with d the unit ray through the pixel centre, [R | T] the camera
in the frame of the first one, alpha the checkpoint's contrast and s the length that one unit of T stands for. Values
leave -1..1 where alpha (1 + |T| / s) > 1; they are never clamped here, only in pictures for the eye.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..errors import RaxelError
from .fit import fit_cameras
from .rays import pixel_centers
from .solve import flatten_bundles
from .trajectory import Trajectory

DEFAULT_ALPHA = 0.5


@dataclass(frozen=True, eq=False)
class Raxels:
    """One picture of rays for every frame of a clip, with what is needed to read the cameras back."""

    images: Tensor
    """(F, height / 2, width / 2, 3) float32, alpha * (R d + T / scale), not clamped."""
    alpha: float
    """Contrast, > 0."""
    scale: float
    """s, > 0: length in the user's units that a translation of 1 in the pictures stands for."""
    width: int
    """Pixels across the video, twice the raxels' width."""
    height: int
    """Pixels down the video, twice the raxels' height."""
    fps: float = 16.0
    """Frames per second."""
    metric: bool = False
    """Translations are in the model's units or metres, rather than of unknown scale."""
    confidence: tuple[float, ...] | None = None
    """F numbers in 0..1: how sure the model that made them is of each camera; None where nobody says."""

    def __post_init__(self) -> None:
        """Refuse sizes that contradict each other."""
        expected = (self.height / 2, self.width / 2, 3)
        if self.images.ndim != 4 or len(self.images) == 0 or tuple(self.images.shape[1:]) != expected:
            raise RaxelError(
                f"raxels of a {self.width}x{self.height} video must be [F, {self.height / 2:g}, {self.width / 2:g}, 3], "
                f"got {list(self.images.shape)}"
            )
        if not (self.alpha > 0 and self.scale > 0 and np.isfinite([self.alpha, self.scale]).all()):
            raise RaxelError(f"alpha and scale must be positive numbers, got {self.alpha} and {self.scale}")
        if not (self.fps > 0 and np.isfinite(self.fps)):
            raise RaxelError(f"fps must be a positive number, got {self.fps}")
        if self.confidence is not None and len(self.confidence) != len(self.images):
            raise RaxelError(
                f"{len(self.images)} raxel frames cannot carry {len(self.confidence)} confidences"
            )

    @property
    def num_frames(self) -> int:
        """Number of frames F."""
        return len(self.images)

    def to_pictures(self) -> Tensor:
        """Pictures for the eye and for 8-bit files: (F, height / 2, width / 2, 3) in 0..1, clamped."""
        return ((self.images + 1) / 2).clamp(0, 1)

    @classmethod
    def from_pictures(
        cls,
        pictures: Tensor,
        alpha: float = DEFAULT_ALPHA,
        scale: float = 1.0,
        width: int | None = None,
        height: int | None = None,
        fps: float = 16.0,
        metric: bool = False,
    ) -> Raxels:
        """Read raxels back from pictures (F, h, w, 3) in 0..1; the video's size is 2w x 2h unless told."""
        if pictures.ndim != 4 or pictures.shape[-1] != 3:
            raise RaxelError(f"raxel pictures must be [F, height, width, 3], got {list(pictures.shape)}")
        rows, columns = pictures.shape[1:3]
        images = pictures.to(torch.float32) * 2 - 1
        return cls(images, alpha, scale, width or 2 * columns, height or 2 * rows, fps, metric)

    def rescaled(self, alpha: float, scale: float) -> Raxels:
        """The same cameras at another contrast and length unit; itself when both stay.

        Each frame's translation is read off by the robust fit and exchanged for the one in the new unit, so whatever
        else the pictures hold, noise too, stays.
        """
        if (alpha, scale) == (self.alpha, self.scale):
            return self
        if not (alpha > 0 and scale > 0 and np.isfinite([alpha, scale]).all()):
            raise RaxelError(f"alpha and scale must be positive numbers, got {alpha} and {scale}")
        images = self.images * (alpha / self.alpha)
        if scale != self.scale:
            rows, columns = self.images.shape[1:3]
            T = fit_cameras(flatten_bundles(self.images, self.alpha), rows, columns, "frame", square=True).T
            images = images + (alpha * (self.scale / scale - 1) * T)[:, None, None].to(images)
        return replace(self, images=images, alpha=alpha, scale=scale)


def raxels_from_trajectory(
    trajectory: Trajectory,
    alpha: float = DEFAULT_ALPHA,
    scale: float | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Raxels:
    """Draw cameras as raxels.

    Args:
        trajectory: F cameras; any frame of reference, they are canonicalised to the first.
        alpha: contrast of the pictures; the checkpoint's.
        scale: length that a translation of 1 stands for; None takes the trajectory's scene scale, a metric model wants 1.
        width: pixels across the video, even; None takes the trajectory's.
        height: pixels down the video, even; None takes the trajectory's.

    Returns:
        Raxels on the half grid. Another size than the trajectory's is reached as a video would be: scaled to cover,
        then cropped about the centre.
    """
    width, height = width or trajectory.width, height or trajectory.height
    if width % 2 or height % 2:
        raise RaxelError(
            f"raxels need an even video size, got {width}x{height}; crop or resize the trajectory first"
        )
    scale = trajectory.scene_scale() if scale is None else float(scale)
    if not scale > 0:
        raise RaxelError(f"scale must be positive, got {scale}")
    cameras = trajectory.canonical(0).fitted(width, height).resized(width // 2, height // 2)
    images = ray_bundle(
        cameras.c2w[:, :3, :3], cameras.c2w[:, :3, 3] / scale, cameras.K, height // 2, width // 2
    )
    return Raxels(alpha * images, alpha, scale, width, height, trajectory.fps, trajectory.scale == "metric")


def ray_bundle(R: np.ndarray, T: np.ndarray, K: np.ndarray, height: int, width: int) -> Tensor:
    """R d + T of every camera and pixel: (F, 3, 3), (F, 3), (F, 3, 3) -> (F, height, width, 3) float32.

    Computed in float64, frame by frame, so that memory stays at one frame and float32 rounding enters once.
    """
    pixels = pixel_centers(height, width)
    homogeneous = torch.cat([pixels, torch.ones_like(pixels[..., :1])], dim=-1)
    bundle = torch.empty(len(R), height, width, 3)
    for frame, K_inv in enumerate(np.linalg.inv(K)):
        rays = homogeneous @ torch.from_numpy(K_inv.T)
        rays /= torch.linalg.vector_norm(rays, dim=-1, keepdim=True)
        bundle[frame] = rays @ torch.from_numpy(R[frame].T.copy()) + torch.from_numpy(T[frame].copy())
    return bundle
