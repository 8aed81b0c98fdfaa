"""Model files of the real sizes with random weights, for the engine's benchmarks.

``python -m bench.engine_files raxel-1.3b:bf16 raxel-14b:int8 [--folder FOLDER]`` writes one file for each MODEL:FORMAT and prints a
table; a file that is already there is left alone. Sizes are told, and the disk's room is compared with them, before a byte is written.

Memory holds one tensor at a time. Every plain tensor is a cut of one pool of normal numbers, divided by the root of its inputs,
so that activations stay of order 1. Every quantised matrix is one such matrix of its shape, quantised once by the engine, with its
rows turned round by another distance each time: as good as any for time and memory, and written as fast as the disk allows.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from raxel_core.commands.meter import Meter, measured
from raxel_core.engine.checkpoint import CheckpointInfo, write_checkpoint
from raxel_core.engine.manifest import WRITTEN, Quantization
from raxel_core.engine.quant import FORMATS
from raxel_core.engine.writing import Plan
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

FOLDER = Path("/work/scratch/e/models")
POOL = 2**24 + 3643  # numbers; odd, so that no two tensors begin at the same one for long


class Weights:
    """Random weights of one network, tensor by tensor.

    Args:
        model: a name in PRESET_CONFIGS.
        form: a format that Raxel writes, or "bf16".
    """

    def __init__(self, model: str, form: str):
        self.config = PRESET_CONFIGS[model]
        network = RaxelTransformer(self.config, device="meta")
        self.shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
        self.quantization = None if form == "bf16" else Quantization(form)
        self.plan: Plan = self._plan()
        self._pool = torch.randn(POOL, generator=torch.Generator().manual_seed(0)).bfloat16()
        self._drawn = 0  # numbers
        self._matrices: dict[tuple[int, ...], Mapping[str, Tensor]] = {}  # by shape, in parts by suffix
        self._turns: dict[str, int] = {}  # by weight: how far its rows are turned round

    @property
    def size(self) -> int:
        """Bytes of all tensors."""
        return sum(math.prod(shape) * dtype.itemsize for dtype, shape in self.plan.values())

    def tensor(self, name: str) -> Tensor:
        """A tensor of the plan; to be asked for in the order of the file."""
        if name in self.shapes and self.plan[name] == (torch.bfloat16, self.shapes[name]):
            return self._plain(name, self.shapes[name])
        weight = max((w for w in self.shapes if name.startswith(w)), key=len)
        turn = self._turns.setdefault(weight, len(self._turns))
        return self._part(self.shapes[weight], name.removeprefix(weight), turn)

    def _plan(self) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
        plan = {name: (torch.bfloat16, shape) for name, shape in self.shapes.items()}
        if self.quantization:
            form = FORMATS[self.quantization.format]
            for name in self.quantization.matrices(self.shapes, self.config.num_layers):
                _, (rows, columns) = plan.pop(name)
                plan |= {name + suffix: what for suffix, what in form.parts((rows, columns)).items()}
        return plan

    def _plain(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """The next numbers of the pool, in the spread that suits the name."""
        if "norm" in name and name.endswith("weight"):
            return torch.ones(shape, dtype=torch.bfloat16)
        count = math.prod(shape)
        start, self._drawn = self._drawn % POOL, self._drawn + count
        pool = self._pool.repeat(-(-(start + count) // POOL)) if start + count > POOL else self._pool
        return pool[start : start + count].reshape(shape) * _spread(name, shape)

    def _part(self, shape: tuple[int, ...], suffix: str, turn: int) -> Tensor:
        """One part of the matrix of this shape, its rows (and with them their scales) turned round."""
        if shape not in self._matrices:
            matrix = self._plain("matrix", shape)
            self._matrices[shape] = FORMATS[self.quantization.format].quantize(matrix)  # type: ignore[union-attr]
        parts = self._matrices[shape]
        steps = math.gcd(*(part.numel() for part in parts.values() if part.numel() > 1))
        part = parts[suffix]
        return part.flatten().roll(part.numel() // steps * (turn % steps)).view(part.shape)


def _spread(name: str, shape: tuple[int, ...]) -> float:
    """Standard deviation of a plain tensor's numbers."""
    if name == "null_context":
        return 1.0
    return math.prod(shape[1:]) ** -0.5 if len(shape) > 1 and shape[0] > 2 else 0.02


def file_of(what: str, folder: Path) -> Path:
    """Where the file of MODEL:FORMAT lies."""
    return folder / f"{what.replace(':', '-')}.safetensors"


def check_room(sizes: Mapping[str, int], folder: Path) -> None:
    """Say what will be written, and stop where the disk has no room for it."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = {what: size for what, size in sizes.items() if not file_of(what, folder).exists()}
    free, needed = shutil.disk_usage(folder).free, sum(missing.values())
    if not missing:
        return
    words = ", ".join(f"{what} {size / 1e9:.1f} GB" for what, size in missing.items())
    print(f"to write: {words}; free in {folder}: {free / 1e9:.1f} GB", file=sys.stderr)
    if needed > free:
        raise SystemExit(f"{needed / 1e9:.1f} GB do not fit into {free / 1e9:.1f} GB: name another --folder.")


def write(what: str, folder: Path) -> Meter | None:
    """Write the file of MODEL:FORMAT; None: it was there."""
    path, weights = file_of(what, folder), Weights(*what.split(":"))
    if path.exists():
        return None
    check_room({what: weights.size}, folder)
    with measured() as meter:
        info = CheckpointInfo(f"random {what}")
        write_checkpoint(path, weights.config, info, weights.plan, weights.tensor, weights.quantization)
    return meter


def main() -> None:
    """Write what is asked for and print a table."""
    models = [model for model in PRESET_CONFIGS if not model.startswith("wan")]
    choices = [f"{model}:{form}" for model in models for form in ("bf16", *WRITTEN)]
    options = argparse.ArgumentParser(prog="python -m bench.engine_files")
    options.add_argument("what", nargs="+", choices=choices, metavar="MODEL:FORMAT")
    options.add_argument("--folder", type=Path, default=FOLDER)
    chosen = options.parse_args()
    check_room({what: Weights(*what.split(":")).size for what in chosen.what}, chosen.folder)
    print("| file | GB | seconds to write | peak GiB |\n| --- | --- | --- | --- |")
    for what in chosen.what:
        path, meter = file_of(what, chosen.folder), write(what, chosen.folder)
        took = f"{meter.seconds:.0f} | {meter.peak_mb * 1e6 / 2**30:.2f}" if meter else "it was there |"
        print(f"| {path.name} | {path.stat().st_size / 1e9:.2f} | {took} |", flush=True)


if __name__ == "__main__":
    main()
