"""Intact model files in every format, and what can happen to a file, for `bench.corruption` and the tests."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import random
import zlib
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path

import torch
from torch import Tensor

from bench.gguf_files import QUANTISED, Stored, stored, write_gguf
from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, record_metadata, save_model
from raxel_core.engine.checksums import block_of
from raxel_core.engine.files import Header, read_header
from raxel_core.engine.kinds import wan_shapes
from raxel_core.engine.manifest import Quantization
from raxel_core.engine.quantize import quantize_file
from raxel_core.engine.writing import write_tensors
from raxel_core.errors import RaxelError
from raxel_core.model import RaxelConfig, RaxelTransformer

CONFIG = RaxelConfig(dim=256, ffn_dim=512, num_layers=4, num_heads=2, text_dim=256, freq_dim=32)
PLAIN = dataclasses.replace(CONFIG, ray_branch=False)

Damage = Callable[[Path, random.Random], None]
"""Changes a file in place."""


def random_network(config: RaxelConfig, seed: int = 0) -> RaxelTransformer:
    """Random weights everywhere, so that no tensor is rightly zero."""
    torch.manual_seed(seed)
    network = RaxelTransformer(config)
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor, std=tensor.shape[-1] ** -0.5)
    return network.requires_grad_(False)


def raxel_files(folder: Path) -> dict[str, Path]:
    """Format -> the same model in it; GGUF with all four quantisations by turns."""
    network = random_network(CONFIG)
    files = {name: folder / f"{name}.safetensors" for name in ("bf16", "int8", "nf4", "fp8")}
    files["gguf"] = folder / "model.gguf"
    save_model(files["bf16"], RaxelModel(network.to(torch.bfloat16), CONFIG, CheckpointInfo("intact")))
    for name in ("int8", "nf4", "fp8"):
        quantize_file(files["bf16"], files[name], Quantization(name))
    write_raxel_gguf(files["gguf"], CONFIG)
    return files


def wan_files(folder: Path) -> dict[str, Path]:
    """A plain Wan as others store it: without any checksum."""
    tensors = random_network(PLAIN).state_dict()
    files = {"Wan bf16": folder / "wan.safetensors", "Wan gguf": folder / "wan.gguf"}
    write_tensors(files["Wan bf16"], {name: value.bfloat16() for name, value in tensors.items()}, {})
    write_gguf(files["Wan gguf"], mixed(tensors)[0])
    return files


def mixed(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Stored], dict[str, Tensor]]:
    """Matrices in all of GGUF's quantisations by turns, the rest in all plain types; what is stored, and what it means."""
    files, meant = {}, {}
    quantised, plain = cycle(QUANTISED), cycle(("F32", "F16", "BF16"))
    for i, (name, tensor) in enumerate(tensors.items()):
        is_matrix = name.startswith("blocks.") and tensor.ndim == 2 and name.endswith(".weight")
        files[name], meant[name] = stored(tensor, next(quantised if is_matrix else plain), seed=i)
    return files, meant


def write_raxel_gguf(path: Path, config: RaxelConfig, *, with_checksums: bool = True) -> dict[str, Tensor]:
    """A Raxel model as GGUF; returns what its tensors mean."""
    files, meant = mixed(random_network(config).state_dict())
    record = json.loads(record_metadata(config, CheckpointInfo("mixed"), None, {})["raxel"])
    del record["crc32"]
    if with_checksums:
        sums: dict[str, int] = {}
        for name, (array, _) in files.items():
            sums[block_of(name)] = zlib.crc32(array.tobytes(), sums.get(block_of(name), 0))
        record["crc32"] = {block: f"{value:08x}" for block, value in sums.items()}
    write_gguf(path, files, "raxel", {"raxel": json.dumps(record)})
    return meant


def cut(path: Path, dice: random.Random) -> None:
    """Lose the end."""
    with path.open("r+b") as file:
        file.truncate(dice.randrange(path.stat().st_size))


def flip_in_weights(path: Path, dice: random.Random) -> None:
    """One bit of one tensor."""
    entries = [entry for entry in read_header(path).tensors.values() if entry.stop > entry.start]
    entry = dice.choice(entries)
    _flip(path, dice.randrange(entry.start, entry.stop), dice)


