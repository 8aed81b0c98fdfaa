"""A LoRA's changes are added exactly, whatever its names; what cannot be added whole is refused by name."""

import json

import pytest
import torch
from safetensors.torch import save_file

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel
from raxel_core.engine.lora import apply_lora, read_lora
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

CONFIG = PRESET_CONFIGS["tiny"]
RANK = 3
TO_DIFFUSERS = {
    "self_attn.q": "attn1.to_q", "self_attn.k": "attn1.to_k", "self_attn.v": "attn1.to_v", "self_attn.o": "attn1.to_out.0",
    "cross_attn.q": "attn2.to_q", "cross_attn.k": "attn2.to_k", "cross_attn.v": "attn2.to_v", "cross_attn.o": "attn2.to_out.0",
    "ffn.0": "ffn.net.0.proj", "ffn.2": "ffn.net.2",
}  # fmt: skip
MODULES = [f"blocks.{i}.{part}" for i in range(2) for part in TO_DIFFUSERS]


def kohya(module):
    return "lora_unet_" + module.replace(".", "_")


def fun_reward(module):
    return "lora_unet__" + module.replace(".", "_")


def original(module):
    return "diffusion_model." + module


def diffusers(module):
    return "transformer.blocks." + module.split(".")[1] + "." + TO_DIFFUSERS[module.split(".", 2)[2]]


def kohya_diffusers(module):
    return "lora_transformer_" + diffusers(module).removeprefix("transformer.").replace(".", "_")


STYLES = {  # name of a module, ends of down and up
    "kohya": (kohya, ".lora_down.weight", ".lora_up.weight"),
    "fun reward": (fun_reward, ".lora_down.weight", ".lora_up.weight"),
    "lightx2v": (original, ".lora_down.weight", ".lora_up.weight"),
    "diffusion-pipe": (original, ".lora_A.weight", ".lora_B.weight"),
    "comfyui": (lambda module: "model.diffusion_model." + module, ".lora_A.weight", ".lora_B.weight"),
    "diffsynth": (lambda module: module, ".lora_A.default.weight", ".lora_B.default.weight"),
    "peft": (lambda module: "base_model.model." + module, ".lora_A.weight", ".lora_B.weight"),
    "diffusers": (diffusers, ".lora_A.weight", ".lora_B.weight"),
    "old diffusers": (diffusers, ".lora.down.weight", ".lora.up.weight"),
    "onetrainer": (kohya_diffusers, ".lora_down.weight", ".lora_up.weight"),
}


@pytest.fixture
def model():
    torch.manual_seed(0)
    network = RaxelTransformer(CONFIG)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    return RaxelModel(network.requires_grad_(False), CONFIG, CheckpointInfo("tiny"))


@pytest.fixture
def factors(model):
    """Random down and up for every module that a Wan LoRA changes."""
    torch.manual_seed(1)
    weights = dict(model.network.named_parameters())
    shapes = {module: weights[f"{module}.weight"].shape for module in MODULES}
    return {module: (torch.randn(RANK, n), torch.randn(m, RANK)) for module, (m, n) in shapes.items()}


def in_style(factors, style, alpha=None):
    name, down, up = STYLES[style]
    tensors = {name(module) + down: a for module, (a, _) in factors.items()}
    tensors |= {name(module) + up: b for module, (_, b) in factors.items()}
    if alpha is not None:
        tensors |= {name(module) + ".alpha": torch.tensor(alpha) for module in factors}
    return tensors


def copies(model):
    return {name: value.clone() for name, value in model.network.state_dict().items()}


@pytest.mark.parametrize("alpha", [None, 1.5])
@pytest.mark.parametrize("style", STYLES)
def test_weights_grow_by_strength_times_alpha_over_rank_times_the_product(
    tmp_path, model, factors, style, alpha
):
    path, before = tmp_path / "lora.safetensors", copies(model)
    save_file(in_style(factors, style, alpha), path)
    apply_lora(model, path, strength=0.7)
    scale = 0.7 * (1.0 if alpha is None else alpha / RANK)
    for name, value in model.network.state_dict().items():
        module = name.removesuffix(".weight")
        if module in factors and name != module:
            down, up = factors[module]
            expected = before[name].double() + scale * up.double() @ down.double()
            torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=1e-5)
        else:
            assert torch.equal(value, before[name]), name


