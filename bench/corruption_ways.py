"""Every way in which Raxel reads or writes a model file, for `bench.corruption` and the tests."""

from __future__ import annotations

import contextlib
import io
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from raxel_core.cli import main
from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.convert import Start, init_from_wan
from raxel_core.engine.files import read_header
from raxel_core.engine.manifest import Quantization
from raxel_core.engine.offload import opening
from raxel_core.engine.offload.network import PlacedNetwork
from raxel_core.engine.quantize import quantize_file
from raxel_core.errors import RaxelError

Read = Callable[[Path], Any]
"""Reads a whole file; RaxelError where it is not as it was written."""


def stream(path: Path) -> Tensor:
    """One call of a network whose blocks all come from the file, none of them looked at before."""
    with opened(path) as network:
        return call(network)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[PlacedNetwork]:
    """A network that holds no block and has verified none: as with files beyond 4 GiB."""
    whole, opening.WHOLE = opening.WHOLE, 0
    try:
        network: Any = opening.open_model(path, compute_dtype=torch.float32, master="file").network
    finally:
        opening.WHOLE = whole
    try:
        network.hold(0)
        yield network
    finally:
        network.close()


def call(network: PlacedNetwork) -> Tensor:
    """The video part of the output for some small latents."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"source_z": (1, 16, 1, 4, 4), "video_z": (1, 16, 2, 4, 4), "video_r": (1, 16, 2, 2, 2)}
    latents = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    sigmas = {"source_z": torch.zeros(1), "video_z": torch.full((1,), 0.6), "video_r": torch.full((1,), 0.2)}
    with torch.no_grad():
        return network(latents, sigmas)["video_z"]


def quantize(path: Path) -> None:
    """To int8, or back to bf16 what is quantised; a failure leaves nothing under the new name."""
    out = path.parent / "quantised.safetensors"
    is_plain = path.stem == "bf16"
    _made(out, lambda: quantize_file(path, out, Quantization("int8") if is_plain else None))


def convert(path: Path) -> None:
    """Make a Raxel model of a Wan; a failure leaves nothing."""
    out = path.parent / "raxel.safetensors"
    _made(out, lambda: init_from_wan([path], out, Start()))


def verify(path: Path) -> None:
    """`raxel inspect --verify`; exit code 2 and one line are its RaxelError. What is no model is told without reading more."""
    errors, words = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(words):
        code = main(["inspect", str(path), "--verify"])
    if code == 2:
        raise RaxelError(errors.getvalue().strip().removeprefix("raxel: "))
    assert code == 0


def _made(out: Path, make: Callable[[], Any]) -> None:
    try:
        make()
    except RaxelError:
        left = [file.name for file in out.parent.iterdir() if out.name in file.name]
        assert not left, left
        raise
    out.unlink()


RAXEL: dict[str, Read] = {"load": load_model, "stream": stream, "quantize": quantize, "verify": verify}
WAN: dict[str, Read] = {"init-from-wan": convert, "verify": verify}


def replaced(path: Path, other: Path, dice: random.Random) -> None:
    """Another model of the same sizes takes the name."""
    raw = bytearray(path.read_bytes())
    place = dice.randrange(len(raw) // 2, len(raw))
    raw[place] ^= 1
    other.write_bytes(raw)
    other.replace(path)


def overwritten(path: Path, other: Path, dice: random.Random) -> None:
    """A byte in the same file becomes another."""
    entry = dice.choice(list(read_header(path).tensors.values()))
    with path.open("r+b") as file:
        file.seek(entry.start)
        (value,) = file.read(1)
        file.seek(entry.start)
        file.write(bytes([value ^ 0x10]))


def shortened(path: Path, other: Path, dice: random.Random) -> None:
    """The file loses its end."""
    os.truncate(path, dice.randrange(path.stat().st_size))


def deleted(path: Path, other: Path, dice: random.Random) -> None:
    """The file goes away."""
    path.unlink()


MEANWHILE = {
    "replaced meanwhile": replaced,
    "overwritten meanwhile": overwritten,
    "shortened meanwhile": shortened,
    "deleted meanwhile": deleted,
}


def damaged_between_steps(path: Path, damage: Callable[[], None]) -> None:
    """A step, the damage, a step."""
    with opened(path) as network:
        call(network)
        damage()
        call(network)


def damaged_within_a_step(path: Path, damage: Callable[[], None]) -> None:
    """The damage comes while block 1 of 4 computes, in the first step that reads the file."""
    with opened(path) as network:
        hook = network.weights.network.blocks[1].register_forward_pre_hook(lambda *_: damage())
        try:
            call(network)
        finally:
            hook.remove()


def damaged_while_quantised(path: Path, damage: Callable[[], None]) -> None:
    """The damage comes after the second block is written."""
    out = path.parent / "quantised.safetensors"
    quantization = Quantization("int8") if path.stem == "bf16" else None

    def on_block(done: int, total: int) -> None:
        if done == 2:
            damage()

    _made(out, lambda: quantize_file(path, out, quantization, on_block))


def damaged_while_converted(path: Path, damage: Callable[[], None]) -> None:
    """The damage comes after the tenth tensor is written."""
    out = path.parent / "raxel.safetensors"

    def on_tensor(done: int, total: int) -> None:
        if done == 10:
            damage()

    _made(out, lambda: init_from_wan([path], out, Start(), on_tensor))


WHILE_RAXEL = {
    "between steps": damaged_between_steps,
    "within a step": damaged_within_a_step,
    "while quantised": damaged_while_quantised,
}
WHILE_WAN = {"while converted": damaged_while_converted}
