"""One way to run one model, in a process of its own, one forward at a time on request: what engine_stream.py and others start.

``python -m bench.engine_child WAY FILE SHAPE FOLDER`` prints one line of JSON after the set-up, one after every line "step" on
its input, and one at the end of its input. Bytes read are those of /proc/self/io: ``asked`` by read calls (pages behind a
memory map are not in it), ``disk`` what the disk delivered. ``peak`` is VmHWM, the most memory that was ever resident.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from bench.engine_job import job
from raxel_core.engine.checkpoint import load_model, read_record
from raxel_core.engine.checksums import block_of
from raxel_core.engine.files import read_header, read_tensor
from raxel_core.engine.offload.placed import PlacedNetwork, open_model
from raxel_core.model import RaxelConfig, RaxelTransformer

Call = Callable[[dict[str, Tensor], dict[str, Tensor]], dict[str, Tensor]]
Way = Callable[[Path, Path], tuple[Call, RaxelConfig]]


def ours(share: float) -> Way:
    """The engine, reading from the file what is not resident; `share` is that of the bytes that may be."""

    def way(file: Path, folder: Path) -> tuple[Call, RaxelConfig]:
        model = open_model(file, master="file")
        network = cast(PlacedNetwork, model.network)
        network.hold(share * network.total_bytes)
        return network, model.config

    return way


def plain(file: Path, folder: Path) -> tuple[Call, RaxelConfig]:
    """The plain module, all of it in memory."""
    model = load_model(file)
    return model.network, model.config


def accelerate_disk(file: Path, folder: Path) -> tuple[Call, RaxelConfig]:
    """accelerate's disk_offload of the plain module, as its documentation says; it copies the model into a folder."""
    from accelerate import disk_offload  # noqa: PLC0415

    model = load_model(file)
    return disk_offload(addressed(model.network), str(folder), torch.device("cpu")), model.config


def accelerate_again(file: Path, folder: Path) -> tuple[Call, RaxelConfig]:
    """The same on the folder that an earlier run left, around a module without weights: accelerate at its leanest."""
    from accelerate import disk_offload, init_empty_weights  # noqa: PLC0415

    config = read_record(read_header(file)).config
    with init_empty_weights():
        network = RaxelTransformer(config, device="meta", dtype=torch.bfloat16)
    network.null_context = read_tensor(
        read_header(file), "null_context"
    )  # accelerate leaves buffers where they are
    return disk_offload(addressed(network).eval(), str(folder), torch.device("cpu")), config


def diffusers_groups(use_stream: bool) -> Way:
    """diffusers' group offloading of single blocks to a folder."""

    def way(file: Path, folder: Path) -> tuple[Call, RaxelConfig]:
        from diffusers.hooks.group_offloading import apply_group_offloading  # noqa: PLC0415

        model, cpu = load_model(file), torch.device("cpu")
        options = {"use_stream": use_stream, "offload_to_disk_path": str(folder)}
        apply_group_offloading(addressed(model.network), cpu, cpu, "block_level", 1, **options)
        return model.network, model.config

    return way


def addressed(network: RaxelTransformer) -> RaxelTransformer:
    """Says where and in what to compute, which the module cannot read from weights that are elsewhere."""
    network.compute_device, network.compute_dtype = torch.device("cpu"), torch.bfloat16
    return network


WAYS: dict[str, Way] = {
    "ours streamed": ours(0),
    "ours half": ours(0.5),
    "ours resident": ours(1),
    "plain": plain,
    "accelerate": accelerate_disk,
    "accelerate again": accelerate_again,
    "diffusers": diffusers_groups(use_stream=False),
    "diffusers stream": diffusers_groups(use_stream=True),
}


def numbers(path: str, unit: int) -> dict[str, int]:
    """`name: number` lines of a file under /proc/self."""
    lines = (line.split() for line in Path("/proc/self", path).read_text().splitlines())
    return {line[0].rstrip(":"): int(line[1]) * unit for line in lines if len(line) > 1 and line[1].isdigit()}


def meters() -> dict[str, float]:
    """All that grows while this process lives."""
    io, status = numbers("io", 1), numbers("status", 1024)
    clocks = {"seconds": time.perf_counter(), "cpu": time.process_time()}
    return {**clocks, "asked": io["rchar"], "disk": io["read_bytes"], "peak": status["VmHWM"]}


def grown(before: dict[str, float]) -> dict[str, float]:
    """Differences to `before`; of the peak its value."""
    now = meters()
    return {name: now[name] - (0 if name == "peak" else before[name]) for name in now}


def say(**facts: Any) -> None:
    """One line of JSON."""
    print(json.dumps(facts), flush=True)


def streamed_bytes(call: Call, file: Path) -> int:
    """Bytes of the blocks that are not resident, by the file's own header; 0 for a way that is not ours."""
    if not isinstance(call, PlacedNetwork):
        return 0
    gone = {f"blocks.{i}" for i in range(call.config.num_layers) if i not in call.plan.resident}
    return sum(e.stop - e.start for name, e in read_header(file).tensors.items() if block_of(name) in gone)


def digest(velocity: dict[str, Tensor]) -> str:
    """SHA-256 of all bytes of an answer."""
    total = hashlib.sha256()
    for name in sorted(velocity):
        total.update(velocity[name].contiguous().view(torch.uint8).numpy().data)
    return total.hexdigest()


@torch.no_grad()
def main() -> None:
    """Set up, then a step for each line of input."""
    way, file, shape, folder = sys.argv[1:]
    imported = numbers("status", 1024)["VmRSS"]
    before = meters()
    call, config = WAYS[way](Path(file), Path(folder))
    say(**grown(before), pid=os.getpid(), imported=imported, threads=torch.get_num_threads())
    latents, sigmas = job(shape, config)
    for _ in sys.stdin:
        before = meters()
        velocity = call(latents, sigmas)
        facts = grown(before)
        finite = all(bool(value.isfinite().all()) for value in velocity.values())
        spread = {name: round(float(value.float().std()), 4) for name, value in velocity.items()}
        told = {"streamed": streamed_bytes(call, Path(file)), "finite": finite, "spread": spread}
        say(**facts, **told, sha256=digest(velocity))


if __name__ == "__main__":
    main()
