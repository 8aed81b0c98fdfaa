"""Starts engine_child.py under /usr/bin/time and talks with it; keeps files in the page cache or out of it."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TIME = "/usr/bin/time"  # Debian's package `time`
PEAK = re.compile(r"Maximum resident set size \(kbytes\): (\d+)")
PIECE = 16 * 2**20  # bytes
PAUSE = 0.05  # seconds between two looks at a child's memory
PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes


class Child:
    """One way to run a model, in a process of its own; made when its set-up is done.

    Args:
        way: a name in engine_child.WAYS.
        file: the model.
        shape: of the job.
        folder: where a peer may copy the model to.
        prefix: words before the interpreter, such as a script that limits memory.
    """

    def __init__(self, way: str, file: Path, shape: str, folder: Path, prefix: Sequence[str] = ()):
        self.way, self.steps = way, list[dict[str, Any]]()
        self.seen, self.errors = tempfile.NamedTemporaryFile("r"), tempfile.NamedTemporaryFile("w+")  # noqa: SIM115
        timed = [TIME, "-v", "-o", self.seen.name] if Path(TIME).exists() else []
        run = [sys.executable, "-m", "bench.engine_child", way, str(file), shape, str(folder)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [*prefix, *timed, *run], stdin=pipe, stdout=pipe, stderr=self.errors, text=True
        )
        self.setup = self._answer()

    def step(self) -> dict[str, Any]:
        """One forward."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("step\n")
        self.process.stdin.flush()
        most = 0
        while not select.select([self.process.stdout], [], [], PAUSE)[0]:
            most = max(most, self._resident())
        self.steps.append({**self._answer(), "in_step": most})
        return self.steps[-1]

    def end(self) -> None:
        """Let the process end, and read what /usr/bin/time saw."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()
        found = PEAK.search(self.seen.read())
        self.setup["outside"] = int(found[1]) * 1024 if found else 0

    def _resident(self) -> int:
        """Memory of the child that is resident now, bytes."""
        return int(Path(f"/proc/{self.setup['pid']}/statm").read_text().split()[1]) * PAGE

    def best(self, name: str) -> float:
        """The smallest of a number over all steps."""
        return min(step[name] for step in self.steps)

    @property
    def peak(self) -> float:
        """Most memory that was ever resident, bytes, by the process's own account."""
        return max(facts["peak"] for facts in (self.setup, *self.steps))

    @property
    def in_step(self) -> int:
        """Most memory that was seen during a step, bytes."""
        return max(step["in_step"] for step in self.steps)

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.process.wait()
        raise ChildFailedError(self.way, Path(self.errors.name).read_text().strip())


class ChildFailedError(Exception):
    """A process ended without an answer.

    Args:
        way: what it ran.
        output: what it wrote on stderr.
    """

    def __init__(self, way: str, output: str):
        self.output = output
        self.reason = output.splitlines()[-1] if output else "killed without a word"
        super().__init__(f"{way}: {self.reason}")


def take_turns(children: Sequence[Child], steps: int) -> None:
    """Steps of several children in turn, each time in the other direction, after one step of each that warms up."""
    for child in children:
        child.step()
        child.steps.clear()
    for turn in range(steps):
        for child in children if turn % 2 else reversed(children):
            child.step()


def warm(path: Path) -> None:
    """Read a file, or all files of a folder, once, so that the page cache has them."""
    piece = bytearray(PIECE)
    for file in _files(path):
        with file.open("rb", buffering=0) as source:
            while source.readinto(piece):
                pass


def evict(path: Path) -> None:
    """Put a file out of the page cache."""
    for file in _files(path):
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)  # only pages that are on the disk can go
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def _files(path: Path) -> list[Path]:
    """The file, or all that are in the folder; a folder that nobody made has none."""
    return [path] if path.is_file() else sorted(item for item in path.rglob("*") if item.is_file())
