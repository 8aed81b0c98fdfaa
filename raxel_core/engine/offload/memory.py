"""How much memory a device has left, and what running out of it looks like."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import torch

PROC, CGROUP = Path("/proc"), Path("/sys/fs/cgroup")
UNLIMITED = 2**60
OUT_OF_MEMORY = (
    "DefaultCPUAllocator",  # "can't allocate memory", and "not enough memory" on Windows
    "CUDA error: out of memory",
    "CUDA out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "bad_alloc",
)
"""Parts of what is raised as a plain RuntimeError."""


def free_bytes(device: torch.device) -> int:
    """Bytes that this process could still take on a device, torch's own cache included."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return min([_available_ram(), *_cgroup_rooms()])


def reclaim(device: torch.device) -> None:
    """Give back what nobody holds any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.empty_cache()
    else:
        trim_heap()


def trim_heap() -> None:
    """Give RAM that was freed back to the system."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)  # glibc keeps freed pieces of its heap


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on the device or in RAM."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in OUT_OF_MEMORY)


def _available_ram() -> int:
    """Bytes of RAM that can be had without swapping."""
    with suppress(OSError, StopIteration):
        lines = (PROC / "meminfo").read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("MemAvailable")))
    if sys.platform == "win32":
        return _available_on_windows()
    with suppress(OSError, ValueError):  # macOS: there is no cheaper answer than half of what is built in
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return UNLIMITED


def _available_on_windows() -> int:
    """MEMORYSTATUSEX.ullAvailPhys."""
    status = (ctypes.c_uint64 * 8)()
    ctypes.cast(status, ctypes.POINTER(ctypes.c_uint32))[0] = ctypes.sizeof(status)  # dwLength
    ctypes.windll.kernel32.GlobalMemoryStatusEx(status)  # type: ignore[attr-defined]
    return int(status[2])  # length and load, total, available


def _cgroup_rooms() -> Iterator[int]:
    """Bytes that each control group of this process leaves; page cache that can be dropped counts as free."""
    with suppress(OSError):
        for line in (PROC / "self" / "cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                yield from _rooms(CGROUP, path, "memory.max", "memory.current", "inactive_file")
            elif "memory" in controllers.split(","):
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
                yield from _rooms(CGROUP / "memory", path, *names)


def _rooms(root: Path, path: str, limit: str, usage: str, cache: str) -> Iterator[int]:
    """Of a group and of all that it is in; inside a container the group itself may be the root."""
    group = root / path.lstrip("/")
    for folder in (group, *group.parents):
        if not folder.is_relative_to(root):
            return
        with suppress(OSError, ValueError, StopIteration):
            most = (folder / limit).read_text().strip()
            if most != "max" and int(most) < UNLIMITED:
                lines = (folder / "memory.stat").read_text().splitlines()
                droppable = int(next(line.split()[1] for line in lines if line.startswith(cache + " ")))
                yield max(0, int(most) - int((folder / usage).read_text()) + droppable)
