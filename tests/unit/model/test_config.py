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
