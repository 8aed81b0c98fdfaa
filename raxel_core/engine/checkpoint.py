"""A Raxel model on disk: one safetensors file, its config and record as JSON in the header's key "raxel".

Loading reads the header, checks names and shapes against what the config implies, and only then reads weights.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import torch
from torch import nn

from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from .files import Header, check_names_and_shapes, kind_of, read_header, read_tensors, write_tensors

FORMAT_VERSION = 1

# Wan 2.1's published latent statistics: the start for models on Wan's own VAE.
WAN_Z_MEAN = (-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508,
              0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921)  # fmt: skip
WAN_Z_STD = (2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
             3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160)  # fmt: skip


@dataclass(frozen=True)
class CheckpointInfo:
    """What must travel with the weights to use them."""

    name: str
    alpha: float = 0.5  # contrast of raxels
    scale_mode: Literal["metric", "relative"] = "metric"  # metric: raxels always with scale 1
    z_mean: tuple[float, ...] = WAN_Z_MEAN  # per channel, of raw image latents
    z_std: tuple[float, ...] = WAN_Z_STD
    r_std: tuple[float, ...] = WAN_Z_STD  # per channel, of raw ray latents minus the static camera's
    ray_origin_hfov_deg: float = 65.0  # lens of that static camera
    height: int = 480  # the size and length that the model was trained at
    width: int = 832
    frames: int = 81
    training: dict[str, Any] = field(default_factory=dict)  # held-out numbers, seeds, clips seen

    def __post_init__(self) -> None:
        for name in ("z_mean", "z_std", "r_std"):
            values = tuple(float(value) for value in getattr(self, name))
            object.__setattr__(self, name, values)
            if not all(map(math.isfinite, values)) or (name != "z_mean" and min(values, default=1) <= 0):
                raise RaxelError(
                    f"{name} of model {self.name!r} must be finite (a spread above 0), got {values}."
                )
        if self.scale_mode not in ("metric", "relative"):
            raise RaxelError(f"scale_mode must be 'metric' or 'relative', got {self.scale_mode!r}.")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` reads them back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CheckpointInfo:
        """Read `to_dict`'s values; unknown names raise RaxelError."""
        unknown = sorted(set(values) - {f.name for f in dataclasses.fields(cls)})
        if unknown:
            raise RaxelError(f"the model's record has unknown entries {unknown}; it needs a newer Raxel.")
        return cls(**values)


@dataclass
class RaxelModel:
    """A network with the config and the record that belong to it."""

    network: RaxelTransformer
    config: RaxelConfig
    info: CheckpointInfo


def save_model(path: str | Path, model: RaxelModel) -> None:
    """Write one safetensors file, whole or not at all."""
    record = {
        "format_version": FORMAT_VERSION,
        "config": model.config.to_dict(),
        "info": model.info.to_dict(),
    }
    write_tensors(path, model.network.state_dict(), {"raxel": json.dumps(record)})


def load_model(
    path: str | Path,
    device: torch.device | str = "cpu",
    dtype: torch.dtype | None = None,
    operations: ModuleType = nn,
) -> RaxelModel:
    """Read a Raxel model; every kind of wrong file is a RaxelError of one sentence.

    Args:
        path: the .safetensors file.
        device: where the weights go.
        dtype: dtype of the weights; None keeps the file's.
        operations: namespace that makes the layers (torch.nn, or the host's own).
    """
    header = read_header(path)
    config, info = read_record(header)
    if config.num_layers > len(header.tensors):
        raise RaxelError(
            f"{path} promises {config.num_layers} layers in {len(header.tensors)} tensors; it is damaged."
        )
    network = RaxelTransformer(config, operations, device="meta")
    check_names_and_shapes(header, {name: tuple(value.shape) for name, value in network.state_dict().items()})
    weights = {name: value.to(device, dtype) for name, value in read_tensors(header, header.tensors)}
    network.load_state_dict(weights, assign=True)
    return RaxelModel(network.eval().requires_grad_(False), config, info)


def read_record(header: Header) -> tuple[RaxelConfig, CheckpointInfo]:
    """Config and record of a Raxel file, from its header."""
    path = header.path
    if "raxel" not in header.metadata:
        raise RaxelError(f"{path} is {kind_of(header)}, not a Raxel model; choose a file made for Raxel.")
    try:
        record = json.loads(header.metadata["raxel"])
        version = record["format_version"]
    except (ValueError, KeyError, TypeError):
        raise RaxelError(f"{path} has a damaged Raxel record in its header; download it again.") from None
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise RaxelError(
            f"{path} has format version {version}, this Raxel reads up to {FORMAT_VERSION}; update Raxel."
        )
    try:
        return RaxelConfig.from_dict(record["config"]), CheckpointInfo.from_dict(record["info"])
    except RaxelError as error:
        raise RaxelError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise RaxelError(f"{path} has a damaged Raxel record in its header; download it again.") from None
