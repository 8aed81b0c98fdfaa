"""The scratch: one arena in which stored weights become matrices to compute with.

Its pages are touched once and used for ever: a fresh 141 MB buffer for every matrix costs four times the cast itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import torch
from torch import Tensor

from .slabs import ALIGNMENT


class Scratch:
    """Room for two of the largest matrices, filled from front to back and then from the front again.

    Args:
        numel: numbers in the largest matrix.
        dtype: of the matrices.
        device: where they are.
    """

    def __init__(self, numel: int, dtype: torch.dtype, device: torch.device) -> None:
        self.numel, self.dtype, self.device = 2 * _padded(numel, dtype), dtype, device
        self._arena: Tensor | None = None
        self._next = 0
        self._held: dict[Hashable, tuple[int, int, Tensor]] = {}  # start, stop, matrix

    @property
    def nbytes(self) -> int:
        """Bytes of the arena, whether it is there yet or not."""
        return self.numel * self.dtype.itemsize

    @property
    def held(self) -> int:
        """Bytes of the arena, 0 while it is not there."""
        return 0 if self._arena is None else self._arena.nbytes

    def matrix(self, key: Hashable, shape: tuple[int, int], fill: Callable[[Tensor], None]) -> Tensor:
        """The matrix of this key, good until the next one is asked for; `fill` writes it where it is not there any more."""
        held = self._held.get(key)
        if held is not None:
            return held[2]
        size = shape[0] * shape[1]
        start = self._next if self._next + size <= self.numel else 0
        stop = start + _padded(size, self.dtype)
        self._held = {k: h for k, h in self._held.items() if h[1] <= start or stop <= h[0]}
        matrix = self._room()[start : start + size].view(shape)
        fill(matrix)
        self._held[key] = (start, stop, matrix)
        self._next = stop
        return matrix

    def forget(self) -> None:
        """The next block's weights are others."""
        self._held.clear()
        self._next = 0

    def release(self) -> None:
        """Give the memory back; it comes again when it is needed."""
        self.forget()
        self._arena = None

    def _room(self) -> Tensor:
        if self._arena is None:
            with torch.inference_mode(False):  # later calls outside of it may write here too
                self._arena = torch.empty(self.numel, dtype=self.dtype, device=self.device)
        return self._arena


def _padded(numel: int, dtype: torch.dtype) -> int:
    step = ALIGNMENT // dtype.itemsize
    return -(-numel // step) * step
