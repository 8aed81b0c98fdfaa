"""What a user said of a file that the file says itself: the file counts, and this tells so."""

from __future__ import annotations

from ..geometry.trajectory import Trajectory
from .source import Ask

LENS_DEG, RATE = 0.01, 1e-3
"""Differences of an angle of view and of a rate (a share of it) that are rounding."""


def unused(trajectory: Trajectory, ask: Ask) -> list[str]:
    """A sentence for each of size, lens and rate that was said and differs from what was read."""
    size, said = (trajectory.width, trajectory.height), []
    if ask.size is not None and ask.size != size:
        said.append(f"the file's own size of {size[0]}x{size[1]} counts, not {ask.size[0]}x{ask.size[1]}")
    lens = float(trajectory.hfov_deg[0])
    if ask.hfov_deg is not None and abs(lens - ask.hfov_deg) > LENS_DEG:
        said.append(f"the file's own lens of {lens:.4g} degrees counts, not {ask.hfov_deg:g}")
    if ask.fps is not None and abs(trajectory.fps / ask.fps - 1) > RATE:
        said.append(f"the file's own {trajectory.fps:g} frames per second count, not {ask.fps:g}")
    return said
