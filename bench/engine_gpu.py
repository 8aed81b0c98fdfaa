"""The 20B network on one GPU: formats, budgets, attention kernels, and other people's offloading. Prints a table of all that is done.

``python -m bench.engine_gpu RESULTS.json [--minutes 9] [--only WORDS] [--folder FOLDER] [--retry]``

Each row is a process of its own; what it found goes into RESULTS.json at once, and the next call of the same command goes on with
the rows that are missing, so that runs of 10 minutes on a lent machine add up. The files (random weights, engine_files.py) are
written into FOLDER format by format; where the disk has no room for the next one, those of the formats before go. It has to be
a folder of this benchmark's own. ``--device cpu --tiny`` tries all of it on a small network without a GPU.

A cap is a smaller card: the plan gets it as its budget, and torch's allocator may take no more than what CUDA's libraries leave of
it (0.8 GB). A bus of so many GB/s is simulated: a block counts as arrived no sooner than its bytes take at that rate.
Overlap is the time of a step with all blocks resident as a share of the row's own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.engine_files import Weights, file_of

EXPECTED = 75  # seconds of a row; none is begun that would end after the minutes
FORMS = ("int8", "nf4", "fp8", "bf16")
CAPS = {"int8": (12, 16, 24), "nf4": (8, 12, 16), "fp8": (12, 16, 24), "bf16": (16, 24)}  # GB
PEERS = ("plain", "diffusers block", "diffusers leaf", "accelerate")
LONG, SHORT = "81x480x832", "17x480x832"
TINY = {LONG: "9x64x96", SHORT: "5x64x96"}


@dataclass(frozen=True)
class Row:
    """One measurement."""

    form: str
    way: str  # "resident", "streamed", "capped", or a peer's
    shape: str = LONG
    cap: float | None = None  # GB
    attention: str = "auto"
    compile: bool = False
    bus: float | None = None  # GB/s

    @property
    def name(self) -> str:
        """What the table calls it, and its key in the results."""
        words = [self.form, self.way, self.shape]
        words += [f"cap {self.cap:g} GB"] if self.cap else []
        words += [f"attention {self.attention}"] if self.attention != "auto" else []
        words += ["compiled"] if self.compile else []
        words += [f"bus {self.bus:g} GB/s simulated"] if self.bus else []
        return ", ".join(words)


def rows() -> Iterator[Row]:
    """All of the table, format by format: a file is written once."""
    for form in FORMS:
        for shape in (LONG, SHORT):
            yield Row(form, "resident", shape)
            yield Row(form, "streamed", shape)
        for cap in CAPS[form]:
            yield Row(form, "capped", cap=cap)
        if form == "int8":
            for kernel in ("sdpa", "cudnn", "flash", "efficient", "flash-attn", "sage", "xformers"):
                yield Row(form, "resident", attention=kernel)
            for bus in (12.0, 25.0):
                yield Row(form, "streamed", bus=bus)
                yield Row(form, "streamed", SHORT, bus=bus)
            yield Row(form, "resident", compile=True)
            yield Row(form, "streamed", compile=True)
        if form == "bf16":
            for peer in PEERS:
                yield Row(form, peer)
                yield Row(form, peer, SHORT)


def file_for(form: str, model: str, folder: Path) -> Path:
    """The file of a format, written now where it is missing; files of other formats make room for it."""
    what = f"{model}:{form}"
    path = file_of(what, folder)
    if not path.exists():
        size = Weights(model, form).size
        for old in sorted(folder.glob(f"{model}-*.safetensors")):
            if shutil.disk_usage(folder).free < size * 1.02:
                old.unlink()
        subprocess.run(
            [sys.executable, "-m", "bench.engine_files", what, "--folder", str(folder)],
            check=True,
            stdout=sys.stderr,
        )
    return path


def measure(row: Row, file: Path, device: str, seconds: float) -> dict[str, Any] | None:
    """One row in a process of its own: what it printed, or the last line of its complaint; None: out of time."""
    job = json.dumps({**asdict(row), "file": str(file), "device": device})
    command = [sys.executable, "-m", "bench.engine_gpu_row", job]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        print(f"{row.name}: not done when the minutes were over", file=sys.stderr)
        return None
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["killed without a word"])[-1]
        return {"error": words.removeprefix("raxel_core.errors.RaxelError: ")[:300]}
    return json.loads(done.stdout.splitlines()[-1])


def table(found: dict[str, Any], known: list[Row]) -> Iterator[str]:
    """The table of all rows that are done."""
    yield "| 20B | load s | s a step | peak allocated GiB | peak reserved GiB | overlap | GB streamed a step | plan |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in known:
        facts = found.get(row.name)
        if facts is None:
            continue
        if "error" in facts:
            yield f"| {row.name} | {facts['error']} |" + " |" * 6
            continue
        base = found.get(replace(row, way="resident", cap=None, bus=None).name, {}).get("step")
        overlap = f"{base / facts['step']:.3f}" if base and row.way in ("streamed", "capped") else ""
        peaks = [f"{facts[kind] / 2**30:.2f}" for kind in ("allocated", "reserved")]
        cells = (row.name, f"{facts['load']:.1f}", f"{facts['step']:.3f}", *peaks, overlap)
        yield f"| {' | '.join(cells)} | {facts['streamed'] / 1e9:.2f} | {facts['plan']} |"


def main() -> None:
    """Measure what is missing, then print the table."""
    options = argparse.ArgumentParser(prog="python -m bench.engine_gpu")
    options.add_argument("results", type=Path)
    options.add_argument("--minutes", type=float, default=9)
    options.add_argument("--only", default="", metavar="WORDS", help="rows whose name contains this")
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "raxel-bench"))
    options.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    options.add_argument("--tiny", action="store_true")
    options.add_argument("--retry", action="store_true", help="also rows that failed")
    chosen = options.parse_args()
    end = time.monotonic() + 60 * chosen.minutes
    found = json.loads(chosen.results.read_text()) if chosen.results.exists() else {}
    known = [replace(row, shape=TINY[row.shape]) if chosen.tiny else row for row in rows()]
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for row in known:
        is_done = row.name in found and not (chosen.retry and "error" in found[row.name])
        if is_done or chosen.only not in row.name:
            continue
        if end - time.monotonic() < (5 if chosen.tiny else EXPECTED):
            print("the minutes are over; the same command goes on", file=sys.stderr)
            break
        file = file_for(row.form, "small" if chosen.tiny else "raxel-14b", chosen.folder)
        facts = measure(row, file, chosen.device, end - time.monotonic())
        if facts is None:
            break
        found[row.name] = facts
        part = chosen.results.with_suffix(".part")
        part.write_text(json.dumps(found, indent=1))
        part.replace(chosen.results)
    print(*table(found, known), sep="\n")


if __name__ == "__main__":
    main()
