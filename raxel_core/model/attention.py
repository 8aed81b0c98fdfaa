"""The one attention function of the network."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(d)) v over heads.

    Args:
        q: [B, N, heads, d] queries.
        k: [B, M, heads, d] keys.
        v: [B, M, heads, d] values.
    Returns:
        [B, N, heads * d].
    """
    q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)  # (B, heads, N, d)
    if q.device.type == "cpu" and torch.is_grad_enabled():
        mixed = _explicit_attention(q, k, v)
    else:
        mixed = F.scaled_dot_product_attention(q, k, v)
    return mixed.transpose(1, 2).flatten(2)


def _explicit_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Plain matrix products: on the CPU, SDPA's backward pass in bf16 took half of a training step (measured)."""
    scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-2, -1))  # (B, heads, N, M)
    return torch.matmul(scores.softmax(dim=-1), v)
