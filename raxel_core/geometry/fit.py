"""Robust fit of cameras to raxels [ours]: rotation, translation and focal length against the analytic ray bundle.

Model of one frame: ``x = R d(f) + T`` with ``d(f) = p / |p|``, ``p = (u / fx, v / fy, 1)``. Iteratively reweighted
Gauss-Newton with Huber weights on the length of the residual, batched over frames. The updates live in the camera's own
frame (R <- R exp(omega), T <- T + R tau, log f <- log f + phi), where the Jacobian [-hat(d), I, dd/dphi] is the same for
every pose: so the normal equations are weighted sums of 25 pictures, matrix products instead of giant Jacobians. A
focal length that frames share is solved through the Schur complement of the 6x6 pose blocks.

A coarse pixel grid carries the iterations to convergence; the full grid does the last two, with the coarse grid's normal
matrix, which decides how fast they converge but not where to.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from .solve import centered_pixels, procrustes

FocalMode = Literal["clip", "frame", "fixed"]

HUBER_SIGMAS = 4.0
"""Residual lengths up to this many sigmas count in full (a three-vector of unit normals has median length 1.538)."""
MEDIAN_LENGTH = 1.5382
SIGMA_FLOOR = 1e-7
"""Of float32 raxels."""
COARSE_PIXELS = 6000
COARSE_STEPS, FULL_STEPS = 60, 2
COARSE_TOLERANCE = 2e-6
"""Radians and units: a hundredth of what the last steps on the full grid still change at one grey level of noise."""
CHUNK_VALUES = 1 << 21
"""float32 values of one chunk of frames: stays in the cache."""
HFOV_BOUNDS_DEG = (1.0, 178.0)

DrawFeatures = Callable[[Tensor, Tensor], Tensor]

UPPER = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]


@dataclass(frozen=True)
class CameraFit:
    """Cameras of F frames, in the frame of the raxels; float64 on the CPU."""

    R: Tensor
    """(F, 3, 3) camera-to-world."""
    T: Tensor
    """(F, 3) in raxel units (of the scale s)."""
    log_focal: Tensor
    """(F, 2) logarithms of fx, fy in pixels of the raxel grid."""
    sigma: Tensor
    """(F,) robust noise level of one channel."""


class Chunk(NamedTuple):
    """Some frames under one state of the fit."""

    frames: slice
    features: Tensor
    """(1 or c, k, N)."""
    residual: Tensor
    """(c, 3, N)."""
    length: Tensor
    """(c, N) of the residual."""


def analytic_bundle(log_focal: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Unit rays and how they move with the lens.

    Args:
        log_focal: (B, 2) logarithms of fx, fy in pixels.
        pixels: (2, N) centred pixel coordinates, float64.

    Returns:
        d (B, 3, N) and its derivatives g (B, 2, 3, N) by log fx and log fy: g_x = d_x (d_x d - e_x).
    """
    slopes = pixels * torch.exp(-log_focal)[..., None]
    d_z = torch.rsqrt(1 + slopes[:, :1].square() + slopes[:, 1:].square())
    d = torch.cat([slopes * d_z, d_z], dim=1)
    lateral = d[:, :2, None]
    g = lateral * (lateral * d[:, None] - torch.eye(3, dtype=d.dtype, device=d.device)[:2, :, None])
    return d, g


def _linear_features(d: Tensor, g: Tensor) -> Tensor:
    """Rows 1, d (3), g (2 x 3) that meet the residual in the gradient: (B, 10, N)."""
    return torch.cat([torch.ones_like(d[:, :1]), d, g.flatten(1, 2)], dim=1)


def _quadratic_features(d: Tensor, g: Tensor) -> Tensor:
    """All 25 pictures whose weighted sums are the normal matrix: (B, 25, N).

    Rows: 1, d (3), g (2 x 3), d x g (2 x 3), upper triangle of d d^T (6), of g g^T (3).
    """
    rows = [_linear_features(d, g)]
    rows += [torch.linalg.cross(d, g[:, axis], dim=1) for axis in range(2)]
    rows += [(d[:, i] * d[:, j])[:, None] for i, j in UPPER]
    rows += [(g[:, i] * g[:, j]).sum(dim=1, keepdim=True) for i, j in [(0, 0), (0, 1), (1, 1)]]
    return torch.cat(rows, dim=1)


