"""Rotary positions and attention against plain loops, and the alignment of ray tokens with video tokens."""

import cmath
import itertools

import pytest
import torch

from raxel_core.model.attention import attention
from raxel_core.model.rope import THETA, axis_widths, grid_coordinates, rope_table, rotate, token_times

CPU = torch.device("cpu")


def rotate_naive(x, place):
    """Turn the complex pairs of one head vector by place (time, row, column), one pair at a time."""
    turned, pair = [], 0
    for position, width in zip(place, axis_widths(len(x)), strict=True):
        for i in range(width // 2):
            number = complex(x[2 * pair], x[2 * pair + 1]) * cmath.exp(
                1j * position * THETA ** (-2 * i / width)
            )
            turned += [number.real, number.imag]
            pair += 1
    return torch.tensor(turned)


@pytest.mark.parametrize(("head_dim", "widths"), [(128, (44, 42, 42)), (64, (24, 20, 20)), (12, (4, 4, 4))])
def test_a_head_is_split_over_time_rows_and_columns_as_in_wan(head_dim, widths):
    assert axis_widths(head_dim) == widths


@pytest.mark.parametrize("is_ray", [False, True])
@pytest.mark.parametrize("head_dim", [6, 16, 64])
def test_rotation_equals_complex_numbers_turned_one_by_one(is_ray, head_dim):
    times, rows, columns = token_times(2, 1, 2), 2, 3
    table = rope_table(
        times, grid_coordinates(rows, is_ray), grid_coordinates(columns, is_ray), head_dim, CPU
    )
    x = torch.randn(1, len(times) * rows * columns, 2, head_dim, dtype=torch.float64)
    turned = rotate(x, table)
    for n, (t, i, j) in enumerate(itertools.product(times, range(rows), range(columns))):
        place = (t, 2 * i + 0.5, 2 * j + 0.5) if is_ray else (t, i, j)
        for head in range(2):
            assert torch.allclose(turned[0, n, head], rotate_naive(x[0, n, head], place).double(), atol=1e-5)


def test_targets_come_before_sources_and_sources_before_the_clip():
    # In the order of the tokens: two sources, three targets, four latent frames.
    assert token_times(2, 3, 4) == [-2, -1, -5, -4, -3, 0, 1, 2, 3]


def test_a_ray_token_is_equally_near_to_the_four_video_tokens_that_it_covers():
    rows, columns, head_dim = 2, 3, 64
    video = rope_table(
        [0, 1], grid_coordinates(2 * rows, False), grid_coordinates(2 * columns, False), head_dim, CPU
    )
    rays = rope_table([0, 1], grid_coordinates(rows, True), grid_coordinates(columns, True), head_dim, CPU)
    vector = torch.ones(1, 1, 1, head_dim)
    z = rotate(vector.expand(1, 2 * 4 * rows * columns, 1, head_dim), video).view(
        2, 2 * rows, 2 * columns, head_dim
    )
    r = rotate(vector.expand(1, 2 * rows * columns, 1, head_dim), rays).view(2, rows, columns, head_dim)
    scores = torch.einsum("tijd,sabd->tijsab", r, z)
    for t, i, j in itertools.product(range(2), range(rows), range(columns)):
        covered = scores[t, i, j, t, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        assert covered.max() - covered.min() < 1e-4 * head_dim
        assert (scores[t, i, j] > covered.min() + 1e-3).sum() == 0


def test_scores_depend_on_the_distance_of_two_tokens_only():
    q, k = torch.randn(2, 1, 1, 1, 32, dtype=torch.float64)

    def score(a, b):
        turned = [
            rotate(x, rope_table(place[:1], *(torch.tensor([p]).double() for p in place[1:]), 32, CPU))
            for x, place in ((q, a), (k, b))
        ]
        return (turned[0] * turned[1]).sum()

    near, far = score((0, 1, 2), (-1, 3.5, 0.5)), score((5, 8, 9), (4, 10.5, 7.5))
    assert torch.isclose(near, far, rtol=1e-5)
    assert not torch.isclose(near, score((0, 1, 2), (-1, 3.5, 1.5)), rtol=1e-3)


@pytest.mark.parametrize("training", [False, True])
def test_attention_equals_three_nested_loops(training):
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, n, 3, 8) for n in (5, 7, 7))
    expected = torch.zeros(2, 5, 3, 8)
    for b, n, h in itertools.product(range(2), range(5), range(3)):
        weights = torch.stack([q[b, n, h] @ k[b, m, h] / 8**0.5 for m in range(7)]).exp()
        for m in range(7):
            expected[b, n, h] += weights[m] / weights.sum() * v[b, m, h]
    with torch.set_grad_enabled(training):
        assert torch.allclose(attention(q, k, v), expected.flatten(2), atol=1e-6)
