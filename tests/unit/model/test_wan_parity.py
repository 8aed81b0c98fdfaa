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


SHAPES = [  # seed, latent frames, rows, columns, width of a head, heads, words of text
    (0, 1, 4, 6, 64, 2, 9),
    (1, 3, 10, 6, 24, 3, 1),
    (2, 5, 8, 8, 128, 1, 512),
    (3, 21, 10, 14, 12, 2, 5),  # 5 x 7 tokens
    (4, 2, 2, 22, 46, 1, 77),  # 1 x 11 tokens
]


def theirs_like(network, heads):
    """Diffusers' network with the video branch of ours."""
    config = network.config
    theirs = diffusers.WanTransformer3DModel(
        num_attention_heads=heads,
        attention_head_dim=config.head_dim,
        text_dim=config.text_dim,
        ffn_dim=config.ffn_dim,
        num_layers=config.num_layers,
        rope_max_seq_len=64,
    ).eval()
    weights = {diffusers_name(name): value for name, value in network.state_dict().items()}
    theirs.load_state_dict({name: weights[name] for name in theirs.state_dict()})
    return theirs


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("seed", "frames", "height", "width", "head_dim", "heads", "words"), SHAPES)
def test_the_video_branch_equals_diffusers_wan(seed, frames, height, width, head_dim, heads, words, training):
    dim = head_dim * heads
    config = RaxelConfig(dim, 2 * dim, 2, heads, text_dim=32, text_len=9, ray_branch=False)
    ours = randomised(RaxelTransformer(config), seed).eval()
    latents = torch.randn(2, 16, frames, height, width)
    sigma, context = torch.tensor([0.93, 0.274]), torch.randn(2, words, 32)
    with torch.set_grad_enabled(training):
        expected = theirs_like(ours, heads)(latents, 1000 * sigma, context).sample
        velocity = ours({"video_z": latents}, {"video_z": sigma}, context)["video_z"]
    assert (velocity - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize(("seed", "frames", "height", "width", "head_dim", "heads", "words"), SHAPES)
def test_a_raxel_network_at_its_start_equals_diffusers_wan_whatever_the_rays_are(
    seed, frames, height, width, head_dim, heads, words
):
    dim = head_dim * heads
    config = RaxelConfig(dim, 3 * dim, 2, heads, text_dim=32, text_len=9)
    ours = randomised(RaxelTransformer(config), seed).eval()
    with torch.no_grad():
        ours.modality_embedding.zero_()  # as at the start
        ours.copy_video_into_rays()
    latents = {"video_z": torch.randn(2, 16, frames, height, width)}
    latents["video_r"] = 30 * torch.randn(2, 16, frames, height // 2, width // 2)
    sigmas, context = {"video_z": torch.rand(2), "video_r": torch.rand(2)}, torch.randn(2, words, 32)
    with torch.no_grad():
        expected = theirs_like(ours, heads)(latents["video_z"], 1000 * sigmas["video_z"], context).sample
        velocity = ours(latents, sigmas, context)["video_z"]
    assert (velocity - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize(("height", "width"), [(15, 9), (1, 4), (6, 3)])
def test_odd_latents_are_continued_from_the_other_edge_and_cropped(height, width):
    config = RaxelConfig(24, 48, 2, 2, text_dim=32, text_len=9, ray_branch=False)
    ours = randomised(RaxelTransformer(config)).eval()
    latents, sigma, context = torch.randn(2, 16, 3, height, width), torch.rand(2), torch.randn(2, 9, 32)
    rows, columns = torch.arange(height + height % 2) % height, torch.arange(width + width % 2) % width
    with torch.no_grad():
        velocity = ours({"video_z": latents}, {"video_z": sigma}, context)["video_z"]
        whole = ours({"video_z": latents[..., rows, :][..., columns]}, {"video_z": sigma}, context)["video_z"]
    assert torch.equal(velocity, whole[..., :height, :width])
