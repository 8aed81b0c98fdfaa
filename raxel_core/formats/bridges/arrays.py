"""Matrices as other programs hand them over: tensors of any device and precision, arrays, lists, with axes of length 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...errors import RaxelError
from ...geometry.rotation import nearest_rotation
from ..source import check_frames

Array = NDArray[np.float64]

HALF_ROUNDING = 2e-2
"""Largest entry of R R^T - I that rounding to 16 bits (bfloat16 too) can leave; such rotations are mended."""


def matrices(value: Any, what: str, rows: tuple[int, ...] = (3, 4), columns: tuple[int, ...] = (4,)) -> Array:
    """One matrix a camera, as (F, rows, columns) float64.

    Args:
        value: (..., rows, columns) with at most one other axis longer than 1.
        what: they are, for the sentences.
        rows: numbers of rows that are understood; the result has as many as were given.
        columns: the same for columns.

    Raises:
        RaxelError: something else, too many cameras, or a value that is not finite.
    """
    array = _array(value, what)
    shape = array.shape
    long = [length for length in shape[:-2] if length != 1]
    if array.ndim < 2 or shape[-2] not in rows or shape[-1] not in columns or len(long) > 1 or 0 in shape:
        wanted = " or ".join(f"[cameras, {r}, {c}]" for r in rows for c in columns)
        raise RaxelError(f"{what} must be {wanted}, got {list(shape)}")
    check_frames(int(np.prod(shape[:-2])))
    array = array.reshape(-1, *shape[-2:])
    if not np.isfinite(array).all():
        raise RaxelError(f"{what} hold a value that is not a finite number")
    return array


def _array(value: Any, what: str) -> Array:
    if isinstance(value, Tensor):
        return value.detach().cpu().double().numpy()
    try:
        if isinstance(value, list | tuple) and any(isinstance(part, Tensor) for part in value):
            value = [
                part.detach().cpu().double().numpy() if isinstance(part, Tensor) else part for part in value
            ]
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise RaxelError(
            f"{what} must be numbers in matrices of one size, got {type(value).__name__}"
        ) from error


def rigid(matrix: Array) -> Array:
    """(F, 3 or 4, 4) as (F, 4, 4), rotations that 16-bit numbers rounded made exact; others stay as they are."""
    whole = np.tile(np.eye(4), (len(matrix), 1, 1))
    whole[:, : matrix.shape[1]] = matrix
    R = whole[:, :3, :3]
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.abs(R @ R.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2)) < HALF_ROUNDING
    whole[rounded, :3, :3] = np.where(
        (np.linalg.det(R[rounded]) > 0)[:, None, None], nearest_rotation(R[rounded]), R[rounded]
    )
    return whole
