"""The same cameras told from another one: an affine map on the raxels' pixels, exact whatever else the pictures hold.

A raxel is alpha (R d + T / s). Seen from a camera [R0 | T0] it is alpha (R0^T (R d + T / s - T0 / s)).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..errors import RaxelError
from .fit import fit_cameras
from .raxels import Raxels
from .solve import flatten_bundles, procrustes

IDENTITY_TOLERANCE = 1e-5
"""Radians and raxel units: a camera nearer to the identity is the identity but for float32 rounding."""


@dataclass(frozen=True, eq=False)
class Anchor:
    """A camera that others are told from."""

    R: Tensor
    """(3, 3) float64 camera-to-world."""
    T: Tensor
    """(3,) float64, in raxel units (of the scale s)."""

    @classmethod
    def at(cls, raxels: Raxels, frame: int) -> Anchor:
        """The camera of one frame, read by the robust fit; the exact identity where it is that but for rounding."""
        if not 0 <= frame < raxels.num_frames:
            raise RaxelError(f"frame {frame} is outside the {raxels.num_frames} frames of the path")
        R, T = _cameras(raxels, [frame])
        if max(float((R[0] - torch.eye(3)).abs().max()), float(T[0].abs().max())) < IDENTITY_TOLERANCE:
            return IDENTITY
        return cls(R[0], T[0])

    @classmethod
    def between(cls, raxels: Raxels, other: Raxels) -> Anchor:
        """Where the world of some raxels lies in that of others, of the same cameras: the best rigid fit to all frames."""
        source, target = (
            flatten_bundles(path.images.cpu(), path.alpha).transpose(0, 1).flatten(1)[None]
            for path in (raxels, other)
        )
        R, T = procrustes(source, target)
        return cls(R[0], T[0])

    @property
    def is_identity(self) -> bool:
        """The cameras stay as they are."""
        return self is IDENTITY

    def seen(self, raxels: Raxels) -> Raxels:
        """The cameras of raxels told from this one, which becomes the identity."""
        if self.is_identity:
            return raxels
        images = (raxels.images.cpu().double() - raxels.alpha * self.T) @ self.R
        return replace(raxels, images=images.float())

    def unseen(self, raxels: Raxels) -> Raxels:
        """The inverse of `seen`."""
        if self.is_identity:
            return raxels
        images = raxels.images.cpu().double() @ self.R.T + raxels.alpha * self.T
        return replace(raxels, images=images.float())


IDENTITY = Anchor(torch.eye(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64))


def reach(raxels: Raxels) -> float:
    """Largest distance of a camera from the canonical one, in the user's units; 1 for a pure rotation (below 1e-6)."""
    _, T = _cameras(raxels, list(range(raxels.num_frames)))
    longest = float(torch.linalg.vector_norm(T, dim=-1).max()) * raxels.scale
    return longest if longest >= 1e-6 else 1.0


def _cameras(raxels: Raxels, frames: list[int]) -> tuple[Tensor, Tensor]:
    """Rotations (n, 3, 3) and translations (n, 3) in raxel units of some frames; each with a lens of its own."""
    rows, columns = raxels.images.shape[1:3]
    bundles = flatten_bundles(raxels.images[frames], raxels.alpha)
    fit = fit_cameras(bundles, rows, columns, "frame", square=True)
    return fit.R, fit.T
