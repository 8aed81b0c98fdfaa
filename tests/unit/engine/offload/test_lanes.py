"""The order of things on a device that works beside the thread that gives it orders, without such a device.

The lane here does what a GPU's does: `fetch` is done before the bytes are there, they come late and out of step with other
fetches, and a slot holds rubbish from the moment on at which it may be written.
"""

import itertools
import random
import threading
import time
from concurrent.futures import Future

import pytest

from raxel_core.engine.offload.lanes import CpuLane
from raxel_core.engine.offload.placed import open_model
from raxel_core.engine.offload.sources import read_whole

from .conftest import BLOCKS
from .test_streaming import hold_blocks, same


class LateLane(CpuLane):
    """Delivers late; notes what was said about every buffer."""

    def __init__(self, source):
        super().__init__(source)
        self.clock = itertools.count()  # of what the launching thread says
        self.used = {}  # buffer -> when the computation last began to read it
        self.known = {}  # arrival -> its buffer
        self.random = random.Random(3)
        self.fetches = 0
        self.threads = []

    def mark(self):
        return next(self.clock)

    def fetch(self, index, buffer, after):
        key = buffer.data_ptr()
        assert after is not None and after > self.used.get(key, -1), "written while it may still be read"
        self.fetches += 1
        arrival, delay = threading.Event(), self.random.uniform(0, 0.02)
        before = [old for old, where in self.known.items() if where == key]
        self.known[arrival] = key

        def deliver():
            assert all(old.wait(10) for old in before)  # one slot is written in order, as by one stream
            buffer.fill_(0xFF)  # not a number, in any type
            time.sleep(delay)
            read_whole(self._source, index, buffer)
            arrival.set()

        self.threads.append(threading.Thread(target=deliver))
        self.threads[-1].start()
        launched = Future()
        launched.set_result(arrival)
        return launched

    def close(self):
        for thread in self.threads:
            thread.join()

    def wait(self, ready):
        if not self.known:  # nothing was fetched
            return
        assert ready.wait(10)
        self.used[self.known[ready]] = next(self.clock)


@pytest.fixture
def late(model_files):
    """A network over a late lane."""
    network = open_model(model_files["int8"]).network
    weights = network.weights
    weights.streamer.lane = weights.lane = LateLane(weights.source)
    yield network
    network.close()


@pytest.mark.parametrize("prefetch_next", [False, True])
def test_a_late_lane_gives_the_bits_of_the_resident_run(late, model_files, inputs, prefetch_next):
    resident = open_model(model_files["int8"]).network
    resident.hold()
    wanted = resident(*inputs)
    late.prefetch_next = prefetch_next
    for blocks in (0, 0, 2, 5, 1, 0):
        hold_blocks(late, blocks)
        assert same(late(*inputs), wanted)
    assert late.weights.lane.fetches >= 5 * 3 - 2
    resident.close()


def test_a_late_lane_survives_calls_that_end_in_the_middle(late, inputs):
    wanted = late(*inputs)
    late.prefetch_next = True
    for index in range(BLOCKS):
        handle = late.weights.network.blocks[index].register_forward_hook(lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            late(*inputs)
        handle.remove()
        assert same(late(*inputs), wanted)


def test_a_block_is_asked_for_as_soon_as_a_slot_is_free(late, inputs):
    order = []
    lane, blocks = late.weights.lane, late.weights.network.blocks
    real = lane.fetch
    lane.fetch = lambda index, buffer, after: (order.append(f"fetch {index}"), real(index, buffer, after))[1]
    for index, block in enumerate(blocks):
        block.register_forward_hook(lambda *_, index=index: order.append(f"run {index}"))
    late(*inputs)
    assert order == [
        "fetch 0",
        "fetch 1",
        "run 0",
        "fetch 2",
        "run 1",
        "fetch 3",
        "run 2",
        "fetch 4",
        "run 3",
        "run 4",
    ]
    order.clear()
    late.prefetch_next = True
    late(*inputs)
    late(*inputs)
    second = "run 0,fetch 2,run 1,fetch 3,run 2,fetch 4,run 3,fetch 0,run 4,fetch 1"
    assert order == ("fetch 0,fetch 1," + second + "," + second).split(",")
