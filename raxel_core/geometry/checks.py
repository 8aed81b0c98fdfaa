"""Checks of single values from outside. Each returns the value, or raises a RaxelError of one sentence.

web/editor/checks.mjs is the twin for what the editor reads.
"""

import numpy as np

from ..errors import RaxelError

REAL = (int, float, np.integer, np.floating)
UNIT_TOLERANCE = 1e-3
"""How far from unit length a quaternion may be: rounding of files, not another kind of number."""


def shown(value: object) -> str:
    """A value for a sentence, cut short."""
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return "nothing" if value is None else f"{str(value) if isinstance(value, REAL) else repr(value):.40}"


def number(value: object, what: str, low: float, high: float) -> float:
    """A finite number within both ends; RaxelError otherwise."""
    if isinstance(value, bool) or not isinstance(value, REAL) or not low <= value <= high:
        raise RaxelError(f"{what} must be a number within {low:.10g} and {high:.10g}, got {shown(value)}")
    return float(value)


def whole(value: object, what: str, low: int, high: int) -> int:
    """A whole number within both ends; RaxelError otherwise."""
    if (
        isinstance(value, bool)
        or not isinstance(value, REAL)
        or not low <= value <= high
        or int(value) != value
    ):
        raise RaxelError(f"{what} must be a whole number within {low} and {high}, got {shown(value)}")
    return int(value)


def one_of(value: object, what: str, choices: list) -> None:
    """RaxelError unless the value is one of the choices, in type as well."""
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        named = ", ".join(str(choice).lower() if isinstance(choice, bool) else choice for choice in choices)
        raise RaxelError(f"{what} must be one of {named}, got {shown(value)}")


def vector(value: object, what: str, length: int, limit: float) -> tuple[float, ...]:
    """So many numbers, none beyond the limit; RaxelError otherwise."""
    if not isinstance(value, list | tuple) or len(value) != length:
        raise RaxelError(f"{what} must be {length} numbers, got {shown(value)}")
    return tuple(number(part, f"every value of {what}", -limit, limit) for part in value)


def unit_quaternion(value: object, what: str) -> tuple[float, ...]:
    """Four numbers w, x, y, z of unit length; rounded ones become exact."""
    q = vector(value, what, 4, 2)
    norm = float(np.linalg.norm(q))
    if abs(norm - 1) > UNIT_TOLERANCE:
        raise RaxelError(f"{what} must be a unit quaternion (w, x, y, z), its length is {norm:.4g}")
    return tuple(part / norm for part in q)
