"""More clips from the same latents: mirrors, contrast and negatives, applied to latents instead of pictures.

The small encoder is linear (`linear_encoder`), so a mirrored clip's latents are the mirrored latents times one matrix
over channels, found by least squares once; what is left over is 1.2% to 1.4% of the latents of video and 0.2% to 0.4%
of those of rays. A mirror in x turns the x of every ray around, so rays have a matrix of their own.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..engine.plucker_latents import FOLDED
from ..engine.vae import VideoVAE

AXES = (-1, -2)  # left-right, up-down; raxel channel 0 is x, 1 is y
CONTRAST = (0.75, 1.15)


class Mirrors(NamedTuple):
    """Matrices (C, C) over raw latent channels, one for each of AXES."""

    z: tuple[Tensor, Tensor]
    r: tuple[Tensor, Tensor]
    residual: float  # largest relative error of any of them on the second half of the data


def fit_mirrors(vae: VideoVAE, video: Tensor, rays: Tensor) -> Mirrors:
    """Find the matrices.

    Args:
        vae: with a linear encoder.
        video: (B, 3, F, H, W) pixels in -1..1, B at least 2.
        rays: (B, 3, F, H / 2, W / 2) raxels.
    """
    found, residuals = [], []
    for axis, channel in zip(AXES, (0, 1), strict=True):
        turned = rays.flip(axis)
        turned[:, channel] *= -1
        for before, after in ((video, video.flip(axis)), (rays, turned)):
            x, y = _rows(vae.encode(before).flip(axis)), _rows(vae.encode(after))
            half = len(x) // 2
            matrix = torch.linalg.lstsq(x[:half], y[:half]).solution
            found.append(matrix.T)
            residuals.append(float((x[half:] @ matrix - y[half:]).norm() / y[half:].norm()))
    return Mirrors(z=(found[0], found[2]), r=(found[1], found[3]), residual=max(residuals))


def plucker_mirrors() -> tuple[Tensor, Tensor]:
    """`Mirrors.r` of Plücker latents, (24, 24) each and exact.

    A mirror S turns directions d into S d and moments d x T into S d x S T = det(S) S (d x T).
    """
    matrices = []
    for channel in (0, 1):
        S = torch.ones(3)
        S[channel] = -1
        matrices.append(torch.diag(torch.cat([S, -S]).repeat(FOLDED)))
    return matrices[0], matrices[1]


def augmented(raw: dict[str, Tensor], mirrors: Mirrors, generator: torch.Generator) -> dict[str, Tensor]:
    """A batch of raw latents (B, 16, T, h, w), keys ending in z or r: each clip mirrored, dimmed or inverted at random."""
    batch = len(next(iter(raw.values())))
    result = dict(raw)
    for i, axis in enumerate(AXES):
        chosen = (torch.rand(batch, generator=generator) < 0.5).view(-1, 1, 1, 1, 1)
        for name, x in result.items():
            matrix = (mirrors.z if name.endswith("z") else mirrors.r)[i]
            result[name] = torch.where(chosen, torch.einsum("dc,bcthw->bdthw", matrix, x.flip(axis)), x)
    low, high = CONTRAST
    contrast = low + (high - low) * torch.rand(batch, generator=generator)
    contrast = torch.where(torch.rand(batch, generator=generator) < 0.5, contrast, -contrast).view(
        -1, 1, 1, 1, 1
    )
    return {name: x * contrast if name.endswith("z") else x for name, x in result.items()}


def _rows(z: Tensor) -> Tensor:
    """Latents (B, C, T, h, w) as rows (N, C)."""
    return z.movedim(1, -1).flatten(0, -2)
