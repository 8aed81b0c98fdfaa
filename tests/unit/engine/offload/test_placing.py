"""A network that places itself: its plan follows shape and memory, and memory that runs out costs a step, not a run."""

import gc
import logging
import weakref

import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, save_model
from raxel_core.engine.offload import memory, placing
from raxel_core.engine.offload.placed import open_model
from raxel_core.engine.offload.placement import GB
from raxel_core.errors import RaxelError
from raxel_core.model import RaxelConfig, RaxelTransformer
from raxel_core.model.block import Block

CONFIG = RaxelConfig(dim=128, ffn_dim=512, num_layers=8, num_heads=2, text_dim=32, text_len=4, gate_init=1.0)


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    torch.manual_seed(0)
    network = RaxelTransformer(CONFIG).bfloat16()
    for tensor in [*network.parameters(), *network.buffers()]:
        torch.nn.init.normal_(tensor.data, std=tensor.shape[-1] ** -0.5)
    path = tmp_path_factory.mktemp("placing") / "model.safetensors"
    save_model(path, RaxelModel(network, CONFIG, CheckpointInfo("placing")))
    return path


@pytest.fixture
def network(model_file):
    found = open_model(model_file).network
    yield found
    found.close()


def inputs(frames=2, size=8, batch=1):
    torch.manual_seed(1)
    latents = {
        name: torch.randn(batch, 16, count, side, side)
        for name, count, side in (
            ("source_z", 1, size), ("video_z", frames, size), ("source_r", 1, size // 2), ("video_r", frames, size // 2)
        )
    }  # fmt: skip
    return latents, dict.fromkeys(latents, torch.tensor(0.5))


def shapes(latents):
    return {name: tuple(x.shape) for name, x in latents.items()}


def budget_for(network, blocks, latents):
    """GB that hold so many resident blocks in a call with these latents, and half a block more."""
    parts = network.weights.globals_bytes + network.weights.scratch_bytes(False)
    parts += int(placing.ESTIMATE * network.activation_bytes(shapes(latents)))
    each = network.block_bytes[0]
    slots = 0 if blocks == CONFIG.num_layers else 2 * each
    return (parts + slots + (blocks + 0.5) * each) / GB


@pytest.fixture
def memory_of(monkeypatch):
    """Sets what is free on the device, resident weights and working memory not counted."""

    def set_free(nbytes):
        monkeypatch.setattr(placing, "free_bytes", lambda device: int(nbytes))

    return set_free


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one) and set(one) == set(other)


@pytest.mark.parametrize("blocks", [0, 1, 4, 5, 8])
def test_a_budget_holds_as_many_blocks_as_fit_and_the_bits_are_the_same(network, blocks):
    latents, sigmas = inputs()
    wanted = network(latents, sigmas)
    plan = network.place(budget_for(network, blocks, latents), shapes(latents))
    assert len(plan.resident) == blocks
    assert same(network(latents, sigmas), wanted)
    assert network.plan == plan and network.plan.needed <= network.plan.budget
    assert len(network.weights.streamer.resident) == blocks


def test_without_a_budget_all_that_fits_into_free_memory_is_resident(network, memory_of):
    latents, sigmas = inputs()
    network.place()
    memory_of(64 * GB)
    network(latents, sigmas)
    assert len(network.plan.resident) == 8
    memory_of(budget_for(network, 3, latents) / 0.9 * GB - network.weights.held_bytes)
    network(latents, sigmas)
    assert 2 <= len(network.plan.resident) <= 4


def test_a_larger_shape_leaves_room_for_fewer_blocks_and_a_smaller_one_for_more(network):
    small, large = inputs(), inputs(frames=9, size=16)
    wanted = [network(*small), network(*large)]
    network.place(budget_for(network, 3, large[0]))
    found, counts = [], []
    for latents, sigmas in (small, large, small):
        found.append(network(latents, sigmas))
        counts.append(len(network.plan.resident))
    assert counts[0] == counts[2] > counts[1] == 3
    assert same(found[0], wanted[0]) and same(found[1], wanted[1])


def test_several_clips_at_once_and_longer_texts_are_planned_for(network):
    one, three = inputs(frames=9, size=16), inputs(frames=9, size=16, batch=3)
    network.place(budget_for(network, 2, three[0]))
    counts = []
    for latents, sigmas in (three, one):
        network(latents, sigmas)
        counts.append(len(network.plan.resident))
    assert counts[0] == 2 < counts[1]
    network(*one, torch.randn(1, 6000, CONFIG.text_dim))
    assert len(network.plan.resident) < counts[1]


