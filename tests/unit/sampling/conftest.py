"""Small stand-ins: an autoencoder of flat cells, a network that knows the answer, and a random real one."""

import pytest
import torch
from torch.nn import functional

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel
from raxel_core.engine.latents import LatentCodec
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

HEIGHT, WIDTH, FRAMES = 32, 64, 9


class Cells:
    """Mean colours of 8 x 8 pixels of every single frame, four frames in 12 channels. Encoding undoes decoding exactly."""

    def __init__(self):
        self.encoded, self.decoded = [], []

    def encode(self, pixels):
        self.encoded.append(tuple(pixels.shape))
        means = functional.avg_pool3d(pixels, (1, 8, 8))  # (B, 3, F, h, w)
        first = functional.pad(means[:, :, :1], (0, 0, 0, 0, 0, 0, 0, 13))
        later = means[:, :, 1:].unflatten(2, (-1, 4)).transpose(2, 3).flatten(1, 2)  # (B, 12, n, h, w)
        return torch.cat((first, functional.pad(later, (0, 0, 0, 0, 0, 0, 0, 4))), dim=2)

    def decode(self, latents):
        self.decoded.append(tuple(latents.shape))
        later = latents[:, :12, 1:].unflatten(1, (3, 4)).transpose(2, 3).flatten(2, 3)
        frames = torch.cat((latents[:, :3, :1], later), dim=2)
        return frames.repeat_interleave(8, dim=3).repeat_interleave(8, dim=4)


class Oracle(torch.nn.Module):
    """A network that knows the clean latents and keeps what it was asked."""

    device = torch.device("cpu")

    def __init__(self, data):
        super().__init__()
        self.data, self.calls, self.contexts = data, [], []

    def forward(self, latents, sigmas, context=None):
        self.calls.append((latents, {name: float(sigma) for name, sigma in sigmas.items()}))
        self.contexts.append(context)
        clean = {name: self.data.get(name, x) for name, x in latents.items()}
        return {n: (x - clean[n]) / sigmas[n] if sigmas[n] > 0 else x for n, x in latents.items()}


@pytest.fixture
def info():
    """Plain statistics, metric."""
    return CheckpointInfo("test", z_mean=(0.0,) * 16, z_std=(1.0,) * 16, r_std=(0.2,) * 16)


@pytest.fixture
def cells():
    """The autoencoder."""
    return Cells()


@pytest.fixture
def codec(info, cells):
    """Latents of `info` and `cells`."""
    return LatentCodec(PRESET_CONFIGS["tiny"], info, cells)


@pytest.fixture
def oracle(info):
    """Makes a model that knows these latents."""

    def make(data=None, info=info):
        return RaxelModel(Oracle(data or {}), PRESET_CONFIGS["tiny"], info)

    return make


@pytest.fixture(scope="session")
def network():
    torch.manual_seed(0)
    network = RaxelTransformer(PRESET_CONFIGS["tiny"]).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return network


@pytest.fixture
def tiny(network, info):
    """A model with random weights."""
    return RaxelModel(network, network.config, info)


@pytest.fixture
def frames():
    """Makes random pictures [count, HEIGHT, WIDTH, 3]."""

    def make(count, seed=0):
        return torch.rand(count, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(seed))

    return make


@pytest.fixture
def path():
    """Makes the raxels of an arc."""

    def make(count=FRAMES, preset="arc_left", **how):
        return raxels_from_trajectory(
            preset_trajectory(preset, count, WIDTH, HEIGHT), **{"scale": 1.0, **how}
        )

    return make
