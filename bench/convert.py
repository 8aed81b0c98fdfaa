"""How much memory and time does a model made of Wan take? Prints one table, from synthetic files of the real shapes.

``python -m bench.convert [FOLDER [BLOCKS]]``; the folder needs 12 GB of room, everything in it is removed again. Every conversion
runs in a process of its own whose data may not grow beyond 3 GiB (RLIMIT_DATA); the peak is that process's VmHWM.

The 1.3B files are whole. 14B has its real widths with BLOCKS (2) of its 40 blocks: what is held is one tensor, the largest of
them (`time_projection`, 157 M numbers) lies outside the blocks, and only the bookkeeping grows with the number of blocks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from raxel_core.commands.meter import measured
from raxel_core.engine.convert import Start, init_from_wan
from raxel_core.engine.describe import verify_file
from raxel_core.engine.writing import new_file
from raxel_core.model import PRESET_CONFIGS, RaxelConfig, RaxelTransformer

CAP = 3 * 2**30  # bytes of data a conversion may hold
BLOCKS = 2  # of 14B's 40


@dataclass(frozen=True)
class Case:
    """One conversion."""

    model: str
    stored: str  # "fp32", "bf16" or "fp8 scaled"
    shards: int


CASES = (
    Case("wan-1.3b", "fp32", 1),
    Case("wan-1.3b", "fp8 scaled", 1),
    Case("wan-14b", "fp32", 3),
    Case("wan-14b", "fp8 scaled", 1),
)
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp8 scaled": torch.float8_e4m3fn}


def sizes(model: str, blocks: int) -> RaxelConfig:
    """The plain Wan; of 14B a few blocks."""
    config = PRESET_CONFIGS[model]
    return replace(config, num_layers=blocks) if model == "wan-14b" else config


def synthetic(case: Case, folder: Path, blocks: int) -> list[Path]:
    """Write a Wan of the real shapes; every weight is a cut of one pool of normal numbers."""
    network = RaxelTransformer(sizes(case.model, blocks), device="meta")
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    names, files = list(shapes), []
    pool = torch.randn(2**24, generator=torch.Generator().manual_seed(0)) / 50
    for i in range(case.shards):
        part = names[i * len(names) // case.shards : (i + 1) * len(names) // case.shards]
        plan = {name: (dtype, shape) for n in part for name, dtype, shape in stored(case, n, shapes[n])}
        files.append(folder / f"wan-{i + 1:05d}-of-{case.shards:05d}.safetensors")
        with new_file(files[-1], plan, {}) as file:
            for name in file.order:
                dtype, shape = plan[name]
                file.append(name, weight(pool, name, torch.Size(shape)).to(dtype))
    return files


def stored(case: Case, name: str, shape: torch.Size) -> Iterator[tuple[str, torch.dtype, tuple[int, ...]]]:
    """Name, type and shape of what a file holds for one tensor: with fp8, matrices in blocks and their scales."""
    is_scaled = case.stored == "fp8 scaled" and len(shape) == 2 and name.startswith("blocks.")
    dtype = torch.bfloat16 if case.stored == "fp8 scaled" and not is_scaled else DTYPES[case.stored]
    yield name, dtype, tuple(shape)
    if is_scaled:
        yield name.removesuffix("weight") + "scale_weight", torch.float32, ()


def weight(pool: Tensor, name: str, shape: torch.Size) -> Tensor:
    """Normal numbers of this shape; a scale is 1/8."""
    if name.endswith("scale_weight"):
        return torch.tensor(0.125)
    copies = -(-shape.numel() // pool.numel())
    enough = pool if copies == 1 else pool.repeat(copies)
    return enough[: shape.numel()].view(shape)


def convert(plain: RaxelConfig, out: Path, inputs: list[Path]) -> dict[str, float]:
    """One conversion to bf16 and the check of its result, measured; runs in a capped process of its own."""
    import resource  # noqa: PLC0415  Windows has no such module

    resource.setrlimit(resource.RLIMIT_DATA, (CAP, CAP))
    with measured() as making:
        init_from_wan(inputs, out, Start(), plain=plain)
    with measured() as checking:
        verify_file(out)
    return {"seconds": making.seconds, "peak_mb": making.peak_mb, "verify_seconds": checking.seconds}


def row(case: Case, folder: Path, blocks: int) -> str:
    """Make a file, convert it, remove both; one line of the table."""
    files, out = synthetic(case, folder, blocks), folder / "raxel.safetensors"
    read = sum(file.stat().st_size for file in files)
    command = [
        sys.executable,
        "-m",
        "bench.convert",
        "--one",
        case.model,
        str(blocks),
        str(out),
        *map(str, files),
    ]
    facts = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    written = out.stat().st_size
    for file in (*files, out):
        file.unlink()
    what = f"14B widths, {blocks} of 40 blocks" if case.model == "wan-14b" else "1.3B, whole"
    return (
        f"| {what} | {case.stored}, {case.shards} file{'s' * (case.shards > 1)} | {read / 1e9:.1f} | {written / 1e9:.1f} "
        f"| {facts['seconds']:.0f} | {facts['peak_mb'] * 1e6 / 2**30:.2f} | {facts['verify_seconds']:.0f} |"
    )


def main() -> None:
    """Print the table."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--one"]:
        model, blocks, out, *inputs = arguments[1:]
        facts = convert(sizes(model, int(blocks)), Path(out), [Path(file) for file in inputs])
        print(json.dumps(facts))
        return
    place, blocks = arguments[0] if arguments else None, int(arguments[1]) if len(arguments) > 1 else BLOCKS
    start = time.perf_counter()
    print("| Wan | stored as | GB read | GB written (bf16) | seconds | peak GiB | seconds to verify |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        for case in CASES:
            print(row(case, Path(folder), blocks), flush=True)
    print(
        f"\nData of each process capped at {CAP / 2**30:.0f} GiB; {time.perf_counter() - start:.0f} s in all."
    )


if __name__ == "__main__":
    main()