def test_two_texts_that_take_turns_do_not_move_blocks(network):
    """Guidance: the plan is for the longer one."""
    latents, sigmas = inputs()
    long, short = (torch.randn(1, tokens, CONFIG.text_dim) for tokens in (4000, 4))
    network.place(budget_for(network, 5, latents))
    network(latents, sigmas, long)
    plan = network.plan
    for text in (short, long, short):
        network(latents, sigmas, text)
        assert network.plan is plan


def test_memory_that_others_take_is_noticed_and_given_back_memory_too(network, memory_of, caplog):
    latents, sigmas = inputs()
    wanted = network(latents, sigmas)
    network.place()
    counts = []
    with caplog.at_level(logging.INFO, "raxel_core"):
        for blocks in (8, 3, 3, 0, 8):
            memory_of(budget_for(network, blocks, latents) / 0.9 * GB - network.weights.held_bytes)
            assert same(network(latents, sigmas), wanted)
            counts.append(len(network.plan.resident))
    assert counts == [8, 3, 3, 0, 8]
    assert [message.split(" blocks")[0] for message in caplog.messages] == [
        "8 of 8",
        "3 of 8",
        "0 of 8",
        "8 of 8",
    ]


def test_memory_that_hardly_changes_moves_nothing(network, memory_of):
    latents, sigmas = inputs()
    network.place()
    room = budget_for(network, 4, latents) / 0.9 * GB
    memory_of(room - network.weights.held_bytes)
    network(latents, sigmas)
    plan = network.plan
    for share in (0.99, 1.01, 0.97):
        memory_of(room * share - network.weights.held_bytes)
        network(latents, sigmas)
        assert network.plan is plan


def test_a_budget_that_holds_nothing_is_refused_with_both_numbers(network):
    latents, _ = inputs()
    with pytest.raises(RaxelError, match=r"takes 0\.\d+ GB at least .*budget is 0\.001 GB; raise the budget"):
        network.place(0.001, shapes(latents))


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_that_is_none_is_refused(network, budget):
    with pytest.raises(RaxelError, match="budget must be a number of GB above 0"):
        network.place(budget)


class Failing:
    """Makes a block's n-th call of all raise, and remembers what lay on the device meanwhile."""

    def __init__(self, monkeypatch, error, calls):
        self.error, self.calls, self.made = error, set(calls), 0
        self.seen = []
        real = Block.forward

        def forward(block, streams, context, compute):
            self.made += 1
            if self.made in self.calls:
                self.seen.append(weakref.ref(streams[0].tokens))
                raise self.error
            return real(block, streams, context, compute)

        monkeypatch.setattr(Block, "forward", forward)


CUDA_SAYS = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
CPU_SAYS = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:129] err == 0. DefaultCPUAllocator: can't allocate memory: ..."
)


@pytest.mark.parametrize("blocks", [8, 4, 0])
@pytest.mark.parametrize("error", [CUDA_SAYS, CPU_SAYS, MemoryError()], ids=["cuda", "cpu", "python"])
def test_out_of_memory_in_a_block_is_tried_again_with_half_the_blocks_and_gives_the_same_bits(
    network, monkeypatch, error, blocks
):
    latents, sigmas = inputs()
    wanted = network(latents, sigmas)
    before = {name: x.clone() for name, x in latents.items()}
    network.place(budget_for(network, blocks, latents))
    network(latents, sigmas)
    Failing(monkeypatch, error, {6})
    assert same(network(latents, sigmas), wanted)
    assert len(network.plan.resident) == blocks // 2
    assert network.placing.mishaps == 1
    assert same(before, latents)
    assert same(network(latents, sigmas), wanted) and len(network.plan.resident) == blocks // 2


def test_what_the_failed_call_had_made_is_gone_when_room_is_made(network, monkeypatch):
    latents, sigmas = inputs()
    network.place(1.0)
    failing = Failing(
        monkeypatch, torch.cuda.OutOfMemoryError, {3}
    )  # the class: an error that is kept keeps its frames
    alive = []
    real = type(network).unload

    def unload(self):
        gc.collect()
        alive.append(failing.seen[0]() is not None)
        real(self)

    monkeypatch.setattr(type(network), "unload", unload)
    network(latents, sigmas)
    assert alive == [False]


