"""What one call of the network needs beside its weights, in bytes, without running it.

The network is built with one block on torch's "meta" device and called at exactly the shapes of the job; every storage
that is alive is counted, and the most is the answer. The latents and the text count, weights do not, nor the scratch in
which they are dequantised. Depth makes no difference: a block frees all that it made but the running sums.

What a kernel takes inside, which no count of tensors sees, is added for attention, as torch's allocator showed it on a
CPU: the fused kernel keeps a float32 per query and head, and tiles for every thread. Not measured here: packed keys and
values in bf16 on processors with AMX (torch's FlashAttentionKernel.cpp), and CUDA, where the float32 alone is counted.
Matrix products take nothing that matters; cuBLAS's workspace belongs to the context.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor

from ...model import RaxelConfig, RaxelTransformer
from ...model.block import FFN_CHUNK
from .live import AttentionIsItsOutput, peak_bytes

Shapes = tuple[tuple[str, tuple[int, ...]], ...]
"""Names and shapes of latents."""


def activation_bytes(
    config: RaxelConfig,
    shapes: Mapping[str, Sequence[int]],
    dtype: torch.dtype,
    *,
    ffn_chunk: int = FFN_CHUNK,
    text_tokens: int | None = None,
    attention: str = "auto",
    device: str = "cpu",
) -> int:
    """Most bytes alive at once in a call without gradients.

    Args:
        config: of the network.
        shapes: [B, C, T, h, w] of every segment's latents, as they are passed; several clips are a larger B.
        dtype: that it computes in.
        ffn_chunk: tokens that go through a feed-forward at once.
        text_tokens: of the context; None: the stored one's.
        attention: name of the attention backend; "math" makes the whole matrix of scores.
        device: "cpu" or "cuda".
    """
    whole = tuple((name, tuple(int(size) for size in shape)) for name, shape in sorted(shapes.items()))
    tokens = config.text_len if text_tokens is None else text_tokens
    threads = torch.get_num_threads() if device == "cpu" else 0
    return _counted(config, whole, dtype, ffn_chunk, tokens, attention == "math", threads)


@lru_cache(maxsize=64)
def _counted(
    config: RaxelConfig,
    shapes: Shapes,
    dtype: torch.dtype,
    ffn_chunk: int,
    text_tokens: int,
    explicit_attention: bool,
    threads: int,
) -> int:
    network = RaxelTransformer(replace(config, num_layers=1), device="meta", dtype=dtype)
    network.ffn_chunk = ffn_chunk
    latents = {name: torch.empty(shape, device="meta") for name, shape in shapes}
    batch = shapes[0][1][0]
    context = torch.empty(batch, text_tokens, config.text_dim, device="meta", dtype=dtype)
    sigmas = {name: torch.tensor(0.5) for name in latents}
    weights = [*network.parameters(), *network.buffers()]

    def workspace(q: Tensor, k: Tensor, v: Tensor) -> int:
        return explicit_workspace(q, k, v) if explicit_attention else fused_workspace(q, k, v, threads)

    with AttentionIsItsOutput(workspace):
        return peak_bytes(lambda: network(latents, sigmas, context), [*latents.values(), context], weights)


def explicit_workspace(q: Tensor, k: Tensor, v: Tensor) -> int:
    """Bytes that torch's "math" attention takes beside its output: scores, their softmax and its mask, all in float32."""
    batch, heads, queries = q.shape[:3]
    scores = batch * heads * queries * k.shape[2]
    copies = q.numel() + k.numel() + v.numel() if q.dtype.itemsize < 4 else 0
    out = batch * heads * queries * v.shape[3] * q.dtype.itemsize  # comes when the scores are gone
    return max(0, 9 * scores + 4 * (copies + q.numel()) - out)


def fused_workspace(q: Tensor, k: Tensor, v: Tensor, threads: int) -> int:
    """Bytes that fused attention takes beside its output.

    Args:
        q: [B, heads, N, d] queries.
        k: [B, heads, M, d] keys.
        v: [B, heads, M, d] values.
        threads: of the CPU's kernel; 0 for a GPU.
    """
    batch, heads, queries, width = q.shape
    sums = 4 * batch * heads * queries
    if not threads:
        return sums
    rows = min(queries, 256 if queries >= 768 else 64 if queries >= 192 else 32)
    columns = min(int(k.shape[2]), 512)
    narrow = q.dtype.itemsize < 4
    tile = 4 * (rows * columns + 2 * rows + rows * width) + (
        q.dtype.itemsize * rows * columns if narrow else 0
    )
    packed = k.nbytes + v.nbytes if q.dtype == torch.bfloat16 and _has_amx() else 0
    return sums + threads * tile + packed


def _has_amx() -> bool:
    ask = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(ask and ask())
