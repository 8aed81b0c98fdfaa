"""Writing a model where there is too little room, for `bench.corruption` and the tests."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from raxel_core.engine.convert import Start, init_from_wan
from raxel_core.engine.manifest import Quantization
from raxel_core.engine.quantize import quantize_file

Write = Callable[[Path, Path, random.Random], None]
"""Makes a new model of a file; RaxelError where there is too little room, and no file under the new name."""


def limited(source: Path, out: Path, dice: random.Random) -> None:
    """In a process that may write files of a random size (RLIMIT_FSIZE): any write may be the one that fails."""
    with largest_file(dice.randrange(1, 3_000_000)):
        _write(source, out, lambda done: None)


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def on_a_small_disk(source: Path, out: Path, dice: random.Random) -> None:
    """On a disk of 2 MB: asked before the first byte."""
    with small_disk(out.parent / "disk", 2) as disk:
        _write(source, disk / out.name, lambda done: None)


def on_a_disk_that_fills(source: Path, out: Path, dice: random.Random) -> None:
    """On a disk with room enough, which somebody else fills meanwhile."""
    with small_disk(out.parent / "disk", 40) as disk:
        _write(source, disk / out.name, lambda done: _fill(disk / "other") if done == 2 else None)


def _write(source: Path, out: Path, on_step: Callable[[int], None]) -> None:
    try:
        if source.stem == "wan":
            init_from_wan([source], out, Start(), lambda done, total: on_step(done))
        else:
            quantization = Quantization("int8") if source.stem == "bf16" else None
            quantize_file(source, out, quantization, lambda done, total: on_step(done))
    finally:
        assert not out.exists()


def _fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(2**16)):
            pass


@contextlib.contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A disk in RAM; for root only."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "raxel-test", str(place)]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True, capture_output=True)


def can_mount(folder: Path) -> bool:
    """Whether this process may mount a disk in RAM."""
    if not hasattr(os, "geteuid") or os.geteuid() or not shutil.which("mount"):
        return False
    try:
        with small_disk(folder / "probe", 1):
            return True
    except subprocess.CalledProcessError:
        return False
    finally:
        (folder / "probe").rmdir()


def disk_full(folder: Path) -> dict[str, Write]:
    """What can be tried here."""
    ways: dict[str, Write] = {"disk full while writing": limited}
    if can_mount(folder):
        ways |= {"small disk": on_a_small_disk, "disk that fills meanwhile": on_a_disk_that_fills}
    return ways
