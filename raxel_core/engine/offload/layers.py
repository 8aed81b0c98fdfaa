"""Layers whose weights come and go: a Linear that keeps what is stored and makes a matrix of it while it runs.

`OPERATIONS` takes the place of torch.nn when a RaxelTransformer is built on "meta". Weights are bound as views of a slab
and unbound afterwards; a layer without its weights raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..lora import Difference, Factors
from ..quant import WeightFormat
from .scratch import Scratch

CHUNK_BYTES = 8 * 2**20
"""Of a matrix's change in float32 that is alive at once."""


Changes = tuple[tuple[Factors | Difference, float], ...]
"""What LoRAs do to one weight, with their strengths."""


class Linear(nn.Linear):
    """x @ W.T + b, where W is stored as it is, in another type, or in the parts of a weight format."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, **where: object) -> None:
        super().__init__(in_features, out_features, bias, **where)  # type: ignore[arg-type]
        self.format: WeightFormat | None = None  # None: `weight` is the matrix
        self.parts: Mapping[str, Tensor] | None = None  # of the format, by suffix, while they are bound
        self.changes: Changes = ()  # while they are bound
        self.scratch: Scratch | None = None

    def forward(self, input: Tensor) -> Tensor:
        """[..., in] -> [..., out] in the input's dtype."""
        bias = self.bias if self.bias is None else self.bias.to(input.dtype)
        return F.linear(input, self.matrix(input.dtype), bias)

    def matrix(self, dtype: torch.dtype) -> Tensor:
        """The weight [out, in] to compute with; good until another Linear asks for its own."""
        if self.format is None and not self.changes and self.weight.dtype == dtype:
            return self.weight
        shape = (self.out_features, self.in_features)
        scratch = self.scratch
        if scratch is None or scratch.dtype != dtype or torch.compiler.is_compiling():
            matrix = torch.empty(shape, dtype=dtype, device=self._device())
            self._fill(matrix)
            return matrix
        return scratch.matrix(self, shape, self._fill)

    def _fill(self, out: Tensor) -> None:
        if self.format is None:
            out.copy_(self.weight)
        else:
            self.format.dequantize(self._present(), out)
        for change, strength in self.changes:
            add_change(out, change, strength)

    def _present(self) -> Mapping[str, Tensor]:
        if self.parts is None:
            raise RuntimeError("this layer's weights are not here: they are while its block's turn lasts")
        return self.parts

    def _device(self) -> torch.device:
        return self.weight.device if self.format is None else self._present()[""].device


class Conv3d(nn.Conv3d):
    """torch's, with weights in the input's dtype."""

    def forward(self, input: Tensor) -> Tensor:
        """[B, C, T, H, W] -> [B, C', T', H', W']."""
        bias = self.bias if self.bias is None else self.bias.to(input.dtype)
        return self._conv_forward(input, self.weight.to(input.dtype), bias)


class LayerNorm(nn.LayerNorm):
    """torch's, with weights in the input's dtype."""

    def forward(self, input: Tensor) -> Tensor:
        """[..., dim] -> [..., dim]."""
        weight, bias = (
            None if value is None else value.to(input.dtype) for value in (self.weight, self.bias)
        )
        return F.layer_norm(input, self.normalized_shape, weight, bias, self.eps)


OPERATIONS = cast(ModuleType, SimpleNamespace(Linear=Linear, Conv3d=Conv3d, LayerNorm=LayerNorm))
"""For RaxelTransformer's `operations`."""


@torch.no_grad()
def add_change(weight: Tensor, change: Factors | Difference, strength: float) -> None:
    """Add a LoRA's change to a matrix [out, in] in float32 and in place, some rows at a time, as `apply_lora` does."""
    rows = max(1, CHUNK_BYTES // (4 * weight.shape[1]))
    for start in range(0, len(weight), rows):
        here = slice(start, start + rows)
        part = (
            Factors(change.down, change.up[here], change.scale)
            if isinstance(change, Factors)
            else Difference(change.value[here])
        )
        delta = part.delta().to(weight.device)
        weight[here] = weight[here].float().add_(delta, alpha=strength)