def test_a_second_failure_says_what_was_taken_what_is_free_and_what_to_lower(network, monkeypatch):
    latents, sigmas = inputs()
    network.place(budget_for(network, 8, latents))
    wanted = network(latents, sigmas)
    failing = Failing(monkeypatch, torch.cuda.OutOfMemoryError("CUDA out of memory"), {2, 4})
    with pytest.raises(
        RaxelError,
        match=r"ran out twice .*4 of 8 blocks resident .* GB of cpu memory are free; ask for fewer frames.*raxel quantize",
    ):
        network(latents, sigmas)
    assert failing.made == 4
    assert same(network(latents, sigmas), wanted)  # it is as usable as before


def test_memory_that_runs_out_under_a_host_that_places_the_blocks_is_tried_again_too(network, monkeypatch):
    latents, sigmas = inputs()
    network.hold()
    wanted = network(latents, sigmas)
    Failing(monkeypatch, torch.cuda.OutOfMemoryError("CUDA out of memory"), {2})
    assert same(network(latents, sigmas), wanted)
    assert len(network.plan.resident) == 4 and network.placing.plan is None


def test_other_errors_go_through_untouched(network, monkeypatch):
    latents, sigmas = inputs()
    network.place()
    failing = Failing(monkeypatch, RuntimeError("shapes do not match"), {2})
    with pytest.raises(RuntimeError, match="shapes do not match"):
        network(latents, sigmas)
    assert failing.made == 2


def test_a_compile_that_fails_is_a_sentence(network, monkeypatch):
    from torch._inductor.exc import InductorError

    latents, sigmas = inputs()
    Failing(monkeypatch, InductorError(ImportError("main.so: file too short"), None), {2})
    with pytest.raises(
        RaxelError, match=r"torch.compile failed \(ImportError: main.so: file too short\); run .* without"
    ):
        network(latents, sigmas)


def test_weights_that_somebody_took_off_the_device_come_back(network):
    latents, sigmas = inputs()
    network.place(budget_for(network, 5, latents))
    wanted = network(latents, sigmas)
    network.unload()
    assert network.resident_bytes == 0
    assert same(network(latents, sigmas), wanted)
    assert len(network.plan.resident) == 5


def test_networks_with_loras_share_one_plan(network):
    latents, sigmas = inputs()
    other = network.with_loras([])
    network.place(budget_for(network, 5, latents))
    other(latents, sigmas)
    assert other.plan is network.plan and len(network.plan.resident) == 5


def cgroup(monkeypatch, tmp_path, line, files):
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "cgroup").write_text(line + "\n")
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:    8000 kB\n")
    for name, text in files.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(text)
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "CGROUP", tmp_path / "cgroup")


GROUPS = {
    "no limit": ("0::/job", {"job/memory.max": "max\n"}, 8000 * 1024),
    "a limit of its own": (
        "0::/job",
        {"job/memory.max": "3000000", "job/memory.current": "1000000", "job/memory.stat": "anon 5\ninactive_file 400\n"},
        2000400,
    ),
    "a limit above it": (
        "0::/job/part",
        {
            "job/part/memory.max": "max",
            "job/memory.max": "3000000", "job/memory.current": "1000000", "job/memory.stat": "inactive_file 0\n",
        },
        2000000,
    ),
    "version 1": (
        "5:cpu,memory:/job",
        {
            "memory/job/memory.limit_in_bytes": "3000000", "memory/job/memory.usage_in_bytes": "1000000",
            "memory/job/memory.stat": "total_inactive_file 0\n",
        },
        2000000,
    ),
    "version 1 without a limit": (
        "5:memory:/job",
        {"memory/job/memory.limit_in_bytes": "9223372036854771712", "memory/job/memory.usage_in_bytes": "1"},
        8000 * 1024,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GROUPS)
def test_free_memory_is_what_system_and_control_groups_leave(case, monkeypatch, tmp_path):
    line, files, free = GROUPS[case]
    cgroup(monkeypatch, tmp_path, line, files)
    assert memory.free_bytes(torch.device("cpu")) == free


def test_free_memory_here_is_what_the_system_says():
    psutil = pytest.importorskip("psutil")
    assert 0 < memory.free_bytes(torch.device("cpu")) <= 1.1 * psutil.virtual_memory().available
