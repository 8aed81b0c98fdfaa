"""Noise levels of a run: decreasing tensors from 1 (noise) to 0 (clean). A clock is one of them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..errors import RaxelError

MAX_STEPS = 1000


def sigmas(steps: int, shift: float) -> Tensor:
    """[steps + 1] float64 from 1 to 0, bent towards 1 by Wan's flow shift: shift s / (1 + (shift - 1) s).

    Args:
        steps: number of denoising steps, 1..1000.
        shift: above 0; 1 is a straight line, larger spends more steps at high noise.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise RaxelError(f"steps must be 1 to {MAX_STEPS}, got {steps}.")
    if not (shift > 0 and math.isfinite(shift)):
        raise RaxelError(f"shift must be a number above 0, got {shift}.")
    line = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    return shift * line / (1 + (shift - 1) * line)


def padded(clock: Tensor, steps: int) -> Tensor:
    """The clock [k + 1] held at 0 after its end: [steps + 1]. Whoever has fewer steps finishes early and stays clean."""
    return torch.cat((clock, clock.new_zeros(steps + 1 - len(clock))))
