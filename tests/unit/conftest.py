"""A tiny model with random weights and its tiny VAE, saved as a user would have them, and made-up clips and pictures."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

SIZE = (32, 64)
"""Height and width that the tiny model says it was trained at."""
FRAMES = 9


@pytest.fixture(scope="session")
def tiny_model_path(tmp_path_factory) -> Path:
    """tiny.safetensors; its VAE tiny-vae.safetensors lies beside it."""
    from diffusers import AutoencoderKLWan

    from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, save_model
    from raxel_core.engine.vae import save_vae
    from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    config = PRESET_CONFIGS["tiny"]
    info = CheckpointInfo(name="tiny random", height=SIZE[0], width=SIZE[1], frames=FRAMES)
    save_model(folder / "tiny.safetensors", RaxelModel(RaxelTransformer(config), config, info))
    save_vae(folder / "tiny-vae.safetensors", AutoencoderKLWan(base_dim=8))
    return folder / "tiny.safetensors"


@pytest.fixture
def clip_path(tmp_path) -> Path:
    """A clip of 13 frames, wider than the tiny model's; its name has a space."""
    from raxel_core.media import write_mp4

    noise = torch.rand(1, 48, 128, 3, generator=torch.Generator().manual_seed(1))
    frames = torch.cat([noise.roll(4 * i, dims=2) for i in range(13)])
    write_mp4(tmp_path / "my clip.mp4", frames, 12)
    return tmp_path / "my clip.mp4"


@pytest.fixture
def still_path(tmp_path) -> Path:
    """A picture, taller than the tiny model's."""
    from raxel_core.media import write_png

    picture = torch.rand(80, 100, 3, generator=torch.Generator().manual_seed(2))
    write_png(tmp_path / "my still.png", picture)
    return tmp_path / "my still.png"


class Links(HTMLParser):
    """Collects tags and what they point at; fails on an element that is closed out of order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.targets, self.open = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.targets += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def links():
    """Parses an HTML page: its tags, and all that it points at."""
    return Links
