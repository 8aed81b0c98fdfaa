"""The exponential moving average of the weights that are trained; it is what gets written and sampled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from .processes import local


class Average:
    """Follows the trained parameters of a network.

    Args:
        network: its present weights are where the average starts; sharded ones are averaged shard by shard.
    """

    def __init__(self, network: nn.Module) -> None:
        trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
        self.network = network
        self.tensors: dict[str, Tensor] = {name: p.detach().clone() for name, p in trained.items()}
        self._own = [local(tensor) for tensor in self.tensors.values()]
        self._theirs = [local(p.detach()) for p in trained.values()]

    @torch.no_grad()
    def follow(self, decay: float) -> None:
        """average <- decay average + (1 - decay) weights."""
        torch._foreach_lerp_(self._own, self._theirs, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]

    def state(self) -> dict[str, Tensor]:
        """All tensors of the network, the averages among them."""
        return {**self.network.state_dict(), **self.tensors}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it the network has the averaged weights."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for own, theirs in zip(self._own, self._theirs, strict=True):
            kept = own.clone()
            own.copy_(theirs)
            theirs.copy_(kept)
