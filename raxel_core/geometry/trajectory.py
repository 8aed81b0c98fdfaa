"""Trajectory: the cameras of a clip, as one frozen value.

Camera-to-world matrices with OpenCV axes (x right, y down, z forward), intrinsics in pixels of the stated image size.
Every method returns a new Trajectory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RaxelError
from .rays import fov_from_focal
from .rotation import nearest_rotation, slerp

Array = NDArray[np.float64]
Scale = Literal["metric", "relative"]

ORTHONORMAL_TOLERANCE = 1e-3
"""How far axes may miss length 1, and right angles in radians: rounding of files, mended to the nearest rotation."""


LARGEST = 1e12
"""Bound on positions and intrinsics: their squares stay finite, and no camera is that far away."""
SLOWEST_FPS, FASTEST_FPS = 1e-3, 1e6


def _checked_c2w(c2w: ArrayLike) -> Array:
    c2w = np.array(c2w, dtype=np.float64)
    if c2w.ndim != 3 or c2w.shape[1:] != (4, 4) or len(c2w) == 0:
        raise RaxelError(f"c2w must be [F, 4, 4] with at least one frame, got {list(c2w.shape)}")
    finite = np.isfinite(c2w).all(axis=(1, 2))
    if not finite.all():
        raise RaxelError(
            f"camera {int(np.argmin(finite))} of {len(c2w)} holds a value that is not a finite number"
        )
    if not np.allclose(c2w[:, 3], [0, 0, 0, 1], atol=1e-6):
        raise RaxelError("the last row of every c2w must be 0 0 0 1; are the matrices transposed?")
    R = c2w[:, :3, :3]
    deviation = np.maximum(*_off_rigid(R))
    worst = int(deviation.argmax())
    if deviation[worst] > ORTHONORMAL_TOLERANCE + 1e-9:  # so that 0.001 itself passes
        raise RaxelError(f"camera {worst} of {len(c2w)} {_not_rigid(R[worst])}")
    mirrored = np.linalg.det(R) < 0
    if mirrored.any():
        raise RaxelError(
            f"camera {int(np.argmax(mirrored))} of {len(c2w)} is mirrored (a reflection, determinant -1); "
            "is its file left-handed?"
        )
    farthest = np.abs(c2w[:, :3, 3]).max()
    if farthest > LARGEST:
        raise RaxelError(
            f"a camera is {farthest:.3g} away, more than {LARGEST:g}; what is the unit of the file?"
        )
    rounded = deviation > 1e-12
    c2w[rounded, :3, :3] = nearest_rotation(R[rounded])
    return c2w


def _off_rigid(R: Array) -> tuple[Array, Array]:
    """(F,) most that an axis (a column) of matrices (F, 3, 3) misses length 1, and a right angle in radians."""
    with np.errstate(all="ignore"):  # numbers of 1e200 and axes of no length are far off, and told so
        lengths = np.linalg.norm(R, axis=1)
        axes = R / np.maximum(lengths, 1e-12)[:, None]
        cosines = (np.swapaxes(axes, 1, 2) @ axes)[:, [0, 0, 1], [1, 2, 2]]
        return np.abs(lengths - 1).max(axis=1), np.abs(np.arcsin(np.clip(cosines, -1, 1))).max(axis=1)


def _not_rigid(R: Array) -> str:
    """What is wrong with a 3x3 matrix that is no rotation, beyond rounding."""
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(R, axis=0)  # of columns: where the camera's own axes point
    told = " ".join(f"{length:.5g}" for length in lengths)
    if lengths.min() < 1e-12 or not np.isfinite(lengths).all():
        return f"is not a rotation: its axes have lengths {told}; is the file cut or in another format?"
    skew = float(_off_rigid(R[None])[1][0])
    if skew > ORTHONORMAL_TOLERANCE + 1e-9:
        return (
            f"is not a rotation but skewed: its axes are {np.degrees(skew):.3g} degrees off right angles "
            f"(lengths {told})"
        )
    mirrored = " and mirrored" if np.linalg.det(R / lengths) < 0 else ""
    return f"is not a rotation but scaled{mirrored}: its axes have lengths {told}, not 1; remove the scale where the file was made"


def _checked_K(K: ArrayLike, num_frames: int) -> Array:
    K = np.array(K, dtype=np.float64)
    if K.shape != (num_frames, 3, 3):
        raise RaxelError(f"K must be [{num_frames}, 3, 3] like the {num_frames} cameras, got {list(K.shape)}")
    if not np.isfinite(K).all():
        raise RaxelError("K holds a value that is not a finite number")
    if not np.allclose(K[:, 2], [0, 0, 1], atol=1e-6) or np.any(K[:, 1, 0] != 0):
        raise RaxelError(
            "K must be [[fx, skew, cx], [0, fy, cy], [0, 0, 1]] in pixels; is it transposed or normalised?"
        )
    shortest = min(K[:, 0, 0].min(), K[:, 1, 1].min())
    if shortest <= 1e-6:
        raise RaxelError(f"focal lengths must be positive, got {shortest:g} px")
    if np.abs(K).max() > LARGEST:
        raise RaxelError(
            f"a lens of {np.abs(K).max():.3g} px is longer than {LARGEST:g}; is it in another unit?"
        )
    return K


def _checked_confidence(confidence: ArrayLike, num_frames: int) -> Array:
    confidence = np.array(confidence, dtype=np.float64)
    if confidence.shape != (num_frames,):
        raise RaxelError(
            f"confidence must be [{num_frames}] like the {num_frames} cameras, got {list(confidence.shape)}"
        )
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise RaxelError("every confidence must be a number within 0 and 1")
    return confidence


@dataclass(frozen=True, eq=False)
class Trajectory:
    """F cameras of a clip.

    Raises RaxelError for wrong shapes, values that are not finite, and matrices that are no rotation.
    """

    c2w: Array
    """(F, 4, 4) float64 camera-to-world, OpenCV axes; read-only."""
    K: Array
    """(F, 3, 3) float64 intrinsics in pixels of width x height, pixel centres at +0.5; read-only."""
    width: int
    """Pixels across the image that K refers to."""
    height: int
    """Pixels down the image that K refers to."""
    fps: float = 16.0
    """Frames per second, > 0."""
    scale: Scale = "relative"
    """"metric": translations are in the model's units or metres; "relative": their length means nothing."""
    confidence: Array | None = None
    """(F,) in 0..1, how far to trust each camera, where an estimator said so; read-only."""

    def __post_init__(self) -> None:
        """Check everything once, here, and freeze the arrays."""
        if (
            int(self.width) != self.width
            or int(self.height) != self.height
            or min(self.width, self.height) < 1
        ):
            raise RaxelError(f"image size must be whole pixels, got {self.width} x {self.height}")
        if not SLOWEST_FPS <= self.fps <= FASTEST_FPS:
            raise RaxelError(
                f"fps must be a positive number within {SLOWEST_FPS:g} and {FASTEST_FPS:g}, got {self.fps:g}"
            )
        if self.scale not in ("metric", "relative"):
            raise RaxelError(f'scale must be "metric" or "relative", got {self.scale!r}')
        c2w = _checked_c2w(self.c2w)
        K = _checked_K(self.K, len(c2w))
        confidence = None if self.confidence is None else _checked_confidence(self.confidence, len(c2w))
        for name, array in (("c2w", c2w), ("K", K), ("confidence", confidence)):
            if array is not None:
                array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "width", int(self.width))
        object.__setattr__(self, "height", int(self.height))
        object.__setattr__(self, "fps", float(self.fps))

    @property
    def num_frames(self) -> int:
        """Number of cameras F."""
        return len(self.c2w)

    @property
    def w2c(self) -> Array:
        """(F, 4, 4) world-to-camera matrices, the inverse of c2w."""
        return invert_rigid(self.c2w)

    @property
    def hfov_deg(self) -> Array:
        """(F,) horizontal angle of view in degrees (as if the principal point were centred)."""
        return fov_from_focal(self.K[:, 0, 0], self.width)

    @property
    def vfov_deg(self) -> Array:
        """(F,) vertical angle of view in degrees (as if the principal point were centred)."""
        return fov_from_focal(self.K[:, 1, 1], self.height)

    def scene_scale(self) -> float:
        """Largest distance from the first camera, in the trajectory's units; 1 for a pure rotation (below 1e-6)."""
        positions = self.c2w[:, :3, 3]
        reach = float(np.linalg.norm(positions - positions[0], axis=-1).max())
        return reach if reach >= 1e-6 else 1.0

    def canonical(self, reference: int = 0) -> Trajectory:
        """The same cameras seen from frame ``reference``, whose c2w becomes the identity (paper eq. 1)."""
        if not -self.num_frames <= reference < self.num_frames:
            raise RaxelError(
                f"reference frame {reference} is outside the trajectory's {self.num_frames} frames"
            )
        c2w = invert_rigid(self.c2w[reference]) @ self.c2w
        c2w[reference] = np.eye(4)
        return replace(self, c2w=c2w)

    def at(self, times: ArrayLike) -> Trajectory:
        """Cameras at fractional frame numbers (N,) in 0..F-1: slerp of R, linear T, K and confidence."""
        times = np.clip(np.asarray(times, dtype=np.float64), 0, self.num_frames - 1)
        below = times.astype(int)
        above = np.minimum(below + 1, self.num_frames - 1)
        t = times - below
        c2w = self.c2w[below] + t[:, None, None] * (self.c2w[above] - self.c2w[below])
        c2w[:, :3, :3] = slerp(self.c2w[below, :3, :3], self.c2w[above, :3, :3], t)
        on_frame = t == 0
        c2w[on_frame] = self.c2w[below[on_frame]]
        K = self.K[below] + t[:, None, None] * (self.K[above] - self.K[below])
        sure = self.confidence
        sure = None if sure is None else sure[below] + t * (sure[above] - sure[below])
        return replace(self, c2w=c2w, K=K, confidence=sure)

    def resampled(self, num_frames: int) -> Trajectory:
        """The same path from first to last camera in ``num_frames`` even steps; fps stays, so the duration changes."""
        if num_frames < 1:
            raise RaxelError(f"a trajectory needs at least 1 frame, got {num_frames}")
        return self.at(np.linspace(0, self.num_frames - 1, num_frames))

    def resized(self, width: int, height: int) -> Trajectory:
        """The same cameras for the image stretched to width x height (pixels may stop being square)."""
        factors = np.array([width / self.width, height / self.height, 1.0])
        return replace(self, K=self.K * factors[:, None], width=width, height=height)

    def cropped(self, left: float, top: float, width: int, height: int) -> Trajectory:
        """The same cameras for the part of the image that starts ``left``, ``top`` pixels from its corner."""
        K = self.K.copy()
        K[:, 0, 2] -= left
        K[:, 1, 2] -= top
        return replace(self, K=K, width=width, height=height)

    def fitted(self, width: int, height: int) -> Trajectory:
        """The same cameras for the image scaled to cover width x height and cropped about its centre: pixels stay square."""
        factor = max(width / self.width, height / self.height)
        scaled = replace(self, K=self.K * np.array([factor, factor, 1.0])[:, None])
        return scaled.cropped(
            (self.width * factor - width) / 2, (self.height * factor - height) / 2, width, height
        )

    def reversed(self) -> Trajectory:
        """Last camera first."""
        sure = None if self.confidence is None else self.confidence[::-1]
        return replace(self, c2w=self.c2w[::-1], K=self.K[::-1], confidence=sure)

    def then(self, other: Trajectory) -> Trajectory:
        """This path, then ``other`` moved so that it begins at this path's last camera, which is not repeated.

        fps is this path's; the result is metric only if both are. Raises RaxelError where image sizes differ.
        """
        if (self.width, self.height) != (other.width, other.height):
            raise RaxelError(
                f"paths of {self.width}x{self.height} and {other.width}x{other.height} pixels cannot be chained; "
                "resize one of them first"
            )
        continued = self.c2w[-1] @ other.canonical(0).c2w[1:]
        return replace(
            self,
            c2w=np.concatenate([self.c2w, continued]),
            K=np.concatenate([self.K, other.K[1:]]),
            scale="metric" if self.scale == other.scale == "metric" else "relative",
            confidence=_joined_confidence(self, other),
        )


def _joined_confidence(first: Trajectory, second: Trajectory) -> Array | None:
    """Of a path and what follows it without its first camera; a path that says nothing counts as sure."""
    if first.confidence is None and second.confidence is None:
        return None
    parts = [
        np.ones(path.num_frames) if path.confidence is None else path.confidence for path in (first, second)
    ]
    return np.concatenate([parts[0], parts[1][1:]])


def invert_rigid(T_a_b: ArrayLike) -> Array:
    """Inverse of rigid transforms (..., 4, 4): [R | t] -> [R^T | -R^T t]."""
    T_a_b = np.asarray(T_a_b, dtype=np.float64)
    R_b_a = np.swapaxes(T_a_b[..., :3, :3], -1, -2)
    T_b_a = np.zeros_like(T_a_b)
    T_b_a[..., :3, :3] = R_b_a
    T_b_a[..., :3, 3] = -np.einsum("...ij,...j->...i", R_b_a, T_a_b[..., :3, 3])
    T_b_a[..., 3, 3] = 1.0
    return T_b_a
