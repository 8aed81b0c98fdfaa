"""Latents of more clips than memory holds: shards stay on disk, and the rows of a batch are copied out of the mapped files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor


class Rows:
    """The tensors of many shards, one after the other, indexed by row like one large tensor.

    Args:
        parts: of equal shapes but for their number of rows.
        device: where what is taken out goes.
    """

    def __init__(self, parts: Sequence[Tensor], device: torch.device | str = "cpu") -> None:
        self.parts, self.device = list(parts), torch.device(device)
        self.ends = list(accumulate(len(part) for part in self.parts))

    def __len__(self) -> int:
        return self.ends[-1]

    @property
    def shape(self) -> torch.Size:
        """Of all rows together."""
        return torch.Size((len(self), *self.parts[0].shape[1:]))

    def to(self, device: torch.device | str) -> Rows:
        """The same rows, for another device."""
        return Rows(self.parts, device)

    def __getitem__(self, key: Any) -> Tensor:
        """``rows[numbers]``, ``rows[a:b]``, or either with slices of the other dimensions: a copy, on the device."""
        rows, *others = key if isinstance(key, tuple) else (key,)
        numbers = torch.arange(len(self))[rows.cpu() if isinstance(rows, Tensor) else rows]
        if numbers.ndim == 0:
            return self._row(int(numbers))[tuple(others)].to(self.device)
        picked = [self._row(number)[(None, *others)] for number in numbers.tolist()]
        nothing = self.parts[0][(slice(0), *others)]
        return torch.cat([nothing, *picked]).to(self.device)

    def _row(self, number: int) -> Tensor:
        place = bisect_right(self.ends, number)
        return self.parts[place][number - self.ends[place]]


Shards = Mapping[str, Tensor | Rows]
"""The tensors of a cache by name; large ones may lie on disk."""
