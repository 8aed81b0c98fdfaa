"""Two camera paths side by side, frame by frame: the one that was asked for, and the one that came of it.

Both are told from their first camera. Errors of position are counted in subject distances, so that they mean the same in
a doll's house and in a street: 0.1 at a subject 2 metres away is 20 cm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry import doubt
from ..geometry.rotation import nearest_rotation, rotation_angle_deg
from ..geometry.trajectory import Trajectory
from .alignment import Similarity, umeyama

Array = NDArray[np.float64]

ALIGNMENTS = ("none", "scale", "sim3")
"""What is taken off the achieved path before it is compared: nothing but its first camera, also the unit of its lengths, or
all that moving, turning and scaling it as a whole can (Umeyama 1991)."""
STILL = 1e-6
"""A path shorter than this (the threshold of ``scene_scale``) stands on one spot, which has no scale."""
FLAT = 0.02
"""A path broader than this share of its length fixes how it is turned; the positions of a straighter one leave it open."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """How far an achieved path is from the requested one: arrays (F,) over the requested frames."""

    requested: Trajectory
    """F cameras, told from the first one."""
    achieved: Trajectory
    """F cameras as they were compared: aligned, and resampled where there were more or fewer."""
    rotation_deg: Array
    """Angle between the rotations, 0..180."""
    position: Array
    """Distance between the positions, in subject distances."""
    hfov_deg: Array
    """Horizontal angle of view, achieved less requested."""
    align: str
    """One of ALIGNMENTS."""
    scale: float
    """What lengths of the achieved path were multiplied by; 1 where nothing was."""
    subject_distance: float
    """In the requested path's units."""
    notes: tuple[str, ...]
    """What was done to the paths, in words."""

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """(F,) frames whose achieved camera is not to be trusted, by its own confidence."""
        return doubt.doubtful(self.achieved)


@dataclass(frozen=True)
class Tolerance:
    """How far every frame may be off."""

    rotation_deg: float
    """Degrees, > 0."""
    position: float
    """Subject distances, > 0."""

    def __post_init__(self) -> None:
        """Refuse what nothing can be held against."""
        for name, value in (("degrees", self.rotation_deg), ("subject distances", self.position)):
            if not (np.isfinite(value) and value > 0):
                raise RaxelError(f"a tolerance in {name} must be a positive number, got {value:g}")

    def excess(self, comparison: Comparison) -> Array:
        """(F,) the larger of both errors in tolerances: up to 1 is within."""
        return np.maximum(comparison.rotation_deg / self.rotation_deg, comparison.position / self.position)

    def holds(self, comparison: Comparison) -> bool:
        """Whether every frame is within."""
        return bool(self.excess(comparison).max() <= 1)


def compare(
    requested: Trajectory, achieved: Trajectory, align: str = "none", subject_distance: float = 1.0
) -> Comparison:
    """Errors of every requested frame.

    Args:
        requested: F cameras.
        achieved: any number of cameras; more or fewer are resampled, both paths taken to last as long.
        align: one of ALIGNMENTS. Where positions lie on a line, which leaves a rotation open, "sim3" turns the path by its
            cameras' rotations.
        subject_distance: from the first camera to what it looks at, in the requested path's units, > 0.
    """
    if align not in ALIGNMENTS:
        raise RaxelError(f"there is no alignment {str(align)[:40]!r}; choose one of {', '.join(ALIGNMENTS)}")
    if not (np.isfinite(subject_distance) and subject_distance > 0):
        raise RaxelError(f"the subject distance must be a positive number, got {subject_distance:g}")
    wanted = requested.canonical(0)
    found, notes = _as_long(wanted, achieved.canonical(0))
    fit, more = _FITS[align](found, wanted)
    found = _moved(found, fit, wanted)
    apart = np.linalg.norm(found.c2w[:, :3, 3] - wanted.c2w[:, :3, 3], axis=1)
    return Comparison(
        requested=wanted,
        achieved=found,
        rotation_deg=rotation_angle_deg(wanted.c2w[:, :3, :3], found.c2w[:, :3, :3]),
        position=apart / subject_distance,
        hfov_deg=found.hfov_deg - wanted.hfov_deg,
        align=align,
        scale=fit.scale,
        subject_distance=float(subject_distance),
        notes=tuple([*notes, *more, *_on_units(wanted, achieved, align)]),
    )


