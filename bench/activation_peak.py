"""Is the estimate of a step's activations right? Prints it beside what a real step took.

``python -m bench.activation_peak [81x480x832 ...]``: blocks of the 1.3B shape with random weights, opened by the engine, all resident. Each
row runs in a process of its own. On the CPU two measurements: the most that torch's allocator had given out, and how much resident memory
of the process grew above what lay there before (peak of /proc/self/status, after a small step that touches the scratch). Pieces below
glibc's mmap threshold stay in its heap when they are freed; the row "process" has the threshold fixed at 256 KiB, so that what is freed is
gone, and "as it is" leaves it to glibc. On CUDA, where there is one: torch.cuda.max_memory_allocated.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from raxel_core.engine.checkpoint import CheckpointInfo, write_checkpoint
from raxel_core.engine.offload.network import PlacedNetwork
from raxel_core.engine.offload.placed import open_model
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

CONFIG = replace(PRESET_CONFIGS["raxel-1.3b"], num_layers=2)
MIB = 2**20
FIXED = {"MALLOC_MMAP_THRESHOLD_": str(256 * 1024)}


@dataclass(frozen=True)
class Case:
    """One row."""

    frames: int = 17
    height: int = 256
    width: int = 416
    stills: int = 1
    clips: int = 1
    format: str = "bf16"
    cfg: bool = False  # two calls, the first one's velocity kept
    attention: str = "auto"

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of the latents."""
        high, wide = self.height // 8, self.width // 8
        times = {"source": self.stills, "video": (self.frames + 3) // 4}
        sides = {"z": (high, wide), "r": (high // 2, wide // 2)}
        return {f"{n}_{b}": (self.clips, 16, t, *side) for b, side in sides.items() for n, t in times.items()}

    def __str__(self) -> str:
        """In words."""
        words = [f"{self.frames}x{self.height}x{self.width}", self.format]
        words += [f"{self.stills} stills"] if self.stills > 1 else []
        words += [f"{self.clips} clips at once"] if self.clips > 1 else []
        words += ["cfg"] if self.cfg else []
        words += [f"{self.attention} attention"] if self.attention != "auto" else []
        return ", ".join(words)


CASES = [
    Case(),
    Case(format="int8"),
    Case(format="fp32"),
    Case(cfg=True),
    Case(clips=3),
    Case(stills=8),
    Case(attention="math"),
    Case(frames=33, height=320, width=512),
]


def write_model(path: Path, dtype: torch.dtype) -> None:
    """Random weights, tensor by tensor."""
    network = RaxelTransformer(CONFIG, device="meta")
    plan = {name: (dtype, tuple(value.shape)) for name, value in network.state_dict().items()}
    write_checkpoint(
        path,
        CONFIG,
        CheckpointInfo("peak"),
        plan,
        lambda name: torch.randn(plan[name][1]).mul_(0.02).to(dtype),
    )


def opened(case: Case, folder: Path, device: str) -> PlacedNetwork:
    """The network of a case, all of it on the device."""
    wide = case.format == "fp32"
    path = folder / ("fp32.safetensors" if wide else "bf16.safetensors")
    if not path.exists():
        write_model(path, torch.float32 if wide else torch.bfloat16)
    network: Any = open_model(path, device, quantize=case.format if case.format == "int8" else None).network
    network.attention = case.attention
    network.hold()
    return network


def call(network: PlacedNetwork, case: Case, latents: dict[str, Tensor]) -> None:
    """One step."""
    sigmas = dict.fromkeys(latents, torch.tensor(0.5))
    told = network(latents, sigmas)
    if case.cfg:
        away = network(latents, sigmas)
        told = {name: away[name] + 3 * (told[name] - away[name]) for name in told}


def status(key: str) -> int:
    """Bytes of a line of /proc/self/status."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(key))
    return int(line.split()[1]) * 1024


def measured(case: Case, folder: Path, device: str, recorded: bool) -> dict[str, int]:
    """Estimate and peaks in bytes, in this process."""
    network = opened(case, folder, device)
    estimate = network.activation_bytes(case.shapes())
    small = {
        name: torch.randn(1, 16, 1, *((8, 8) if name.endswith("z") else (4, 4)), device=device)
        for name in case.shapes()
    }
    call(network, case, small)
    latents = {name: torch.randn(shape, device=device) for name, shape in case.shapes().items()}
    inputs = sum(x.nbytes for x in latents.values())  # the estimate counts them, they lie there already
    gc.collect()
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call(network, case, latents)
        return {"estimate": estimate, "peak": torch.cuda.max_memory_allocated() - before + inputs}
    if recorded:
        return {"estimate": estimate, "peak": allocator_peak(network, case, latents) + inputs}
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    call(network, case, latents)
    return {"estimate": estimate, "peak": status("VmHWM") - before + inputs}


def allocator_peak(network: PlacedNetwork, case: Case, latents: dict[str, Tensor]) -> int:
    """Most bytes that torch's CPU allocator had given out."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        call(network, case, latents)
    alive = peak = 0
    results: Any = recorded.profiler and recorded.profiler.kineto_results
    for event in results.events():
        if event.name() == "[memory]":
            alive += event.nbytes()
            peak = max(peak, alive)
    return peak


def child(
    case: Case, folder: Path, device: str, recorded: bool, environment: dict[str, str]
) -> dict[str, int]:
    """`measured` in a process of its own."""
    asked = json.dumps([asdict(case), str(folder), device, recorded])
    command = [sys.executable, "-m", "bench.activation_peak", "--child", asked]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Estimated against measured activations.")
    parser.add_argument("sizes", nargs="*", help="FRAMESxHEIGHTxWIDTH, instead of the usual rows")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        case, folder, device, recorded = json.loads(args.child)
        print(json.dumps(measured(Case(**case), Path(folder), device, recorded)))
        return
    sizes = [tuple(map(int, size.split("x"))) for size in args.sizes]
    cases = [Case(frames, height, width) for frames, height, width in sizes] or CASES
    device = "cuda" if torch.cuda.is_available() else "cpu"
    on_cpu = {"allocator": (True, {}), "process": (False, FIXED), "as it is": (False, {})}
    kinds: dict[str, tuple[bool, dict[str, str]]]
    kinds = {"max_memory_allocated": (False, {})} if device == "cuda" else on_cpu
    print(f"`python -m bench.activation_peak {' '.join(args.sizes)}`, {device}, MiB\n")
    print(
        f"| {CONFIG.num_layers} blocks of the 1.3B shape | estimate | {' | '.join(kinds)} |\n| --- | --- |{' --- |' * len(kinds)}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            found = [child(case, Path(folder), device, *how) for how in kinds.values()]
            estimate = found[0]["estimate"]
            cells = [f"{x['peak'] / MIB:.1f} ({estimate / x['peak'] - 1:+.1%})" for x in found]
            print(f"| {case} | {estimate / MIB:.1f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
