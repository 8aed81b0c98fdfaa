"""Blocks in turn: resident ones as they lie, the others through two slots, each fetched while the one before it computes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from .lanes import Lane
from .slabs import Slab

SLOTS = 2


@dataclass
class Stats:
    """What streaming has cost."""

    bytes_read: int = 0  # from the master, ever
    step_bytes: int = 0  # of the blocks that were streamed in the last call
    waited_seconds: float = 0.0  # the caller stood still for a block, ever


@dataclass
class Slot:
    """A buffer that blocks pass through."""

    buffer: Tensor
    after: Any = None  # the point in the device's work after which it may be written
    block: int = -1
    arrival: Future[Any] = field(default_factory=Future)


class Streamer:
    """Holds resident slabs and the two slots.

    Args:
        lane: brings slabs.
        slabs: of the blocks.
    """

    def __init__(self, lane: Lane, slabs: list[Slab]) -> None:
        self.lane, self.slabs, self.stats = lane, slabs, Stats()
        self.resident: dict[int, tuple[Tensor, Any]] = {}  # block -> its buffer, and when it is ready
        self._free: list[Slot] = []
        self._coming: deque[Slot] = deque()  # asked for, in this order

    @property
    def streamed(self) -> list[int]:
        """Blocks that are not resident, in order."""
        return [i for i in range(len(self.slabs)) if i not in self.resident]

    @property
    def slots_held(self) -> int:
        """Bytes of the slots that are there, between calls."""
        return sum(len(slot.buffer) for slot in (*self._free, *self._coming))

    def hold(self, blocks: set[int]) -> None:
        """Make these blocks, and no others, resident. An error leaves those resident that have arrived."""
        for i in set(self.resident) - blocks:
            del self.resident[i]
        self.take_in_place()
        if self.slot_bytes(blocks) < self.slots_held:
            self.release()  # before the blocks that may need the room
        for i in sorted(blocks - set(self.resident)):
            buffer = self.lane.empty(self.slabs[i].nbytes)
            arrival = self.lane.fetch(i, buffer, self.lane.mark())
            self.resident[i] = (buffer, self._arrived(arrival))

    def turns(self, prefetch_next: bool) -> Generator[tuple[int, Tensor]]:
        """Every block in order, with the buffer that holds its slab until the next one is asked for.

        Args:
            prefetch_next: at the end ask for the blocks that the next call will begin with.
        """
        self.take_in_place()
        streamed = self.streamed
        self.stats.step_bytes = sum(self.slabs[i].stored_bytes for i in streamed)
        wanted = self._begin(streamed)
        if prefetch_next:
            wanted.extend(streamed[:SLOTS])
        for i in range(len(self.slabs)):
            if i in self.resident:
                buffer, ready = self.resident[i]
                self.lane.wait(ready)
                yield i, buffer
                continue
            slot = self._coming.popleft()
            if slot.block != i:  # it would compute with another block's weights
                raise RuntimeError(f"block {slot.block} came in the turn of block {i}")
            try:
                self.lane.wait(self._arrived(slot.arrival))
                yield i, slot.buffer
            finally:  # also when the caller is interrupted: the slot may be written when its work is over
                slot.after = self.lane.mark()
                self._free.append(slot)
            self._ask(wanted)

    def release(self) -> None:
        """Give the slots back."""
        for slot in self._coming:
            slot.arrival.cancel()
        self._coming.clear()
        self._free.clear()

    def close(self) -> None:
        """Give everything back and end the thread."""
        self.release()
        self.resident.clear()
        self.lane.close()

    def slot_bytes(self, blocks: Mapping[int, Any] | set[int]) -> int:
        """Bytes of the slots while these blocks are resident."""
        sizes = [slab.nbytes for i, slab in enumerate(self.slabs) if i not in blocks]
        return SLOTS * max(sizes, default=0)

    def take_in_place(self) -> None:
        """What lies where the device can use it needs no slot."""
        for i in self.streamed:
            buffer = self.lane.in_place(i)
            if buffer is not None:
                self.resident[i] = (buffer, None)

    def _begin(self, streamed: list[int]) -> deque[int]:
        """Take over what the last call has asked for, ask for the rest of the first blocks; returns what is left to ask."""
        if not streamed:
            self.release()
            return deque()
        size = max(self.slabs[i].nbytes for i in streamed)
        slots = [*self._free, *self._coming]
        if len(slots) != SLOTS or any(len(slot.buffer) != size for slot in slots):
            self.release()  # also when an interrupt has lost one
            buffers = [self.lane.empty(size) for _ in range(SLOTS)]
            self._free = [Slot(buffer, self.lane.mark()) for buffer in buffers]
        kept: deque[Slot] = deque()
        while self._coming and self._coming[0].block == streamed[len(kept)] and not _failed(self._coming[0]):
            kept.append(self._coming.popleft())
        for slot in self._coming:
            slot.arrival.cancel()
        self._free.extend(self._coming)
        self._coming = kept
        wanted = deque(streamed[len(kept) :])
        while self._free:
            self._ask(wanted)
        return wanted

    def _ask(self, wanted: deque[int]) -> None:
        """Have the next block brought into a free slot."""
        if wanted:
            slot = self._free.pop()
            slot.block = wanted.popleft()
            slot.arrival = self.lane.fetch(slot.block, slot.buffer, slot.after)
            self._coming.append(slot)

    def _arrived(self, arrival: Future[Any]) -> Any:
        """What `fetch` gives, or its error."""
        start = time.perf_counter()
        try:
            return arrival.result()
        finally:
            self.stats.waited_seconds += time.perf_counter() - start


def _failed(slot: Slot) -> bool:
    arrival = slot.arrival
    return arrival.cancelled() or (arrival.done() and arrival.exception() is not None)
