"""From a plain Wan 2.1 text-to-video transformer to the Raxel model that training starts from.

The ray branch is a copy of the video branch and the gates are 0, so the video output is Wan's bit for bit (paper section 4).
Tensor by tensor: memory for the largest one, whatever the size of the model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from .checkpoint import CheckpointInfo, write_checkpoint
from .files import WEIGHT_DTYPES, cannot_read, check_is_file, read_header, read_tensor
from .kinds import SIZES, check_wan_file
from .wan_paths import model_files
from .wan_source import WanSource, wan_source
from .writing import check_new_model

OnTensor = Callable[[int, int], None]
"""Called after every tensor with how many are done and how many there are."""


@dataclass(frozen=True)
class Start:
    """What Wan's files do not say about the model that is made from them."""

    name: str | None = None  # None: after the size
    scale_mode: Literal["metric", "relative"] = "metric"
    null_context: Path | None = None  # a file with one tensor [L, text_dim]; None: zeros
    dtype: torch.dtype = torch.bfloat16


def init_from_wan(
    inputs: Sequence[Path],
    out: Path,
    start: Start,
    on_tensor: OnTensor = lambda done, total: None,
    plain: RaxelConfig | None = None,
) -> CheckpointInfo:
    """Write a Raxel model with Wan's weights; returns its record.

    Args:
        inputs: one file, all shards, their index or their folder.
        out: the .safetensors file to make. It must not exist; it appears when all is written.
        start: what else is known.
        on_tensor: called after every tensor.
        plain: sizes of the Wan transformer; None finds them out.

    Raises:
        RaxelError: an input is something else, incomplete or damaged, or the output cannot be written.
    """
    check_new_model(out)
    files = model_files(inputs)
    for file in files:
        check_is_file(file)
    stamps = {file: _stamp(file) for file in files}
    headers = [read_header(file) for file in files]
    for header in headers:
        check_wan_file(header)
    source = wan_source(headers, plain)
    config = dataclasses.replace(source.config, ray_branch=True, gate_init=0.0)
    network = RaxelTransformer(config, device="meta").state_dict()
    values = _Values(source, start, _null_context(start.null_context, config))
    size = f"Wan 2.1 T2V {SIZES.get(config.dim, f'of width {config.dim}')}"
    training = {"started_from": size, "files": [file.name for file in files], "steps": 0}
    name = start.name or f"Raxel from {size}, untrained"
    info = CheckpointInfo(name=name, scale_mode=start.scale_mode, training=training)
    done = 0

    def tensor(name: str) -> Tensor:
        nonlocal done
        value = values.tensor(name, network[name].shape)
        done += 1
        on_tensor(done, len(network))
        if done == len(network):
            _check_unchanged(stamps)
        return value

    plan = {name: (start.dtype, tuple(value.shape)) for name, value in network.items()}
    write_checkpoint(out, config, info, plan, tensor)
    return info


class _Values:
    """Every tensor of the new model."""

    def __init__(self, source: WanSource, start: Start, null_context: Tensor):
        self.source, self.dtype, self.null_context = source, start.dtype, null_context

    def tensor(self, name: str, shape: torch.Size) -> Tensor:
        """One tensor in the type of the new file."""
        if name == "null_context":
            return self.null_context.to(self.dtype)
        if name == "modality_embedding" or name.endswith((".gate_z", ".gate_r")):
            return torch.zeros(shape, dtype=self.dtype)
        wans = name.replace("ray_", "")
        wide = self.source.tensor(wans)
        value = wide.to(self.dtype)
        if self.dtype == torch.float16 and value.isinf().any():
            raise RaxelError(
                f"{self.source.tensors[wans][0].path}: {wans!r} has values up to {wide.abs().max():.3g}, beyond fp16; "
                "use bf16 or fp32."
            )
        return value


def _stamp(file: Path) -> tuple[int, int, int]:
    """What changes when a file does."""
    try:
        stat = file.stat()
    except OSError as error:
        raise cannot_read(file, error) from error
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _check_unchanged(stamps: Mapping[Path, tuple[int, int, int]]) -> None:
    """Foreign files have no checksums: two halves of different ones would not be noticed otherwise."""
    for file, stamp in stamps.items():
        if _stamp(file) != stamp:
            raise RaxelError(f"{file} changed while it was read; run the same command again.")


def _null_context(path: Path | None, config: RaxelConfig) -> Tensor:
    """What stands in for text, [text_len, text_dim]: zeros, or a text's embedding with zeros behind it, as Wan pads text."""
    context = torch.zeros(config.text_len, config.text_dim)
    if path is None:
        return context
    header = read_header(path)
    shapes = {name: entry.shape for name, entry in header.tensors.items()}
    name, shape = next(iter(shapes.items()), ("", ()))
    rows = shape[1:] if shape[:1] == (1,) and len(shape) == 3 else shape
    if len(shapes) != 1 or len(rows) != 2 or not 0 < rows[0] <= config.text_len or rows[1] != config.text_dim:
        raise RaxelError(
            f"{path} must hold one tensor [L, {config.text_dim}] with L up to {config.text_len}, got {shapes}."[
                :300
            ]
        )
    if header.tensors[name].dtype not in WEIGHT_DTYPES:
        raise RaxelError(f"{path}: {name!r} must be F32, F16 or BF16.")
    value = read_tensor(header, name).float().reshape(rows)
    if not value.isfinite().all():
        raise RaxelError(f"{path}: {name!r} holds values that are not finite.")
    context[: rows[0]] = value
    return context
