"""A slab holds the tensors that the file holds, and the scratch the matrices that were asked for."""

import pytest
import torch
from safetensors.torch import save_file

from raxel_core.engine.files import read_header, read_tensors
from raxel_core.engine.offload.scratch import Scratch
from raxel_core.engine.offload.slabs import ALIGNMENT, GLOBALS, slabs_of_file
from raxel_core.engine.offload.sources import FileSource, read_whole

from .conftest import FORMATS


def source_of(path):
    header = read_header(path)
    rest, blocks = slabs_of_file(header)
    return header, FileSource(header, {GLOBALS: rest, **dict(enumerate(blocks))}, None)


def check_all(path, pieces=None):
    """Every tensor of every slab is the one that is read by itself; returns the slabs."""
    header, source = source_of(path)
    found = {}
    for index, slab in source._slabs.items():
        buffer = torch.full((slab.nbytes,), 0xA5, dtype=torch.uint8)
        if pieces is None:
            read_whole(source, index, buffer)
        else:
            reading = source.reading(index)
            for start in range(0, slab.nbytes, pieces):
                reading.into(buffer[start : start + pieces], start)
            reading.done()
        found |= slab.views(buffer)
        assert all(place.start % ALIGNMENT == 0 for place in slab.places.values())
    assert set(found) == set(header.tensors)
    for name, tensor in read_tensors(header, header.tensors):
        assert torch.equal(
            found[name].contiguous().view(torch.uint8), tensor.reshape(found[name].shape).view(torch.uint8)
        )
    assert source.bytes_read == sum(entry.stop - entry.start for entry in header.tensors.values())
    source.close()
    return source._slabs


@pytest.mark.parametrize("pieces", [None, 4096, 777])
@pytest.mark.parametrize("name", FORMATS)
def test_slabs_hold_what_the_file_holds_whole_or_in_pieces(model_files, name, pieces):
    slabs = check_all(model_files[name], pieces)
    if name not in ("gguf", "nf4"):  # nf4 ends each of its matrices with 4 bytes, GGUF has padding of its own
        assert all(len(slab.pieces) <= 2 for index, slab in slabs.items() if index != GLOBALS)


def test_tensors_of_odd_sizes_and_blocks_in_any_order_are_found_too(tmp_path):
    torch.manual_seed(0)
    sizes = [(7,), (3, 5), (64,), (1,), (2, 33)]
    tensors = {
        f"blocks.{i}.part{k}": torch.randn(size).to(dtype)
        for i in (10, 0, 2)
        for k, (size, dtype) in enumerate(
            zip(sizes, [torch.float32, torch.bfloat16, torch.float16] * 2, strict=False)
        )
    }
    tensors |= {"head.bias": torch.randn(3), "empty": torch.zeros(0)}
    save_file(tensors, tmp_path / "odd.safetensors")
    slabs = check_all(tmp_path / "odd.safetensors")
    assert [next(iter(slabs[i].places)).split(".")[1] for i in range(3)] == ["0", "2", "10"]


def test_the_scratch_fills_a_matrix_once_until_it_is_overwritten_or_forgotten():
    scratch = Scratch(64, torch.float32, torch.device("cpu"))
    filled = []

    def ask(key, rows):
        def fill(out):
            filled.append(key)
            out.fill_(ord(key))

        found = scratch.matrix(key, (rows, 8), fill)
        assert found.shape == (rows, 8) and bool((found == ord(key)).all())

    for key in "abab":
        ask(key, 8)
    assert "".join(filled) == "ab"
    ask("c", 4)  # over a
    ask("b", 8)
    ask("a", 8)  # behind c there is room for half of it only, so over c and b
    ask("b", 8)
    assert "".join(filled) == "abcab"
    scratch.forget()
    ask("b", 8)
    assert "".join(filled) == "abcabb" and scratch.held == scratch.nbytes == 2 * 64 * 4
    scratch.release()
    assert scratch.held == 0


def test_random_requests_of_the_scratch_never_give_another_matrix():
    scratch, chance = Scratch(100, torch.bfloat16, torch.device("cpu")), torch.Generator().manual_seed(0)
    for _ in range(2000):
        key = int(torch.randint(1, 9, (), generator=chance))
        rows = 1 + key * 97 % 24
        found = scratch.matrix(key, (rows, 4), lambda out, key=key: out.fill_(key))
        assert found.shape == (rows, 4) and bool((found == key).all())
