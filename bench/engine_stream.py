"""What streaming a model from its file costs and saves, beside accelerate and diffusers. Prints a table and the bars.

``python -m bench.engine_stream [FILE] [--shape 17x256x416] [--steps 2] [--folder FOLDER] [--groups ours accelerate diffusers]``

Every row is a process of its own under /usr/bin/time. The ways of a group take turns, step by step, with ours streamed among them in a
process of its own, so that what else the machine does meets all of them; a ratio is that of the quickest steps within the group.
The file and the peers' copies of it are in the page cache, except in the cold row, before whose steps the file is put out of it. FILE
comes from engine_files.py (raxel-1.3b:bf16); accelerate and diffusers copy it into FOLDER, which is cleaned up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.engine_files import FOLDER, file_of
from bench.engine_job import SHAPE, tera_flop
from bench.engine_process import Child, ChildFailedError, evict, take_turns, warm
from raxel_core.engine.checkpoint import read_record
from raxel_core.engine.files import read_header

GROUPS = {
    "ours": ("plain", "ours resident", "ours half"),
    "accelerate": ("accelerate", "accelerate again"),
    "diffusers": ("diffusers", "diffusers stream"),
}
BARS = {  # of which row, what, at most this share of it
    "plain": {"step": 1.15},
    "ours resident": {"step": 1.15},
    "accelerate": {"peak": 1 / 3, "setup": 0.1, "step": 1.0},
}
COLUMNS = (
    "", "peak GiB", "seen from outside", "in the steps", "set-up s", "step s", "CPU s a step",
    "GB read a step", "of streamed blocks", "from the disk", "ours: peak", "set-up", "step", "same bits",
)  # fmt: skip


def row(name: str, child: Child, ours: Child | None) -> str:
    """One line: what a process took; then ours streamed as a share of it, with the bar."""
    peaks = [f"{bytes_ / 2**30:.2f}" for bytes_ in (child.peak, child.setup["outside"], child.in_step)]
    times = [f"{child.setup['seconds']:.2f}", f"{child.best('seconds'):.2f}", f"{child.best('cpu'):.1f}"]
    asked, streamed = child.best("asked"), child.steps[0].get("streamed", 0)
    ideal = f"{asked / streamed:.4f} (bar 1 ± 0.01)" if streamed else ""
    facts = [name, *peaks, *times, f"{asked / 1e9:.3f}", ideal, f"{child.best('disk') / 1e9:.3f}"]
    if ours is None:
        return line(*facts, "", "", "", "")
    shares = {
        "peak": ours.peak / child.peak,
        "setup": ours.setup["seconds"] / child.setup["seconds"],
        "step": ours.best("seconds") / child.best("seconds"),
    }
    bars = BARS.get(name, {})
    told = [
        f"{share:.3f}" + (f" (bar {bars[what]:.3g})" if what in bars else "")
        for what, share in shares.items()
    ]
    same = {step["sha256"] for step in (*child.steps, *ours.steps)}
    return line(*facts, *told, "yes" if len(same) == 1 else "no")


def line(*cells: str) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def group(others: tuple[str, ...], file: Path, chosen: argparse.Namespace, folder: Path) -> Iterator[str]:
    """Lines of several ways and ours streamed, in turns."""
    children: list[Child] = []
    for other in others:
        try:
            children.append(Child(other, file, chosen.shape, folder))
        except ChildFailedError as error:
            yield line(other, f"does not run on a CPU: {error.reason}"[:250], *[""] * 12)
    os.sync()  # copies that are still being written would disturb the steps
    for path in (file, folder):
        warm(path)
    ours = Child("ours streamed", file, chosen.shape, folder)
    take_turns([*children, ours], chosen.steps)
    for child in (*children, ours):
        child.end()
    for child in children:
        yield row(child.way, child, ours)
    yield row("ours streamed, beside them", ours, None)


def cold(file: Path, chosen: argparse.Namespace, folder: Path) -> list[str]:
    """Ours streamed from a file that is not in memory."""
    child = Child("ours streamed", file, chosen.shape, folder)
    for _ in range(2):
        evict(file)
        child.step()
    child.end()
    return [row("ours streamed, cold", child, None)]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(prog="python -m bench.engine_stream")
    options.add_argument("file", nargs="?", type=Path, default=file_of("raxel-1.3b:bf16", FOLDER))
    options.add_argument("--shape", default=SHAPE)
    options.add_argument("--steps", type=int, default=2)
    options.add_argument("--folder", type=Path, default=FOLDER)
    options.add_argument("--groups", nargs="*", choices=GROUPS, default=list(GROUPS))
    chosen = options.parse_args()
    config = read_record(read_header(chosen.file)).config
    print(
        f"{chosen.file.name}, {chosen.shape} with a still and rays: {tera_flop(chosen.shape, config):.1f} TFLOP a step\n"
    )
    print(line(*COLUMNS), line(*["---"] * len(COLUMNS)), sep="\n")
    place = Path(tempfile.mkdtemp(dir=chosen.folder))
    try:
        for name in chosen.groups:
            for told in group(GROUPS[name], chosen.file, chosen, place / name):
                print(told, flush=True)
            shutil.rmtree(place / name, ignore_errors=True)
        print(*cold(chosen.file, chosen, place / "cold"), sep="\n", flush=True)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
