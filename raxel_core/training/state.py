"""Training state on disk: step, weights, optimiser and average, in one safetensors file that replaces the last.

Batches and noise are functions of the step number alone, so that no random state has to be kept and a resumed run
repeats an uninterrupted one exactly.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.optim import Optimizer

from ..engine.writing import write_tensors


def _optimizer_tensors(optimizers: Sequence[Optimizer]) -> dict[str, Tensor]:
    return {
        f"optimizer.{number}.{i}.{name}": torch.as_tensor(value)
        for number, optimizer in enumerate(optimizers)
        for i, slot in optimizer.state_dict()["state"].items()
        for name, value in slot.items()
    }


def save_state(
    path: Path, step: int, modules: Mapping[str, nn.Module], optimizers: Sequence[Optimizer]
) -> None:
    """Write modules and optimisers as they are after `step` steps; atomic."""
    tensors = _optimizer_tensors(optimizers)
    for prefix, module in modules.items():
        tensors |= {f"{prefix}.{name}": value for name, value in module.state_dict().items()}
    write_tensors(path, tensors, {"step": json.dumps(step)})


def load_state(path: Path, modules: Mapping[str, nn.Module], optimizers: Sequence[Optimizer]) -> int:
    """Restore what `save_state` wrote, in place; returns the step, 0 where there is no file."""
    if not path.exists():
        return 0
    with safe_open(path, framework="pt") as file:
        step = json.loads(file.metadata()["step"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (safe_open is no dict)
    for prefix, module in modules.items():
        module.load_state_dict(
            {k[len(prefix) + 1 :]: v for k, v in tensors.items() if k.startswith(f"{prefix}.")}
        )
    for number, optimizer in enumerate(optimizers):
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith(f"optimizer.{number}."):
                _, _, index, name = key.split(".", 3)
                slots.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})
    return step
