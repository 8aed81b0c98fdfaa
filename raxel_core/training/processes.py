"""One process or many: who computes what, and tensors of which every process holds a shard (FSDP2).

Hugging Face Accelerate starts the processes and says how many there are. Where its config says FSDP, the network is sharded
here, block by block, so that the same code runs on the CPU (gloo, tested) and on GPUs; elsewhere several processes hold
whole copies and average their gradients (DDP).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import RaxelError
from ..model import RaxelTransformer
from .config import Training

if TYPE_CHECKING:
    from accelerate import Accelerator


def make_accelerator(config: Training, device: torch.device) -> Accelerator:
    """The processes of this run; refuses batches that they cannot share evenly."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState
    from accelerate.utils import DistributedDataParallelKwargs

    # What an earlier run in this Python process chose, its precision above all, must not bind this one.
    AcceleratorState._reset_state()
    # A stage of poses alone leaves the video's head without gradients.
    handlers: list[Any] = [DistributedDataParallelKwargs(find_unused_parameters=True)]
    accelerator = Accelerator(
        cpu=device.type == "cpu",
        mixed_precision="bf16" if config.precision == "bf16" else "no",
        kwargs_handlers=handlers,
    )
    parts = accelerator.num_processes * config.accumulate
    for stage in config.stages:
        if stage.batch % parts:
            raise RaxelError(
                f"a batch of {stage.batch} does not divide into {accelerator.num_processes} processes times accumulate "
                f"{config.accumulate}; make it a multiple of {parts}"
            )
    if is_sharded() and config.matrix_rate:
        raise RaxelError(
            "Muon needs whole matrices, which FSDP cuts; set matrix_rate to 0, so that all is AdamW's"
        )
    return accelerator


def is_sharded() -> bool:
    """Whether Accelerate's config file says FSDP; `accelerate launch` puts it into the environment."""
    return os.environ.get("ACCELERATE_USE_FSDP", "false").lower() == "true"


def shard(network: RaxelTransformer, device: torch.device, config: Training) -> None:
    """Cut every parameter into one piece a process, in place; blocks are put together when they compute."""
    from torch.distributed.device_mesh import init_device_mesh  # noqa: PLC0415  seconds to load
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard  # noqa: PLC0415  seconds to load

    mesh = init_device_mesh(device.type, (torch.distributed.get_world_size(),))
    # Inputs stay float32: noise levels in bf16 would be off by up to 4 timesteps. So do the norms of running sums, and
    # what is outside of blocks, where autocast narrows what it may.
    wide = MixedPrecisionPolicy(None, torch.float32, torch.float32, cast_forward_inputs=False)
    dtype = torch.bfloat16 if config.precision == "bf16" else None
    narrow = MixedPrecisionPolicy(dtype, torch.float32, torch.float32, cast_forward_inputs=False)
    for block in network.blocks:
        norms = [module for name, module in block.named_children() if name.endswith("norm3")]
        fully_shard(norms, mesh=mesh, mp_policy=wide)
        fully_shard(block, mesh=mesh, mp_policy=narrow)
    fully_shard(network, mesh=mesh, mp_policy=wide)
    if dtype:  # for samples too; Accelerate does the same to what it prepares
        network.forward = torch.autocast(device.type, dtype)(network.forward)


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor; of a sharded one every process must ask for it."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor  # type: ignore[attr-defined]


def local(tensor: Tensor) -> Tensor:
    """The part of a tensor that lies here; it shares the memory."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor  # type: ignore[attr-defined]


def like(value: Tensor, tensor: Tensor) -> Tensor:
    """A whole tensor's value, sharded as `tensor` is, on its device and in its type."""
    value = value.to(tensor.dtype)
    if not hasattr(tensor, "device_mesh"):
        return value.to(tensor.device)
    from torch.distributed.tensor import distribute_tensor  # noqa: PLC0415  seconds to load

    return distribute_tensor(value.to(tensor.device), tensor.device_mesh, tensor.placements)  # type: ignore[attr-defined]


def synchronise(accelerator: Accelerator, values: Tensor) -> Tensor:
    """The sum of every process's values."""
    total: Any = accelerator.reduce(values, reduction="sum")
    return total
