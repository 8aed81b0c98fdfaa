"""Opening a model file for a network whose weights move: header, checks, master, lane."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import torch

from ...model import RaxelTransformer
from ..checkpoint import RaxelModel, check_tensors, read_record
from ..files import read_header
from ..manifest import weight_formats
from .lanes import CpuLane
from .layers import OPERATIONS
from .network import PlacedNetwork
from .slabs import GLOBALS, slabs_of_file
from .sources import FileSource
from .weights import Weights

WHOLE = 4 * 2**30
"""Bytes of the largest file that is verified when it is opened; of larger ones each block at its first read."""

OnProgress = Callable[[float], None]
"""Called with 0 to 1 while weights are read."""


def open_model(
    path: str | Path,
    device: torch.device | str = "cpu",
    compute_dtype: torch.dtype | None = None,
    master: Literal["auto", "ram", "file"] = "auto",
    quantize: str | None = None,
    on_progress: OnProgress | None = None,
) -> RaxelModel:
    """Open a Raxel model of any format; its network is a PlacedNetwork that holds nothing yet but the globals."""
    header = read_header(path)
    record = read_record(header)
    network = check_tensors(header, record, OPERATIONS).eval().requires_grad_(False)
    rest, blocks = slabs_of_file(header)
    source = FileSource(header, {GLOBALS: rest, **dict(enumerate(blocks))}, record.crc32)
    weights = Weights(network, source, blocks, weight_formats(header, record), CpuLane(source), compute_dtype)
    return RaxelModel(cast(RaxelTransformer, PlacedNetwork(weights)), record.config, record.info)
