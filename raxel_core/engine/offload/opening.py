"""Opening a model file for a network whose weights move: header, checks, master, lane."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import torch
from torch import Tensor

from ...errors import RaxelError
from ...model import RaxelTransformer
from ..checkpoint import RaxelModel, check_tensors, read_record
from ..checksums import verify
from ..files import Header, read_header
from ..manifest import QUANTISED, WRITTEN, weight_formats
from ..quantize import quantize_block
from .cuda_lane import CudaLane
from .lanes import CpuLane, Lane
from .layers import OPERATIONS
from .memory import free_bytes
from .network import PlacedNetwork
from .slabs import GLOBALS, Slab, slab_of, slabs_of_file
from .sources import FileSource, RamSource, Source, read_whole
from .weights import Weights

WHOLE = 4 * 2**30
"""Bytes of the largest file that is verified when it is opened; of larger ones each block at its first read."""
SPARE_RAM = 4 * 2**30
"""Bytes that must be left beside a master in RAM for it to be chosen by itself."""

Master = Literal["auto", "ram", "file"]

OnProgress = Callable[[int, int], None]
"""Called with the blocks that were read and their number."""


def open_model(
    path: str | Path,
    device: torch.device | str = "cpu",
    compute_dtype: torch.dtype | None = None,
    master: Master = "auto",
    quantize: str | None = None,
    on_progress: OnProgress | None = None,
) -> RaxelModel:
    """Open a Raxel model of any format; its network is a PlacedNetwork that holds the globals, on a card nothing yet.

    Args:
        path: a safetensors or GGUF file.
        device: where it computes.
        compute_dtype: in what; None: the type of the stored plain tensors.
        master: where streamed blocks come from; auto: the file on the CPU, else RAM where the model fits.
        quantize: format to bring the matrices to now, with the master in RAM; None: as they are stored.
        on_progress: called while blocks are verified, read into RAM or quantised.

    Raises:
        RaxelError: no Raxel model, a damaged one, or one that is quantised already where `quantize` is given.
    """
    device = _checked(device)
    if master not in ("auto", "ram", "file"):
        raise RaxelError(f"a master is 'auto', 'ram' or 'file', got {master!r}.")
    header = read_header(path)
    record = read_record(header)
    if quantize:
        check_quantize(header, quantize)
    network = check_tensors(header, record, OPERATIONS).eval().requires_grad_(False)
    rest, blocks = slabs_of_file(header)
    slabs = {GLOBALS: rest, **dict(enumerate(blocks))}
    formats = weight_formats(header, record)
    source: Source
    source = file = FileSource(header, slabs, record.crc32)
    on_progress = on_progress or _unheard
    try:
        if record.crc32 is None and not file.is_verified(GLOBALS):
            verify(header, None)  # no block has a checksum to be compared later
        if quantize:
            source, formats = _quantised(source, slabs, quantize, device, on_progress)
            compute_dtype = compute_dtype or torch.bfloat16
        elif master == "ram" or (master == "auto" and _fits_in_ram(slabs, device)):
            source = _in_ram(source, slabs, on_progress)
        elif sum(slab.stored_bytes for slab in slabs.values()) <= WHOLE:
            _verify(file, slabs, on_progress)
        lane: Lane = CpuLane(source) if device.type == "cpu" else CudaLane(source, device)
        layouts = [source.slab(i) for i in range(len(blocks))]
        weights = Weights(network, source, layouts, formats, lane, compute_dtype)
    except BaseException:
        source.close()
        raise
    placed = cast(RaxelTransformer, PlacedNetwork(weights))  # called alike
    return RaxelModel(placed, record.config, record.info)


def _unheard(done: int, total: int) -> None:
    """Nobody asked for progress."""


def check_quantize(header: Header, format: str) -> None:
    """RaxelError for a format that is not made at load, and for a model that is quantised already."""
    if format not in WRITTEN:
        raise RaxelError(f"a model can be quantised to {', '.join(WRITTEN)} at load, not to {format!r}.")
    formats = weight_formats(header, read_record(header))
    if formats:
        path = header.path
        stored = ", ".join(sorted(set(formats.values())))
        raise RaxelError(f"{path} is quantised already ({stored}); load it as it is stored.")


def _checked(name: torch.device | str) -> torch.device:
    """The device of this name. Raises RaxelError for one that is unknown, absent or not for Raxel."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise RaxelError(f"there is no device {str(name)!r}; choose 'cpu' or 'cuda'.") from None
    if device.type not in ("cpu", "cuda"):
        raise RaxelError(f"Raxel computes on 'cpu' or 'cuda', not on {str(name)!r}.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RaxelError(
            f"{str(name)!r} is asked for and torch sees {torch.cuda.device_count()} CUDA devices; choose 'cpu'."
        )
    return device


def _fits_in_ram(slabs: dict[int, Slab], device: torch.device) -> bool:
    """Whether a master in RAM is worth having and leaves room."""
    if device.type == "cpu":
        return False  # what the CPU computes from is RAM already
    return sum(slab.nbytes for slab in slabs.values()) + SPARE_RAM < free_bytes(torch.device("cpu"))


def _verify(source: FileSource, slabs: dict[int, Slab], on_progress: OnProgress) -> None:
    """Read all blocks once, which compares them with their checksums."""
    left = [i for i in slabs if not source.is_verified(i)]
    buffer = torch.empty(max((slabs[i].nbytes for i in left), default=0), dtype=torch.uint8)
    for done, index in enumerate(left, 1):
        read_whole(source, index, buffer)
        on_progress(done, len(left))


def _in_ram(source: Source, slabs: dict[int, Slab], on_progress: OnProgress) -> RamSource:
    """The whole file in RAM; the file itself is closed."""
    held: dict[int, tuple[Slab, Tensor]] = {}
    for done, (index, slab) in enumerate(slabs.items(), 1):
        buffer = torch.empty(slab.nbytes, dtype=torch.uint8)
        read_whole(source, index, buffer)
        held[index] = (slab, buffer)
        on_progress(done, len(slabs))
    source.close()
    return RamSource(held)


def _quantised(
    source: Source, slabs: dict[int, Slab], format: str, device: torch.device, on_progress: OnProgress
) -> tuple[RamSource, dict[str, str]]:
    """The same tensors as `raxel quantize` writes, in RAM; computed on the device."""
    held: dict[int, tuple[Slab, Tensor]] = {}
    formats: dict[str, str] = {}
    buffer = torch.empty(max(slab.nbytes for slab in slabs.values()), dtype=torch.uint8)
    for done, (index, slab) in enumerate(slabs.items(), 1):
        read_whole(source, index, buffer)
        tensors = {name: value.to(device) for name, value in slab.views(buffer).items()}
        held[index] = _packed(quantize_block(tensors, format))
        formats |= {name: format for name in tensors if QUANTISED.fullmatch(name)}
        on_progress(done, len(slabs))
    source.close()
    return RamSource(held), formats


def _packed(tensors: dict[str, Tensor]) -> tuple[Slab, Tensor]:
    """Tensors in a buffer of their own."""
    slab = slab_of({name: (value.dtype, tuple(value.shape)) for name, value in tensors.items()})
    buffer = torch.empty(slab.nbytes, dtype=torch.uint8)
    for name, view in slab.views(buffer).items():
        view.copy_(tensors[name])
    return slab, buffer