def _no_features(d: Tensor, g: Tensor) -> Tensor:
    return d[:, :0]


def _weighted_sum(weighted: Tensor, features: Tensor) -> Tensor:
    """Sum over pixels: (c, r, N) x (1 or c, k, N) -> (c, r, k) float64 on the CPU."""
    if len(features) == 1:
        return torch.matmul(weighted, features[0].T).double().cpu()
    return torch.matmul(weighted, features.transpose(1, 2)).double().cpu()


def _residuals(bundles: Tensor, d: Tensor, R: Tensor, T: Tensor) -> Tensor:
    """Observed minus modelled rays, (c, 3, N), for d of one lens (1, 3, N) or one a frame (c, 3, N)."""
    R, T = R.to(bundles), T.to(bundles)[..., None]
    if len(d) == 1:
        return (bundles - (R.reshape(-1, 3) @ d[0]).reshape_as(bundles)).sub_(T)
    return torch.baddbmm(bundles, R, d, alpha=-1).sub_(T)


def _chunks(bundles: Tensor, pixels: Tensor, fit: CameraFit, draw: DrawFeatures) -> Iterator[Chunk]:
    """Frames in cache-sized chunks. Frames that share a lens share its features, which are then drawn in float64."""
    shared = bool((fit.log_focal == fit.log_focal[0]).all())
    d, g = analytic_bundle(fit.log_focal[:1], pixels)
    d, features = d.to(bundles), draw(d, g).to(bundles)
    step = max(1, CHUNK_VALUES // bundles[0].numel())
    for start in range(0, len(bundles), step):
        frames = slice(start, start + step)
        if not shared:
            d, g = analytic_bundle(fit.log_focal[frames].to(bundles), pixels.to(bundles))
            features = draw(d, g)
        residual = _residuals(bundles[frames], d, fit.R[frames], fit.T[frames])
        yield Chunk(frames, features, residual, residual.square().sum(dim=1).sqrt_())


def _huber_weight(chunk: Chunk, fit: CameraFit) -> Tensor:
    bound = (HUBER_SIGMAS * fit.sigma[chunk.frames, None]).to(chunk.length)
    return (bound / chunk.length.clamp(min=1e-12)).clamp_(max=1)


def _hessian(bundles: Tensor, pixels: Tensor, fit: CameraFit) -> Tensor:
    """Huber-weighted J^T W J over omega, tau, log fx, log fy: (F, 8, 8)."""
    chunks = _chunks(bundles, pixels, fit, _quadratic_features)
    return _assemble_hessian(
        torch.cat(
            [_weighted_sum(_huber_weight(chunk, fit)[:, None], chunk.features)[:, 0] for chunk in chunks]
        )
    )


def _gradient(bundles: Tensor, pixels: Tensor, fit: CameraFit) -> Tensor:
    """Huber-weighted J^T W r over the same: (F, 8)."""
    moments = [
        _weighted_sum(chunk.residual.mul_(_huber_weight(chunk, fit)[:, None]), chunk.features)
        for chunk in _chunks(bundles, pixels, fit, _linear_features)
    ]
    return _assemble_gradient(
        fit.R.transpose(1, 2) @ torch.cat(moments)
    )  # local q times 1, d, g_x, g_y: (F, 3, 10)


def _assemble_hessian(s: Tensor) -> Tensor:
    """(F, 25) weighted sums of the features -> (F, 8, 8)."""
    H = s.new_zeros(len(s), 8, 8)
    eye = torch.eye(3, dtype=s.dtype)
    dd = torch.stack([s[:, 16 + i] for i in (0, 1, 2, 1, 3, 4, 2, 4, 5)], dim=1).reshape(-1, 3, 3)
    H[:, :3, :3] = s[:, 0, None, None] * eye - dd
    H[:, :3, 3:6] = _hat(s[:, 1:4])
    H[:, 3:6, 3:6] = s[:, 0, None, None] * eye
    H[:, :3, 6:] = s[:, 10:16].reshape(-1, 2, 3).transpose(1, 2)
    H[:, 3:6, 6:] = s[:, 4:10].reshape(-1, 2, 3).transpose(1, 2)
    H[:, 6, 6], H[:, 6, 7], H[:, 7, 7] = s[:, 22], s[:, 23], s[:, 24]
    return torch.triu(H) + torch.triu(H, diagonal=1).transpose(1, 2)


def _hat(vector: Tensor) -> Tensor:
    """Cross-product matrices (F, 3, 3) of vectors (F, 3)."""
    x, y, z = vector.unbind(dim=1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).reshape(-1, 3, 3)


def _assemble_gradient(local: Tensor) -> Tensor:
    """(F, 3, 10) sums of the local residual q times 1, d, g_x, g_y -> (F, 8)."""
    q_d = local[:, :, 1:4]
    turn = torch.stack(
        [q_d[:, 2, 1] - q_d[:, 1, 2], q_d[:, 0, 2] - q_d[:, 2, 0], q_d[:, 1, 0] - q_d[:, 0, 1]], dim=1
    )
    lens = torch.stack([torch.einsum("fii->f", local[:, :, k : k + 3]) for k in (4, 7)], dim=1)
    return torch.cat([turn, local[:, :, 0], lens], dim=1)


def _solve_step(H: Tensor, b: Tensor, sigma: Tensor, mode: FocalMode, lens: Tensor) -> tuple[Tensor, Tensor]:
    """Gauss-Newton step: pose (F, 6) and log focal (F, 2).

    Args:
        H: (F, 8, 8) normal matrices.
        b: (F, 8) right-hand sides.
        sigma: (F,) noise of the frames, by which they count for a shared lens.
        mode: whether frames share the focal length, have their own, or leave it alone.
        lens: (2, k) which of log fx and log fy the k free lens parameters move.
    """
    H, b = H / sigma.square()[:, None, None], b / sigma.square()[:, None]
    A, B = H[:, :6, :6], H[:, :6, 6:] @ lens
    A = A + 1e-12 * torch.einsum("fii->f", A)[:, None, None] * torch.eye(6, dtype=A.dtype)
    A_inv_B, A_inv_b = torch.linalg.solve(A, B), torch.linalg.solve(A, b[:, :6, None])
    if mode == "fixed":
        return A_inv_b[..., 0], torch.zeros(len(H), 2, dtype=H.dtype)
    schur = lens.T @ H[:, 6:, 6:] @ lens - B.transpose(1, 2) @ A_inv_B
    rhs = (b[:, 6:] @ lens)[..., None] - B.transpose(1, 2) @ A_inv_b
    if mode == "clip":
        schur, rhs = schur.sum(dim=0, keepdim=True), rhs.sum(dim=0, keepdim=True)
    phi = torch.linalg.solve(schur, rhs).clamp(-0.5, 0.5)
    pose = A_inv_b - A_inv_B @ phi
    return pose[..., 0], (lens @ phi)[..., 0].expand(len(H), 2)


def _updated(fit: CameraFit, pose: Tensor, phi: Tensor, bounds: tuple[float, float]) -> CameraFit:
    R = fit.R @ torch.linalg.matrix_exp(_hat(pose[:, :3]))
    T = fit.T + (fit.R @ pose[:, 3:, None])[..., 0]
    return replace(fit, R=R, T=T, log_focal=(fit.log_focal + phi).clamp(*bounds))


def log_focal_bounds(width: int) -> tuple[float, float]:
    """Logarithms of the shortest and longest focal length that the fit may take, in pixels of a ``width`` wide grid."""
    narrow, wide = (math.log(width / 2 / math.tan(math.radians(hfov / 2))) for hfov in HFOV_BOUNDS_DEG)
    return wide, narrow


def initial_log_focal(bundles: Tensor, pixels: Tensor, width: int, shared: bool) -> Tensor:
    """Focal length from how far the rays spread, before any pose is known: (F, 2), square pixels.

    The slope of the rays over the pixel grid (least squares) has a length that no rotation or translation changes and
    that falls as the lens gets longer; it is looked up among 200 lenses. Frames that share a lens take the median.
    """

    def slope(rays: Tensor) -> Tensor:
        centered = pixels / pixels.square().sum(dim=1, keepdim=True)
        return torch.matmul(rays, centered.T.to(rays)).double().square().sum(dim=(1, 2)).cpu()

    candidates = torch.linspace(*log_focal_bounds(width), 200, dtype=torch.float64)
    known, _ = slope(analytic_bundle(candidates[:, None].expand(-1, 2), pixels)[0]).cummin(dim=0)
    seen = slope(bundles)
    if shared:
        seen = seen.median(dim=0, keepdim=True).values
    best = torch.searchsorted(-known, -seen).clamp(0, len(candidates) - 1)
    return candidates[best][:, None].expand(len(bundles), 2)


def _sigma(bundles: Tensor, pixels: Tensor, fit: CameraFit) -> Tensor:
    lengths = [chunk.length.median(dim=1).values for chunk in _chunks(bundles, pixels, fit, _no_features)]
    return (torch.cat(lengths).double().cpu() / MEDIAN_LENGTH).clamp(min=SIGMA_FLOOR)


def _start(bundles: Tensor, pixels: Tensor, width: int, log_focal: Tensor) -> CameraFit:
    """Procrustes on the analytic bundle of a guessed lens."""
    rays, _ = analytic_bundle(log_focal, pixels)
    R, T = procrustes(rays.to(bundles), bundles)
    return CameraFit(R, T, log_focal, torch.ones(len(bundles), dtype=torch.float64))


def fit_cameras(
    bundles: Tensor, height: int, width: int, mode: FocalMode, square: bool, focal_px: float | None = None
) -> CameraFit:
    """Fit cameras to bundles.

    Args:
        bundles: (F, 3, height * width) float32, finite, alpha undone.
        height: rows of the raxel grid.
        width: columns of the raxel grid.
        mode: one focal length for all frames, one for each, or ``focal_px`` held fixed.
        square: fx = fy.
        focal_px: of the fixed lens, in pixels of the raxel grid.

    Returns:
        The cameras. Rays that fit no camera give a large ``residual_rms``, not an error.
    """
    pixels, bounds = centered_pixels(height, width), log_focal_bounds(width)
    stride = max(1, int((height * width / COARSE_PIXELS) ** 0.5))
    grid = (
        torch.arange(height * width)
        .reshape(height, width)[stride // 2 :: stride, stride // 2 :: stride]
        .flatten()
    )
    coarse, coarse_pixels = bundles[:, :, grid.to(bundles.device)].contiguous(), pixels[:, grid]
    lens = torch.ones(2, 1, dtype=torch.float64) if square else torch.eye(2, dtype=torch.float64)
    if focal_px is None:
        log_focal = initial_log_focal(coarse, coarse_pixels, width, mode == "clip")
    else:
        log_focal = torch.full((len(bundles), 2), math.log(focal_px), dtype=torch.float64)
    fit = _start(coarse, coarse_pixels, width, log_focal)
    for _ in range(COARSE_STEPS):
        fit = replace(fit, sigma=_sigma(coarse, coarse_pixels, fit))
        H, b = _hessian(coarse, coarse_pixels, fit), _gradient(coarse, coarse_pixels, fit)
        pose, phi = _solve_step(H, b, fit.sigma, mode, lens)
        fit = _updated(fit, pose, phi, bounds)
        if float(torch.cat([pose, phi], dim=1).abs().max()) < COARSE_TOLERANCE:
            break
    for _ in range(FULL_STEPS):
        H = _hessian(coarse, coarse_pixels, fit) * (height * width / len(grid))
        pose, phi = _solve_step(H, _gradient(bundles, pixels, fit), fit.sigma, mode, lens)
        fit = _updated(fit, pose, phi, bounds)
    U, _, Vt = torch.linalg.svd(fit.R)  # removes the rounding that a product of many rotations gathers
    return replace(fit, R=U @ Vt)


def residual_rms(bundles: Tensor, pixels: Tensor, fit: CameraFit) -> Tensor:
    """Root mean square length of the residual of every frame: (F,) in raxel units before alpha."""
    lengths = [chunk.length.square().mean(dim=1) for chunk in _chunks(bundles, pixels, fit, _no_features)]
    return torch.cat(lengths).double().cpu().sqrt()
