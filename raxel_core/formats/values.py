"""Numbers and matrices out of somebody else's JSON or text, checked before anything is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError

LARGEST = 1e12
"""Bound on every number of a camera: products of a few of them stay finite, and no camera is that far away."""


def printable(text: str, limit: int = 40) -> str:
    """Somebody else's words for a sentence: one line, at most so many characters, what does not print written as escapes."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text[:limit])[:limit]


def number(value: Any, what: str) -> float:
    """A number of a JSON document; RaxelError, which begins with ``what``, for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RaxelError(f"{what} must be a number, got {value!r:.40}")
    if not abs(value) <= LARGEST:
        raise RaxelError(f"{what} must be a finite number below {LARGEST:g}, got {value!r:.40}")
    return float(value)


def positive(value: Any, what: str) -> float:
    """A number above zero of a JSON document."""
    if number(value, what) <= 0:
        raise RaxelError(f"{what} must be above 0, got {value!r:.40}")
    return float(value)


def row(value: Any, what: str, *counts: int) -> list[float]:
    """A list of as many numbers as one of ``counts``, of a JSON document."""
    if not isinstance(value, list) or len(value) not in counts:
        got = f"{len(value)} values" if isinstance(value, list) else f"{value!r:.40}"
        raise RaxelError(f"{what} must be a list of {' or '.join(map(str, counts))} numbers, got {got}")
    return [number(entry, f"every value of {what}") for entry in value]


def words_to_numbers(words: list[str] | list[bytes], what: str) -> NDArray[np.float64]:
    """Numbers of a line of text; RaxelError, which begins with ``what``, for a word that is none."""
    try:
        values = np.array([float(word) for word in words], dtype=np.float64)
    except ValueError as error:
        raise RaxelError(f"{what} holds something that is not a number") from error
    return finite(values, what)


def finite(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    """The same values; RaxelError, which begins with ``what``, where one is not finite or above LARGEST."""
    if not (np.abs(values) <= LARGEST).all():
        raise RaxelError(f"{what} holds a value that is not a finite number below {LARGEST:g}")
    return values


def matrix4(value: Any, what: str) -> NDArray[np.float64]:
    """A 4x4 matrix of a JSON document: 16 numbers row by row, or 4 rows of 4; a last row that is left out is added."""
    rows = value if isinstance(value, list) else []
    flat = [entry for row in rows[:16] for entry in (row if isinstance(row, list) else [row])]
    if len(rows) not in (3, 4, 12, 16) or len(flat) not in (12, 16):
        raise RaxelError(f"{what} must be 4 rows of 4 numbers")
    numbers = [number(entry, f"every value of {what}") for entry in flat]
    return np.array([*numbers, 0.0, 0.0, 0.0, 1.0][:16]).reshape(4, 4)
