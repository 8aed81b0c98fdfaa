"""GGUF files for tests and benchmarks, written by the `gguf` package: llama.cpp's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor

QUANTISED = {"Q8_0": (0,), "Q6_K": (208,), "Q5_K": (0, 2), "Q4_K": (0, 2)}
"""Type -> where in a block its half-precision scales lie."""

Stored = tuple[np.ndarray, str]
"""A tensor as a file stores it, and its type."""


def blocks(shape: tuple[int, ...], kind: str, seed: int = 0) -> np.ndarray:
    """Random blocks of a type, [..., bytes of a row], whose values are of the size of a network's weights."""
    values, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
    dice = np.random.default_rng(seed)
    raw = dice.integers(0, 256, (*shape[:-1], shape[-1] // values * size), dtype=np.uint8)
    rows = raw.reshape(-1, size)
    spread = {"Q8_0": 1e-3, "Q6_K": 2e-5, "Q5_K": 1e-4, "Q4_K": 2e-4}[kind]
    for place in QUANTISED[kind]:
        scales = (spread * dice.uniform(0.5, 2, (len(rows), 1))).astype(np.float16)
        rows[:, place : place + 2] = scales.view(np.uint8)
    return raw


def meaning(raw: np.ndarray, kind: str) -> Tensor:
    """What the `gguf` package makes of blocks."""
    return torch.from_numpy(gguf.quants.dequantize(raw, gguf.GGMLQuantizationType[kind]))


def stored(tensor: Tensor, kind: str, seed: int = 0) -> tuple[Stored, Tensor]:
    """A tensor as a GGUF stores it, and what that means: random blocks where the type is one of blocks."""
    if kind in QUANTISED:
        raw = blocks(tuple(tensor.shape), kind, seed)
        return (raw, kind), meaning(raw, kind)
    if kind == "BF16":
        value = tensor.to(torch.bfloat16)
        return (value.view(torch.uint8).numpy(), kind), value.float()
    value = tensor.to({"F32": torch.float32, "F16": torch.float16}[kind])
    return (value.numpy(), kind), value.float()


def write_gguf(
    path: Path,
    tensors: Mapping[str, Stored],
    architecture: str = "wan",
    texts: Mapping[str, str] | None = None,
    original_shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> Path:
    """Write name -> (array, type); the texts are string values of the header."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_quantization_version(2)
    writer.add_file_type(15)
    writer.add_array("tokenizer.ggml.tokens", [f"token {i}" for i in range(20)])
    for name, text in (texts or {}).items():
        writer.add_string(name, text)
    for name, shape in (original_shapes or {}).items():
        writer.add_array(f"comfy.gguf.orig_shape.{name}", list(shape))
    for name, (array, kind) in tensors.items():
        writer.add_tensor(name, array, raw_dtype=gguf.GGMLQuantizationType[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
