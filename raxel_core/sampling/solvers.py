"""Solvers of the flow `dx / dsigma = velocity`, with a clock of its own for every segment.

The network's velocity is `noise - data` (Wan's sign); the paper's `u` points the other way and its `t` is 1 - sigma.
A solver is one line of arithmetic that moves one segment from a noise level to the next; `integrate` is the loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

from .schedule import padded

Latents = dict[str, Tensor]
Levels = dict[str, float]
Denoise = Callable[[Latents, Levels], Latents]
"""(latents, sigmas) of every segment -> velocity of every segment."""

StepHook = Callable[[int, int, Callable[[], Latents]], None]
"""Called after each step with (steps done, steps in all, a function that gives the present estimate of the clean latents)."""


class Step(NamedTuple):
    """One segment at the start of a step."""

    x: Tensor
    velocity: Tensor
    now: float
    """Its sigma, above 0."""
    next: float
    """Its sigma after the step, 0 at the end."""

    @property
    def clean(self) -> Tensor:
        """The estimate of the data that this velocity points to."""
        return self.x - self.now * self.velocity


Solver = Callable[[Step, "Step | None"], Tensor]
"""(this step, the segment's step before or None) -> the segment at `next`."""


def euler(step: Step, before: Step | None) -> Tensor:
    """A straight line along the velocity: first order, exact where the flow is straight."""
    return step.x + (step.next - step.now) * step.velocity


def dpmpp_2m(step: Step, before: Step | None) -> Tensor:
    """DPM-Solver++(2M) with data prediction (Lu et al. 2022, algorithm 2) for `x = (1 - sigma) data + sigma noise`.

    The estimate of the data goes on along the line through this step's and the last one's, in the logarithm of the signal to
    noise ratio. That is infinite at sigma 1 and 0: there the step is Euler's, which costs the second order a logarithm.
    """
    clean, ratio = step.clean, step.next / step.now
    if before is not None and before.now < 1 and step.next > 0:
        ahead = log_snr(step.next) - log_snr(step.now)
        behind = log_snr(step.now) - log_snr(before.now)
        clean = clean + ahead / (2 * behind) * (clean - before.clean)
    return ratio * step.x + (1 - ratio) * clean


def ab2(step: Step, before: Step | None) -> Tensor:
    """Adams-Bashforth 2: the velocity goes on along the line through this step's and the last one's. Second order."""
    velocity = step.velocity
    if before is not None:
        ahead, behind = step.next - step.now, step.now - before.now
        velocity = velocity + ahead / (2 * behind) * (velocity - before.velocity)
    return step.x + (step.next - step.now) * velocity


def log_snr(sigma: float) -> float:
    """Logarithm of signal over noise, (1 - sigma) / sigma, for a sigma between 0 and 1."""
    return math.log1p(-sigma) - math.log(sigma)


SOLVERS: dict[str, Solver] = {"euler": euler, "dpmpp_2m": dpmpp_2m, "ab2": ab2}


def integrate(
    solver: Solver,
    denoise: Denoise,
    latents: Latents,
    clocks: Mapping[str, Tensor],
    on_step: StepHook | None = None,
) -> Latents:
    """Take the latents from noise to data.

    Args:
        solver: moves one segment by one step.
        denoise: velocity of every segment.
        latents: all segments; those without a clock are given and stay at sigma 0.
        clocks: segment -> [steps + 1] sigmas from 1 to 0; shorter ones finish early and stay clean.
        on_step: called after each step; what it raises ends the run.
    """
    steps = max(len(clock) for clock in clocks.values()) - 1
    levels = {name: padded(clock, steps).tolist() for name, clock in clocks.items()}
    before: dict[str, Step] = {}
    for i in range(steps):
        now = {name: levels[name][i] if name in levels else 0.0 for name in latents}
        velocity = denoise(latents, now)
        start, latents = latents, dict(latents)
        for name, level in levels.items():
            if level[i] > 0:
                step = Step(start[name], velocity[name], level[i], level[i + 1])
                latents[name] = solver(step, before.get(name))
                before[name] = step
        if on_step is not None:
            on_step(i + 1, steps, lambda x=start, v=velocity, s=now: _clean(x, v, s))
    return latents


def _clean(latents: Latents, velocity: Latents, levels: Levels) -> Latents:
    """What every segment would be if its velocity were right; clean ones are what they are."""
    return {name: x - levels[name] * velocity[name] if levels[name] else x for name, x in latents.items()}
