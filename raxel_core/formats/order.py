"""The order of pictures that have names and no times: a path plays them by name, as nerfstudio and COLMAP's users do."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    """Numbers of pictures in the natural order of their names; a note where that is not the file's order.

    Raises RaxelError where two have the same name.
    """
    order = sorted(range(len(names)), key=lambda index: natural(names[index]))
    for one, other in zip(order, order[1:], strict=False):
        if names[one] == names[other]:
            raise RaxelError(
                f"two cameras are of the picture {names[one][-60:]!r}; a path has one camera a picture, remove one"
            )
    if order != sorted(order):
        source.note(
            "the cameras are played in the order of their pictures' names, which is not that of the file"
        )
    return order
