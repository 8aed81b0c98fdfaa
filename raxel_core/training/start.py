"""The checkpoint that a run starts from: what `raxel init-from-wan` wrote, or a trained model."""

from __future__ import annotations

from pathlib import Path

import torch

from ..engine.checkpoint import Record, check_tensors, read_plain, read_record
from ..engine.files import read_header
from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from .processes import like


def read_start(path: Path, network: RaxelConfig | None) -> Record:
    """The record of the checkpoint; refuses one of other sizes than the recipe's, where the recipe names any."""
    record = read_record(read_header(path))
    if network:
        theirs, ours = record.config.to_dict(), network.to_dict()
        other = [name for name in ours if name != "gate_init" and ours[name] != theirs[name]]
        if other:
            name = other[0]
            raise RaxelError(
                f"{path} has {name} {theirs[name]!r}, the recipe's network {ours[name]!r}; leave the entry network "
                "out, so that it is the checkpoint's"
            )
    return record


@torch.no_grad()
def load_start(path: Path, network: RaxelTransformer) -> None:
    """Copy a checkpoint's weights into a network, tensor by tensor, and compare them with their checksums."""
    header = read_header(path)
    record = read_record(header)
    check_tensors(header, record)
    own = network.state_dict()
    shapes = {name: tuple(value.shape) for name, value in own.items()}
    for name, value in read_plain(header, record, shapes):
        own[name].copy_(like(value, own[name]))
