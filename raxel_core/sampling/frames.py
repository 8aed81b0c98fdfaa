"""Frames as a user writes them: `0, 40, 80` or `0-8, 16`."""

from __future__ import annotations

import re

from ..errors import RaxelError

MOST = 100_000
"""No frame number reaches this, so that one short text cannot ask for memory without bound."""
_PART = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


def parse_frames(text: str, what: str) -> tuple[int, ...] | None:
    """Read frame numbers and ranges (both ends count), separated by commas, in the order written; empty text is None.

    Args:
        text: such as "0, 40, 80" or "0-8, 16".
        what: name of the input or option, for the sentences.

    Raises:
        RaxelError: it is written otherwise, a range goes backwards, or a frame is named twice.
    """
    if not text.strip():
        return None
    frames: dict[int, None] = {}  # a set that keeps its order
    for part in text.split(","):
        first, last = _ends(part.strip(), what)
        for frame in range(first, last + 1):
            if frame in frames:
                raise RaxelError(f"{what} names frame {frame} twice; write every frame once.")
            frames[frame] = None
    return tuple(frames)


def _ends(part: str, what: str) -> tuple[int, int]:
    """First and last frame of "16" or "0-8"."""
    match = _PART.fullmatch(part) if part.isascii() else None
    if match is None:
        raise RaxelError(
            f"{what} holds {part[:40]!r}; write whole numbers and ranges with commas between them, such as 0-8, 16."
        )
    first, last = (int(end[:9]) for end in (match[1], match[2] or match[1]))
    if last < first:
        raise RaxelError(f"{what} holds the range {part}, which goes backwards; write {last}-{first}.")
    if last >= MOST:
        raise RaxelError(f"{what} asks for frame {last}; frames are counted from 0 and end before {MOST:,}.")
    return first, last