def test_a_merge_into_bfloat16_rounds_the_float32_sum_once(tmp_path, model, factors):
    model.network.bfloat16()
    before = copies(model)
    save_file(in_style(factors, "kohya"), tmp_path / "lora.safetensors")
    apply_lora(model, tmp_path / "lora.safetensors")
    down, up = factors[MODULES[0]]
    name = f"{MODULES[0]}.weight"
    expected = (before[name].float() + up @ down).bfloat16()
    assert torch.equal(model.network.state_dict()[name], expected)


def test_strength_zero_changes_no_bit(tmp_path, model, factors):
    model.network.get_parameter("blocks.0.self_attn.q.weight").fill_(
        -0.0
    )  # minus zero plus zero is plus zero
    before = copies(model)
    save_file(in_style(factors, "kohya"), tmp_path / "lora.safetensors")
    apply_lora(model, tmp_path / "lora.safetensors", strength=0)
    after = model.network.state_dict()
    assert all(torch.equal(after[name].view(torch.int32), before[name].view(torch.int32)) for name in before)


def test_the_order_of_names_in_the_file_changes_nothing(tmp_path, factors):
    forward, backward = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    save_file(in_style(factors, "kohya", 2.0), forward)
    save_file(in_style(dict(reversed(factors.items())), "diffusers", 2.0), backward)
    one, two = read_lora(forward, CONFIG), read_lora(backward, CONFIG)
    assert list(one) == list(two)
    assert all(torch.equal(x, y) for name in one for x, y in zip(one[name][:2], two[name][:2], strict=True))


def test_differences_of_weights_biases_and_norms_are_added(tmp_path, model):
    names = ["blocks.0.self_attn.norm_q.weight", "blocks.1.norm3.weight", "blocks.1.norm3.bias",
             "blocks.0.ffn.2.bias", "blocks.1.cross_attn.v.weight"]  # fmt: skip
    before = copies(model)
    ending = {"weight": ".diff", "bias": ".diff_b"}
    changes = {name: torch.randn_like(before[name]) for name in names}
    tensors = {original(n.rpartition(".")[0]) + ending[n.rpartition(".")[2]]: x for n, x in changes.items()}
    save_file(tensors, tmp_path / "lora.safetensors")
    apply_lora(model, tmp_path / "lora.safetensors", strength=-0.5)
    for name, value in model.network.state_dict().items():
        assert torch.equal(value, before[name] - 0.5 * changes[name] if name in changes else before[name])
    patches = read_lora(tmp_path / "lora.safetensors", CONFIG)
    assert all(torch.equal(patches[name][0], changes[name]) and len(patches[name]) == 1 for name in names)


def test_alpha_in_diffusers_metadata_counts_where_no_tensor_says_it(tmp_path, factors):
    record = json.dumps({"transformer.lora_alpha": 6, "transformer.r": RANK, "transformer.alpha_pattern": {}})
    save_file(in_style(factors, "diffusers"), tmp_path / "x.safetensors", {"lora_adapter_metadata": record})
    changes = read_lora(tmp_path / "x.safetensors", CONFIG)
    assert {change.scale for change in changes.values()} == {2.0}


def test_a_lora_may_change_the_ray_feed_forward_by_its_own_name(tmp_path, model):
    weight = model.network.get_parameter("blocks.0.ray_ffn.0.weight")
    before, (m, n) = weight.clone(), weight.shape
    down, up = torch.randn(1, n), torch.randn(m, 1)
    name = original("blocks.0.ray_ffn.0")
    save_file({f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}, tmp_path / "x.safetensors")
    apply_lora(model, tmp_path / "x.safetensors")
    torch.testing.assert_close(weight, before + up @ down)


def pair(module, size=64, out=64, rank=2):
    return {
        f"{module}.lora_A.weight": torch.ones(rank, size),
        f"{module}.lora_B.weight": torch.ones(out, rank),
    }


