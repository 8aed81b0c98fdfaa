"""How alike two pictures are: PSNR and SSIM. Pictures and clips are [..., H, W, 3] in 0..1."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal to noise in dB of two pictures or clips: of the mean squared error over all of their pixels."""
    return float(-10 * torch.log10((a - b).square().mean().clamp(min=1e-10)))


def ssim(a: Tensor, b: Tensor) -> float:
    """Structural similarity, mean over pixels, colours and frames (Wang et al. 2004, Image quality assessment).

    A Gaussian window of 11 pixels with sigma 1.5, K1 = .01, K2 = .03, every colour on its own, borders left out: sides
    of 11 pixels or more.
    """
    x, y = (clip.reshape(-1, *clip.shape[-3:]).permute(0, 3, 1, 2).flatten(0, 1)[:, None] for clip in (a, b))
    mean_x, mean_y = _smoothed(x), _smoothed(y)
    var_x, var_y = _smoothed(x * x) - mean_x**2, _smoothed(y * y) - mean_y**2
    covariance = _smoothed(x * y) - mean_x * mean_y
    light = (2 * mean_x * mean_y + K1**2) / (mean_x**2 + mean_y**2 + K1**2)
    structure = (2 * covariance + K2**2) / (var_x + var_y + K2**2)
    return float((light * structure).mean())


def _smoothed(x: Tensor) -> Tensor:
    """(N, 1, H, W) -> (N, 1, H - 10, W - 10)."""
    offsets = torch.arange(WINDOW, dtype=x.dtype) - WINDOW // 2
    row = torch.exp(-0.5 * (offsets / SIGMA) ** 2)
    row = (row / row.sum()).to(x.device)
    return functional.conv2d(functional.conv2d(x, row.view(1, 1, 1, -1)), row.view(1, 1, -1, 1))