def flip_in_header(path: Path, dice: random.Random) -> None:
    """One bit of the header; in a GGUF, of what Raxel reads in it: the record and the table of tensors.

    diffusers calls norm2 what Wan calls norm3: a bit that makes one of the other leaves the same Wan, and another is taken.
    """
    header = read_header(path)
    stop = min(entry.start for entry in header.tensors.values())
    start = 0
    if header.is_gguf:
        raw = path.read_bytes()[:stop]
        table = raw.index(next(iter(header.tensors)).encode(), raw.rfind(b"\x05\0\0\0\0\0\0\0raxel") + 8)
        record = header.metadata.get("raxel", "").encode()
        start = raw.index(record) if record and dice.random() < 0.5 else table
        last = list(header.tensors)[-1].encode()
        stop = start + len(record) if start != table else raw.rfind(last) + len(last)
    intact = path.read_bytes()
    _flip(path, dice.randrange(start, stop), dice)
    while _is_the_same_wan(header, path):
        path.write_bytes(intact)
        _flip(path, dice.randrange(start, stop), dice)


def _is_the_same_wan(before: Header, path: Path) -> bool:
    try:
        after = read_header(path)
    except RaxelError:
        return False
    same = list(wan_shapes(before).items()) == list(wan_shapes(after).items())
    return (
        same
        and "raxel" not in before.metadata
        and list(before.tensors.values()) == list(after.tensors.values())
    )


def zeros_in_a_tensor(path: Path, dice: random.Random) -> None:
    """A run of zeros, of any length, somewhere in a tensor: a page that never reached the disk."""
    with path.open("r+b") as file:
        while True:
            entry = dice.choice(list(read_header(path).tensors.values()))
            start = dice.randrange(entry.start, entry.stop)
            stop = dice.randrange(start, entry.stop) + 1
            file.seek(start)
            if any(file.read(stop - start)):
                break
        file.seek(start)
        file.write(bytes(stop - start))


def zeros_to_the_end(path: Path, dice: random.Random) -> None:
    """What a download leaves that reserved its room and stopped."""
    base = min(entry.start for entry in read_header(path).tensors.values())
    size = path.stat().st_size
    with path.open("r+b") as file:
        start = dice.randrange(base, size - 2**18)
        file.seek(start)
        file.write(bytes(size - start))


def other_content(path: Path, dice: random.Random) -> None:
    """Something else under a model's name."""
    contents = (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        b"<!DOCTYPE html><html>log in</html>",
        pickle.dumps({"weights": [1, 2, 3]}),
        b"PK\x03\x04 archive/data.pkl",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\0\0\0\x20ftypisom",
        dice.randbytes(1000),
        b"",
    )
    path.write_bytes(dice.choice(contents))


def other_model(path: Path, dice: random.Random) -> None:
    """A model of another kind in the same container."""
    tensor = torch.randn(96, 3, 3, 3, 3)
    tensors = {"encoder.conv1.weight": tensor, "decoder.head.2.weight": torch.randn(3, 3)}
    if read_header(path).is_gguf:
        write_gguf(path, {name: stored(value, "F32")[0] for name, value in tensors.items()}, "pig")
    else:
        write_tensors(path, tensors, {})


def no_file(path: Path, dice: random.Random) -> None:
    """What cannot be read as a file, and would wait for ever or run through."""
    path.unlink()
    make = dice.choice(["nothing", "folder", "dangling link", "link to itself", "pipe", "device"])
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make != "nothing":
        target = {"dangling link": "nowhere", "link to itself": path.name, "device": "/dev/zero"}[make]
        path.symlink_to(target)


def _flip(path: Path, place: int, dice: random.Random) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        (value,) = file.read(1)
        file.seek(place)
        file.write(bytes([value ^ 1 << dice.randrange(8)]))


DAMAGES: dict[str, Damage] = {
    "cut short": cut,
    "bit flipped in weights": flip_in_weights,
    "bit flipped in header": flip_in_header,
    "zeros in a tensor": zeros_in_a_tensor,
    "zeros to the end": zeros_to_the_end,
    "other content": other_content,
    "other model": other_model,
    "no readable file": no_file,
}
INVISIBLE_WITHOUT_CHECKSUMS = ("bit flipped in weights", "zeros in a tensor")
"""What nobody can notice in a foreign file, unless the values stop being finite or the zeros are many."""
