"""What a quantised Linear costs and how near it stays, beside bf16 and bitsandbytes' own layers. Prints two tables.

``python -m bench.quant_linear [--tokens 256,1024,4096] [--rounds 7] [--device cpu] [--cpu-time]``; the first table's times come from rounds in which
every layer runs once in turn, so that all see the same machine; the ratio is that of the shortest times, the shortest of a
layer that takes seconds of three rounds.

Raxel's layer dequantises into memory that is already there and calls F.linear, as the streamed network does. A block uses one
dequantised matrix for every chunk of its tokens, so that its share of dequantising is that of the largest number of tokens.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from raxel_core.engine.quant import FORMATS, nf4

SHAPES = ((5120, 13824), (5120, 5120))  # in, out of Wan 14B's feed-forward and attention
SLOW = 1.0  # seconds, beyond which three rounds are enough
Layer = Callable[[Tensor], Tensor]
Clock = Callable[[], float]


def quantised(name: str, weight: Tensor, scratch: Tensor) -> Layer:
    """Raxel's: parts of the weight, dequantised into the scratch at every call."""
    parts = FORMATS[name].quantize(weight)

    def layer(x: Tensor) -> Tensor:
        FORMATS[name].dequantize(parts, scratch)
        return F.linear(x, scratch)

    return layer


def without_bitsandbytes(layer: Layer) -> Layer:
    """The same layer where the package is not installed."""

    def slower(x: Tensor) -> Tensor:
        kernel = nf4._kernel
        nf4._kernel = lambda: None  # type: ignore[assignment]
        try:
            return layer(x)
        finally:
            nf4._kernel = kernel

    return slower


def bitsandbytes_layers(weight: Tensor) -> dict[str, Layer]:
    """Their modules as their documentation builds them; on the CPU a move quantises."""
    from bitsandbytes.nn.modules import Linear4bit, Linear8bitLt  # noqa: PLC0415  the peer

    size = weight.shape[1], weight.shape[0]
    four = Linear4bit(
        *size, bias=False, compute_dtype=weight.dtype, quant_type="nf4", compress_statistics=True
    )
    eight = Linear8bitLt(*size, bias=False, has_fp16_weights=False, threshold=0.0)
    for layer in (four, eight):
        layer.load_state_dict({"weight": weight.cpu()})
        layer.to(weight.device)
    return {"bitsandbytes Linear4bit (nf4)": four.eval(), "bitsandbytes Linear8bitLt": eight.eval()}


def seconds(layer: Layer, x: Tensor, clock: Clock) -> float:
    """One call."""
    synchronise(x)
    start = clock()
    layer(x)
    synchronise(x)
    return clock() - start


def machine(device: str) -> str:
    """What decides the ratios: matrix units make bf16 fast, and everything beside it dear."""
    if device != "cpu":
        return torch.cuda.get_device_name(device)
    units = "with" if torch.cpu._is_amx_tile_supported() else "without"
    return f"CPU ({torch.backends.cpu.get_cpu_capability()}, {units} AMX), {torch.get_num_threads()} threads"


def synchronise(x: Tensor) -> None:
    """Wait for the device."""
    if x.is_cuda:
        torch.cuda.synchronize(x.device)


def measure(layers: dict[str, Layer], x: Tensor, rounds: int, clock: Clock) -> dict[str, float]:
    """Shortest time of each, all of them once in every round; the first round only warms up."""
    times: dict[str, list[float]] = {name: [] for name in layers}
    for done in range(rounds + 1):
        for name, layer in layers.items():
            if done <= 3 or min(times[name]) < SLOW:
                times[name].append(seconds(layer, x, clock))
    return {name: min(found[1:]) for name, found in times.items()}


def accuracy(exact: Tensor, near: Tensor) -> tuple[float, float]:
    """Relative L2 and cosine."""
    a, b = exact.double().flatten(), near.double().flatten()
    return float((a - b).norm() / a.norm()), float(a @ b / a.norm() / b.norm())


@torch.no_grad()
def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tokens", default="256,1024,4096")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--cpu-time", action="store_true", help="one thread and its own time, for a machine with other work"
    )
    args = parser.parse_args()
    clock = time.perf_counter
    if args.cpu_time:
        torch.set_num_threads(1)
        clock = time.process_time
    print(f"{machine(args.device)}, {'CPU time' if args.cpu_time else 'wall time'}\n")
    torch.manual_seed(0)
    near: dict[str, list[str]] = {}
    print(
        "| matrix | tokens | bf16, ms | " + " | ".join(ROWS[1:]) + " |\n" + "| --- " * (len(ROWS) + 2) + "|"
    )
    for columns, rows in SHAPES:
        weight = (torch.randn(rows, columns) / columns**0.5).to(args.device, torch.bfloat16)
        scratch = torch.empty_like(weight)
        layers: dict[str, Layer] = {"bf16": lambda x, weight=weight: F.linear(x, weight)}
        layers |= {name: quantised(name, weight, scratch) for name in ("int8", "fp8", "nf4")}
        layers["nf4 in plain torch"] = without_bitsandbytes(layers["nf4"])
        layers |= bitsandbytes_layers(weight)
        for tokens in map(int, args.tokens.split(",")):
            x = torch.randn(tokens, columns, device=args.device, dtype=torch.bfloat16)
            times = measure(layers, x, args.rounds, clock)
            ratios = " | ".join(f"{times[name] / times['bf16']:.2f}" for name in ROWS[1:])
            print(f"| {columns}->{rows} | {tokens:,} | {times['bf16'] * 1e3:.0f} | {ratios} |", flush=True)
        compare_outputs(layers, weight, scratch, near)
    print("\nThe columns behind bf16 are times over bf16's.\n")
    print("| layer | " + " | ".join(f"{c}->{r}: {w}" for c, r in SHAPES for w in KINDS) + " |")
    print("| --- " * (1 + len(KINDS) * len(SHAPES)) + "|")
    for name, cells in near.items():
        print(f"| {name} | " + " | ".join(cells) + " |")


ROWS = (
    "bf16",
    "int8",
    "fp8",
    "nf4",
    "nf4 in plain torch",
    "bitsandbytes Linear4bit (nf4)",
    "bitsandbytes Linear8bitLt",
)
KINDS = ("weight, relative L2", "cosine", "output, relative L2", "cosine")


def compare_outputs(
    layers: dict[str, Layer], weight: Tensor, scratch: Tensor, near: dict[str, list[str]]
) -> None:
    """Add each layer's accuracy: of its weight where it has one of its own, and of its output for 256 tokens, against float32."""
    x = torch.randn(256, weight.shape[1], device=weight.device, dtype=torch.bfloat16)
    exact = F.linear(x.float(), weight.float())
    for name in (name for name in ROWS if name != "nf4 in plain torch"):
        output = layers[name](x)
        if name in FORMATS:
            of_weight = [f"{value:.4f}" for value in accuracy(weight, scratch)]
        else:
            of_weight = ["0.0000", "1.0000"] if name == "bf16" else ["", ""]
        of_output = [f"{value:.4f}" for value in accuracy(exact, output)]
        near.setdefault(name, []).extend([*of_weight, *of_output])


if __name__ == "__main__":
    main()
