"""The estimate against what torch's own allocator hands out while the network really runs."""

from dataclasses import replace

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from raxel_core.engine.offload.activations import activation_bytes
from raxel_core.model import PRESET_CONFIGS, RaxelConfig, RaxelTransformer

WIDE = RaxelConfig(dim=384, ffn_dim=1536, num_layers=2, num_heads=3, text_dim=64, text_len=32)


def shapes_of(stills=1, frames=3, height=16, width=26, batch=1, targets=0, rays=True):
    """Latents of stills, stills to make and a clip, with their rays."""
    counts = {"source_z": stills, "target_z": targets, "video_z": frames}
    shapes = {name: (batch, 16, count, height, width) for name, count in counts.items() if count}
    if rays:
        shapes |= {
            name.replace("_z", "_r"): (*shape[:3], height // 2, width // 2)
            for name, shape in list(shapes.items())
        }
    return shapes


def allocator_peak(config, shapes, dtype, attention="auto", ffn_chunk=None):
    """Most bytes that the CPU allocator had given out beyond the weights, as the profiler recorded it; and the latents'."""
    torch.manual_seed(0)
    network = RaxelTransformer(config, dtype=dtype).eval()
    network.attention = attention
    if ffn_chunk:
        network.ffn_chunk = ffn_chunk
    latents = {name: torch.randn(shape) for name, shape in shapes.items()}
    sigmas = dict.fromkeys(latents, torch.tensor(0.5))
    context = torch.randn(len(latents["source_z"]), config.text_len, config.text_dim, dtype=dtype)
    with torch.no_grad():
        network(latents, sigmas, context)
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
            network(latents, sigmas, context)
    alive = peak = 0
    for event in recorded.profiler.kineto_results.events():
        if event.name() == "[memory]":
            alive += event.nbytes()
            peak = max(peak, alive)
    return peak + sum(tensor.nbytes for tensor in (*latents.values(), context))


CASES = {
    "a clip": ({}, {}),
    "more stills than clip": ({"stills": 4, "targets": 3, "frames": 1}, {}),
    "three clips at once": ({"batch": 3}, {}),
    "no rays": ({"rays": False}, {}),
    "two stills": ({"stills": 2, "frames": 0, "height": 24, "width": 40}, {}),
    "small chunks": ({"frames": 9}, {"ffn_chunk": 256}),
    "long clip": ({"frames": 21}, {}),
    "explicit attention": ({}, {"attention": "math"}),
}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
@pytest.mark.parametrize("case", CASES)
def test_the_estimate_is_within_a_twentieth_of_what_the_allocator_gave(case, dtype):
    what, options = CASES[case]
    shapes = shapes_of(**what)
    measured = allocator_peak(WIDE, shapes, dtype, **options)
    assert activation_bytes(WIDE, shapes, dtype, **options) == pytest.approx(measured, rel=0.05)


@pytest.mark.parametrize("change", [{"attention": "joint"}, {"rays": "plucker"}])
def test_the_variants_of_the_network_are_estimated_as_well(change):
    config = replace(WIDE, **change)
    shapes = {
        name: (1, config.ray_channels if name.endswith("_r") else 16, *shape[2:])
        for name, shape in shapes_of().items()
    }
    measured = allocator_peak(config, shapes, torch.bfloat16)
    assert activation_bytes(config, shapes, torch.bfloat16) == pytest.approx(measured, rel=0.05)


def test_depth_makes_no_difference():
    shapes = shapes_of()
    deep = replace(WIDE, num_layers=7)
    assert activation_bytes(deep, shapes, torch.bfloat16) == activation_bytes(WIDE, shapes, torch.bfloat16)
    for layers in (1, 4):
        measured = allocator_peak(replace(WIDE, num_layers=layers), shapes, torch.bfloat16)
        assert activation_bytes(WIDE, shapes, torch.bfloat16) == pytest.approx(measured, rel=0.05)


def test_a_second_question_of_the_same_shape_costs_nothing():
    from raxel_core.engine.offload import activations

    shapes = shapes_of(height=30, width=34)
    activation_bytes(WIDE, shapes, torch.bfloat16)
    before = activations._counted.cache_info().hits
    activation_bytes(WIDE, dict(reversed(shapes.items())), torch.bfloat16)
    assert activations._counted.cache_info().hits == before + 1


def test_a_14b_clip_takes_what_the_design_says():
    """shared/engine.md: 1.91 GiB for one block alone at 480x832x81, ours less; see docs/benchmarks.md."""
    shapes = {
        "video_z": (1, 16, 21, 60, 104), "video_r": (1, 16, 21, 30, 52),
        "source_z": (1, 16, 1, 60, 104), "source_r": (1, 16, 1, 30, 52),
    }  # fmt: skip
    asked = activation_bytes(PRESET_CONFIGS["raxel-14b"], shapes, torch.bfloat16, device="cuda") / 2**30
    assert 1.5 < asked < 2.0
