"""From a Raxel file to the same model with its large matrices quantised: block by block, in memory for one of them.

Stopped at any moment, the same call goes on from the last whole block (resumable.py); the bytes of the result are those of a
run that was not stopped.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..errors import RaxelError
from .checkpoint import Record, check_tensors, read_record, record_metadata
from .checksums import Verifier, is_finite
from .files import Header, read_header, read_tensor
from .manifest import QUANTISED, Quantization, Shapes, read_parts, weight_formats
from .quant import FORMATS
from .resumable import Unit, resumable_file, unit_of
from .writing import Plan, check_new_model

PLAIN = torch.bfloat16
"""Type of all that is not quantised."""

SAMPLE = 2**22  # numbers that are quantised to estimate the time

OnBlock = Callable[[int, int], None]
"""Called after every block with how many are done and how many there are."""


class Result(NamedTuple):
    """What a call did."""

    blocks: int  # of the new file, with all outside the blocks as one
    resumed: int  # of them were taken over from a call that was stopped


def quantize_file(
    source: Path,
    out: Path,
    quantization: Quantization | None,
    on_block: OnBlock = lambda done, total: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Result:
    """Write a model's weights in another format.

    Args:
        source: a Raxel model, safetensors or GGUF; a quantised one only to make it bf16.
        out: the .safetensors file to make. It must not exist; it appears when all is written.
        quantization: how the matrices are stored; None: all bf16.
        on_block: called after every block.
        say: told what became of the work of an earlier call.

    Raises:
        RaxelError: the source is no Raxel model, damaged, already quantised, or the output cannot be written.
    """
    check_new_model(out)
    model = _Source(source, quantization)
    record = model.record
    metadata = partial(record_metadata, record.config, record.info, quantization)
    identity = {**_identity(model.header), "plan": _crc32_of_plan(model.plan, metadata({})["raxel"])}
    with resumable_file(out, model.plan, metadata, identity) as file:
        total, resumed = len(file.units), file.done
        if file.is_other:
            say(f"what was begun of {out} came of another file or with other options: begun afresh")
        elif resumed:
            say(f"{resumed} of {total} blocks of {out} were whole: going on from there")
        for done, unit in enumerate(file.left, resumed + 1):
            file.add(model.stored(unit))
            on_block(done, total)
        if _identity(model.header).items() - identity.items():
            raise RaxelError(f"{source} changed while it was read; run the same command again.")
    return Result(total, resumed)


class _Source:
    """A model's file, and its blocks as the new file holds them.

    Args:
        path: the file.
        quantization: of the new file.
    """

    def __init__(self, path: Path, quantization: Quantization | None):
        self.header = read_header(path)
        self.record = read_record(self.header)
        network = check_tensors(self.header, self.record)
        self.shapes: Shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
        self.formats = weight_formats(self.header, self.record)
        self.new_formats: dict[str, str] = {}
        if quantization:
            _check(path, self.record, quantization, self.formats)
            matrices = quantization.matrices(self.shapes, self.record.config.num_layers)
            self.new_formats = dict.fromkeys(matrices, quantization.format)
        self.plan = plan_of(self.shapes, self.new_formats)
        self._verifier = Verifier(self.header, self.record.crc32)

    def stored(self, unit: Unit) -> dict[str, Tensor]:
        """All tensors of a unit, from the same blocks of the old file."""
        names = [name for name in self.header.tensors if unit_of(name) == unit.name]
        stored: dict[str, Tensor] = {}
        for name, parts in read_parts(self.header, self.formats, self._verifier.check, names):
            value = self._value(name, parts)
            try:
                stored |= _stored(name, value, self.new_formats.get(name, "bf16"))
            except RaxelError as error:
                raise RaxelError(f"{self.header.path}: {error}") from None
        return stored

    def _value(self, name: str, parts: Mapping[str, Tensor]) -> Tensor:
        if name not in self.formats:
            return parts[""].reshape(self.shapes[name])
        value = torch.empty(self.shapes[name], dtype=PLAIN)
        FORMATS[self.formats[name]].dequantize(parts, value)
        return value


def plan_of(shapes: Shapes, formats: Mapping[str, str]) -> Plan:
    """Type and shape of all tensors of a file for a network of these shapes, with these weights in these formats."""
    plan: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {}
    for name, shape in shapes.items():
        if name in formats:
            parts = FORMATS[formats[name]].parts((shape[0], shape[1]))
            plan |= {name + suffix: what for suffix, what in parts.items()}
        else:
            plan[name] = PLAIN, shape
    return plan


def quantize_block(tensors: Mapping[str, Tensor], format: str) -> dict[str, Tensor]:
    """All tensors of a block as a file of this format holds them.

    Args:
        tensors: name -> floats.
        format: of the matrices; "bf16" quantises none.

    Raises:
        RaxelError: values are not finite, or the format cannot hold a matrix.
    """
    stored: dict[str, Tensor] = {}
    for name, value in tensors.items():
        stored |= _stored(name, value, format if QUANTISED.fullmatch(name) else "bf16")
    return stored


def _stored(name: str, value: Tensor, format: str) -> dict[str, Tensor]:
    """The tensors that stand for one."""
    plain = value.to(PLAIN)
    if not is_finite(plain):
        raise RaxelError(
            f"{name!r} holds values that are not finite, or too large for bf16; its training failed."
        )
    if format == "bf16":
        return {name: plain}
    return {name + suffix: part for suffix, part in FORMATS[format].quantize(value).items()}


def estimate_seconds(header: Header, format: str) -> float:
    """How long it takes to read and quantise all blocks of a plain file here, from a sample of one matrix."""
    matrices = [name for name in header.tensors if QUANTISED.fullmatch(name)]
    if not matrices or format == "bf16":
        return 0.0
    largest = max(matrices, key=lambda name: prod(header.shape_of(name)))
    start = time.perf_counter()
    value = read_tensor(header, largest)
    zlib.crc32(value.view(torch.uint8).numpy().data)
    reading = (time.perf_counter() - start) / value.numel()
    rows = value[: max(1, SAMPLE // value.shape[1])]
    FORMATS[format].quantize(
        rows[: len(rows) // 4 + 1]
    )  # the first call pays for the codebook and the threads
    start = time.perf_counter()
    FORMATS[format].quantize(rows)
    quantising = (time.perf_counter() - start) / rows.numel()
    return sum(prod(header.shape_of(name)) for name in matrices) * (reading + quantising)


def _check(source: Path, record: Record, quantization: Quantization, formats: Mapping[str, str]) -> None:
    """Refuse what cannot be quantised, or would not be."""
    if formats:
        words = sorted(set(formats.values()))
        raise RaxelError(
            f"{source} is quantised already ({', '.join(words)}); quantise the file that it was made of, or make it bf16 first."
        )
    kept = quantization.keep_first + quantization.keep_last
    if kept >= record.config.num_layers:
        raise RaxelError(
            f"{kept} blocks are to be kept and {source} has {record.config.num_layers}: nothing would be quantised; keep fewer."
        )


def _identity(header: Header) -> dict[str, Any]:
    """What tells a file from another, or from itself after a change."""
    try:
        with header.path.open("rb") as file:
            start = min((entry.start for entry in header.tensors.values()), default=0)
            crc32 = zlib.crc32(file.read(start))
        stat = header.path.stat()
    except OSError as error:
        raise RaxelError(f"cannot read {header.path}: {error.strerror}; check its disk.") from error
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "header_crc32": crc32}


def _crc32_of_plan(plan: Plan, record: str) -> int:
    words = [f"{name} {dtype} {shape}" for name, (dtype, shape) in sorted(plan.items())]
    return zlib.crc32("\n".join([record, *words]).encode())
