"""A plan fits its budget, wastes less than a block of it, and says what it is."""

import random
import re

import pytest

from raxel_core.engine.offload.placement import (
    FEWEST_STREAMED,
    GB,
    SLOTS,
    plan,
    resident_within,
    slots_bytes,
    streamed_of,
)
from raxel_core.errors import RaxelError

MB = 2**20


@pytest.fixture(params=range(100))
def chance(request):
    return random.Random(request.param)


def sizes_of(chance):
    return [chance.choice([3, 7, 20]) for _ in range(chance.randint(1, 40))]


def of_20b(block_mb, budget_gb, activation_gb=1.9):
    """40 blocks, as in shared/engine.md."""
    return plan([block_mb * MB] * 40, GB // 2, 135 * MB, int(activation_gb * GB), 0, int(budget_gb * GB))


def test_a_plan_fits_and_one_block_more_would_not(chance):
    sizes, budget, fixed = sizes_of(chance), chance.randint(0, 500), chance.randint(0, 30)
    try:
        found = plan(sizes, fixed, 0, 0, 0, budget)
    except RaxelError:
        least = SLOTS * max(sizes) if len(sizes) >= FEWEST_STREAMED else sum(sizes)
        assert fixed + min(least, sum(sizes)) > budget
        return
    streamed = frozenset(range(len(sizes))) - set(found.resident)
    needed = fixed + sum(sizes[i] for i in found.resident) + slots_bytes(sizes, streamed)
    assert found.needed == needed <= budget
    assert found.streamed == 0 or found.streamed >= FEWEST_STREAMED
    if found.streamed > FEWEST_STREAMED:
        one_more = streamed_of(sizes, found.streamed - 1)
        resident = sum(size for i, size in enumerate(sizes) if i not in one_more)
        assert fixed + resident + slots_bytes(sizes, one_more) > budget


def test_holding_the_bytes_of_a_plan_holds_its_blocks(chance):
    sizes, budget = sizes_of(chance), chance.randint(0, 500)
    try:
        found = plan(sizes, 0, 0, 0, 0, budget)
    except RaxelError:
        return
    assert resident_within(sizes, sum(sizes[i] for i in found.resident)) == found.resident


def test_streamed_blocks_are_spread_evenly(chance):
    blocks = chance.randint(3, 60)
    count = chance.randint(1, blocks)
    streamed = sorted(streamed_of([1] * blocks, count))
    assert len(streamed) == count
    gaps = [b - a for a, b in zip(streamed, [*streamed[1:], streamed[0] + blocks], strict=True)]
    assert max(gaps) - min(gaps) <= 1


def test_large_blocks_stay_so_that_slots_are_small():
    """The first two and last three blocks kept in bf16, twice as large."""
    sizes = [20, 20, *[10] * 35, 20, 20, 20]
    found = plan(sizes, 0, 0, 0, 0, 300)
    assert {0, 1, 37, 38, 39} <= set(found.resident)
    assert found.needed == sum(sizes[i] for i in found.resident) + 2 * 10


def test_the_20b_shape_is_placed_as_the_design_computed():
    """shared/engine.md: int8 at 480p81 on 12 GB holds about 14 blocks, on 24 GB all; nf4 on 12 GB 27 to 30."""
    assert 13 <= len(of_20b(470, 12 - 0.8).resident) <= 17
    assert len(of_20b(470, 24 - 0.8).resident) == 40
    assert 25 <= len(of_20b(264, 12 - 0.8).resident) <= 31


def test_a_plan_says_itself_in_one_line():
    line = str(of_20b(470, 12.0))
    assert re.fullmatch(r"\d+ of 40 blocks resident, \d+ streamed, 1[12]\.\d of 12\.0 GB", line)


def test_a_budget_that_holds_no_step_is_refused_with_both_numbers_and_what_to_lower():
    with pytest.raises(
        RaxelError,
        match=r"takes 3\.\d+ GB at least \(1\.9 activations.*budget is 3 GB.*fewer frames.*raxel quantize",
    ):
        of_20b(470, 3.0)
