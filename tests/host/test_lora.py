"""A LoRA through the host's own patches: as strong as merging by hand, and gone without a trace."""

import pytest
import torch
from host_client import failure
from safetensors import safe_open
from safetensors.torch import save_file
from test_running import SHOOT, node, number, shipped, with_file
from test_sampling import kept, quick

from raxel_core.engine.checkpoint import load_model, save_model

SCALE = 0.5  # alpha / rank below


@pytest.fixture(scope="module")
def loras(host):
    """Files in models/loras: a good one, one for another width, one that changes what it may not, one that is a model."""
    good = shipped(host, "raxel-small.safetensors")
    weights = dict(load_model(good).network.named_parameters())
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for name in ("blocks.0.self_attn.q", "blocks.1.cross_attn.k", "blocks.1.ffn.0"):
        out, size = weights[f"{name}.weight"].shape
        tensors[f"diffusion_model.{name}.lora_A.weight"] = torch.randn(4, size, generator=generator)
        tensors[f"diffusion_model.{name}.lora_B.weight"] = torch.randn(out, 4, generator=generator) * 0.05
        tensors[f"diffusion_model.{name}.alpha"] = torch.tensor(4 * SCALE)
    tensors["diffusion_model.blocks.0.self_attn.q.diff_b"] = torch.full(
        (len(weights["blocks.0.self_attn.q.bias"]),), 0.02
    )
    folder = host.folder / "models" / "loras"
    save_file(tensors, folder / "small.safetensors")
    save_file(
        {k: v[..., :100].contiguous() if v.ndim == 2 and "lora_A" in k else v for k, v in tensors.items()},
        folder / "narrow.safetensors",
    )
    save_file(
        {k.replace("blocks.0.self_attn.q", "head.head"): v for k, v in tensors.items()},
        folder / "head.safetensors",
    )
    (folder / "model.safetensors").write_bytes(good.read_bytes())
    return tensors


def with_lora(prompt, name="small.safetensors", strength=0.8, below=1):
    """The prompt with as many LoRA nodes between loader and sampler."""
    link = [number(prompt, "LoadRaxelModel"), 0]
    for index in range(below):
        inputs = {"model": link, "lora_name": name, "strength_model": strength}
        prompt[f"lora{index}"] = {"class_type": "RaxelLoadLora", "inputs": inputs}
        link = [f"lora{index}", 0]
    node(prompt, "JointSampler")["model"] = link
    return prompt


def merged_by_hand(host, tensors, strength):
    """A model file with the same change in its weights, written as the formula says."""
    model = load_model(shipped(host, "raxel-small.safetensors"))
    weights = dict(model.network.named_parameters())
    for name in {key.split(".lora_")[0] for key in tensors if ".lora_" in key}:
        up, down = tensors[f"{name}.lora_B.weight"], tensors[f"{name}.lora_A.weight"]
        target = weights[name.removeprefix("diffusion_model.") + ".weight"].data
        target += (strength * SCALE * (up.double() @ down.double())).to(target.dtype)
    weights["blocks.0.self_attn.q.bias"].data += strength * 0.02
    save_model(host.folder / "models" / "raxel" / "merged.safetensors", model)
    with_file(host, "merged-vae.safetensors", shipped(host, "raxel-small-vae.safetensors").read_bytes())


def test_a_lora_does_what_merging_by_hand_does_and_leaves_no_trace(host, twin, loras):
    before = kept(host, quick(twin(SHOOT)))
    patched = kept(host, with_lora(quick(twin(SHOOT))))
    none = kept(host, with_lora(quick(twin(SHOOT)), strength=0.0))
    after = kept(host, quick(twin(SHOOT), frames=1))  # frames mean nothing here: only past the cache
    twice = kept(host, with_lora(quick(twin(SHOOT)), strength=0.4, below=2))
    merged_by_hand(host, loras, 0.8)
    prompt = quick(twin(SHOOT))
    node(prompt, "LoadRaxelModel")["model_name"] = "merged.safetensors"
    merged = kept(host, prompt)
    changed = (patched["images_0"] - before["images_0"]).abs().max()
    assert changed > 1e-2, "the test needs a LoRA that changes something"
    torch.testing.assert_close(patched["images_0"], merged["images_0"], atol=1e-4 * float(changed), rtol=1e-4)
    torch.testing.assert_close(twice["images_0"], merged["images_0"], atol=1e-4 * float(changed), rtol=1e-4)
    assert torch.equal(none["images_0"], before["images_0"])
    assert torch.equal(after["images_0"], before["images_0"])


def test_a_model_stored_in_bf16_computes_alike_before_and_after_a_lora(host, twin, loras):
    """On the CPU the host has it compute in float32, which the patched twin must not undo."""
    model = load_model(shipped(host, "raxel-small.safetensors"), dtype=torch.bfloat16)
    save_model(host.folder / "models" / "raxel" / "bf16.safetensors", model)
    with_file(host, "bf16-vae.safetensors", shipped(host, "raxel-small-vae.safetensors").read_bytes())
    results = []
    for index, strength in enumerate((0.0, 0.8, 0.0)):
        prompt = with_lora(quick(twin(SHOOT), frames=index), strength=strength)
        node(prompt, "LoadRaxelModel")["model_name"] = "bf16.safetensors"
        results.append(kept(host, prompt)["images_0"])
    assert torch.equal(results[0], results[2])
    assert not torch.equal(results[0], results[1])


def test_both_models_in_one_prompt_stay_apart(host, twin, loras):
    """The plain model first, then the patched one, then the plain one: all three share their weights."""
    prompt = with_lora(quick(twin(SHOOT)))
    sampler = node(prompt, "JointSampler")
    plain = dict(sampler, model=[number(prompt, "LoadRaxelModel"), 0])
    names = {"first": plain, "second": dict(sampler), "third": dict(plain, frames=5)}
    for name, inputs in names.items():
        prompt[name] = {"class_type": "JointSampler", "inputs": inputs}
        prompt[f"keep {name}"] = {"class_type": "TestKeep", "inputs": {"name": name, "images": [name, 0]}}
    prompt = {k: v for k, v in prompt.items() if k in names or k.startswith("keep") or v["class_type"] in
              ("LoadImage", "LoadRaxelModel", "RaxelLoadLora", "TrajectoryPreset", "RaxelFromCamera")}  # fmt: skip
    host.run(prompt)
    images = {}
    for name in names:
        with safe_open(host.folder / "output" / f"{name}.safetensors", "pt") as file:
            images[name] = file.get_tensor("images_0")
    assert torch.equal(images["first"], images["third"])
    assert not torch.equal(images["first"], images["second"])


def test_the_menu_holds_the_files_of_the_host(host, loras):
    menu = host.get("/object_info/RaxelLoadLora")["RaxelLoadLora"]["input"]["required"]["lora_name"][1][
        "options"
    ]
    assert "small.safetensors" in menu


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("narrow.safetensors", "made for width 100"),
        ("head.safetensors", "also changes 'head.head'"),
        ("model.safetensors", "not a LoRA"),
    ],
)
def test_a_file_that_is_no_lora_for_this_model_gets_its_sentence(host, twin, loras, name, words):
    result = failure(host.result(host.queue(with_lora(quick(twin(SHOOT)), name))))
    assert words in result and name in result and "\n" not in result


def test_a_lora_that_is_not_there_is_refused_before_anything_runs(host, twin, loras):
    words = host.refusal(with_lora(quick(twin(SHOOT)), "gone.safetensors"))
    assert "there is no LoRA 'gone.safetensors'; put the file into ComfyUI's models/loras folder" in words
