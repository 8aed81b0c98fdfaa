"""Small networks with random weights everywhere, and latents that fit them."""

import pytest
import torch

from raxel_core.model import PRESET_CONFIGS, RaxelTransformer


@pytest.fixture
def make_network():
    """Builds a network whose every tensor is random, so that nothing hides behind a zero."""

    def make(config=PRESET_CONFIGS["tiny"], seed=0):
        torch.manual_seed(seed)
        network = RaxelTransformer(config).eval()
        for tensor in [*network.parameters(), *network.buffers()]:
            torch.nn.init.normal_(tensor.data, std=tensor.shape[-1] ** -0.5)
        return network

    return make


@pytest.fixture
def make_inputs():
    """Latents and sigmas of the named segments: stills or latent frames of an 8 x 12 latent picture."""

    def make(batch=2, seed=1, **frames):
        torch.manual_seed(seed)
        latents = {
            name: torch.randn(batch, 16, count, *((4, 6) if name.endswith("_r") else (8, 12)))
            for name, count in frames.items()
        }
        return latents, {name: torch.rand(batch) for name in latents}

    return make
