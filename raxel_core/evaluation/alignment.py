"""Errors of a path as a whole: ATE and RPE after the alignment that fits it to the truth best.

Umeyama 1991, Least-squares estimation of transformation parameters between two point patterns; ATE and RPE of Sturm et
al. 2012, A benchmark for the evaluation of RGB-D SLAM systems, in the form of the program evo.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..geometry.rotation import rotation_angle_deg
from ..geometry.trajectory import Trajectory, invert_rigid


class Similarity(NamedTuple):
    """x -> scale R x + t."""

    scale: float
    R: np.ndarray
    t: np.ndarray


def umeyama(points: np.ndarray, targets: np.ndarray, with_scale: bool = True) -> Similarity:
    """The similarity that takes points (N, 3) nearest to targets (N, 3) in least squares.

    Points in one place have no scale: it stays 1. What a line or a plane of points leaves open is any rotation.

    Args:
        points: to be moved.
        targets: where to.
        with_scale: False keeps the scale at 1.
    """
    middle, target = points.mean(axis=0), targets.mean(axis=0)
    centred = points - middle
    U, singular, Vt = np.linalg.svd((targets - target).T @ centred / len(points))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(U) * np.linalg.det(Vt))])
    R = (U * signs) @ Vt
    variance = centred.var(axis=0).sum()
    scale = float((singular * signs).sum() / variance) if with_scale and variance > 1e-18 else 1.0
    return Similarity(scale, R, target - scale * R @ middle)


def ate(estimated: Trajectory, truth: Trajectory, with_scale: bool = True) -> float:
    """Absolute trajectory error: root mean square distance of positions after alignment, in the truth's units."""
    points, targets = estimated.c2w[:, :3, 3], truth.c2w[:, :3, 3]
    fit = umeyama(points, targets, with_scale)
    moved = fit.scale * points @ fit.R.T + fit.t
    return float(np.sqrt(((moved - targets) ** 2).sum(axis=1).mean()))


def rpe(estimated: Trajectory, truth: Trajectory, with_scale: bool = True) -> tuple[float, float]:
    """Relative pose error from each frame to the next: root mean squares in the truth's units, and in degrees.

    Rotation and place of an alignment cancel in a relative motion; only its scale counts.
    """
    scale = umeyama(estimated.c2w[:, :3, 3], truth.c2w[:, :3, 3], with_scale).scale
    a, b = (invert_rigid(path.c2w[:-1]) @ path.c2w[1:] for path in (estimated, truth))
    a[:, :3, 3] *= scale
    apart = (invert_rigid(b) @ a)[:, :3, 3]
    angles = rotation_angle_deg(a[:, :3, :3], b[:, :3, :3])
    return float(np.sqrt((apart**2).sum(axis=1).mean())), float(np.sqrt((angles**2).mean()))
