"""One row of engine_gpu.py, in a process of its own: takes the row as JSON, prints what it found as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from bench.engine_job import job
from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.offload.placed import PlacedNetwork, open_model
from raxel_core.engine.offload.placing import CONTEXT
from raxel_core.model import RaxelTransformer

Call = Callable[[dict[str, Tensor], dict[str, Tensor]], dict[str, Tensor]]
STEPS = 2  # that are timed, after one that warms up


@dataclass(frozen=True)
class Setting:
    """What a row asks for; the fields of engine_gpu.Row, with the file and the device."""

    form: str
    way: str
    shape: str
    cap: float | None
    attention: str
    compile: bool
    bus: float | None
    file: str
    device: str

    @property
    def is_cuda(self) -> bool:
        """Whether there is a GPU to ask."""
        return self.device == "cuda"


def ours(setting: Setting) -> PlacedNetwork:
    """The engine, placed as the row says."""
    network = cast(PlacedNetwork, open_model(setting.file, setting.device).network)
    network.attention = setting.attention
    if setting.compile:
        network.compile_blocks()
    if setting.way == "capped":
        network.place(setting.cap)
    else:
        network.hold(network.total_bytes if setting.way == "resident" else 0)
    if setting.bus:
        slow_down(network.weights.streamer.lane, setting.bus * 1e9)
    return network


def slow_down(lane: Any, rate: float) -> None:
    """Let every slab of a lane take as long as its bytes do at `rate` bytes/s, counted from when its slot was free."""
    if lane.device.type != "cuda":
        return
    bring = lane._bring

    def slowly(index: int, buffer: Tensor, after: Any) -> Any:
        after.synchronize()
        start = time.perf_counter()
        ready = bring(index, buffer, after)
        ready.synchronize()
        time.sleep(max(0.0, start + buffer.numel() / rate - time.perf_counter()))
        return ready

    lane._bring = slowly


def plain(setting: Setting) -> RaxelTransformer:
    """The plain module in RAM, told where to compute."""
    network = load_model(setting.file).network
    network.compute_device, network.compute_dtype = torch.device(setting.device), network.dtype
    return network


def diffusers(setting: Setting) -> Call:
    """Group offloading as its documentation recommends it for speed: streams, single blocks or leaves."""
    from diffusers.hooks.group_offloading import apply_group_offloading  # noqa: PLC0415

    network, level = plain(setting), f"{setting.way.split()[1]}_level"
    options: dict[str, Any] = {
        "offload_type": level,
        "num_blocks_per_group": 1 if level == "block_level" else None,
    }
    options |= dict.fromkeys(("use_stream", "record_stream", "non_blocking"), setting.is_cuda)
    apply_group_offloading(network, torch.device(setting.device), torch.device("cpu"), **options)
    return network


def accelerate(setting: Setting) -> Call:
    """cpu_offload as its documentation says."""
    from accelerate import cpu_offload  # noqa: PLC0415

    return cpu_offload(plain(setting), torch.device(setting.device))


WAYS: dict[str, Callable[[Setting], Call]] = {
    "resident": ours,
    "streamed": ours,
    "capped": ours,
    "plain": lambda setting: plain(setting).to(setting.device),
    "diffusers block": diffusers,
    "diffusers leaf": diffusers,
    "accelerate": accelerate,
}


def clock(setting: Setting) -> float:
    """Seconds, after all work on the device."""
    if setting.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter()


@torch.no_grad()
def run(setting: Setting) -> dict[str, Any]:
    """Load, one step, then the timed ones."""
    if setting.is_cuda and setting.cap:
        whole = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction((setting.cap * 2**30 - CONTEXT) / whole)
    start = clock(setting)
    call = WAYS[setting.way](setting)
    load, placed = clock(setting) - start, call if isinstance(call, PlacedNetwork) else None
    config = (placed or cast(RaxelTransformer, call)).config
    latents, sigmas = job(setting.shape, config, setting.device)
    seconds, velocity = [], {}
    for step in range(1 + STEPS):
        if placed:
            placed.prefetch_next = step < STEPS  # as in sampling
        start = clock(setting)
        velocity = call(latents, sigmas)
        seconds.append(clock(setting) - start)
    assert all(bool(value.isfinite().all()) for value in velocity.values())
    peaks = (
        [torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved()] if setting.is_cuda else [0, 0]
    )
    facts = {
        "load": load,
        "first": seconds[0],
        "step": min(seconds[1:]),
        "allocated": peaks[0],
        "reserved": peaks[1],
    }
    if placed:
        return {**facts, "streamed": placed.stats.step_bytes, "plan": str(placed.plan)}
    return {**facts, "streamed": 0, "plan": ""}


if __name__ == "__main__":
    print(json.dumps(run(Setting(**json.loads(sys.argv[1])))))
