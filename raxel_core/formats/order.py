"""The order of pictures that have names and no times: a path plays them by name, as nerfstudio and COLMAP's users do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..errors import RaxelError
from .source import Source


def natural(name: str) -> list[tuple[int, str]]:
    """Sorting key under which frame_2 stands before frame_10."""
    parts = re.split(r"([0-9]+)", name)
    # Digits are compared by length, then as text: int() of a name of thousands of them would raise.
    digits = [part.lstrip("0") for part in parts[1::2]]
    key = [(-1, part) for part in parts]
    key[1::2] = [(len(part), part) for part in digits]
    return key


def by_name(source: Source, names: Sequence[str]) -> list[int]:
    """Numbers of pictures in the natural order of their names; notes where the file has another, or names leave gaps.

    Raises RaxelError where two have the same name.
    """
    order = sorted(range(len(names)), key=lambda index: (natural(names[index]), names[index]))
    for one, other in pairwise(order):
        if names[one] == names[other]:
            raise RaxelError(
                f"two cameras are of the picture {names[one][-60:]!r}; a path has one camera a picture, remove one"
            )
    if order != sorted(order):
        source.note(
            "the cameras are played in the order of their pictures' names, which is not that of the file"
        )
    missing = _missing([names[index] for index in order])
    if missing:
        source.note(
            f"{missing} numbers are missing between the pictures' names; the path goes on without them, so its pace is uneven"
        )
    return order


def _missing(names: Sequence[str]) -> int:
    """How many names of a numbered series are left out; 0 where names are no one series of even steps."""
    found = [re.fullmatch(r"(.*?)([0-9]{1,15})([^0-9]*)", name) for name in names]
    around = {(match[1], match[3]) if match else None for match in found}
    if len(around) != 1 or len(names) < 3:
        return 0
    numbers = [int(match[2]) for match in found if match]
    steps = [after - before for before, after in pairwise(numbers)]
    usual = min(steps, default=1)
    if usual < 1 or any(step % usual for step in steps):
        return 0
    return sum(step // usual - 1 for step in steps)
