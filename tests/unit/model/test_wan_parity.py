"""The video branch is Wan 2.1: sizes of the known models, and the outputs of diffusers' own implementation."""

import pytest
import torch

from raxel_core.model import PRESET_CONFIGS, RaxelConfig, RaxelTransformer

diffusers = pytest.importorskip("diffusers")

TO_DIFFUSERS = [  # original name -> diffusers' name, in order of replacement
    ("text_embedding.0", "condition_embedder.text_embedder.linear_1"),
    ("text_embedding.2", "condition_embedder.text_embedder.linear_2"),
    ("time_embedding.0", "condition_embedder.time_embedder.linear_1"),
    ("time_embedding.2", "condition_embedder.time_embedder.linear_2"),
    ("time_projection.1", "condition_embedder.time_proj"),
    ("head.head", "proj_out"),
    ("head.modulation", "scale_shift_table"),
    ("self_attn", "attn1"),
    ("cross_attn", "attn2"),
    (".q.", ".to_q."),
    (".k.", ".to_k."),
    (".v.", ".to_v."),
    (".o.", ".to_out.0."),
    (".ffn.0", ".ffn.net.0.proj"),
    (".ffn.2", ".ffn.net.2"),
    (".norm3", ".norm2"),
    (".modulation", ".scale_shift_table"),
]


def diffusers_name(name):
    for ours, theirs in TO_DIFFUSERS:
        name = name.replace(ours, theirs)
    return name


def randomised(network, seed=0):
    torch.manual_seed(seed)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=parameter.shape[-1] ** -0.5)
    return network


@pytest.mark.parametrize(
    ("name", "count"),
    [("wan-14b", 14_288_491_584), ("wan-1.3b", 1_418_996_800)],
)
def test_the_plain_network_has_exactly_wans_parameters(name, count):
    network = RaxelTransformer(PRESET_CONFIGS[name], device="meta")
    assert sum(p.numel() for p in network.parameters()) == count


@pytest.mark.parametrize(("name", "billions"), [("raxel-14b", 20.1), ("raxel-1.3b", 2.26)])
def test_the_ray_branch_brings_the_network_to_the_papers_size(name, billions):
    network = RaxelTransformer(PRESET_CONFIGS[name], device="meta")
    assert all(p.is_meta for p in network.parameters())
    digits = 1 if billions > 10 else 2
    assert round(sum(p.numel() for p in network.parameters()) / 1e9, digits) == billions


@pytest.mark.parametrize(
    ("seed", "frames", "height", "width", "head_dim", "heads"),
    [(0, 1, 4, 6, 64, 2), (1, 3, 10, 6, 24, 3), (2, 5, 8, 8, 128, 1)],
)
def test_the_video_branch_equals_diffusers_wan(seed, frames, height, width, head_dim, heads):
    dim = head_dim * heads
    config = RaxelConfig(dim, 2 * dim, 2, heads, text_dim=32, text_len=9, ray_branch=False)
    ours = randomised(RaxelTransformer(config), seed).eval()
    theirs = diffusers.WanTransformer3DModel(
        num_attention_heads=heads,
        attention_head_dim=head_dim,
        text_dim=32,
        ffn_dim=2 * dim,
        num_layers=2,
        rope_max_seq_len=64,
    ).eval()
    theirs.load_state_dict({diffusers_name(name): value for name, value in ours.state_dict().items()})
    latents = torch.randn(2, 16, frames, height, width)
    sigma, context = torch.tensor([0.93, 0.274]), torch.randn(2, 9, 32)
    with torch.no_grad():
        expected = theirs(latents, 1000 * sigma, context).sample
        velocity = ours({"video_z": latents}, {"video_z": sigma}, context)["video_z"]
    assert (velocity - expected).abs().max() <= 1e-5 * expected.abs().max()
