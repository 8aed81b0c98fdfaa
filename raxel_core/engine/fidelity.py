"""How close a quantised model is to the file it was made of, block by block.

Both files' blocks get the same tokens, those of the original network: so the error of a block is its own and not what came
down from the blocks before it. Never a sum: cosine and relative L2 (Euclidean norm of the difference over that of the original).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from ..errors import RaxelError
from ..model import RaxelTransformer
from .checkpoint import Record, check_tensors, read_plain, read_record
from .files import Header, read_header
from .resumable import GLOBALS, unit_of

PIECE = 2**22  # numbers that are compared at once
LARGEST = 2**30  # bytes of a block in float32; larger ones are compared in bf16
FRAMES, ROWS = 3, 16  # latents of the test: 192 video tokens, 48 ray tokens
SIGMA = 0.7  # noise level


@dataclass(frozen=True)
class Fidelity:
    """One block beside its original."""

    block: str
    weight_cosine: float  # of all its tensors as one vector
    weight_error: float  # relative L2 of the same
    output_cosine: float  # of what the block adds to the tokens of both branches
    output_error: float


class Comparison:
    """Running sums over pieces of two vectors."""

    def __init__(self) -> None:
        self.dot = self.square = self.other_square = self.difference = 0.0

    def add(self, original: Tensor, other: Tensor) -> None:
        """Go on with two tensors of one shape."""
        for a, b in zip(original.flatten().split(PIECE), other.flatten().split(PIECE), strict=True):
            x, y = a.double(), b.double()
            self.dot += float(x @ y)
            self.square += float(x @ x)
            self.other_square += float(y @ y)
            self.difference += float((x - y).square_().sum())

    @property
    def cosine(self) -> float:
        """1 for the same direction; of two vectors of zeros too."""
        length = (self.square * self.other_square) ** 0.5
        return self.dot / length if length else float(self.square == self.other_square)

    @property
    def error(self) -> float:
        """Relative L2."""
        return (self.difference / self.square) ** 0.5 if self.square else float(self.difference > 0)


@torch.no_grad()
def compare(original: Path, other: Path) -> list[Fidelity]:
    """Every block of two files of one model; memory for one block, and for all outside the blocks.

    Raises:
        RaxelError: a file is damaged, or they are of different sizes.
    """
    ours, theirs = _Blocks(original), _Blocks(other)
    if ours.record.config != theirs.record.config:
        raise RaxelError(
            f"{original} and {other} are models of different sizes; compare a model with its own copy."
        )
    network = check_tensors(ours.header, ours.record)
    numbers = sum(value.numel() for value in network.blocks[0].parameters())
    dtype = torch.float32 if 4 * numbers <= LARGEST else torch.bfloat16
    found: list[Fidelity] = []

    def blocks() -> Iterator[_Probe]:
        for i, block in enumerate(network.blocks):
            name = f"blocks.{i}"
            block.load_state_dict(dict(ours.tensors(name, dtype)), assign=True)
            yield _Probe(name, block, theirs.tensors(name, dtype), found)
            block.to("meta")

    network.load_state_dict(dict(ours.tensors(GLOBALS, dtype)), strict=False, assign=True)
    network.blocks_in_turn = cast(Any, blocks)
    latents, sigmas, context = _test(network, dtype)
    try:
        network.eval()(latents, sigmas, context)
    finally:
        network.blocks_in_turn = (
            None  # it knows the network: a circle that would keep all weights for a while
        )
    return found


class _Blocks:
    """The blocks of a file, dequantised."""

    def __init__(self, path: Path):
        self.header: Header = read_header(path)
        self.record: Record = read_record(self.header)
        network = check_tensors(self.header, self.record)
        self.shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}

    def tensors(self, unit: str, dtype: torch.dtype) -> Iterator[tuple[str, Tensor]]:
        """Name within the block (of globals: the whole name) and value."""
        names = [name for name in self.header.tensors if unit_of(name) == unit]
        for name, value in read_plain(self.header, self.record, self.shapes, dtype, names):
            yield name.removeprefix(f"{unit}."), value


class _Probe:
    """A block in its turn: measures itself against the other file's, and goes on as the original."""

    def __init__(self, name: str, block: Any, others: Iterable[tuple[str, Tensor]], found: list[Fidelity]):
        self.name, self.block, self.others, self.found = name, block, others, found

    def __call__(self, streams: tuple[Any, ...], text: Tensor, compute: torch.dtype) -> tuple[Tensor, ...]:
        def run() -> tuple[Tensor, ...]:
            fresh = tuple(s._replace(tokens=s.tokens.clone()) for s in streams)  # the block overwrites them
            return self.block(fresh, text, compute)

        tokens, weights, outputs = run(), Comparison(), Comparison()
        own = self.block.state_dict()
        for name, value in self.others:
            weights.add(own[name], value)
            own[name].copy_(value)
        for stream, ours, theirs in zip(streams, tokens, run(), strict=True):
            outputs.add(ours.double() - stream.tokens.double(), theirs.double() - stream.tokens.double())
        self.found.append(Fidelity(self.name, weights.cosine, weights.error, outputs.cosine, outputs.error))
        return tokens


def _test(
    network: RaxelTransformer, dtype: torch.dtype
) -> tuple[dict[str, Tensor], dict[str, Tensor], Tensor | None]:
    """Latents of noise, always the same ones; sigmas; a text of zeros where the network stores none."""
    dice, config = torch.Generator().manual_seed(0), network.config
    latents = {"video_z": torch.randn(1, config.in_channels, FRAMES, ROWS, ROWS, generator=dice).to(dtype)}
    if not config.ray_branch:
        return latents, {"video_z": torch.tensor(SIGMA)}, torch.zeros(1, config.text_len, config.text_dim)
    size = (1, config.ray_channels, FRAMES, ROWS // 2, ROWS // 2)
    latents["video_r"] = torch.randn(size, generator=dice).to(dtype)
    return latents, dict.fromkeys(latents, torch.tensor(SIGMA)), None
