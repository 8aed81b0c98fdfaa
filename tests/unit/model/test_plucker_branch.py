"""The ray branch of the Plücker variant: other channels, an MLP before it, and no video twin for either."""

import dataclasses

import torch

from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

CONFIG = dataclasses.replace(PRESET_CONFIGS["tiny"], rays="plucker", gate_init=0.0)
NO_TWIN = {
    "ray_patch_embedding.weight",
    "ray_patch_mlp.1.weight",
    "ray_patch_mlp.1.bias",
    "ray_head.head.weight",
    "ray_head.head.bias",
}


def test_what_has_a_video_twin_is_copied_and_the_rest_starts_as_from_nothing():
    torch.manual_seed(0)
    network = RaxelTransformer(CONFIG)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_()
    before = {name: value.clone() for name, value in network.named_parameters()}
    network.copy_video_into_rays()
    for name, value in network.named_parameters():
        if name in NO_TWIN:
            assert not torch.equal(value, before[name]) and value.abs().max() < 1
        elif "ray_" in name:
            assert torch.equal(value, before[name.replace("ray_", "")])
        elif "gate" not in name:
            assert torch.equal(value, before[name])
    assert not network.ray_head.head.weight.any(), "the new head is silent"


def test_rays_of_24_channels_go_in_and_their_velocity_comes_out():
    network = RaxelTransformer(CONFIG)
    latents = {"video_z": torch.randn(2, 16, 3, 4, 8), "video_r": torch.randn(2, 24, 3, 2, 4)}
    out = network(latents, {name: torch.tensor(0.5) for name in latents})
    assert {name: x.shape for name, x in out.items()} == {name: x.shape for name, x in latents.items()}


def test_the_embedding_is_no_linear_map_of_the_rays():
    torch.manual_seed(0)
    network = RaxelTransformer(CONFIG)
    x = torch.randn(1, 24, 1, 2, 2)

    def embedded(rays):
        return network.ray_patch_mlp(network.ray_patch_embedding(rays).flatten(2).transpose(1, 2))

    assert not torch.allclose(embedded(2 * x) - embedded(x), embedded(x) - embedded(0 * x), rtol=1e-2)
