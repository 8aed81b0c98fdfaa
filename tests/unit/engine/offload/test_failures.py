"""Whatever ends a call, the next one is right; a file that is damaged or changes is found out and named."""

import gc
import os
import threading
import time
from pathlib import Path

import pytest

from raxel_core.engine.files import read_header
from raxel_core.engine.offload import opening
from raxel_core.engine.offload.placed import open_model
from raxel_core.errors import RaxelError

from .conftest import BLOCKS
from .test_streaming import same


@pytest.fixture
def copy(model_files, tmp_path):
    """A file of our own to spoil."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(model_files["int8"].read_bytes())
    return path


@pytest.fixture
def network(copy):
    found = open_model(copy).network
    yield found
    found.close()


class Stop(Exception):
    """Somebody does not want to wait any more."""


@pytest.mark.parametrize("kind", [Stop, KeyboardInterrupt, RaxelError])
@pytest.mark.parametrize("prefetch_next", [False, True])
def test_a_call_that_is_ended_in_any_block_leaves_a_network_that_works(network, inputs, kind, prefetch_next):
    wanted = network(*inputs)
    network.prefetch_next = prefetch_next
    blocks = network.weights.network.blocks
    for index in range(BLOCKS):
        handle = blocks[index].ffn.register_forward_pre_hook(
            lambda *_, kind=kind: (_ for _ in ()).throw(kind())
        )
        with pytest.raises(kind) as caught:
            network(*inputs)
        handle.remove()
        assert caught.tb and all(
            value.is_meta for value in blocks.parameters()
        )  # though its frames are alive
        assert same(network(*inputs), wanted)


def test_an_interrupt_while_a_block_is_awaited_leaves_a_network_that_works(network, inputs, monkeypatch):
    wanted = network(*inputs)
    streamer = network.weights.streamer
    real = streamer._arrived

    class Interrupted:
        def __init__(self, moment):
            self.left = moment

        def __call__(self, arrival):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return real(arrival)

    for moment in range(BLOCKS):
        monkeypatch.setattr(streamer, "_arrived", Interrupted(moment))
        with pytest.raises(KeyboardInterrupt):
            network(*inputs)
        monkeypatch.undo()
        assert same(network(*inputs), wanted)


def test_a_slot_that_an_interrupt_has_lost_is_made_anew(network, inputs):
    wanted = network(*inputs)
    network.weights.streamer._free.pop()
    assert same(network(*inputs), wanted)
    assert network.weights.streamer.slots_held == 2 * max(network.block_bytes)


def spoil(path, block, flip=True):
    """Change one byte in the middle of a block, or write the same."""
    entry = next(
        e for name, e in read_header(path).tensors.items() if name.startswith(f"blocks.{block}.ffn.0.weight")
    )
    with path.open("r+b") as file:
        file.seek((entry.start + entry.stop) // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ flip]))


def truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def replaced(path):
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def overwritten(path):
    time.sleep(0.02)  # clocks of file systems tick
    spoil(path, 1)


CHANGES = {
    truncated: "became shorter while its model is in use",
    replaced: "was changed while its model is in use",
    overwritten: "was changed while its model is in use",
    os.unlink: "was moved or deleted while its model is in use",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_under_a_model_is_named_at_the_next_read(network, copy, inputs, change):
    network(*inputs)
    change(copy)
    for _ in range(2):
        with pytest.raises(RaxelError, match=CHANGES[change]) as caught:
            network(*inputs)
        assert str(copy) in str(caught.value)


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_in_the_middle_of_a_step_is_named(network, copy, inputs, change):
    network.weights.network.blocks[1].register_forward_hook(lambda *_: change(copy))
    with pytest.raises(RaxelError, match=CHANGES[change]):
        network(*inputs)


def test_what_is_resident_outlives_its_file(network, copy, inputs):
    wanted = network(*inputs)
    network.hold()
    copy.unlink()
    assert same(network(*inputs), wanted)


def test_damage_in_a_block_is_named_when_the_file_is_opened(copy):
    spoil(copy, 3)
    with pytest.raises(RaxelError, match=r"damaged in block 'blocks.3'"):
        open_model(copy)
    with pytest.raises(RaxelError, match=r"damaged in block 'blocks.3'"):
        open_model(copy, quantize=None, master="ram")


def test_damage_in_a_file_too_large_to_read_at_once_is_named_when_its_block_is_read(
    copy, inputs, monkeypatch
):
    monkeypatch.setattr(opening, "WHOLE", 0)
    spoil(copy, 3)
    network = open_model(copy).network
    for _ in range(2):
        with pytest.raises(RaxelError, match=r"damaged in block 'blocks.3'"):
            network(*inputs)
    with pytest.raises(RaxelError, match=r"damaged in block 'blocks.3'"):
        network.hold()
    network.close()


def test_checksums_are_compared_once_for_each_state_of_a_file(copy, inputs, monkeypatch):
    open_model(copy).network.close()
    seen = []
    real = opening.FileSource.reading
    monkeypatch.setattr(
        opening.FileSource, "reading", lambda self, index: seen.append(real(self, index)) or seen[-1]
    )
    network = open_model(copy).network
    network(*inputs)
    assert seen and all(reading.promised is None for reading in seen)
    network.close()
    seen.clear()
    time.sleep(0.02)
    spoil(copy, 2, flip=False)
    open_model(copy).network.close()
    assert len(seen) > BLOCKS and sum(reading.promised is not None for reading in seen) == BLOCKS + 1


def test_a_closed_network_says_so(network, inputs):
    network(*inputs)
    network.close()
    network.close()
    with pytest.raises(RaxelError, match="was closed"):
        network(*inputs)


def test_a_quantised_file_is_not_quantised_again(copy, model_files):
    with pytest.raises(RaxelError, match=r"quantised already \(int8\)"):
        open_model(copy, quantize="nf4")
    with pytest.raises(RaxelError, match="int8, nf4, fp8"):
        open_model(model_files["fp32"], quantize="q4_k")


def resident_memory():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_twenty_models_leave_no_memory_no_files_and_no_threads(model_files, inputs):
    def cycle():
        network = open_model(model_files["int8"]).network
        network.prefetch_next = True
        network(*inputs)
        network.hold(network.total_bytes / 2)
        network(*inputs)
        network.close()

    for _ in range(3):
        cycle()
    files, threads, memory = open_files(), threading.active_count(), resident_memory()
    for _ in range(20):
        cycle()
    assert open_files() == files and threading.active_count() == threads
    assert resident_memory() - memory < 4e6


def test_a_network_that_nobody_closes_takes_its_thread_and_its_file_along(model_files, inputs):
    files = open_files()
    network = open_model(model_files["int8"]).network
    network(*inputs)
    (thread,) = [t for t in threading.enumerate() if t.name.startswith("raxel-reader")]
    del network
    gc.collect()
    thread.join(5)
    assert not thread.is_alive() and open_files() == files
