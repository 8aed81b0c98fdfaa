"""The one attention function of the network, and the kernels that it can run on.

`auto` is exact: torch's own choice, with cuDNN first on Hopper, where it is about 1.6 times as fast as flash-attention 2.
Kernels of other packages are imported when they are asked for, and only then missed.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..errors import RaxelError

Kernel = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Queries [B, N, heads, d], keys and values [B, M, heads, d] -> [B, N, heads, d]."""

HOPPER = (9, 0)
ORDER_ON_HOPPER = [
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]
IN_ORDER = {"set_priority": True} if "set_priority" in inspect.signature(sdpa_kernel).parameters else {}
"""Torch before 2.6 takes a list for a set, and its own order."""


def attention(q: Tensor, k: Tensor, v: Tensor, kernel: str = "auto") -> Tensor:
    """softmax(q k^T / sqrt(d)) v over heads.

    Args:
        q: [B, N, heads, d] queries.
        k: [B, M, heads, d] keys.
        v: [B, M, heads, d] values.
        kernel: one of `KERNELS`.
    Returns:
        [B, N, heads * d].
    """
    return KERNELS[kernel](q, k, v).flatten(2)


def check_kernel(name: str) -> str:
    """The name itself. Raises RaxelError for a kernel that is unknown, or whose package is not installed."""
    if name not in KERNELS:
        raise RaxelError(f"there is no attention {name!r}; choose one of {', '.join(KERNELS)}.")
    if name in PACKAGES:
        _package(name)
    return name


def _auto(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    if q.device.type == "cpu" and torch.is_grad_enabled():
        return _explicit(q, k, v)
    with sdpa_kernel(ORDER_ON_HOPPER, **IN_ORDER) if _is_hopper(q.device) else nullcontext():
        return _sdpa(q, k, v)


def _explicit(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Plain matrix products: on the CPU, SDPA's backward pass in bf16 took half of a training step (measured)."""
    q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)  # (B, heads, N, d)
    scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-2, -1))  # (B, heads, N, M)
    return torch.matmul(scores.softmax(dim=-1), v).transpose(1, 2)


def _sdpa(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    mixed = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
    return mixed.transpose(1, 2)


def _only(backend: SDPBackend, name: str) -> Kernel:
    """One of torch's own kernels, or a sentence where it cannot run."""

    def run(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        try:
            with sdpa_kernel(backend):
                return _sdpa(q, k, v)
        except RuntimeError as error:
            if not any(sign in str(error) for sign in ("No viable backend", "No available kernel")):
                raise
            raise RaxelError(
                f"attention {name!r} does not run on this {q.device.type} in {str(q.dtype).removeprefix('torch.')} "
                f"with heads of {q.shape[-1]}; choose 'auto'."
            ) from None

    return run


def _flash_attn(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return _on_gpu("flash-attn", q).flash_attn_func(q, k, v)


def _sage(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return _on_gpu("sage", q).sageattn(q, k, v, tensor_layout="NHD", is_causal=False)


def _xformers(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return _on_gpu("xformers", q).memory_efficient_attention(q, k, v)


KERNELS: dict[str, Kernel] = {
    "auto": _auto,
    "sdpa": _sdpa,  # torch's own choice
    "cudnn": _only(SDPBackend.CUDNN_ATTENTION, "cudnn"),
    "flash": _only(SDPBackend.FLASH_ATTENTION, "flash"),
    "efficient": _only(SDPBackend.EFFICIENT_ATTENTION, "efficient"),
    "math": _only(SDPBackend.MATH, "math"),
    "flash-attn": _flash_attn,
    "sage": _sage,  # computes in 8 bits: never chosen by auto
    "xformers": _xformers,
}
"""Every kernel by its name."""

PACKAGES = {
    "flash-attn": ("flash_attn", "flash-attn"),
    "sage": ("sageattention", "sageattention"),
    "xformers": ("xformers.ops", "xformers"),
}
"""Kernel -> the module that has it, and what pip calls it."""


@cache
def _package(name: str) -> Any:
    module, package = PACKAGES[name]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise RaxelError(
            f"attention {name!r} needs the package {package}, which does not import here ({error}); "
            f"`pip install {package}`, or choose 'auto'."
        ) from None


def _on_gpu(name: str, q: Tensor) -> Any:
    """The package of a kernel that takes half precision on a GPU and nothing else."""
    if q.device.type != "cuda" or q.dtype.itemsize != 2:
        raise RaxelError(
            f"attention {name!r} takes bfloat16 or float16 on CUDA, this is {str(q.dtype).removeprefix('torch.')} "
            f"on {q.device.type}; choose 'auto'."
        )
    return _package(name)


@torch.compiler.assume_constant_result
def _is_hopper(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_capability(device) == HOPPER
