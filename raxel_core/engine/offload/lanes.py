"""Lanes: how a slab gets from its master into a buffer on the compute device, on a thread of their own.

A lane says what must be over before the buffer may be written (`after`, from `mark`), and what must be over before it may
be read (the result of `fetch`, for `wait`). On the CPU both are nothing: work there is over when it returns.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import torch
from torch import Tensor

from ...errors import RaxelError
from .sources import Source, read_whole

READER = "raxel-reader"
"""Name of the threads that read."""


class Lane(Protocol):
    """Brings slabs, one after the other in the order in which they were asked for."""

    device: torch.device

    def in_place(self, index: int) -> Tensor | None:
        """A slab that lies where the device can compute from it, without being brought; None: it must be."""
        ...

    def empty(self, nbytes: int) -> Tensor:
        """A buffer of bytes on the device."""
        ...

    def mark(self) -> Any:
        """A point in the device's work: all that was launched so far."""
        ...

    def fetch(self, index: int, buffer: Tensor, after: Any) -> Future[Any]:
        """Begin to fill a buffer with a slab once `after` is over; the result, a point as well, goes to `wait`."""
        ...

    def wait(self, ready: Any) -> None:
        """Let all that is launched from now on come after a point; never holds up the thread that asks."""
        ...

    def close(self) -> None:
        """End the thread, after what it is at."""
        ...


class Reader:
    """The one thread of a lane; it starts at the first job and ends with the lane."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    def submit(self, *job: Any) -> Future[Any]:
        """Run job[0](*job[1:]) after all jobs before it."""
        if self._closed:
            raise RaxelError("this model was closed: load it again.")
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, READER)
        return self._pool.submit(*job)

    def close(self) -> None:
        """Drop what has not begun, and end the thread after the rest."""
        self._closed = True
        if self._pool is not None:
            is_itself = threading.current_thread().name.startswith(
                READER
            )  # garbage is collected on any thread
            self._pool.shutdown(wait=not is_itself, cancel_futures=True)
            self._pool = None


class CpuLane:
    """Reads straight into the buffer.

    Args:
        source: the master.
    """

    def __init__(self, source: Source) -> None:
        self.device = torch.device("cpu")
        self._source, self._reader = source, Reader()

    def in_place(self, index: int) -> Tensor | None:
        """A slab of a master in RAM."""
        return self._source.in_ram(index)

    def empty(self, nbytes: int) -> Tensor:
        """A buffer of bytes."""
        with torch.inference_mode(False):  # calls inside and outside of it use the same buffers
            return torch.empty(nbytes, dtype=torch.uint8)

    def mark(self) -> None:
        """Work is over when it returns."""

    def fetch(self, index: int, buffer: Tensor, after: Any) -> Future[Any]:
        """Begin to fill a buffer with a slab."""
        return self._reader.submit(read_whole, self._source, index, buffer)

    def wait(self, ready: Any) -> None:
        """The bytes are there when `fetch` is done."""

    def close(self) -> None:
        """End the thread."""
        self._reader.close()
