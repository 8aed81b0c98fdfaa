"""A network whose weights lie where there is room: called like a RaxelTransformer, moved by whole blocks.

Nothing is ever written back: a block's bytes are read from the master (the file, or RAM) as often as they are needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from ...errors import RaxelError
from ...model import RaxelConfig
from ..lora import Lora
from . import activations
from .layers import Changes
from .memory import is_out_of_memory
from .placement import Plan
from .placing import Placing, exhausted
from .streamer import Stats
from .weights import Weights, nbytes_of


class PlacedNetwork:
    """Weights that move, and the LoRAs of this caller.

    Args:
        weights: shared with other callers' networks.
        loras: with their strengths, added while a block computes.
        placing: of the same weights.
    """

    def __init__(
        self, weights: Weights, loras: Sequence[tuple[Lora, float]] = (), placing: Placing | None = None
    ) -> None:
        self.weights = weights
        self.placing = placing or Placing()
        self.loras = tuple(loras)
        self.prefetch_next = False
        """Whether a call ends by asking for the blocks that the next one begins with."""
        self._changes = _by_weight(loras)
        on_gpu = weights.device.type != "cpu"
        self._lora_bytes = sum(nbytes_of(own) for own in self._changes.values()) if on_gpu else 0

    def __call__(
        self, latents: dict[str, Tensor], sigmas: dict[str, Tensor], context: Tensor | None = None
    ) -> dict[str, Tensor]:
        """As `RaxelTransformer.forward`, without gradients; where memory runs out, once more with less on the device."""
        shapes = {name: tuple(x.shape) for name, x in latents.items()}
        text = None if context is None else int(context.shape[1])

        def call() -> dict[str, Tensor]:
            self.placing.prepare(self, shapes, text)
            return self.weights.run(latents, sigmas, context, self._changes, self.prefetch_next)

        try:
            return call()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                _complain_of_compile(error)
                raise
        self.placing.make_room(self)  # here, where the error and what its frames held are gone
        try:
            return call()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                _complain_of_compile(error)
                raise
            raise exhausted(self, shapes) from None

    @property
    def config(self) -> RaxelConfig:
        """Sizes of the network."""
        return self.weights.config

    @property
    def device(self) -> torch.device:
        """Where latents must be, and where it computes."""
        return self.weights.device

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        return self.weights.dtype

    @property
    def total_bytes(self) -> int:
        """Bytes of all weights: blocks as they are stored, the rest in the compute dtype."""
        return self.weights.globals_bytes + sum(self.block_bytes)

    @property
    def resident_bytes(self) -> int:
        """Bytes of weights that lie on the device until somebody takes them off."""
        return self.weights.resident_bytes

    @property
    def block_bytes(self) -> tuple[int, ...]:
        """Bytes of every block as it is stored."""
        return self.weights.block_bytes

    @property
    def working_bytes(self) -> int:
        """Bytes of slots, scratch and LoRAs that a call takes as the blocks lie now."""
        return self.weights.working_bytes(bool(self._changes)) + self._lora_bytes

    @property
    def scratch_bytes(self) -> int:
        """The same without slots: the scratch, and what LoRAs take on a GPU."""
        return self.weights.scratch_bytes(bool(self._changes)) + self._lora_bytes

    @property
    def stats(self) -> Stats:
        """What streaming has cost so far."""
        stats = self.weights.streamer.stats
        stats.bytes_read = self.weights.source.bytes_read
        return stats

    @property
    def plan(self) -> Plan:
        """Where the blocks are now: as planned for the last call, or with no activations counted where somebody else decides."""
        planned = self.placing.plan
        if planned is not None and set(planned.resident) == set(self.weights.streamer.resident):
            return planned
        needed = self.resident_bytes + self.working_bytes
        resident = tuple(sorted(self.weights.streamer.resident))
        return Plan(len(self.block_bytes), resident, needed, needed)

    @property
    def attention(self) -> str:
        """Name of the attention kernel."""
        return self.weights.network.attention

    @attention.setter
    def attention(self, kernel: str) -> None:
        self.weights.network.attention = kernel

    @property
    def ffn_chunk(self) -> int:
        """Tokens that go through a feed-forward at once."""
        return self.weights.network.ffn_chunk

    @ffn_chunk.setter
    def ffn_chunk(self, tokens: int) -> None:
        self.weights.network.ffn_chunk = tokens

    def activation_bytes(self, shapes: Mapping[str, Sequence[int]], text: int | None = None) -> int:
        """Most bytes beside weights, slots and scratch that a call with latents of these shapes [B, C, T, h, w] takes.

        Args:
            shapes: by segment.
            text: tokens of the context; None: the stored one's.
        """
        return activations.activation_bytes(
            self.config,
            shapes,
            self.dtype,
            ffn_chunk=self.ffn_chunk,
            text_tokens=text,
            attention=self.attention,
            device=self.device.type,
        )

    def place(
        self, budget_gb: float | None = None, shapes: Mapping[str, Sequence[int]] | None = None
    ) -> Plan | None:
        """Decide by itself from now on which blocks are resident: before every call, for its shapes and the free memory.

        Args:
            budget_gb: most GB (2**30 bytes) of the device for weights and computing together; None: what is free.
            shapes: [B, C, T, h, w] of the coming latents; None: planned when they come.

        Raises:
            RaxelError: it does not fit even with all blocks streamed.
        """
        self.placing.within(budget_gb)
        if shapes is not None:
            self.placing.prepare(self, shapes, None)
        return self.placing.plan

    def hold(self, weight_bytes: float = math.inf) -> int:
        """Make as many blocks resident as fit in so many bytes of weights; returns the change of `resident_bytes`.

        The globals are among those bytes and stay in any case. One or two blocks are never streamed, they would only
        live in the slots: rather three, or none.
        """
        before = self.resident_bytes
        self.weights.hold(weight_bytes)
        return self.resident_bytes - before

    def unload(self) -> None:
        """Take everything off the device; the next call brings back the globals."""
        self.weights.unload()

    def release(self) -> None:
        """Give back slots and scratch, before the VAE decodes; the next call takes them again."""
        self.weights.release()

    def close(self) -> None:
        """Give back the file or the RAM too; the network cannot be called any more."""
        self.weights.close()

    def compile_blocks(self) -> None:
        """torch.compile every block, anew for every layout of the tokens."""
        self.weights.network.compile_blocks()

    def with_loras(self, loras: Iterable[tuple[Lora, float]]) -> PlacedNetwork:
        """This network with more LoRAs, each added with its strength; the weights are the same and are not changed."""
        return PlacedNetwork(self.weights, (*self.loras, *loras), self.placing)


def _complain_of_compile(error: Exception) -> None:
    """RaxelError where an error is torch.compile's own."""
    if any(kind.__name__ == "TorchDynamoException" for kind in type(error).__mro__):
        what = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise RaxelError(f"torch.compile failed ({what[:200]}); run the model without compile.") from error


def _by_weight(loras: Iterable[tuple[Lora, float]]) -> dict[str, Changes]:
    changes: dict[str, Changes] = {}
    for lora, strength in loras:
        if strength:
            for name, change in lora.items():
                changes[name] = (*changes.get(name, ()), (change, strength))
    return changes
