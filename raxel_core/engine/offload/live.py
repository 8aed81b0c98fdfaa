"""How many bytes of tensors are alive at once: counts storages, so views cost nothing, and needs no real memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveBytes(TorchDispatchMode):
    """Within `with LiveBytes(...) as live:`, `live.peak` is the most bytes that were alive after any operation.

    Args:
        inputs: tensors that count from the start, as long as somebody keeps them.
        ignored: tensors that never count, nor their views (weights).
    """

    def __init__(self, inputs: Iterable[Tensor] = (), ignored: Iterable[Tensor] = ()):
        super().__init__()
        self.peak = 0
        self._ignored = {tensor.untyped_storage()._cdata for tensor in ignored}
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self._count(inputs)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the operation, then count."""
        out = func(*args, **(kwargs or {}))
        self._count(leaf for leaf in tree_leaves(out) if isinstance(leaf, Tensor))
        return out

    def _count(self, tensors: Iterable[Tensor]) -> None:
        self._alive = {key: entry for key, entry in self._alive.items() if not entry[0].expired()}
        for tensor in tensors:
            storage = tensor.untyped_storage()
            if storage._cdata not in self._ignored:
                self._alive[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
        self.peak = max(self.peak, sum(size for _, size in self._alive.values()))


class AttentionIsItsOutput(TorchFunctionMode):
    """Scaled dot-product attention makes its output and nothing else, as fused kernels do (on "meta" torch has none).

    Args:
        workspace: (q, k, v), each [B, heads, N, d] -> bytes that a kernel takes beside its output while it runs.
    """

    def __init__(self, workspace: Callable[[Tensor, Tensor, Tensor], int] = lambda q, k, v: 0) -> None:
        super().__init__()
        self.workspace = workspace

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Replace attention, run everything else."""
        if func is not F.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        query, key, value = args[:3]
        batch, heads, tokens, _ = query.shape
        out = query.new_empty(batch, tokens, heads, value.shape[-1]).transpose(1, 2)
        extra = query.new_empty(self.workspace(query, key, value), dtype=torch.uint8)
        del extra  # it counted
        return out


def peak_bytes(function: Callable[[], Any], inputs: Iterable[Tensor], weights: Iterable[Tensor]) -> int:
    """Bytes alive at once while `function()` runs without gradients, the inputs counted, the weights not."""
    with torch.no_grad(), LiveBytes(inputs, weights) as live:
        function()
    return live.peak
