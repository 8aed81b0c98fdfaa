"""LoRAs made for Wan, on a Raxel model: attention and feed-forward of the video branch and the shared projections.

A LoRA changes a weight by `strength * alpha / rank * up @ down`; some files add plain differences (`.diff`, `.diff_b`) of
weights, biases and norms. Names, shapes and ranks are checked from the header; nothing is applied unless all of it can be.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from .checkpoint import RaxelModel
from .files import Header, read_header, read_tensors
from .kinds import WIDTHS, kind_of
from .lora_names import is_lora, method_of, split_name

CHANGEABLE = re.compile(r"blocks\.\d+\.(ray_)?(self_attn|cross_attn|ffn|norm3)\..+")


class Factors(NamedTuple):
    """A change of low rank."""

    down: Tensor  # (rank, in)
    up: Tensor  # (out, rank)
    scale: float  # alpha / rank

    def delta(self) -> Tensor:
        """The change itself, [out, in] float32."""
        return self.scale * (self.up.float() @ self.down.float())


class Difference(NamedTuple):
    """A change that is written out."""

    value: Tensor

    def delta(self) -> Tensor:
        """The change itself, float32."""
        return self.value.float()


Lora = Mapping[str, Factors | Difference]
"""Name of a parameter of the network -> its change at strength 1."""

_Modules = dict[
    str, dict[str, str]
]  # module -> part ("down", "up", "alpha", "weight", "bias") -> name in the file


def read_lora(path: str | Path, config: RaxelConfig) -> Lora:
    """Read a LoRA for a network of these sizes.

    Raises:
        RaxelError: it changes anything but attention, feed-forward and norms inside the blocks, is made for another
            width, is incomplete or damaged, or is no plain LoRA.
    """
    header = read_header(path)
    modules = _modules(header)
    network = RaxelTransformer(config, device="meta")
    parameters = {name: value.shape for name, value in network.named_parameters()}
    _check_width(header, modules, config)
    _check_names(header, modules, parameters)
    _check_shapes(header, modules, parameters)
    tensors = dict(read_tensors(header, header.tensors))
    broken = next((name for name, value in tensors.items() if not value.float().isfinite().all()), None)
    if broken:
        raise RaxelError(f"{path}: {broken!r} holds values that are not finite; download it again.")
    return _changes(modules, tensors, _scale_in_metadata(header))


@torch.no_grad()
def apply_lora(model: RaxelModel, path: str | Path, strength: float = 1.0) -> None:
    """Add a LoRA to a model's weights, in float32 and in place; all of it or, with a RaxelError, nothing."""
    lora = read_lora(path, model.config)
    if not -100 <= strength <= 100:
        raise RaxelError(f"the strength of a LoRA goes from -100 to 100, got {strength}.")
    if strength == 0:
        return
    parameters = dict(model.network.named_parameters())
    for name, change in lora.items():
        weight = parameters[name]
        delta = change.delta().to(weight.device).reshape(weight.shape)
        weight.copy_(weight.float().add_(delta, alpha=strength))


def _modules(header: Header) -> _Modules:
    """What the file changes, by module; anything that is not a plain LoRA is refused."""
    path, names = header.path, header.tensors
    if "raxel" in header.metadata or header.is_gguf or not is_lora(names):
        raise RaxelError(f"{path} is {kind_of(header)}, not a LoRA; choose a LoRA made for Wan 2.1.")
    method = method_of(names)
    if method:
        raise RaxelError(f"{path} is a {method}, which Raxel does not apply; choose a plain LoRA.")
    modules: _Modules = {}
    for name in names:
        module, part = split_name(name) or (name, "")
        if not part:
            raise RaxelError(f"{path} has {name!r}, which is no part of a plain LoRA; nothing was applied.")
        if part in modules.setdefault(module, {}):
            raise RaxelError(f"{path} changes {module!r} twice, under two names; nothing was applied.")
        modules[module][part] = name
    return modules


