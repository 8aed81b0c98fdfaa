"""Clocks: falling sigmas from noise to clean."""

import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.sampling.schedule import padded, sigmas


@pytest.mark.parametrize("steps", [1, 2, 7, 50])
@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0, 8.0])
def test_a_clock_falls_from_one_to_zero(steps, shift):
    clock = sigmas(steps, shift)
    assert len(clock) == steps + 1 and clock[0] == 1 and clock[-1] == 0
    assert (clock.diff() < 0).all()


def test_shift_one_is_a_straight_line():
    assert torch.allclose(sigmas(4, 1.0), torch.tensor([1, 0.75, 0.5, 0.25, 0], dtype=torch.float64))


def test_shifts_compose_by_multiplication():
    once = sigmas(10, 6.0)
    twice = sigmas(10, 2.0)
    assert torch.allclose(3 * twice / (1 + 2 * twice), once)


def test_a_padded_clock_stays_clean_after_its_end():
    assert padded(sigmas(2, 1.0), 5).tolist() == [1.0, 0.5, 0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(("steps", "shift"), [(0, 1.0), (1001, 1.0), (2, 0.0), (2, -1.0), (2, float("nan"))])
def test_clocks_that_cannot_run_are_refused_with_the_number(steps, shift):
    with pytest.raises(RaxelError, match=str(steps) if shift == 1.0 else str(shift)):
        sigmas(steps, shift)
