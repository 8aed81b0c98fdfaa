"""nf4: 4 bits a number, bitsandbytes' codebook and layout with double quantisation (QLoRA, arXiv 2305.14314).

64 neighbours of a row share a scale, the largest of them (absmax); 16 numbers of a codebook stand for shares of it. The scales
are stored as 8 bits each: their mean (the offset), and of every 256 scales the largest distance from it (nested absmax).
"""

from __future__ import annotations

import importlib.util
import logging
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ...errors import RaxelError
from .rows import SMALLEST, row_chunks

BLOCK = 64  # numbers that share a scale
NESTED = 256  # scales that share a scale
CODE = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
    -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip
"""Appendix E of the paper: quantiles of the normal distribution, so that each is used about as often."""


class Nf4:
    """Parts: "" uint8 [out, in / 2], the left neighbour in the upper 4 bits; ".absmax" uint8 [out * in / 64];
    ".nested_absmax" f32 [out * in / 64 / 256, rounded up]; ".nested_offset" f32 [1]."""

    name = "nf4"

    def parts(self, shape: tuple[int, int]) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
        """Types and shapes of what stands for a matrix [out, in]; RaxelError where blocks do not fill its rows."""
        if shape[1] % BLOCK:
            raise RaxelError(f"nf4 needs rows of a multiple of {BLOCK} numbers, got {shape[1]}; choose int8.")
        blocks = shape[0] * shape[1] // BLOCK
        return {
            "": (torch.uint8, (shape[0], shape[1] // 2)),
            ".absmax": (torch.uint8, (blocks,)),
            ".nested_absmax": (torch.float32, (-(-blocks // NESTED),)),
            ".nested_offset": (torch.float32, (1,)),
        }

    def quantize(self, weight: Tensor) -> dict[str, Tensor]:
        """The parts of a matrix [out, in]: the nearest share of the codebook everywhere."""
        self.parts((weight.shape[0], weight.shape[1]))
        middles = _middles(torch.tensor(CODE, device=weight.device))
        packed = torch.empty(weight.shape[0], weight.shape[1] // 2, dtype=torch.uint8, device=weight.device)
        scales = []
        for rows in row_chunks(*weight.shape):
            blocks = weight[rows].float().unflatten(1, (-1, BLOCK))  # (rows, in / 64, 64)
            peaks = blocks.abs().amax(2, keepdim=True)
            codes = torch.bucketize(blocks / peaks.clamp_min(SMALLEST), middles, out_int32=True)
            pairs = codes.to(torch.uint8).view(len(blocks), -1, 2)
            packed[rows] = (pairs[..., 0] << 4) | pairs[..., 1]
            scales.append(peaks.flatten())
        return {"": packed, **_nest(torch.cat(scales))}

    def dequantize(self, parts: Mapping[str, Tensor], out: Tensor) -> None:
        """Fill out [out, in] of any float type, with bitsandbytes' kernel where it is installed."""
        packed = parts[""]
        scales = _unnest(parts).view(out.shape[0], -1)  # (out, in / 64)
        kernel = _kernel() if out.dtype in (torch.float32, torch.bfloat16, torch.float16) else None
        if kernel is not None and out.is_cuda:
            kernel.out(packed.view(-1, 1), scales.view(-1), BLOCK, "nf4", out.shape, out.dtype, out=out)
            return
        for rows in row_chunks(*out.shape):
            if kernel is not None:
                shape = list(out[rows].shape)
                out[rows] = kernel(
                    packed[rows].reshape(-1, 1), scales[rows].reshape(-1), BLOCK, "nf4", shape, out.dtype
                )
            else:
                out[rows] = _looked_up(packed[rows], scales[rows])


def _looked_up(packed: Tensor, scales: Tensor) -> Tensor:
    """Numbers [rows, in] float32 of pairs [rows, in / 2] and scales [rows, in / 64]: one look-up a pair."""
    pairs = _pairs(packed.device).index_select(0, packed.reshape(-1).int()).view(torch.float32)
    return pairs.view(len(packed), -1, BLOCK).mul_(scales[..., None]).flatten(1)


def _nest(scales: Tensor) -> dict[str, Tensor]:
    """The three parts of all scales of a matrix [blocks] float32."""
    offset = scales.new_full((1,), _mean(scales))
    padded = torch.nn.functional.pad(scales - offset, (0, -len(scales) % NESTED)).view(-1, NESTED)
    peaks = padded.abs().amax(1)
    code = nested_code().to(scales.device)
    codes = torch.bucketize(padded / peaks.clamp_min(SMALLEST)[:, None], _middles(code), out_int32=True)
    codes = codes.to(torch.uint8).flatten()[: len(scales)].clone()
    return {".absmax": codes, ".nested_absmax": peaks, ".nested_offset": offset}


def _mean(scales: Tensor) -> float:
    """The same for any number of threads, so that the same weights always give the same file."""
    sums = (
        torch.nn.functional.pad(scales, (0, -len(scales) % NESTED))
        .view(-1, NESTED)
        .sum(1, dtype=torch.float64)
    )
    return math.fsum(sums.tolist()) / len(scales)


def _unnest(parts: Mapping[str, Tensor]) -> Tensor:
    """All scales of a matrix, [blocks] float32; sums and products in bitsandbytes' order."""
    codes = parts[".absmax"]
    values = nested_code().to(codes.device).index_select(0, codes.int())
    peaks = parts[".nested_absmax"].repeat_interleave(NESTED)[: len(codes)]
    return values.mul_(peaks).add_(parts[".nested_offset"])


@cache
def nested_code() -> Tensor:
    """256 numbers from -1 to 1 that lie closer together towards 0, [256] float32: "dynamic tree quantisation".

    Decades 10^-6 to 1, each with twice as many numbers as the one below it, spread evenly from a tenth of it (arXiv 1511.04561).
    """
    positive = []
    for decade in range(7):
        edges = torch.linspace(0.1, 1.0, 2**decade + 1, dtype=torch.float32)
        positive.append((edges[:-1] + edges[1:]) / 2 * 10.0 ** (decade - 6))
    values = torch.cat(positive)
    return torch.cat([values, -values, torch.tensor([0.0, 1.0])]).sort().values


def _middles(code: Tensor) -> Tensor:
    """Where the nearest number of a codebook changes."""
    return (code[1:] + code[:-1]) / 2


@cache
def _pairs(device: torch.device) -> Tensor:
    """For every byte the two numbers it stands for, as one of 8 bytes, [256] int64."""
    code, byte = torch.tensor(CODE, device=device), torch.arange(256, device=device)
    return torch.stack([code[byte >> 4], code[byte & 15]], dim=1).view(torch.int64).view(-1)


@cache
def _kernel() -> Any:
    """bitsandbytes' operator, or None where it is not installed; it is 5 times as fast (measured), its numbers are the same."""
    if importlib.util.find_spec("bitsandbytes") is None:
        return None
    log = logging.getLogger("bitsandbytes")
    level = log.level
    log.setLevel(logging.ERROR)  # it warns of a kernel that we do not use
    try:
        import bitsandbytes  # noqa: F401, PLC0415  registers its operators

        return torch.ops.bitsandbytes.dequantize_4bit
    except (ImportError, AttributeError, RuntimeError, OSError):  # built for another torch or CUDA
        return None
    finally:
        log.setLevel(level)