def _check_width(header: Header, modules: _Modules, config: RaxelConfig) -> None:
    """Refuse a LoRA for another size by both widths."""
    for module, parts in modules.items():
        if "down" not in parts or not module.endswith((".q", ".k", ".v", ".o", ".ffn.0")):
            continue
        width = header.tensors[parts["down"]].shape[-1:]
        if width and width[0] != config.dim:
            theirs, ours = (
                f"{n:,} ({WIDTHS[n]})" if n in WIDTHS else f"{n:,}" for n in (width[0], config.dim)
            )
            raise RaxelError(
                f"{header.path} is made for width {theirs}, this model has {ours}; choose a LoRA of that size."
            )


def _check_names(header: Header, modules: _Modules, parameters: Mapping[str, torch.Size]) -> None:
    def changeable(module: str, part: str) -> bool:
        name = f"{module}.{'bias' if part == 'bias' else 'weight'}"
        is_matrix = len(parameters.get(name, ())) == 2
        return CHANGEABLE.fullmatch(name) is not None and (
            is_matrix or (part in ("weight", "bias") and name in parameters)
        )

    strange = [module for module, parts in modules.items() if not all(changeable(module, p) for p in parts)]
    if strange:
        raise RaxelError(
            f"{header.path} also changes {strange[0]!r} ({len(strange)} such names), which a LoRA cannot change in "
            "Raxel; nothing was applied: choose one of attention and feed-forward alone."
        )


def _check_shapes(header: Header, modules: _Modules, parameters: Mapping[str, torch.Size]) -> None:
    for module, parts in modules.items():
        shape = {part: header.tensors[name].shape for part, name in parts.items()}
        if ("down" in shape) != ("up" in shape) or ("alpha" in shape and "down" not in shape):
            raise RaxelError(f"{header.path}: the change of {module!r} is incomplete; download it again.")
        if "down" in shape and "weight" in shape:
            raise RaxelError(
                f"{header.path} changes {module!r} twice, by rank and by difference; nothing was "
                "applied: choose another LoRA."
            )
        expected = {part: parameters[f"{module}.{part}"] for part in ("weight", "bias") if part in shape}
        if "down" in shape:
            rank, (out, size) = shape["down"][:1], parameters[f"{module}.weight"]
            expected |= {"down": torch.Size((*rank, size)), "up": torch.Size((out, *rank))}
            if rank == (0,):
                raise RaxelError(f"{header.path}: the change of {module!r} has rank 0; download it again.")
        if torch.Size(shape.get("alpha", ())).numel() != 1:
            expected["alpha"] = torch.Size(())
        for part, wanted in expected.items():
            if shape[part] != tuple(wanted):
                raise RaxelError(
                    f"{header.path}: {parts[part]!r} has shape {shape[part]}, this model needs {tuple(wanted)}; "
                    "download it again, or choose a LoRA of that size."
                )


def _changes(
    modules: _Modules, tensors: Mapping[str, Tensor], scale: float
) -> dict[str, Factors | Difference]:
    changes: dict[str, Factors | Difference] = {}
    for module, parts in sorted(modules.items()):
        part = {kind: tensors[name] for kind, name in parts.items()}
        if "down" in part:
            own = float(part["alpha"].reshape(())) / len(part["down"]) if "alpha" in part else scale
            changes[f"{module}.weight"] = Factors(part["down"], part["up"], own)
        changes |= {f"{module}.{kind}": Difference(part[kind]) for kind in ("weight", "bias") if kind in part}
    return changes


def _scale_in_metadata(header: Header) -> float:
    """alpha / rank of diffusers' `lora_adapter_metadata`; 1 where it, and `.alpha`, are absent (PEFT's rule)."""
    try:
        record = json.loads(header.metadata["lora_adapter_metadata"])
        record = {key.removeprefix("transformer."): value for key, value in record.items()}
        alpha, rank = float(record["lora_alpha"]), float(record["r"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return 1.0
    special = [key for key in ("alpha_pattern", "rank_pattern", "use_rslora", "use_dora") if record.get(key)]
    if not math.isfinite(alpha) or not math.isfinite(rank):
        raise RaxelError(f"{header.path} says alpha {alpha} and rank {rank}; download it again.")
    if special or rank <= 0:
        raise RaxelError(
            f"{header.path} was trained with {special[0] if special else 'rank 0'}, which Raxel does not apply."
        )
    return alpha / rank
