"""One forward of the whole 20B network from its file, on a computer without a GPU. Prints a table and the bars.

``python -m bench.engine_20b [FORMAT ...] [--shape 17x256x416] [--cap GIB] [--folder FOLDER] [--keep]``

FORMAT is int8 and nf4 by default. A file (random weights, engine_files.py) that is missing in FOLDER is written first, and removed
again unless --keep is given: room for one is enough. Each runs in a process of its own under /usr/bin/time. --cap also bounds the
process from outside: by a memory cgroup (version 1, for root; it counts the page cache of what is read too) where one can be
made, else by RLIMIT_DATA; a process that needs more is killed, or told that memory is out.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.engine_files import FOLDER, file_of, write
from bench.engine_job import SHAPE, tera_flop
from bench.engine_process import Child, ChildFailedError
from raxel_core.engine.checkpoint import read_record
from raxel_core.engine.files import read_header

MODEL = "raxel-14b"
BAR = 4.0  # GiB
COLUMNS = (
    "20B, streamed from disk",
    "file GB",
    "bounded by",
    "peak GiB",
    "seen from outside",
    "bar GiB",
    "set-up s",
)
COLUMNS = (*COLUMNS, "forward s", "TFLOP/s", "GB read", "of streamed blocks", "from the disk", "finite")


@contextmanager
def bounded(gib: float | None) -> Iterator[tuple[str, list[str]]]:
    """What bounds a process to so much memory, in words, and the words to put before its command."""
    if gib is None:
        yield "nothing", []
        return
    group, limit = _own_group(), int(gib * 2**30)
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(limit))
    except OSError:
        yield f"RLIMIT_DATA {gib:g} GiB", ["prlimit", f"--data={limit}", "--"]
        return
    try:
        yield f"cgroup, {gib:g} GiB", ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]
    finally:
        with suppress(OSError):
            group.rmdir()


def _own_group() -> Path:
    """A memory cgroup below that of this process."""
    lines = (line.split(":") for line in Path("/proc/self/cgroup").read_text().splitlines())
    parent = next((place for _, kinds, place in lines if kinds == "memory"), "/none")
    return Path("/sys/fs/cgroup/memory", parent.lstrip("/"), f"raxel-bench-{os.getpid()}")


def row(file: Path, shape: str, cap: float | None) -> str:
    """One forward."""
    name, config = file.stem, read_record(read_header(file)).config
    with bounded(cap) as (bound, prefix):
        try:
            child = Child("ours streamed", file, shape, file.parent, prefix)
            step = child.step()
            child.end()
        except ChildFailedError as error:
            return f"| {name} | {file.stat().st_size / 1e9:.1f} | {bound} | {error.reason[:200]} |" + " |" * 9
    peaks = [f"{size / 2**30:.2f}" for size in (child.peak, child.setup["outside"])]
    speed = tera_flop(shape, config) / step["seconds"]
    cells = (
        name,
        f"{file.stat().st_size / 1e9:.1f}",
        bound,
        *peaks,
        f"<= {BAR:g}",
        f"{child.setup['seconds']:.2f}",
    )
    read = (step["asked"] / 1e9, step["asked"] / step["streamed"], step["disk"] / 1e9)
    cells = (*cells, f"{step['seconds']:.0f}", f"{speed:.3f}", "{:.2f} | {:.4f} | {:.2f}".format(*read))
    return f"| {' | '.join(cells)} | {'yes' if step['finite'] else 'no'} |"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(prog="python -m bench.engine_20b")
    options.add_argument("format", nargs="*", default=["int8", "nf4"], metavar="FORMAT")
    options.add_argument("--shape", default=SHAPE)
    options.add_argument("--cap", type=float, metavar="GIB")
    options.add_argument("--folder", type=Path, default=FOLDER)
    options.add_argument("--keep", action="store_true")
    chosen = options.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    for form in chosen.format:
        file = file_of(f"{MODEL}:{form}", chosen.folder)
        is_ours = not file.exists()
        if is_ours:
            write(f"{MODEL}:{form}", chosen.folder)
        print(row(file, chosen.shape, chosen.cap), flush=True)
        if is_ours and not chosen.keep:
            file.unlink()


if __name__ == "__main__":
    main()
