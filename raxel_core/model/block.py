"""One transformer block over two streams: video tokens and ray tokens (paper sections 3.4 and 4).

Order: self-attention inside each branch -> attention across branches, both ways -> text -> feed-forward. The
branches share the attention projections; norms, modulation and feed-forward are each branch's own. Everything of the
video branch carries Wan 2.1's names, everything of the ray branch `ray_`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from .attention import attention
from .config import RaxelConfig
from .layers import Attention, Lengths, Modulation, add_gated, modulate
from .rope import Rope


class Stream(NamedTuple):
    """One branch on its way through the blocks."""

    is_ray: bool
    tokens: Tensor  # (B, N, dim): the running sum, float32 under autocast
    time: Tensor  # (B, segments, 6, dim): the projected timesteps
    lengths: Lengths  # tokens of each segment
    rope: Rope


class Block(nn.Module):
    """Wan 2.1's block with a second stream beside it."""

    def __init__(self, config: RaxelConfig, ops: ModuleType, **where: Any):
        super().__init__()
        dim = config.dim
        self.norm = ops.LayerNorm(dim, eps=config.eps, elementwise_affine=False, **where)
        self.self_attn = Attention(config, ops, **where)
        self.cross_attn = Attention(config, ops, **where)
        self.norm3 = ops.LayerNorm(dim, eps=config.eps, **where)
        self.ffn = feed_forward(config, ops, **where)
        self.modulation = nn.Parameter(torch.empty(1, 6, dim, **where))
        if config.ray_branch:
            self.ray_norm3 = ops.LayerNorm(dim, eps=config.eps, **where)
            self.ray_ffn = feed_forward(config, ops, **where)
            self.ray_modulation = nn.Parameter(torch.empty(1, 6, dim, **where))
            self.gate_z = nn.Parameter(torch.empty(dim, **where))  # z <- r
            self.gate_r = nn.Parameter(torch.empty(dim, **where))  # r <- z

    def forward(
        self, streams: tuple[Stream, ...], context: Tensor, compute: torch.dtype
    ) -> tuple[Tensor, ...]:
        """Advance the tokens of every stream.

        Args:
            streams: video, rays, or both in this order.
            context: [B, L, dim] embedded text.
            compute: dtype of the matrix products.
        """
        rows = [self._rows(stream) for stream in streams]
        tokens = [self._attend_self(s, m, compute) for s, m in zip(streams, rows, strict=True)]
        streams = tuple(s._replace(tokens=x) for s, x in zip(streams, tokens, strict=True))
        if len(streams) == 2:
            tokens = self._attend_across(streams[0], streams[1], rows[0], rows[1], compute)
            streams = tuple(s._replace(tokens=x) for s, x in zip(streams, tokens, strict=True))
        tokens = [self._read_text(s, context, compute) for s in streams]
        streams = tuple(s._replace(tokens=x) for s, x in zip(streams, tokens, strict=True))
        return tuple(self._feed_forward(s, m, compute) for s, m in zip(streams, rows, strict=True))

    def _rows(self, s: Stream) -> Modulation:
        own = self.ray_modulation if s.is_ray else self.modulation
        return Modulation(*(own.to(s.time) + s.time).to(s.tokens.dtype).unbind(2))

    def _normed(self, s: Stream, m: Modulation, compute: torch.dtype) -> Tensor:
        """The input of self-attention, and of attention across branches (it shares those projections)."""
        return modulate(self.norm(s.tokens), m.attention_shift, m.attention_scale, s.lengths).to(compute)

    def _attend_self(self, s: Stream, m: Modulation, compute: torch.dtype) -> Tensor:
        normed = self._normed(s, m, compute)
        update = self.self_attn(normed, normed, s.is_ray, s.rope)
        return add_gated(s.tokens, update, m.attention_gate, s.lengths)

    def _attend_across(
        self, z: Stream, r: Stream, z_rows: Modulation, r_rows: Modulation, compute: torch.dtype
    ) -> list[Tensor]:
        """z <- r and r <- z; both read the states before either writes."""
        mix = self.self_attn
        z_in, r_in = self._normed(z, z_rows, compute), self._normed(r, r_rows, compute)
        z_q, z_k = mix.queries(z_in, False, z.rope), mix.keys(z_in, False, z.rope)
        r_q, r_k = mix.queries(r_in, True, r.rope), mix.keys(r_in, True, r.rope)
        z_update = mix.o(attention(z_q, r_k, mix.values(r_in)))
        r_update = mix.o(attention(r_q, z_k, mix.values(z_in)))
        return [
            z.tokens + z_update * self.gate_z.to(z.tokens),
            r.tokens + r_update * self.gate_r.to(r.tokens),
        ]

    def _read_text(self, s: Stream, context: Tensor, compute: torch.dtype) -> Tensor:
        normed = (self.ray_norm3 if s.is_ray else self.norm3)(s.tokens).to(compute)
        return s.tokens + self.cross_attn(normed, context, s.is_ray)

    def _feed_forward(self, s: Stream, m: Modulation, compute: torch.dtype) -> Tensor:
        ffn = self.ray_ffn if s.is_ray else self.ffn
        update = ffn(modulate(self.norm(s.tokens), m.ffn_shift, m.ffn_scale, s.lengths).to(compute))
        return add_gated(s.tokens, update, m.ffn_gate, s.lengths)


def feed_forward(config: RaxelConfig, ops: ModuleType, **where: Any) -> nn.Sequential:
    """Linear, GELU (tanh), Linear."""
    return nn.Sequential(
        ops.Linear(config.dim, config.ffn_dim, **where),
        nn.GELU(approximate="tanh"),
        ops.Linear(config.ffn_dim, config.dim, **where),
    )
