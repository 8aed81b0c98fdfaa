"""Solvers of the flow `dx / dsigma = velocity`, with a clock of its own for every segment.

The network's velocity is `noise - data` (Wan's sign); the paper's `u` points the other way and its `t` is 1 - sigma.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from .schedule import padded

Latents = dict[str, Tensor]
Denoise = Callable[[Latents, dict[str, float]], Latents]
"""(latents, sigmas) of every segment -> velocity of every segment."""

StepHook = Callable[[int, int, Callable[[], Latents]], None]
"""Called after each step with (steps done, steps in all, a function that gives the present estimate of the clean latents)."""


def euler(
    denoise: Denoise, latents: Latents, clocks: Mapping[str, Tensor], on_step: StepHook | None = None
) -> Latents:
    """Integrate from noise to data in straight steps.

    Args:
        denoise: velocity of every segment.
        latents: all segments; those without a clock are given and stay at sigma 0.
        clocks: segment -> [steps + 1] sigmas from 1 to 0; shorter ones finish early and stay clean.
        on_step: called after each step; what it raises ends the run.
    """
    steps = max(len(clock) for clock in clocks.values()) - 1
    levels = {name: padded(clock, steps).tolist() for name, clock in clocks.items()}
    for i in range(steps):
        now = {name: levels[name][i] if name in levels else 0.0 for name in latents}
        velocity = denoise(latents, now)
        start, latents = latents, dict(latents)
        for name, level in levels.items():
            latents[name] = start[name] + (level[i + 1] - level[i]) * velocity[name]
        if on_step is not None:
            on_step(i + 1, steps, lambda x=start, v=velocity, s=now: {k: x[k] - s[k] * v[k] for k in x})
    return latents
