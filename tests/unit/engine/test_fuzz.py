"""Whatever stands in a file: a header is read or refused in one sentence, at once and without taking memory for what it claims."""

import json
import struct
import tempfile
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.gguf_files import write_gguf
from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, load_model, save_model
from raxel_core.engine.convert import Start, init_from_wan
from raxel_core.engine.describe import describe, verify_file
from raxel_core.engine.files import DTYPES, read_header
from raxel_core.engine.gguf import TYPES
from raxel_core.engine.lora import read_lora
from raxel_core.engine.vae import load_vae
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

MOST = 30_000_000  # bytes of Python objects while files of a few hundred KB are looked at
TINY = PRESET_CONFIGS["tiny"]
fuzz = settings(max_examples=40, deadline=10_000, suppress_health_check=list(HealthCheck), database=None)

NAMES = st.sampled_from(
    ["patch_embedding.weight", "blocks.0.self_attn.q.weight", "blocks.0.ffn.0.weight", "head.head.weight",
     "text_embedding.0.weight", "time_embedding.0.weight", "blocks.0.self_attn.q.lora_A.weight",
     "blocks.0.self_attn.q.lora_B.weight", "blocks.0.self_attn.q.alpha", "blocks.0.ffn.0.weight_scale",
     "blocks.0.ffn.0.comfy_quant", "img_emb.emb_pos", "encoder.conv1.weight", "decoder.head.2.weight",
     "encoder.conv_in.weight", "decoder.conv_in.weight", "shared.weight", "encoder.block.0.x", "blocks", "blocks.x.y", ""]
) | st.text(max_size=8)  # fmt: skip
SIZES = st.integers(0, 8) | st.sampled_from([16, 36, 1536, 5120, 2**31, 2**62, 2**63, 2**64 - 1])
SHAPES = st.lists(st.integers(0, 4), max_size=6)
RECORDS = st.sampled_from(["raxel", "raxel_vae", "format", "_quantization_metadata", "recipe"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported(tmp_path_factory):
    """So that no example pays for the imports of the first."""
    with suppress(RaxelError):
        load_vae(tmp_path_factory.mktemp("none") / "vae.safetensors")


def look_at(content, suffix):
    """Every reader gets the file; only RaxelError may come out, and little memory may be taken."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        path.write_bytes(content)
        tracemalloc.start()
        readers = (
            describe, verify_file, load_model, load_vae, lambda path: read_lora(path, TINY),
            lambda path: init_from_wan([path], Path(folder) / "out.safetensors", Start()),
        )  # fmt: skip
        for read in readers:
            with suppress(RaxelError):
                read(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MOST


def damaged(content, changes):
    """Bytes changed, cut out and put in at places that are shares of the length."""
    raw = bytearray(content)
    for share, kind, value in changes:
        place = int(share * len(raw))
        if kind == "flip" and raw:
            raw[min(place, len(raw) - 1)] ^= 1 << value % 8
        elif kind == "cut":
            del raw[place:]
        elif kind == "lose":
            del raw[place : place + value]
        else:
            raw[place:place] = bytes([value]) * 8
    return bytes(raw)


SHARES = st.floats(0, 1) | st.floats(0, 0.02)  # the header is at the front
CHANGES = st.lists(
    st.tuples(SHARES, st.sampled_from(["flip", "flip", "flip", "cut", "lose", "put"]), st.integers(0, 255)),
    min_size=1, max_size=4,
)  # fmt: skip


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("intact")
    torch.manual_seed(0)
    network = RaxelTransformer(TINY)
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor)
    save_model(folder / "x.safetensors", RaxelModel(network, TINY, CheckpointInfo("tiny")))
    header, values = read_header(folder / "x.safetensors"), network.state_dict()
    order = sorted(header.tensors, key=lambda name: header.tensors[name].start)
    tensors = {name: (values[name].numpy(), "F32") for name in order}
    write_gguf(folder / "x.gguf", tensors, "raxel", dict(header.metadata))
    assert load_model(folder / "x.gguf").config == load_model(folder / "x.safetensors").config
    return {suffix: (folder / f"x{suffix}").read_bytes() for suffix in (".safetensors", ".gguf")}


@pytest.mark.parametrize("suffix", [".safetensors", ".gguf"])
@fuzz
@given(changes=CHANGES)
def test_a_model_with_bytes_changed_lost_and_put_in_is_read_or_refused(intact, suffix, changes):
    look_at(damaged(intact[suffix], changes), suffix)


@fuzz
@given(content=st.binary(max_size=300), length=st.integers(0, 300) | st.integers(0, 2**64 - 1))
def test_any_bytes_are_refused(content, length):
    look_at(content, ".safetensors")
    look_at(struct.pack("<Q", length) + b"{" + content, ".safetensors")


@fuzz
@given(value=st.dictionaries(NAMES | RECORDS | st.just("__metadata__"), VALUES, max_size=5))
def test_any_json_is_refused(value):
    raw = json.dumps(value).encode()
    look_at(struct.pack("<Q", len(raw)) + raw, ".safetensors")


@st.composite
def safetensors_files(draw):
    """Well-formed headers of any tensors, their offsets right more often than not, with any metadata."""
    fields, stop = {}, 0
    for name in draw(st.lists(NAMES, unique=True, max_size=6)):
        dtype, shape = draw(st.sampled_from(sorted(DTYPES))), draw(SHAPES)
        start, stop = stop, stop + DTYPES[dtype].itemsize * int(np.prod(shape))
        wrong = draw(st.integers(0, 9)) == 0
        if wrong:
            shape, start = [*shape, draw(SIZES)], draw(SIZES)
        elif draw(st.integers(0, 9)) == 0:
            shape, start = [draw(SIZES), *shape, 0], stop  # enormous, and without a byte
        fields[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}
    texts = VALUES.map(json.dumps) | st.text(max_size=20)
    fields["__metadata__"] = draw(st.dictionaries(RECORDS, texts, max_size=2))
    raw = json.dumps(fields).encode()
    return struct.pack("<Q", len(raw)) + raw + draw(st.binary(min_size=1, max_size=1)) * stop


@fuzz
@given(content=safetensors_files())
def test_safetensors_of_any_tensors_are_read_or_refused(content):
    look_at(content, ".safetensors")


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


@st.composite
def gguf_values(draw):
    """A value of any kind, sometimes of a kind or a length that is a lie."""
    kind = draw(st.sampled_from([*NUMBERS, 8, 9, 13]))
    lie = draw(st.integers(0, 9)) == 0
    count = draw(SIZES) if lie else None
    if kind == 8:
        return struct.pack("<I", 8) + text(draw(VALUES.map(json.dumps) | st.text(max_size=9)))
    if kind == 9:
        items = draw(st.lists(st.integers(0, 100), max_size=10))
        length = len(items) if count is None else min(count, 2**64 - 1)
        return struct.pack("<IIQ", 9, 5, length) + b"".join(struct.pack("<i", item) for item in items)
    return struct.pack("<I", kind) + draw(st.binary(min_size=1, max_size=1)) * struct.calcsize(
        "<" + NUMBERS.get(kind, "Q")
    )


@st.composite
def gguf_files(draw):
    """Headers of any values and tensors, right more often than not."""
    keys = RECORDS | st.sampled_from(
        ["general.architecture", "general.alignment", "comfy.gguf.orig_shape.blocks"]
    )
    values = draw(st.lists(st.tuples(keys, gguf_values()), max_size=4))
    infos, stop = b"", 0
    names = draw(st.lists(NAMES, unique=True, max_size=6))
    for name in names:
        kind = draw(st.sampled_from(sorted(TYPES)) | st.integers(0, 50))
        _, of_block, size = TYPES.get(kind, ("", 1, 1))
        sizes = draw(SHAPES) or [1]
        sizes[0] *= of_block
        if draw(st.integers(0, 9)) == 0:
            sizes = [0, *sizes, draw(SIZES)]  # enormous, and without a byte
        offset = draw(SIZES) if draw(st.integers(0, 9)) == 0 else stop
        stop = -(-(stop + int(np.prod(sizes)) // of_block * size) // 32) * 32
        infos += text(name) + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, kind, offset)
    counts = draw(st.just((len(names), len(values))) | st.tuples(SIZES, SIZES))
    raw = b"GGUF" + struct.pack("<IQQ", draw(st.sampled_from([2, 3, 3, 3, 3])), *counts)
    raw += b"".join(text(key) + value for key, value in values) + infos
    return raw + bytes(-len(raw) % 32) + draw(st.binary(min_size=1, max_size=1)) * stop


@fuzz
@given(content=gguf_files())
def test_ggufs_of_any_values_and_tensors_are_read_or_refused(content):
    look_at(content, ".gguf")
