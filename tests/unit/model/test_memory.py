"""What one block of the 14B model needs for its activations, and the counting itself."""

import pytest
import torch

from bench.activations import SIZES, block_peak_gib
from raxel_core.engine.offload.live import LiveBytes
from raxel_core.model import PRESET_CONFIGS

CONFIG = PRESET_CONFIGS["raxel-14b"]


@pytest.mark.parametrize(("size", "limit"), [("480x832x81", 1.95), ("720x1280x81", 4.2)])
def test_the_activations_of_a_14b_block_stay_below_their_limit(size, limit):
    """Limits of the design; the tokens of both branches alone are 0.39 and 0.90 GiB."""
    tokens = 1.25 * SIZES[size][0] * SIZES[size][1] * SIZES[size][2] * CONFIG.dim * 2 / 2**30
    assert 4 * tokens < block_peak_gib(CONFIG, SIZES[size]) <= limit


def test_the_naive_block_needs_more_than_twice_as_much():
    grid = SIZES["480x832x81"]
    assert block_peak_gib(CONFIG, grid, chunk=10**9, naive=True) > 2 * block_peak_gib(CONFIG, grid)


def test_live_bytes_count_storages_once_and_forget_what_nobody_keeps():
    x = torch.zeros(1000)
    with LiveBytes([x]) as live:
        y = x.view(10, 100).t()  # a view costs nothing
        assert live.peak == 4000
        z = y + 1
        assert live.peak == 8000
        del z
        z = y * 2
        assert live.peak == 8000
        z = [y * 2, y.double()]
    assert live.peak == 4000 + 4000 + 4000 + 8000 and len(z) == 2
