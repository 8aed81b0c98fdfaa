"""Training state on disk: step, weights, optimiser and average, in one safetensors file that replaces the last.

Batches and noise are functions of the step number alone, so that no random state has to be kept and a resumed run
repeats an uninterrupted one exactly. Sharded tensors are gathered and written one by one: the file is the same for any
number of processes, and goes on with any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.optim import Optimizer

from ..engine.writing import Plan, file_order, new_file
from ..errors import RaxelError
from .processes import like, whole

Part = nn.Module | Mapping[str, Tensor]
"""What has a state: a module, or tensors by name."""


def save_state(
    path: Path, step: int, parts: Mapping[str, Part], optimizers: Sequence[Optimizer], write: bool = True
) -> None:
    """Write parts and optimisers as they are after `step` steps; atomic.

    Every process must call it where tensors are sharded; the one with `write` writes.
    """
    tensors = {
        f"{prefix}.{name}": value for prefix, part in parts.items() for name, value in _state(part).items()
    }
    tensors |= _optimizer_tensors(optimizers)
    plan = plan_of(tensors)
    if not write:
        gather(tensors)
        return
    with new_file(path, plan, {"step": json.dumps(step)}) as file:
        for name in file.order:
            file.append(name, whole(tensors[name]))


def plan_of(tensors: Mapping[str, Tensor]) -> Plan:
    """Types and shapes of whole tensors."""
    return {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in tensors.items()}


def gather(tensors: Mapping[str, Tensor]) -> None:
    """The other processes' part while one of them writes these tensors."""
    for name in file_order(plan_of(tensors)):
        whole(tensors[name])


def remove_parts(*paths: Path) -> None:
    """Remove what a kill in the middle of writing these files has left."""
    for path in paths:
        for part in path.parent.glob(f".{path.name}.*.part"):
            part.unlink(missing_ok=True)


def load_state(path: Path, parts: Mapping[str, Part], optimizers: Sequence[Optimizer]) -> int:
    """Restore what `save_state` wrote, in place; returns the step, 0 where there is no file.

    Raises:
        RaxelError: the file is damaged, or the state of another network.
    """
    if not path.exists():
        return 0
    try:
        with safe_open(path, framework="pt") as file:
            step = json.loads(file.metadata()["step"])
            names = set(file.keys())
            for prefix, part in parts.items():
                _restore(path, prefix, _state(part), names, file.get_tensor)
            for number, optimizer in enumerate(optimizers):
                slots = _slots(number, optimizer, names, file.get_tensor)
                optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})
    except RaxelError:
        raise
    except Exception as error:  # safetensors has an exception of its own for every kind of damage
        raise RaxelError(f"{path} cannot be read ({error}); delete it to begin again") from None
    return step


@torch.no_grad()
def _restore(
    path: Path, prefix: str, own: Mapping[str, Tensor], names: set[str], read: Callable[[str], Tensor]
) -> None:
    """Copy the file's tensors of one part into its own. The average of an older run may know more than is asked."""
    missing = [name for name in own if f"{prefix}.{name}" not in names]
    more = [name for name in names if prefix != "average" and name.startswith(f"{prefix}.")]
    if missing or len(more) > len(own):
        raise RaxelError(
            f"{path} is the state of another network or mode ({prefix} differs in "
            f"{(missing or sorted({name[len(prefix) + 1 :] for name in more} - set(own)))[0]!r}); "
            "choose another folder or name, or delete it to begin again"
        )
    for name, tensor in own.items():
        value = read(f"{prefix}.{name}")
        if value.shape != tensor.shape:
            raise RaxelError(
                f"{path} is the state of another network ({prefix}.{name} is {list(value.shape)} there, "
                f"{list(tensor.shape)} here); choose another folder or name, or delete it to begin again"
            )
        tensor.copy_(like(value, tensor))


def _state(part: Part) -> Mapping[str, Tensor]:
    return part.state_dict() if isinstance(part, nn.Module) else part


def _optimizer_tensors(optimizers: Sequence[Optimizer]) -> dict[str, Tensor]:
    return {
        f"optimizer.{number}.{i}.{name}": torch.as_tensor(value)
        for number, optimizer in enumerate(optimizers)
        for i, slot in optimizer.state_dict()["state"].items()
        for name, value in slot.items()
    }


def _slots(
    number: int, optimizer: Optimizer, names: set[str], read: Callable[[str], Tensor]
) -> dict[int, dict[str, Tensor]]:
    """An optimiser's state by the number of the parameter, sharded as the parameter is."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    slots: dict[int, dict[str, Tensor]] = {}
    for key in sorted(name for name in names if name.startswith(f"optimizer.{number}.")):
        _, _, index, name = key.split(".", 3)
        value, parameter = read(key), parameters[int(index)]
        if value.shape == parameter.shape and name != "step":
            value = like(value, parameter.detach())
        slots.setdefault(int(index), {})[name] = value
    return slots
