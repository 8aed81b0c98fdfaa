"""From raxels back to cameras: two estimators behind one function.

``paper`` (section 3.5): Procrustes of every frame on the reference frame's own rays, then median-of-ratios focal.
``joint`` [ours]: robust fit of rotation, translation and lens against the analytic ray bundle (``fit``).
Which is how good under which corruption: docs/conventions.md, reprinted by ``python -m bench.raxels``.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import RaxelError
from .fit import CameraFit, FocalMode, fit_cameras, residual_rms
from .raxels import Raxels
from .rays import focal_from_fov
from .solve import centered_pixels, flatten_bundles, median_focal, procrustes, spread_variance, to_camera
from .trajectory import Trajectory

Array = NDArray[np.float64]
Method = Literal["joint", "paper"]
Focal = Literal["clip", "frame"] | float

FLAT_SPREAD = 1e-3
"""Rays whose standard deviation over the frame is below this are all equal: no lens of 1 degree or more draws them."""


@dataclass(frozen=True, eq=False)
class PoseEstimate:
    """Cameras read from raxels, and how far to trust them."""

    trajectory: Trajectory
    """F cameras, T in the user's units."""
    residual: Array
    """(F,) root mean square distance between the rays seen and the fitted camera's, in raxel units before alpha."""
    confidence: Array
    """(F,) in 0..1: share of the rays' spread over the frame that the fitted camera explains, 0 for what is no camera;
    at most what the model that made the raxels says of itself, where it does (`Raxels.confidence`)."""


def estimate_trajectory(
    raxels: Raxels,
    method: Method = "joint",
    focal: Focal = "clip",
    reference: int | None = None,
    square_pixels: bool = True,
) -> PoseEstimate:
    """Read the cameras back from raxels; the principal point is taken to be the image centre.

    Args:
        raxels: F frames.
        method: "joint" or "paper".
        focal: one lens per "clip", one per "frame" (lens zooms), or a horizontal angle of view in degrees, held fixed.
        reference: frame whose camera becomes the identity; None leaves the cameras in the raxels' own frame, in which
            the canonical camera is the identity by definition: best for independent noise. A bias that all frames
            share, as a model's rays have, goes with 0 (5.2 instead of 5.7 degrees on 24 clips of the small model), so
            what users see is read with 0. "paper" needs a frame, and takes None for 0.
        square_pixels: fx = fy. False reads them apart, at the cost of about 1.4 times the noise in each.

    Returns:
        Cameras, residual and confidence per frame. Raises RaxelError for values that are not finite and for frames
        that are all flat; one flat or chaotic frame among good ones gets a confidence near 0.
    """
    if method not in ("joint", "paper"):
        raise RaxelError(f'unknown method {method!r}; choose "joint" or "paper"')
    bundles, spread = _checked_bundles(raxels)
    mode, focal_px = _focal_mode(focal, raxels.width // 2)
    if method == "joint":
        height, width = raxels.images.shape[1:3]
        fit = fit_cameras(bundles, height, width, mode, square_pixels, focal_px)
    else:
        fit = _paper_fit(bundles, raxels, mode, focal_px, square_pixels, reference or 0)
    rms = residual_rms(bundles, _pixels(raxels), fit)
    confidence = (1 - rms**2 / spread.clamp(min=FLAT_SPREAD**2)).clamp(0, 1)
    confidence[spread < FLAT_SPREAD**2] = 0
    if raxels.confidence is not None:
        confidence = confidence.minimum(confidence.new_tensor(raxels.confidence))
    trajectory = replace(_as_trajectory(fit, raxels), confidence=confidence.numpy())
    return PoseEstimate(
        trajectory if reference is None else trajectory.canonical(reference), rms.numpy(), confidence.numpy()
    )


def _pixels(raxels: Raxels) -> Tensor:
    return centered_pixels(raxels.images.shape[1], raxels.images.shape[2])


def _checked_bundles(raxels: Raxels) -> tuple[Tensor, Tensor]:
    """Bundles (F, 3, N) and the variance of their rays (F,)."""
    height, width = raxels.images.shape[1:3]
    if min(height, width) < 2:
        raise RaxelError(
            f"raxels of {width}x{height} pixels are too small to hold a camera; at least 2x2 are needed"
        )
    bundles = flatten_bundles(raxels.images.detach(), raxels.alpha)
    spread = spread_variance(bundles)
    finite = spread.isfinite()
    if not bool(finite.all()):
        raise RaxelError(
            f"raxel frame {int(finite.int().argmin())} of {len(bundles)} holds values that are not finite"
        )
    if bool((spread < FLAT_SPREAD**2).all()):
        raise RaxelError(
            f"the rays within each of the {len(bundles)} frames are all equal; these are not raxels"
        )
    return bundles, spread


def _focal_mode(focal: Focal, grid_width: int) -> tuple[FocalMode, float | None]:
    if focal == "clip":
        return "clip", None
    if focal == "frame":
        return "frame", None
    if isinstance(focal, str) or not 1 <= focal <= 178:
        raise RaxelError(
            f'focal must be "clip", "frame" or an angle of view within 1 and 178 degrees, got {focal!r}'
        )
    return "fixed", float(focal_from_fov(focal, grid_width))


def _paper_fit(
    bundles: Tensor,
    raxels: Raxels,
    mode: FocalMode,
    focal_px: float | None,
    square: bool,
    reference: int,
) -> CameraFit:
    """Procrustes on the decoded reference bundle, then eq. 7."""
    if not -len(bundles) <= reference < len(bundles):
        raise RaxelError(f"reference frame {reference} is outside the {len(bundles)} frames")
    R, T = procrustes(bundles[reference], bundles)
    if focal_px is not None:
        focal = torch.full((len(bundles), 2), focal_px, dtype=torch.float64)
    else:
        focal = median_focal(to_camera(bundles, R, T), _pixels(raxels)).abs().clamp(1e-2, 1e6).nan_to_num(1e6)
        focal = focal.mean(dim=1, keepdim=True).expand(-1, 2) if square else focal
        focal = focal.median(dim=0, keepdim=True).values.expand_as(focal) if mode == "clip" else focal
    return CameraFit(R, T, focal.log(), torch.zeros(len(bundles), dtype=torch.float64))


def _as_trajectory(fit: CameraFit, raxels: Raxels) -> Trajectory:
    num_frames = len(fit.R)
    c2w = np.tile(np.eye(4), (num_frames, 1, 1))
    c2w[:, :3, :3] = fit.R.numpy()
    c2w[:, :3, 3] = fit.T.numpy() * raxels.scale
    K = np.zeros((num_frames, 3, 3))
    K[:, [0, 1], [0, 1]] = fit.log_focal.exp().numpy() * 2  # from the half grid to the video's pixels
    K[:, :, 2] = [raxels.width / 2, raxels.height / 2, 1]
    return Trajectory(
        c2w, K, raxels.width, raxels.height, raxels.fps, "metric" if raxels.metric else "relative"
    )
