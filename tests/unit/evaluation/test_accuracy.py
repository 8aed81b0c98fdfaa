"""Shares below thresholds against counting by hand, and AUC against the histogram form that PoseDiffusion's code has."""

import math

import numpy as np
import pytest

from raxel_core.evaluation.accuracy import accuracies, accuracy, auc, mean_accuracy


def test_an_accuracy_is_the_share_below_and_nan_does_not_count() -> None:
    errors = np.array([1.0, 4.999, 5.0, 40.0, np.nan])
    assert accuracy(errors, 5) == 0.5
    assert math.isnan(accuracy(np.array([np.nan]), 5))


def test_mrra_is_the_mean_over_thirty_thresholds() -> None:
    assert mean_accuracy(np.array([0.0])) == 1
    assert mean_accuracy(np.array([29.5])) == pytest.approx(1 / 30)
    assert mean_accuracy(np.array([10.5, 99.0])) == pytest.approx(20 / 30 / 2)


def test_auc_is_the_cumulated_histogram_of_the_worse_error() -> None:
    rng = np.random.default_rng(0)
    rotation, direction = rng.uniform(0, 45, 500), rng.uniform(0, 45, 500)
    counts, _ = np.histogram(np.maximum(rotation, direction), bins=np.arange(31))
    assert auc(rotation, direction) == pytest.approx(np.mean(np.cumsum(counts / 500)))


def test_auc_is_below_both_mean_accuracies_and_pairs_without_a_direction_are_left_out() -> None:
    rng = np.random.default_rng(1)
    rotation, direction = rng.uniform(0, 45, 500), rng.uniform(0, 45, 500)
    found = accuracies(rotation, direction, of="pairs_")
    assert found["pairs_auc30"] < min(found["pairs_mrra30"], found["pairs_mrta30"])
    direction[::2] = np.nan
    assert auc(rotation, direction) == auc(rotation[1::2], direction[1::2])
