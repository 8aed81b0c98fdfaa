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

from .config import RaxelConfig
from .layers import Attention, Lengths, Modulation, add_gated, chunked, may_overwrite, modulate
from .rope import Rope

FFN_CHUNK = 4096
"""Tokens that go through a feed-forward at once without gradients; its hidden layer is the widest tensor of a block."""


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
        self.ffn_chunk = FFN_CHUNK
        self.joint = config.attention == "joint"
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
        if config.ray_branch and not self.joint:
            self.gate_z = nn.Parameter(torch.empty(dim, **where))  # z <- r
            self.gate_r = nn.Parameter(torch.empty(dim, **where))  # r <- z

    def forward(
        self, streams: tuple[Stream, ...], context: Tensor, compute: torch.dtype
    ) -> tuple[Tensor, ...]:
        """Advance the tokens of every stream; without gradients in place.

        Args:
            streams: video, rays, or both in this order.
            context: [B, L, dim] embedded text.
            compute: dtype of the matrix products.
        """
        rows = [self._rows(stream) for stream in streams]
        if self.joint:
            streams = self._attend_jointly(streams, rows, compute)
        else:
            streams = tuple(self._attend_inside(s, m, compute) for s, m in zip(streams, rows, strict=True))
            if len(streams) == 2:
                streams = self._attend_across(streams[0], streams[1], rows[0], rows[1], compute)
        streams = tuple(self._read_text(s, context, compute) for s in streams)
        return tuple(self._feed_forward(s, m, compute) for s, m in zip(streams, rows, strict=True))

    def _rows(self, s: Stream) -> Modulation:
        own = self.ray_modulation if s.is_ray else self.modulation
        return Modulation(*(own.to(s.time) + s.time).to(s.tokens.dtype).unbind(2))

    def _normed(self, s: Stream, m: Modulation, compute: torch.dtype) -> Tensor:
        """The input of self-attention, and of attention across branches (it shares those projections)."""
        return modulate(self.norm(s.tokens), m.attention_shift, m.attention_scale, s.lengths).to(compute)

    def _attend_inside(self, s: Stream, m: Modulation, compute: torch.dtype) -> Stream:
        mix = self.self_attn
        update = mix.o(mix.attend(*mix.inside(self._normed(s, m, compute), s.is_ray, s.rope)))
        return s._replace(tokens=add_gated(s.tokens, update, m.attention_gate, s.lengths))

    def _attend_across(
        self, z: Stream, r: Stream, z_rows: Modulation, r_rows: Modulation, compute: torch.dtype
    ) -> tuple[Stream, ...]:
        """z <- r and r <- z; both read the states before either writes."""
        z_in, r_in = self._normed(z, z_rows, compute), self._normed(r, r_rows, compute)
        r_update = self._look(r, r_in, z, z_in)  # first: the smaller one waits for the other
        z_update = self._look(z, z_in, r, r_in)
        return _opened(z, z_update, self.gate_z), _opened(r, r_update, self.gate_r)

    def _look(self, s: Stream, normed: Tensor, other: Stream, memory: Tensor) -> Tensor:
        """What the tokens of one branch take from those of the other."""
        mix = self.self_attn
        mixed = mix.attend(
            mix.queries(normed, s.is_ray, s.rope),
            mix.keys(memory, other.is_ray, other.rope),
            mix.values(memory),
        )
        return mix.o(mixed)

    def _attend_jointly(
        self, streams: tuple[Stream, ...], rows: list[Modulation], compute: torch.dtype
    ) -> tuple[Stream, ...]:
        """One attention over the tokens of all branches (the ablation of paper section 4)."""
        mix = self.self_attn
        inputs = [(self._normed(s, m, compute), s) for s, m in zip(streams, rows, strict=True)]
        mixed = mix.attend(
            torch.cat([mix.queries(x, s.is_ray, s.rope) for x, s in inputs], dim=1),
            torch.cat([mix.keys(x, s.is_ray, s.rope) for x, s in inputs], dim=1),
            torch.cat([mix.values(x) for x, _ in inputs], dim=1),
        )
        shares = mixed.split([s.tokens.shape[1] for s in streams], dim=1)
        return tuple(
            s._replace(tokens=add_gated(s.tokens, mix.o(share), m.attention_gate, s.lengths))
            for s, m, share in zip(streams, rows, shares, strict=True)
        )

    def _read_text(self, s: Stream, context: Tensor, compute: torch.dtype) -> Stream:
        normed = (self.ray_norm3 if s.is_ray else self.norm3)(s.tokens).to(compute)
        update = self.cross_attn.read(normed, context, s.is_ray)
        return s._replace(tokens=s.tokens.add_(update) if may_overwrite(s.tokens) else s.tokens + update)

    def _feed_forward(self, s: Stream, m: Modulation, compute: torch.dtype) -> Tensor:
        ffn = self.ray_ffn if s.is_ray else self.ffn
        normed = modulate(self.norm(s.tokens), m.ffn_shift, m.ffn_scale, s.lengths).to(compute)
        update = chunked(normed, self.ffn_chunk, lambda part, _: ffn(part))
        return add_gated(s.tokens, update, m.ffn_gate, s.lengths)


def _opened(s: Stream, update: Tensor, gate: Tensor) -> Stream:
    """The stream after an update through a gate [dim]."""
    row = gate.to(s.tokens)[None, None]
    return s._replace(tokens=add_gated(s.tokens, update, row, (s.tokens.shape[1],)))


def feed_forward(config: RaxelConfig, ops: ModuleType, **where: Any) -> nn.Sequential:
    """Linear, GELU (tanh), Linear."""
    return nn.Sequential(
        ops.Linear(config.dim, config.ffn_dim, **where),
        nn.GELU(approximate="tanh"),
        ops.Linear(config.ffn_dim, config.dim, **where),
    )
