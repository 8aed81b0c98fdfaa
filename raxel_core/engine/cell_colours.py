"""About what a latent frame looks like, without decoding it: one linear map from channels to the mean colour of a cell.

A cell is the 8 x 8 pixels (times 4 frames, or 1 for the first latent frame and for stills) that one latent stands for.
The map is found by least squares from one small decode of random latents. The first latent frame of a clip stands for
one frame and the others for four, and the autoencoder treats them differently, so there are two maps. How close the
result is to the decoded picture: docs/sampling.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import functional

from .vae import VideoVAE

CELL = 8
"""Pixels of a latent's side."""
PROBE_SHAPE, PROBE_GRID = (3, 2, 12, 12), (4, 4)
"""Clips, latent frames, rows and columns of the probe, and the coarser grid on which its random numbers are drawn.

Pictures change little from cell to cell, and so must the probe: independent cells would teach how a cell changes while
its neighbours stay. With them `colours` is 6 dB worse on the shipped autoencoder.
"""


@dataclass(frozen=True, eq=False)
class CellColours:
    """Two affine maps from C channels to 3 colours, each (C + 1, 3), the constant last."""

    first: Tensor
    """For the first latent frame of a clip, and for stills."""
    later: Tensor
    """For the other latent frames of a clip."""

    def __call__(self, latents: Tensor, stills: bool = False) -> Tensor:
        """Latents [1, C, T, h, w] of a clip, or of T stills -> [T, h, w, 3] float32 on the CPU."""
        rows = _with_constant(latents.detach().float().cpu())[0]  # (T, h, w, C + 1)
        if stills:
            return rows @ self.first
        return torch.cat((rows[:1] @ self.first, rows[1:] @ self.later))


_KNOWN: WeakKeyDictionary[object, dict[object, CellColours]] = WeakKeyDictionary()


def remembered(vae: VideoVAE, statistics: object, fit: Callable[[], CellColours]) -> CellColours:
    """The maps of an autoencoder, found once for all runs: their codecs come and go, its weights stay.

    Args:
        vae: an adapter that wraps its weights as `model` is known by them, any other by itself.
        statistics: what else the maps depend on.
        fit: finds them.
    """
    known = _KNOWN.setdefault(getattr(vae, "model", vae), {})
    if statistics not in known:
        known[statistics] = fit()
    return known[statistics]


def probe_latents(channels: int) -> Tensor:
    """Smooth random latents [B, channels, T, h, w] of spread 1, always the same."""
    clips, frames, *size = PROBE_SHAPE
    coarse = torch.randn(
        clips, channels * frames, *PROBE_GRID, generator=torch.Generator().manual_seed(0), device="cpu"
    )
    smooth = functional.interpolate(coarse, tuple(size), mode="bilinear", align_corners=False)
    return (smooth / smooth.std()).unflatten(1, (channels, frames))


def fit_cell_colours(latents: Tensor, pixels: Tensor) -> CellColours:
    """Find the maps.

    Args:
        latents: [B, C, T, h, w].
        pixels: [B, 3, 4T - 3, 8h, 8w], what they decode to.
    """
    means = cell_means(pixels)
    parts = [(latents[:, :, :1], means[:, :1]), (latents[:, :, 1:], means[:, 1:])]
    first, later = (
        torch.linalg.lstsq(_with_constant(z).flatten(0, 3), colours.flatten(0, 3)).solution
        for z, colours in parts
    )
    return CellColours(first, later)


def cell_means(pixels: Tensor) -> Tensor:
    """Pixels [B, 3, 4T - 3, 8h, 8w] of clips -> mean of every cell [B, T, h, w, 3]."""
    first = functional.avg_pool3d(pixels[:, :, :1], (1, CELL, CELL))
    later = (
        functional.avg_pool3d(pixels[:, :, 1:], (4, CELL, CELL)) if pixels.shape[2] > 1 else first[:, :, :0]
    )
    return torch.cat((first, later), dim=2).movedim(1, -1)


def _with_constant(latents: Tensor) -> Tensor:
    """Channels last, and a 1 after them: [B, C, T, h, w] -> (B, T, h, w, C + 1)."""
    rows = latents.movedim(1, -1)
    return torch.cat((rows, torch.ones_like(rows[..., :1])), dim=-1)
