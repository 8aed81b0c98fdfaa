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


class Condition(NamedTuple):
    """What a block must know of a stream besides its tokens."""

    time: Tensor  # (B, segments, 6, dim): the projected timesteps
    lengths: Lengths  # tokens of each segment
    rope: Rope


class Block(nn.Module):
    """Wan 2.1's block with a second stream beside it."""

    def __init__(self, config: RaxelConfig, ops: ModuleType, **where: Any):
        super().__init__()
        dim, ray = config.dim, config.ray_branch
        self.norm = ops.LayerNorm(dim, eps=config.eps, elementwise_affine=False, **where)
        self.self_attn = Attention(config, ops, **where)
        self.cross_attn = Attention(config, ops, **where)
        self.norm3 = ops.LayerNorm(dim, eps=config.eps, **where)
        self.ffn = feed_forward(config, ops, **where)
        self.modulation = nn.Parameter(torch.empty(1, 6, dim, **where))
        if ray:
            self.ray_norm3 = ops.LayerNorm(dim, eps=config.eps, **where)
            self.ray_ffn = feed_forward(config, ops, **where)
            self.ray_modulation = nn.Parameter(torch.empty(1, 6, dim, **where))
            self.gate_z = nn.Parameter(torch.empty(dim, **where))  # z <- r
            self.gate_r = nn.Parameter(torch.empty(dim, **where))  # r <- z

    def forward(
        self,
        z: Tensor | None,
        r: Tensor | None,
        z_condition: Condition | None,
        r_condition: Condition | None,
        context: Tensor,
        compute: torch.dtype,
    ) -> tuple[Tensor | None, Tensor | None]:
        """Advance both streams; an absent stream is None.

        Args:
            z: [B, Nz, dim] video tokens (the running sum; float32 under autocast).
            r: [B, Nr, dim] ray tokens.
            z_condition: the video stream's timesteps, segment lengths and rope table.
            r_condition: the same of the ray stream.
            context: [B, L, dim] embedded text.
            compute: dtype of the matrix products.
        """
        z_rows = None if z_condition is None else self._rows(z_condition, is_ray=False)
        r_rows = None if r_condition is None else self._rows(r_condition, is_ray=True)
        if z is not None:
            z = self._attend_self(z, z_condition, z_rows, False, compute)
        if r is not None:
            r = self._attend_self(r, r_condition, r_rows, True, compute)
        if z is not None and r is not None:
            z, r = self._attend_across(z, r, z_condition, r_condition, z_rows, r_rows, compute)
        if z is not None:
            z = z + self.cross_attn(self.norm3(z).to(compute), context, is_ray=False)
            z = self._feed_forward(z, z_condition, z_rows, self.ffn, compute)
        if r is not None:
            r = r + self.cross_attn(self.ray_norm3(r).to(compute), context, is_ray=True)
            r = self._feed_forward(r, r_condition, r_rows, self.ray_ffn, compute)
        return z, r

    def _rows(self, condition: Condition, is_ray: bool) -> Modulation:
        own = self.ray_modulation if is_ray else self.modulation
        return Modulation(*(own.to(condition.time) + condition.time).unbind(2))

    def _normed(self, x: Tensor, condition: Condition, rows: Modulation, compute: torch.dtype) -> Tensor:
        """The input of self-attention, and of attention across branches (it shares those projections)."""
        shift, scale = rows.attention_shift.to(x.dtype), rows.attention_scale.to(x.dtype)
        return modulate(self.norm(x), shift, scale, condition.lengths).to(compute)

    def _attend_self(
        self, x: Tensor, condition: Condition, rows: Modulation, is_ray: bool, compute: torch.dtype
    ) -> Tensor:
        normed = self._normed(x, condition, rows, compute)
        update = self.self_attn(normed, normed, is_ray, condition.rope)
        return add_gated(x, update, rows.attention_gate.to(x.dtype), condition.lengths)

    def _attend_across(
        self,
        z: Tensor,
        r: Tensor,
        z_condition: Condition,
        r_condition: Condition,
        z_rows: Modulation,
        r_rows: Modulation,
        compute: torch.dtype,
    ) -> tuple[Tensor, Tensor]:
        """z <- r and r <- z; both read the states before either writes."""
        mix = self.self_attn
        z_in = self._normed(z, z_condition, z_rows, compute)
        r_in = self._normed(r, r_condition, r_rows, compute)
        z_q, z_k = mix.queries(z_in, False, z_condition.rope), mix.keys(z_in, False, z_condition.rope)
        r_q, r_k = mix.queries(r_in, True, r_condition.rope), mix.keys(r_in, True, r_condition.rope)
        z_update = mix.o(attention(z_q, r_k, mix.values(r_in)))
        r_update = mix.o(attention(r_q, z_k, mix.values(z_in)))
        return z + z_update * self.gate_z.to(z), r + r_update * self.gate_r.to(r)

    def _feed_forward(
        self, x: Tensor, condition: Condition, rows: Modulation, ffn: nn.Module, compute: torch.dtype
    ) -> Tensor:
        shift, scale = rows.ffn_shift.to(x.dtype), rows.ffn_scale.to(x.dtype)
        update = ffn(modulate(self.norm(x), shift, scale, condition.lengths).to(compute))
        return add_gated(x, update, rows.ffn_gate.to(x.dtype), condition.lengths)


def feed_forward(config: RaxelConfig, ops: ModuleType, **where: Any) -> nn.Sequential:
    """Linear, GELU (tanh), Linear."""
    return nn.Sequential(
        ops.Linear(config.dim, config.ffn_dim, **where),
        nn.GELU(approximate="tanh"),
        ops.Linear(config.ffn_dim, config.dim, **where),
    )
