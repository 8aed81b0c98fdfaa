"""What a camera file format is, to the rest of Raxel: how it is known, read and written, and what it can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..geometry.trajectory import Trajectory
from .source import Ask, Source

Files = Mapping[str, str | bytes]
"""Names below a folder -> contents."""

HOLDS = {
    "size": "the picture size of {width}x{height}",
    "fps": "the rate of {fps:g} frames per second",
    "lens": "the lens",
    "zoom": "a lens that changes from frame to frame; the first frame's is kept",
    "centre": "a lens that is off centre",
    "pixels": "pixels that are not square",
    "skew": "a skewed lens",
    "scale": "whether lengths are metric or relative",
    "confidence": "how sure each camera is",
}
"""What of a trajectory a format may not be able to hold, and how that is said. Positions and rotations every one holds."""


@dataclass(frozen=True)
class Format:
    """One camera file format."""

    name: str
    """For --from and --to, in lower case."""
    title: str
    """For menus and tables."""
    endings: tuple[str, ...]
    """How names of its files end: ``.chan``, or a whole name such as ``transforms.json``; "/" is a folder."""
    read: Callable[[Source], Trajectory] | None
    write: Callable[[Trajectory, Ask], str | bytes | Files] | None
    """The file's content; of a format that is a folder, those of all its files."""
    recognises: Callable[[Source], bool]
    """Whether a file's content, or name where content says too little, is of this format."""
    holds: frozenset[str]
    """Which of HOLDS survive writing and reading."""
    axes: str
    """Its axes and units in a few words, for the table in the docs."""

    def losses(self, trajectory: Trajectory) -> list[str]:
        """What of this trajectory a file of this format does not keep, a phrase each."""
        facts = {"width": trajectory.width, "height": trajectory.height, "fps": trajectory.fps}
        return [HOLDS[part].format(**facts) for part in HOLDS if part in present(trajectory) - self.holds]


def present(trajectory: Trajectory) -> set[str]:
    """Those of HOLDS that this trajectory has: all but what is as one would take it for anyway."""
    K = trajectory.K
    middle = np.array([trajectory.width / 2, trajectory.height / 2])
    changing = K[:, [0, 1], [0, 1]]
    found = {
        "size": True,
        "fps": True,
        "lens": True,
        "zoom": np.ptp(changing, axis=0).max() > 1e-9 * changing.max(),
        "centre": np.abs(K[:, :2, 2] - middle).max() > 1e-6,
        "pixels": np.abs(K[:, 1, 1] / K[:, 0, 0] - 1).max() > 1e-6,  # files carry 9 digits
        "skew": bool(np.any(K[:, 0, 1] != 0)),
        "scale": trajectory.scale == "metric",
        "confidence": trajectory.confidence is not None,
    }
    return {part for part, there in found.items() if there}