def _as_long(wanted: Trajectory, found: Trajectory) -> tuple[Trajectory, list[str]]:
    """The achieved path in as many frames as the requested one."""
    count, other = wanted.num_frames, found.num_frames
    if count == other:
        return found, []
    words = (
        f"the achieved path has {other} frames ({(other - 1) / found.fps:.3g} s), the requested one {count} "
        f"({(count - 1) / wanted.fps:.3g} s): compared as if both lasted as long"
    )
    return replace(found.resampled(count), fps=wanted.fps), [words]


def _on_units(wanted: Trajectory, found: Trajectory, align: str) -> list[str]:
    """A word where lengths of unknown unit are compared as they are."""
    if align != "none" or "relative" not in (wanted.scale, found.scale) or _stands(found):
        return []
    which = "requested" if wanted.scale == "relative" else "achieved"
    return [f"the scale of the {which} path is unknown: without align its positions are taken in one unit"]


def _keep(_found: Trajectory, _wanted: Trajectory) -> tuple[Similarity, list[str]]:
    return Similarity(1.0, np.eye(3), np.zeros(3)), []


def _scaled(found: Trajectory, wanted: Trajectory) -> tuple[Similarity, list[str]]:
    """The factor of lengths that brings positions nearest, the first cameras staying together."""
    a, b = found.c2w[:, :3, 3], wanted.c2w[:, :3, 3]
    factor, notes = _factor(found, wanted, float((a * b).sum()), float((a * a).sum()))
    return Similarity(factor, np.eye(3), np.zeros(3)), notes


def _similar(found: Trajectory, wanted: Trajectory) -> tuple[Similarity, list[str]]:
    """The similarity that brings positions nearest; rotations decide where positions leave it open."""
    a, b = found.c2w[:, :3, 3], wanted.c2w[:, :3, 3]
    if min(_breadth(a), _breadth(b)) >= FLAT:
        return umeyama(a, b), []
    R = nearest_rotation((wanted.c2w[:, :3, :3] @ found.c2w[:, :3, :3].transpose(0, 2, 1)).sum(axis=0))
    middle, target = a.mean(axis=0), b.mean(axis=0)
    turned = (a - middle) @ R.T
    inner, square = float((turned * (b - target)).sum()), float((turned**2).sum())
    factor, notes = _factor(found, wanted, inner, square)
    words = "the positions lie on a line or a spot, so sim3 turned the path by its cameras' rotations"
    return Similarity(factor, R, target - factor * R @ middle), [words, *notes]


_FITS = {"none": _keep, "scale": _scaled, "sim3": _similar}


def _factor(found: Trajectory, wanted: Trajectory, inner: float, square: float) -> tuple[float, list[str]]:
    """Least-squares factor of lengths; 1, and why, where there is none above 0."""
    if _stands(found) or _stands(wanted):
        which = "achieved" if _stands(found) else "requested"
        both = _stands(found) and _stands(wanted)
        return 1.0, [] if both else [f"the {which} path stands on one spot, which has no scale: it stays 1"]
    if inner <= 0:
        return 1.0, ["the paths move in opposite directions, which no scale mends: it stays 1"]
    return inner / square, []


def _breadth(points: Array) -> float:
    """Of points (N, 3): how broad they lie across their length; 0 for a line or a spot."""
    lengths = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return float(lengths[1] / lengths[0]) if len(lengths) > 1 and lengths[0] > STILL else 0.0


def _stands(path: Trajectory) -> bool:
    positions = path.c2w[:, :3, 3]
    return float(np.linalg.norm(positions - positions[0], axis=1).max()) < STILL


def _moved(found: Trajectory, fit: Similarity, wanted: Trajectory) -> Trajectory:
    """The path after a similarity; lengths that were fitted are in the requested path's unit."""
    c2w = found.c2w.copy()
    c2w[:, :3, :3] = fit.R @ c2w[:, :3, :3]
    c2w[:, :3, 3] = fit.scale * c2w[:, :3, 3] @ fit.R.T + fit.t
    return replace(found, c2w=c2w, scale=found.scale if fit.scale == 1 else wanted.scale)
