"""Small parts of the network: modulation rows, the timestep embedding, attention projections, the output head.

Segments: the tokens of a branch are source, target and video parts laid end to end. Each part has its own noise
level, so its own modulation row; a row is applied to its slice of tokens and never expanded to all of them.

Memory: without gradients, sums and norms overwrite their input, and what needs more room than its input goes over the
tokens chunk by chunk. With gradients nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import attention
from .config import RaxelConfig
from .rope import Rope, rotate

Lengths = tuple[int, ...]
"""Tokens of each segment of a branch."""

NORM_CHUNK = 1024
"""Tokens that are normed and rotated at once without gradients."""


class Modulation(NamedTuple):
    """Shift, scale and gate of the attention and of the feed-forward, each [B, segments, dim]."""

    attention_shift: Tensor
    attention_scale: Tensor
    attention_gate: Tensor
    ffn_shift: Tensor
    ffn_scale: Tensor
    ffn_gate: Tensor


def may_overwrite(x: Tensor) -> bool:
    """Whether nobody will need x's present values for a gradient."""
    return not (torch.is_grad_enabled() or x.requires_grad)


def chunked(x: Tensor, size: int, function: Callable[[Tensor, slice], Tensor]) -> Tensor:
    """function(x, its tokens) of x [B, N, dim], to the same shape; without gradients `size` tokens at a time, into x."""
    if x.shape[1] <= size or not may_overwrite(x):
        return function(x, slice(None))
    for start in range(0, x.shape[1], size):
        here = slice(start, start + size)
        x[:, here] = function(x[:, here], here)
    return x


def modulate(x: Tensor, shift: Tensor, scale: Tensor, lengths: Lengths) -> Tensor:
    """x * (1 + scale) + shift, with each segment's own row; without gradients into x.

    Args:
        x: [B, N, dim].
        shift: [B, segments, dim].
        scale: [B, segments, dim].
        lengths: tokens of each segment; their sum is N.
    """
    parts = x.split(lengths, dim=1)
    rows = [(1 + scale[:, i : i + 1], shift[:, i : i + 1]) for i in range(len(lengths))]
    if may_overwrite(x):
        for part, (factor, offset) in zip(parts, rows, strict=True):
            part.mul_(factor).add_(offset)
        return x
    done = [part * factor + offset for part, (factor, offset) in zip(parts, rows, strict=True)]
    return done[0] if len(done) == 1 else torch.cat(done, dim=1)


def add_gated(x: Tensor, update: Tensor, gate: Tensor, lengths: Lengths) -> Tensor:
    """x + update * gate, with each segment's own gate row [B, segments, dim]; without gradients into x."""
    parts, gates = update.split(lengths, dim=1), [gate[:, i : i + 1] for i in range(len(lengths))]
    if may_overwrite(x):
        for place, part, row in zip(x.split(lengths, dim=1), parts, gates, strict=True):
            place.addcmul_(part, row)
        return x
    updates = [part * row for part, row in zip(parts, gates, strict=True)]
    return x + (updates[0] if len(updates) == 1 else torch.cat(updates, dim=1))


def sinusoids(timesteps: Tensor, dim: int) -> Tensor:
    """[..., dim] float32: cosines, then sines, of the timesteps at frequencies 1 down to 1/10000 (Wan 2.1)."""
    half = dim // 2
    steps = torch.arange(half, dtype=torch.float64, device="cpu") / half
    frequencies = (10000.0**-steps).to(torch.float32).to(timesteps.device)
    angles = timesteps.to(torch.float32).unsqueeze(-1) * frequencies
    return torch.cat((angles.cos(), angles.sin()), dim=-1)


class RMSNorm(nn.Module):
    """x / rms(x) * weight over the whole width, before it is split into heads."""

    def __init__(self, config: RaxelConfig, **where: Any):
        super().__init__()
        self.eps = config.eps
        self.weight = nn.Parameter(torch.empty(config.dim, **where))

    def forward(self, x: Tensor) -> Tensor:
        """[..., dim] -> [..., dim] in x's dtype (torch's kernel sums in float32)."""
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x), self.eps)