GOOD = pair("blocks.0.self_attn.q")
REFUSED = {
    "head": (pair("head.head"), "'head.head'"),
    "patches": ({"diffusion_model.patch_embedding.diff": torch.ones(64, 16, 1, 2, 2)}, "'patch_embedding'"),
    "text": (pair("text_embedding.0"), "'text_embedding.0'"),
    "time in diffusers' words": (pair("transformer.condition_embedder.time_proj"), "'time_projection.1'"),
    "image-to-video": (pair("diffusion_model.blocks.0.cross_attn.k_img"), "'blocks.0.cross_attn.k_img'"),
    "image embedding": (pair("img_emb.proj.1"), "'img_emb.proj.1'"),
    "modulation": ({"diffusion_model.blocks.0.diff_m": torch.ones(1, 6, 64)}, "'diffusion_model.blocks.0.diff_m'"),
    "absent block": (pair("blocks.9.self_attn.q"), "'blocks.9.self_attn.q'"),
    "absent ray name": (pair("blocks.0.ray_self_attn.q"), "'blocks.0.ray_self_attn.q'"),
    "rank on a norm": (pair("blocks.0.norm3"), "'blocks.0.norm3'"),
    "text encoder": ({"lora_te_layers_0.lora_down.weight": torch.ones(2, 4)}, "'lora_te_layers_0'"),
    "14B": (pair("blocks.0.self_attn.q", 5120, 5120), r"width 5,120 \(Wan 14B\), this model has 64"),
    "1.3B": (pair("blocks.0.ffn.0", 1536, 8960), r"width 1,536 \(Wan 1.3B\), this model has 64"),
    "2.2 5B": (pair("blocks.39.self_attn.q", 3072, 3072), r"width 3,072 \(Wan 2.2 5B\), this model has 64"),
    "wrong length": (pair("blocks.0.ffn.2", 8960), r"shape \(2, 8960\), this model needs \(2, 128\)"),
    "half": ({"blocks.0.self_attn.q.lora_A.weight": torch.ones(2, 64)}, "incomplete"),
    "two ranks": (
        {"blocks.0.ffn.0.lora_A.weight": torch.ones(2, 64), "blocks.0.ffn.0.lora_B.weight": torch.ones(128, 3)},
        r"shape \(128, 3\), this model needs \(128, 2\)",
    ),
    "rank 0": (
        {"blocks.0.ffn.2.lora_A.weight": torch.ones(0, 128), "blocks.0.ffn.2.lora_B.weight": torch.ones(64, 0),
         "blocks.0.ffn.2.alpha": torch.tensor(1.0)},
        r"'blocks\.0\.ffn\.2' has rank 0",
    ),
    "two alphas": (
        {**pair("blocks.0.self_attn.k"), "blocks.0.self_attn.k.alpha": torch.ones(2)},
        r"k\.alpha' has shape \(2,\), this model needs \(\)",
    ),
    "twice": ({**GOOD, **{f"diffusion_model.{name}": x.clone() for name, x in GOOD.items()}}, "twice"),
    "NaN": ({**GOOD, "blocks.0.self_attn.q.lora_B.weight": torch.full((64, 2), torch.nan)}, "not finite"),
    "DoRA": ({**GOOD, "blocks.0.self_attn.q.dora_scale": torch.ones(64, 1)}, "is a DoRA"),
    "LoKr": ({"lora_unet_blocks_0_ffn_0.lokr_w1": torch.ones(2, 2)}, "is a LoKr"),
    "LoHa": ({"lora_unet_blocks_0_ffn_0.hada_w1_a": torch.ones(2, 2)}, "is a LoHa"),
    "a model": ({"patch_embedding.weight": torch.ones(2)}, "not a LoRA"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_applied_whole_is_refused_by_name_and_nothing_changes(tmp_path, model, what):
    tensors, words = REFUSED[what]
    good = {} if what in ("a model", "twice") or any(name in tensors for name in GOOD) else GOOD
    if "width" in words:
        good = {}
    save_file({**good, **tensors}, tmp_path / "lora.safetensors")
    before = copies(model)
    with pytest.raises(RaxelError, match=words) as caught:
        apply_lora(model, tmp_path / "lora.safetensors")
    assert "lora.safetensors" in str(caught.value) and "\n" not in str(caught.value)
    assert all(torch.equal(value, before[name]) for name, value in model.network.state_dict().items())
