"""A Raxel model on disk: one safetensors file, its config and record as JSON in the header's key "raxel".

Loading reads the header, checks names, shapes and types against what the config implies, and only then reads weights,
comparing every block with its checksum on the way.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from .checksums import Verifier, blocks_of, record_crc32, write_checked
from .files import Header, read_header
from .kinds import identify
from .manifest import Quantization, Shapes, check_stored, read_parts, weight_formats
from .quant import FORMATS
from .writing import Plan

FORMAT_VERSION = 3  # the last: with quantised matrices
PLAIN_VERSION = 2  # written where nothing is quantised, so that an older Raxel reads it
OLDEST_VERSION = 1  # without checksums and architecture
ARCHITECTURE = "raxel-wan2.1"
LARGEST = 2**31  # of any size in a config

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
    confidence: dict[str, Any] = field(default_factory=dict)  # what `raxel calibrate` fitted; empty: nothing

    def __post_init__(self) -> None:
        for name in ("z_mean", "z_std", "r_std"):
            values = tuple(float(value) for value in getattr(self, name))
            object.__setattr__(self, name, values)
            if not all(map(math.isfinite, values)) or (name != "z_mean" and min(values, default=1) <= 0):
                raise RaxelError(
                    f"{name} of model {self.name!r} must be finite (a spread above 0), got {values}."
                )
        records = isinstance(self.training, dict) and isinstance(self.confidence, dict)
        if not isinstance(self.name, str) or not records:
            raise RaxelError("a model's record needs a name, a training record and one of its confidence.")
        if not _is_positive(self.alpha, float) or not 0 < self.ray_origin_hfov_deg < 180:
            raise RaxelError(
                f"alpha and lens of model {self.name!r} must be above 0 (the lens below 180), "
                f"got {self.alpha} and {self.ray_origin_hfov_deg}."
            )
        sizes = (self.height, self.width, self.frames)
        if not all(_is_positive(size, int) for size in sizes):
            raise RaxelError(f"sizes of model {self.name!r} must be whole numbers above 0, got {sizes}.")
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


def _is_positive(value: Any, kind: type) -> bool:
    return isinstance(value, int | kind) and not isinstance(value, bool) and 0 < value < math.inf


@dataclass
class RaxelModel:
    """A network with the config and the record that belong to it."""

    network: RaxelTransformer
    config: RaxelConfig
    info: CheckpointInfo


class Record(NamedTuple):
    """What a Raxel file says in its header."""

    version: int
    config: RaxelConfig
    info: CheckpointInfo
    crc32: dict[str, str] | None  # block -> 8 hexadecimal digits; None in files of version 1
    intact: bool  # the record is the one that was written, as far as a checksum tells
    quantization: Quantization | None = None  # None: plain tensors, or a GGUF whose header tells


def save_model(path: str | Path, model: RaxelModel) -> None:
    """Write one safetensors file, whole or not at all."""
    tensors = model.network.state_dict()
    plan = {name: (value.dtype, tuple(value.shape)) for name, value in tensors.items()}
    write_checkpoint(path, model.config, model.info, plan, lambda name: tensors[name])


def write_checkpoint(
    path: str | Path,
    config: RaxelConfig,
    info: CheckpointInfo,
    plan: Plan,
    tensor: Callable[[str], Tensor],
    quantization: Quantization | None = None,
) -> None:
    """Write a Raxel file from tensors that are asked for one by one, in memory for one of them.

    Args:
        path: the .safetensors file; it appears when all is written, and not at all after a failure.
        config: sizes.
        info: record.
        plan: type and shape of every tensor.
        tensor: gives the tensor of a name.
        quantization: how the matrices in the plan are stored.
    """
    write_checked(path, plan, tensor, lambda crc32: record_metadata(config, info, quantization, crc32))


def record_metadata(
    config: RaxelConfig, info: CheckpointInfo, quantization: Quantization | None, crc32: Mapping[str, str]
) -> dict[str, str]:
    """The header's metadata of a Raxel file; `crc32` is block -> 8 hexadecimal digits."""
    record = {
        "format_version": FORMAT_VERSION if quantization else PLAIN_VERSION,
        "architecture": ARCHITECTURE,
        "config": config.to_dict(),
        "info": info.to_dict(),
    }
    if quantization:
        record["quantization"] = quantization.to_dict()
    return {"raxel": json.dumps({**record, "record_crc32": record_crc32(record), "crc32": dict(crc32)})}


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
        dtype: dtype of the weights; None keeps the file's, and makes a quantised file bf16.
        operations: namespace that makes the layers (torch.nn, or the host's own).
    """
    header = read_header(path)
    record = read_record(header)
    network = check_tensors(header, record, operations)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    weights = {name: value.to(device) for name, value in read_plain(header, record, shapes, dtype)}
    network.load_state_dict(weights, assign=True)
    return RaxelModel(network.eval().requires_grad_(False), record.config, record.info)


def read_plain(
    header: Header,
    record: Record,
    shapes: Shapes,
    dtype: torch.dtype | None = None,
    names: Collection[str] | None = None,
) -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor of the network, compared with its checksum and dequantised.

    Args:
        header: of a file that `check_tensors` has passed.
        record: its record.
        shapes: of the network's tensors.
        dtype: of all of them; None keeps the file's, and makes a quantised file bf16.
        names: of stored tensors, those of whole blocks; None: all.
    """
    formats, verifier = weight_formats(header, record), Verifier(header, record.crc32)
    dtype = dtype or (torch.bfloat16 if formats else None)
    for name, parts in read_parts(header, formats, verifier.check, names):
        if name in formats:
            value = torch.empty(shapes[name], dtype=dtype)
            FORMATS[formats[name]].dequantize(parts, value)
            yield name, value
        else:
            yield name, parts[""].reshape(shapes[name]).to(dtype)


def check_tensors(header: Header, record: Record, operations: ModuleType = nn) -> RaxelTransformer:
    """Check names, shapes and types of a file against its config; returns the network that it fits, on "meta"."""
    layers = record.config.num_layers
    if layers > len(header.tensors):
        raise RaxelError(
            f"{header.path} promises {layers} layers in {len(header.tensors)} tensors; it is damaged: download it again."
        )
    if any(isinstance(size, int) and size >= LARGEST for size in vars(record.config).values()):
        raise _damaged_record(header)
    try:
        network = RaxelTransformer(record.config, operations, device="meta")
    except RuntimeError:  # a product of sizes beyond what a tensor can have
        raise _damaged_record(header) from None
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    check_stored(header, shapes, weight_formats(header, record))
    if not record.intact or (record.crc32 is not None and sorted(record.crc32) != blocks_of(header.tensors)):
        raise _damaged_record(header)
    return network


def read_record(header: Header) -> Record:
    """Config and record of a Raxel file, from its header."""
    path = header.path
    if "raxel" not in header.metadata:
        kind = identify(header)
        raise RaxelError(f"{path} is {kind.what}, not a Raxel model; {kind.advice}.")
    try:
        record = json.loads(header.metadata["raxel"])
        version = record["format_version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged_record(header) from None
    _check_version(path, version, record.get("architecture", ARCHITECTURE))
    try:
        lacks = "crc32" not in record and (version == OLDEST_VERSION or header.is_gguf)
        crc32 = None if lacks else {str(k): str(v) for k, v in record["crc32"].items()}
        unsigned = lacks and "record_crc32" not in record
        intact = unsigned or record["record_crc32"] == record_crc32(record)
        config = RaxelConfig.from_dict(record["config"])
        quantization = Quantization.from_dict(record["quantization"]) if "quantization" in record else None
        info = CheckpointInfo.from_dict(record["info"])
        return Record(version, config, info, crc32, intact, quantization)
    except RaxelError as error:
        raise RaxelError(f"{path}: {str(error)[:500]}") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged_record(header) from None


def _check_version(path: Path, version: Any, architecture: Any) -> None:
    versions = f"this Raxel reads {OLDEST_VERSION} to {FORMAT_VERSION}"
    if type(version) is not int or version > FORMAT_VERSION:
        raise RaxelError(f"{path} has format version {str(version)[:40]}, {versions}; update Raxel.")
    if version < OLDEST_VERSION:
        raise RaxelError(
            f"{path} has format version {version}, {versions}; that one was never released: download the model again."
        )
    if architecture != ARCHITECTURE:
        raise RaxelError(
            f"{path} is of architecture {str(architecture)[:40]!r}, this Raxel knows {ARCHITECTURE!r}; update Raxel."
        )


def _damaged_record(header: Header) -> RaxelError:
    return RaxelError(f"{header.path} has a damaged Raxel record in its header; download it again.")
