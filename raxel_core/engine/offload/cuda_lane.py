"""The lane to an NVIDIA GPU: through a small ring of pinned memory and over a stream beside the one that computes.

Bytes cross the bus as they are stored. The launching thread waits for nothing but the reader thread's launches; the
device's two streams wait for each other by events: the copy for the computation that used the slot before, the
computation for the copy.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future
from contextlib import suppress

import torch
from torch import Tensor

from .lanes import Reader
from .sources import Source

PIECE = 64 * 2**20
"""Bytes of one piece of the ring; torch rounds pinned memory up to a power of two."""
PIECES = 3
"""One that is filled, one that is copied, one between them."""

_log = logging.getLogger(__name__)
_refused: set[str] = set()
"""Devices for which it has been said that pinned memory was refused."""


class CudaLane:
    """Reads into pinned pieces, copies them into the buffer.

    Args:
        source: the master.
        device: the GPU.
    """

    def __init__(self, source: Source, device: torch.device) -> None:
        self.device = torch.device(
            "cuda", torch.cuda.current_device() if device.index is None else device.index
        )
        self._source, self._reader = source, Reader()
        self._side = torch.cuda.Stream(self.device)
        self._ring: list[
            tuple[Tensor, torch.cuda.Event]
        ] = []  # pieces, and when the last copy out of each is over
        self._turn = 0

    def in_place(self, index: int) -> None:
        """No slab lies on the GPU already."""

    def empty(self, nbytes: int) -> Tensor:
        """A buffer of bytes on the GPU, given to nobody else while the side stream may write it."""
        with torch.inference_mode(False):
            buffer = torch.empty(nbytes, dtype=torch.uint8, device=self.device)
        buffer.record_stream(self._side)
        return buffer

    def mark(self) -> torch.cuda.Event:
        """All that was launched so far on the stream that computes."""
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(self.device))
        return event

    def fetch(self, index: int, buffer: Tensor, after: torch.cuda.Event) -> Future[torch.cuda.Event]:
        """Begin to fill a buffer; done when all copies are launched, with the event that ends them."""
        return self._reader.submit(self._bring, index, buffer, after)

    def wait(self, ready: torch.cuda.Event) -> None:
        """What is launched from now on runs after the event."""
        torch.cuda.current_stream(self.device).wait_event(ready)

    def close(self) -> None:
        """End the thread and free the pinned memory."""
        self._reader.close()
        self._ring.clear()

    def _bring(self, index: int, buffer: Tensor, after: torch.cuda.Event) -> torch.cuda.Event:
        """On the reader thread: launch all copies of a slab."""
        reading, nbytes = self._source.reading(index), self._source.slab(index).nbytes
        ready = torch.cuda.Event()
        with torch.cuda.device(self.device), torch.cuda.stream(self._side):
            self._side.wait_event(after)
            for start in range(0, nbytes, PIECE):
                piece, copied = self._next_piece()
                copied.synchronize()  # of its last use; this thread may wait
                part = piece[: min(PIECE, nbytes - start)]
                reading.into(part, start)
                buffer[start : start + len(part)].copy_(part, non_blocking=True)
                copied.record(self._side)
            ready.record(self._side)
        reading.done()
        return ready

    def _next_piece(self) -> tuple[Tensor, torch.cuda.Event]:
        if len(self._ring) < PIECES:
            self._ring.append((self._pinned(), torch.cuda.Event(blocking=True)))
        self._turn = (self._turn + 1) % len(self._ring)
        return self._ring[self._turn]

    def _pinned(self) -> Tensor:
        """A piece of pinned memory, or of ordinary memory where the system refuses."""
        try:
            return torch.empty(PIECE, dtype=torch.uint8, pin_memory=True)
        except RuntimeError as error:
            with suppress(RuntimeError):  # the refusal would be reported again by the next call
                torch.zeros(1, device=self.device)
            if str(self.device) not in _refused:
                _refused.add(str(self.device))
                reason = str(error).splitlines()[0]
                _log.warning(
                    "pinned memory was refused (%s): streamed weights take longer to the GPU", reason
                )
            return torch.empty(PIECE, dtype=torch.uint8)
