"""What tests of camera files share: a path that turns, moves and zooms, and a text read from a file of some name."""

from pathlib import Path

import pytest

from raxel_core.formats import Ask, read_file
from raxel_core.geometry.presets import preset_trajectory

REAL = Path(__file__).parents[4] / "shared/data/trajectories"
real = pytest.mark.skipif(not REAL.is_dir(), reason=f"there are no real camera files in {REAL}")
LENS = Ask(hfov_deg=60)
STATIC = "1 0 0 0 0 1 0 0 0 0 1 0"


def path():
    """Eleven cameras of 832x480."""
    return preset_trajectory(
        "dolly_zoom", 7, 832, 480, fps=24, start=preset_trajectory("arc_left", 5, 832, 480, fps=24)
    )


def reading(folder, text, name="file.txt", ask=LENS, format=None):
    """The text as a file of that name, read."""
    (folder / name).write_text(text, newline="")
    return read_file(folder / name, ask, format)
