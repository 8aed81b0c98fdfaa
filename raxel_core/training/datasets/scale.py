"""How long one unit of a scene is: cameras from structure from motion come in a unit of their own.

`metric` takes translations times a factor of their scene, from the folder's ``scales.json`` or another file of that
form: ``{"scene name": factor, ...}``. Without a file the factor is 1. `normalised` divides every clip by its reach.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ...errors import RaxelError
from ...formats import read_text
from ...formats.parsing import parse_json

FILE = "scales.json"
FEWEST_PAIRS = 16
SMALLEST_REACH = 1e-6  # below, a camera only turns and its unit stays (design 4)


def scale_from_depths(relative: ArrayLike, metric: ArrayLike) -> float:
    """The factor that brings a scene's lengths to metric ones: the median of the ratios of depths.

    Half of the pairs may be wrong without moving it far; pairs that are not two finite positive numbers are left out.

    Args:
        relative: depths in the scene's own unit, of any shape (say, of its sparse points in its pictures).
        metric: depths of the same points in metres, of the same shape (say, of a monocular metric network).

    Returns:
        factor > 0: metric = factor * relative. Raises RaxelError for fewer than 16 usable pairs.
    """
    a, b = np.asarray(relative, np.float64).ravel(), np.asarray(metric, np.float64).ravel()
    if a.shape != b.shape:
        raise RaxelError(f"{a.size} relative depths cannot be paired with {b.size} metric ones")
    usable = np.isfinite(a) & np.isfinite(b) & (a > 0) & (b > 0)
    if usable.sum() < FEWEST_PAIRS:
        raise RaxelError(
            f"{int(usable.sum())} of {a.size} pairs of depths are positive numbers; a scale needs at least {FEWEST_PAIRS}"
        )
    return float(np.exp(np.median(np.log(b[usable]) - np.log(a[usable]))))


def read_scales(file: Path) -> dict[str, float]:
    """A file of factors by scene; a RaxelError names what is wrong in it."""
    values = parse_json(read_text(file))
    if not isinstance(values, dict):
        raise RaxelError(f'{file.name} must be {{"scene": factor, ...}}')
    for name, factor in values.items():
        number = isinstance(factor, int | float) and not isinstance(factor, bool)
        if not (number and math.isfinite(factor) and factor > 0):
            raise RaxelError(
                f"{file.name}: the factor of {name!r} must be a positive number, got {factor!r:.40}"
            )
    return {name: float(factor) for name, factor in values.items()}


def normalised(c2w: Tensor, told: Tensor | None = None) -> Tensor:
    """Paths divided by their reach, max |T|; one that only turns stays.

    Args:
        c2w: (B, F, 4, 4) relative to the canonical cameras.
        told: (B, M, 4, 4), the cameras that the reach is taken over; None: all of the path.
    """
    reach = (c2w if told is None else told)[..., :3, 3].norm(dim=-1).amax(dim=-1)
    reach = torch.where(reach > SMALLEST_REACH, reach, torch.ones_like(reach))
    scaled = c2w.clone()
    scaled[..., :3, 3] /= reach[..., None, None]
    return scaled
