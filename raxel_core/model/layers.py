"""Small parts of the network: modulation rows, the timestep embedding, attention projections, the output head.

Segments: the tokens of a branch are source, target and video parts laid end to end. Each part has its own noise
level, so its own modulation row; a row is applied to its slice of tokens and never expanded to all of them.
"""

from __future__ import annotations

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


class Modulation(NamedTuple):
    """Shift, scale and gate of the attention and of the feed-forward, each [B, segments, dim]."""

    attention_shift: Tensor
    attention_scale: Tensor
    attention_gate: Tensor
    ffn_shift: Tensor
    ffn_scale: Tensor
    ffn_gate: Tensor


def modulate(x: Tensor, shift: Tensor, scale: Tensor, lengths: Lengths) -> Tensor:
    """x * (1 + scale) + shift, with each segment's own row. x [B, N, dim]; rows [B, segments, dim]."""
    if len(lengths) == 1:
        return x * (1 + scale) + shift
    parts = x.split(lengths, dim=1)
    return torch.cat(
        [p * (1 + scale[:, i : i + 1]) + shift[:, i : i + 1] for i, p in enumerate(parts)], dim=1
    )


def add_gated(x: Tensor, update: Tensor, gate: Tensor, lengths: Lengths) -> Tensor:
    """x + update * gate, with each segment's own gate row [B, segments, dim]; keeps x's dtype."""
    if len(lengths) == 1:
        return x + update * gate
    parts = update.split(lengths, dim=1)
    return x + torch.cat([p * gate[:, i : i + 1] for i, p in enumerate(parts)], dim=1)


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
        return self._heads((self.ray_norm_q if is_ray else self.norm_q)(self.q(x)), rope)

    def keys(self, x: Tensor, is_ray: bool, rope: Rope | None) -> Tensor:
        """[B, N, heads, head_dim] of one branch's tokens, or of the context as that branch sees it."""
        return self._heads((self.ray_norm_k if is_ray else self.norm_k)(self.k(x)), rope)

    def values(self, x: Tensor) -> Tensor:
        """[B, N, heads, head_dim]."""
        return self._heads(self.v(x), None)

    def forward(self, x: Tensor, memory: Tensor, is_ray: bool, rope: Rope | None = None) -> Tensor:
        """Let x [B, N, dim] attend to memory [B, M, dim] inside one branch; rope applies to both or to none."""
        if memory.shape[1] == 1:  # the softmax over one key is 1: small models have one learnt token for text
            return self.o(self.v(memory))  # (B, 1, dim), broadcasts over x
        q, k = self.queries(x, is_ray, rope), self.keys(memory, is_ray, rope)
        return self.o(attention(q, k, self.values(memory)))

    def _heads(self, x: Tensor, rope: Rope | None) -> Tensor:
        heads = x.unflatten(2, (self.num_heads, -1))
        return heads if rope is None else rotate(heads, rope)


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
