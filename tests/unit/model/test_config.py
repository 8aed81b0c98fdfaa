"""A config survives its way through JSON, and refuses what no network can have."""

import json

import pytest

from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelConfig


@pytest.mark.parametrize("name", PRESET_CONFIGS)
def test_a_config_comes_back_from_json_unchanged(name):
    config = PRESET_CONFIGS[name]
    assert RaxelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_entries_that_this_version_does_not_know_are_refused_by_name():
    with pytest.raises(RaxelError, match=r"wings.*newer"):
        RaxelConfig.from_dict({**PRESET_CONFIGS["tiny"].to_dict(), "wings": 2})


def test_a_config_without_a_width_is_refused():
    values = PRESET_CONFIGS["tiny"].to_dict()
    del values["dim"]
    with pytest.raises(RaxelError, match="dim"):
        RaxelConfig.from_dict(values)


@pytest.mark.parametrize(
    "change",
    [{"dim": 0}, {"dim": 65}, {"num_heads": 5}, {"num_layers": "2"}, {"freq_dim": 3}, {"patch": [2, 2, 2]}],
)
def test_sizes_that_do_not_fit_together_are_refused(change):
    with pytest.raises(RaxelError):
        RaxelConfig.from_dict({**PRESET_CONFIGS["tiny"].to_dict(), **change})


def test_a_config_from_before_the_ablation_switches_is_the_paper_s_network():
    values = PRESET_CONFIGS["tiny"].to_dict()
    old = {name: value for name, value in values.items() if name not in ("attention", "rays")}
    config = RaxelConfig.from_dict(old)
    assert (config.attention, config.rays, config.ray_channels) == ("decoupled", "raxels", 16)


@pytest.mark.parametrize("name", ["attention", "rays"])
def test_switches_that_do_not_exist_are_refused_by_name(name):
    with pytest.raises(RaxelError, match=rf"{name}.*'both'"):
        RaxelConfig.from_dict({**PRESET_CONFIGS["tiny"].to_dict(), name: "both"})


def test_plucker_latents_have_six_numbers_for_each_of_four_frames():
    config = RaxelConfig.from_dict({**PRESET_CONFIGS["tiny"].to_dict(), "rays": "plucker"})
    assert (config.ray_channels, config.in_channels) == (6 * 4, 16)