class Attention(nn.Module):
    """Q, K, V, O shared by both branches, with each branch's own RMS norm of queries and keys."""

    def __init__(self, config: RaxelConfig, ops: ModuleType, **where: Any):
        super().__init__()
        self.num_heads = config.num_heads
        self.kernel = "auto"  # one of attention.KERNELS
        self.q = ops.Linear(config.dim, config.dim, **where)
        self.k = ops.Linear(config.dim, config.dim, **where)
        self.v = ops.Linear(config.dim, config.dim, **where)
        self.o = ops.Linear(config.dim, config.dim, **where)
        self.norm_q = RMSNorm(config, **where)
        self.norm_k = RMSNorm(config, **where)
        if config.ray_branch:
            self.ray_norm_q = RMSNorm(config, **where)
            self.ray_norm_k = RMSNorm(config, **where)

    def queries(self, x: Tensor, is_ray: bool, rope: Rope | None) -> Tensor:
        """[B, N, heads, head_dim] of one branch's tokens."""
        return self._heads(self.q(x), self.ray_norm_q if is_ray else self.norm_q, rope)

    def keys(self, x: Tensor, is_ray: bool, rope: Rope | None) -> Tensor:
        """[B, N, heads, head_dim] of one branch's tokens, or of the context as that branch sees it."""
        return self._heads(self.k(x), self.ray_norm_k if is_ray else self.norm_k, rope)

    def values(self, x: Tensor) -> Tensor:
        """[B, N, heads, head_dim]."""
        return self._split(self.v(x))

    def inside(self, x: Tensor, is_ray: bool, rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of tokens [B, N, dim] that attend to each other."""
        return self.queries(x, is_ray, rope), self.keys(x, is_ray, rope), self.values(x)

    def read(self, x: Tensor, memory: Tensor, is_ray: bool) -> Tensor:
        """What tokens x [B, N, dim] take from memory [B, M, dim], both without positions."""
        if memory.shape[1] == 1:  # the softmax over one key is 1: small models have one learnt token for text
            return self.o(self.v(memory))  # (B, 1, dim), broadcasts over x
        return self.o(
            self.attend(self.queries(x, is_ray, None), self.keys(memory, is_ray, None), self.values(memory))
        )

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """[B, N, heads, head_dim], [B, M, heads, head_dim] twice -> [B, N, dim], before the last projection."""
        return attention(queries, keys, values, self.kernel)

    def _heads(self, x: Tensor, norm: RMSNorm, rope: Rope | None) -> Tensor:
        """Norm the fresh x [B, N, dim], split it into heads and rotate them."""

        def turned(part: Tensor, here: slice) -> Tensor:
            normed = norm(part)
            return normed if rope is None else rotate(self._split(normed), rope[here]).flatten(2)

        return self._split(chunked(x, NORM_CHUNK, turned))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.num_heads, -1))


class Head(nn.Module):
    """Last norm, modulation by the time embedding, and the projection back to latent patches."""

    def __init__(self, config: RaxelConfig, ops: ModuleType, **where: Any):
        super().__init__()
        patch_channels = config.in_channels * config.patch[0] * config.patch[1] * config.patch[2]
        self.norm = ops.LayerNorm(config.dim, eps=config.eps, elementwise_affine=False, **where)
        self.head = ops.Linear(config.dim, patch_channels, **where)
        self.modulation = nn.Parameter(torch.empty(1, 2, config.dim, **where))

    def forward(self, x: Tensor, time: Tensor, lengths: Lengths) -> Tensor:
        """x [B, N, dim] and time embedding [B, segments, dim] -> [B, N, patch channels]."""
        rows = self.modulation.to(time) + time.unsqueeze(2)  # (B, segments, 2, dim)
        shift, scale = rows.to(x.dtype).unbind(2)
        return self.head(modulate(self.norm(x), shift, scale, lengths))
