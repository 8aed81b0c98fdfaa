"""How long a task took and how much memory it held, and the bar that shows it moving."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OnStep = Callable[[int, int, Callable[[], Any]], None]
"""What the sampling floor calls after every step: step, total, and a function that draws a preview."""


@dataclass
class Meter:
    """Filled in when the measured block ends."""

    seconds: float = 0.0
    """Wall time."""
    peak_mb: float = 0.0
    """Most memory that the whole process, model and libraries included, held at once during the block."""


@contextmanager
def measured() -> Iterator[Meter]:
    """Measure the block. On Linux the peak is the block's own; elsewhere it is the process's since its start."""
    meter = Meter()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # resets the high-water mark, see proc(5)
    start = time.perf_counter()
    yield meter
    meter.seconds = time.perf_counter() - start
    meter.peak_mb = _peak_mb()


def _peak_mb() -> float:
    """High-water mark of resident memory in MB (10^6 bytes); 0 where the system does not tell."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        kib = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
        return int(kib) * 1024 / 1e6
    try:
        import resource  # noqa: PLC0415  Windows has no such module
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


@contextmanager
def progress(label: str) -> Iterator[OnStep]:
    """A bar on stderr, moved by every step."""
    from tqdm import tqdm

    pause = 0.1 if sys.stderr.isatty() else 5.0  # seconds between redraws; a log keeps every one of them
    with tqdm(desc=label, unit="step", leave=False, file=sys.stderr, mininterval=pause) as bar:

        def on_step(step: int, total: int, preview: Callable[[], Any]) -> None:
            bar.total = total
            bar.update(1)

        yield on_step
