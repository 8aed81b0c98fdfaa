"""The best take is kept, whatever the order; within means within."""

from dataclasses import replace
from itertools import permutations

import pytest

from raxel_core.evaluation.compare import Tolerance, compare
from raxel_core.evaluation.takes import Takes
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import axis_rotation

PATH = preset_trajectory("dolly_in", 9, amount=0.5)
OFF = {amount: compare(PATH, preset_trajectory("dolly_in", 9, amount=amount)) for amount in (0.6, 0.45, 0.8)}


@pytest.mark.parametrize("order", list(permutations(OFF)))
def test_the_take_that_is_least_far_off_is_kept(order):
    takes = Takes(Tolerance(5, 0.01))
    best = [amount for seed, amount in enumerate(order) if takes.add(seed, OFF[amount])][-1]
    assert best == 0.45 and takes.best is OFF[0.45] and takes.seeds[takes.kept] == order.index(0.45)
    assert len(takes.others) == 2 and not takes.within


def test_a_take_without_cameras_is_told_and_never_kept():
    takes = Takes(Tolerance(5, 0.1))
    assert not takes.add(3, None) and not takes.within
    assert takes.add(4, OFF[0.6]) and not takes.add(5, None)
    assert takes.kept == 1 and takes.within
    lines = takes.report().splitlines()
    assert lines[-3:] == [
        "take 1, seed 3: no camera was found",
        "take 2, seed 4: off by up to 0 degrees and 0.1 subject distances, kept",
        "take 3, seed 5: no camera was found",
    ]


def test_rotation_and_position_count_by_their_own_tolerances():
    c2w = PATH.c2w.copy()
    c2w[4, :3, :3] = c2w[4, :3, :3] @ axis_rotation(1, 4.0)
    turned, moved = compare(PATH, replace(PATH, c2w=c2w)), OFF[0.45]
    for tolerance, better in ((Tolerance(100, 0.01), turned), (Tolerance(1, 100), moved)):
        takes = Takes(tolerance)
        takes.add(0, moved)
        takes.add(1, turned)
        assert takes.best is better


def test_of_equal_takes_the_first_is_kept():
    takes = Takes(Tolerance(5, 0.01))
    assert takes.add(0, OFF[0.6]) and not takes.add(1, OFF[0.6]) and takes.kept == 0
