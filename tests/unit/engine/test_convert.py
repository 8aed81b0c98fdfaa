"""From Wan to Raxel: whatever the layout of the files, the weights and the video output are Wan's."""

import dataclasses
import itertools
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.convert import Start, init_from_wan
from raxel_core.engine.files import read_header
from raxel_core.errors import RaxelError
from raxel_core.model import RaxelConfig, RaxelTransformer

PLAIN = RaxelConfig(
    dim=128, ffn_dim=192, num_layers=2, num_heads=1, text_dim=48, freq_dim=32, ray_branch=False
)
DIFFUSERS = [  # Wan's words -> diffusers', in order of replacement
    ("text_embedding.0", "condition_embedder.text_embedder.linear_1"),
    ("text_embedding.2", "condition_embedder.text_embedder.linear_2"),
    ("time_embedding.0", "condition_embedder.time_embedder.linear_1"),
    ("time_embedding.2", "condition_embedder.time_embedder.linear_2"),
    ("time_projection.1", "condition_embedder.time_proj"),
    ("head.head", "proj_out"), ("head.modulation", "scale_shift_table"), (".modulation", ".scale_shift_table"),
    ("self_attn", "attn1"), ("cross_attn", "attn2"),
    (".q.", ".to_q."), (".k.", ".to_k."), (".v.", ".to_v."), (".o.", ".to_out.0."),
    (".ffn.0", ".ffn.net.0.proj"), (".ffn.2", ".ffn.net.2"), (".norm3", ".norm2"),
]  # fmt: skip
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def diffusers_name(name):
    for wans, theirs in DIFFUSERS:
        name = name.replace(wans, theirs)
    return name


@pytest.fixture(scope="module")
def wan():
    """A tiny Wan with random weights everywhere, float32."""
    torch.manual_seed(0)
    network = RaxelTransformer(PLAIN)
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor, std=tensor.shape[-1] ** -0.5)
    return {name: value.detach() for name, value in network.state_dict().items()}


def original(folder, tensors):
    save_file(tensors, folder / "wan.safetensors")
    return [folder / "wan.safetensors"]


def comfyui(folder, tensors):
    others = {"vae.encoder.conv1.weight": torch.ones(2), "text_encoders.umt5.shared.weight": torch.ones(2)}
    save_file(
        {f"model.diffusion_model.{name}": x for name, x in tensors.items()} | others,
        folder / "wan.safetensors",
    )
    return [folder / "wan.safetensors"]


def sharded(folder, tensors, count=3):
    """diffusers' folder; returns the shards."""
    named = {diffusers_name(name): x for name, x in tensors.items()}
    parts = [dict(itertools.islice(named.items(), i, None, count)) for i in range(count)]
    files = [folder / f"diffusion_pytorch_model-{i + 1:05d}-of-{count:05d}.safetensors" for i in range(count)]
    for file, part in zip(files, parts, strict=True):
        save_file(part, file)
    weights = {name: file.name for file, part in zip(files, parts, strict=True) for name in part}
    index = {"metadata": {"total_size": 1}, "weight_map": weights}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    return files


def by_folder(folder, tensors):
    sharded(folder, tensors)
    return [folder]


def by_pipeline_folder(folder, tensors):
    (folder / "transformer").mkdir()
    sharded(folder / "transformer", tensors)
    return [folder]


def by_index(folder, tensors):
    sharded(folder, tensors)
    return [folder / "diffusion_pytorch_model.safetensors.index.json"]


LAYOUTS = [original, comfyui, sharded, by_folder, by_pipeline_folder, by_index]


def convert(inputs, folder, **start):
    init_from_wan(inputs, folder / "raxel.safetensors", Start(**start))
    return load_model(folder / "raxel.safetensors")


def video_output(network, dtype):
    torch.manual_seed(3)
    latents = {"source_z": torch.randn(1, 16, 1, 8, 8), "video_z": torch.randn(1, 16, 3, 8, 8)}
    context = torch.randn(1, 7, PLAIN.text_dim)
    if network.config.ray_branch:
        latents["video_r"] = torch.randn(1, 16, 3, 4, 4)
    sigmas = {"source_z": torch.tensor([0.0]), "video_z": torch.tensor([0.6]), "video_r": torch.tensor([0.2])}
    with torch.no_grad():
        return network({k: v.to(dtype) for k, v in latents.items()}, sigmas, context.to(dtype))["video_z"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_video_output_is_wans_bit_for_bit(tmp_path, wan, layout, dtype):
    tensors = {name: value.to(DTYPES[dtype]) for name, value in wan.items()}
    model = convert(layout(tmp_path, tensors), tmp_path, dtype=DTYPES[dtype])
    plain = RaxelTransformer(PLAIN)
    plain.load_state_dict(tensors, assign=True)
    expected = video_output(plain.eval(), DTYPES[dtype])
    assert torch.equal(video_output(model.network, DTYPES[dtype]), expected)


@pytest.mark.parametrize("out", DTYPES)
@pytest.mark.parametrize("stored", DTYPES)
def test_every_tensor_is_wans_or_its_copy_in_the_asked_type(tmp_path, wan, stored, out):
    tensors = {name: value.to(DTYPES[stored]) for name, value in wan.items()}
    model = convert(original(tmp_path, tensors), tmp_path, dtype=DTYPES[out])
    expected = RaxelTransformer(dataclasses.replace(PLAIN, ray_branch=True)).to(DTYPES[out])
    expected.load_state_dict({name: value.to(DTYPES[out]) for name, value in tensors.items()}, strict=False)
    expected.copy_video_into_rays()
    found = model.network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in expected.state_dict().items())
    assert {value.dtype for value in found.values()} == {DTYPES[out]}


def quantised(tensors, style, fp8, per_row):
    """Weights of Linears in blocks as fp8 with scales; returns the stored tensors and what they mean."""
    stored, meant = {}, {}
    for name, value in tensors.items():
        if not (name.startswith("blocks.") and name.endswith(".weight") and value.ndim == 2):
            stored[name] = meant[name] = value
            continue
        peak = value.abs().amax(dim=1, keepdim=True) if per_row else value.abs().max()
        scale = (peak / 64).float()
        stored[name] = (value / scale).to(fp8)
        meant[name] = stored[name].float() * scale
        module = name.removesuffix(".weight")
        if style == "scaled_fp8":
            stored[f"{module}.scale_weight"] = scale
            stored[f"{module}.scale_input"] = torch.tensor(1.0)
        else:
            conf = json.dumps({"format": str(fp8).removeprefix("torch.")}).encode()
            stored[f"{module}.weight_scale"] = scale.flatten()  # (1,) or one number a row
            stored[f"{module}.comfy_quant"] = torch.tensor(list(conf), dtype=torch.uint8)
    if style == "scaled_fp8":
        stored["scaled_fp8"] = torch.empty(2, dtype=fp8)
    return stored, meant


@pytest.mark.parametrize("layout", [original, comfyui])
@pytest.mark.parametrize("per_row", [False, True])
@pytest.mark.parametrize("fp8", [torch.float8_e4m3fn, torch.float8_e5m2])
@pytest.mark.parametrize("style", ["scaled_fp8", "comfy_quant"])
def test_scaled_fp8_is_multiplied_out(tmp_path, wan, style, fp8, per_row, layout):
    stored, meant = quantised(wan, style, fp8, per_row)
    found = convert(layout(tmp_path, stored), tmp_path, dtype=torch.float32).network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in meant.items())


@pytest.mark.parametrize("style", ["scaled_fp8", "comfy_quant"])
def test_scaled_fp8_that_lost_a_scale_or_its_value_is_refused_by_name(tmp_path, wan, style):
    stored, _ = quantised(wan, style, torch.float8_e4m3fn, per_row=False)
    scale = "blocks.1.ffn.0." + ("scale_weight" if style == "scaled_fp8" else "weight_scale")
    files = original(tmp_path, {name: value for name, value in stored.items() if name != scale})
    with pytest.raises(RaxelError, match=r"'blocks\.1\.ffn\.0\.weight' is scaled fp8 without its scale"):
        convert(files, tmp_path)
    files = original(tmp_path, stored | {scale: torch.zeros(())})
    with pytest.raises(RaxelError, match=rf"'{scale}' is filled with zeros"):
        convert(files, tmp_path)
    files = original(tmp_path, stored | {scale: torch.ones((), dtype=torch.uint8)})
    with pytest.raises(RaxelError, match=rf"'{scale}' has type U8, expected F32"):
        convert(files, tmp_path)


def test_fp8_without_scales_is_taken_as_it_is_beside_other_types(tmp_path, wan):
    types = itertools.cycle(
        [torch.float8_e4m3fn, torch.bfloat16, torch.float32, torch.float8_e5m2, torch.float16]
    )
    stored = {name: (8 * value).to(dtype) for (name, value), dtype in zip(wan.items(), types, strict=False)}
    found = convert(original(tmp_path, stored), tmp_path, dtype=torch.float32).network.state_dict()
    assert all(torch.equal(found[name], value.float()) for name, value in stored.items())


def test_the_record_says_where_the_model_comes_from(tmp_path, wan):
    model = convert(original(tmp_path, wan), tmp_path, name="mine", scale_mode="relative")
    assert (model.info.name, model.info.scale_mode, model.info.alpha) == ("mine", "relative", 0.5)
    assert model.info.training == {
        "started_from": "Wan 2.1 T2V of width 128",
        "files": ["wan.safetensors"],
        "steps": 0,
    }
    assert model.config.gate_init == 0 and model.config.num_heads == 1


def test_a_null_context_is_padded_with_zeros_as_wan_pads_text(tmp_path, wan):
    text = torch.randn(1, 5, PLAIN.text_dim)
    save_file({"context": text}, tmp_path / "empty text.safetensors")
    model = convert(
        original(tmp_path, wan),
        tmp_path,
        dtype=torch.float32,
        null_context=tmp_path / "empty text.safetensors",
    )
    context = model.network.null_context
    assert context.shape == (512, PLAIN.text_dim)
    assert torch.equal(context[:5], text[0]) and not context[5:].any()


@pytest.mark.parametrize("shape", [(513, 48), (5, 47), (48,), (2, 5, 48)])
def test_a_null_context_of_another_shape_is_refused_with_both(tmp_path, wan, shape):
    save_file({"context": torch.ones(shape)}, tmp_path / "x.safetensors")
    with pytest.raises(RaxelError, match=r"\[L, 48\] with L up to 512"):
        convert(original(tmp_path, wan), tmp_path, null_context=tmp_path / "x.safetensors")
    assert not (tmp_path / "raxel.safetensors").exists()


def test_values_beyond_fp16_are_refused_and_nothing_is_left(tmp_path, wan):
    tensors = {**wan, "blocks.1.ffn.0.weight": wan["blocks.1.ffn.0.weight"] * 1e7}
    before = original(tmp_path, tensors)
    with pytest.raises(
        RaxelError, match=r"wan\.safetensors: 'blocks\.1\.ffn\.0\.weight' has values up to .* beyond fp16"
    ):
        init_from_wan(before, tmp_path / "new" / "folder" / "raxel.safetensors", Start(dtype=torch.float16))
    assert list(tmp_path.iterdir()) == before


def test_an_interrupt_leaves_nothing(tmp_path, wan):
    def interrupt(done, total):
        if done == total // 2:
            raise KeyboardInterrupt

    before = original(tmp_path, wan)
    with pytest.raises(KeyboardInterrupt):
        init_from_wan(before, tmp_path / "raxel.safetensors", Start(), interrupt)
    assert list(tmp_path.iterdir()) == before


def change(tensors, **changes):
    """The tensors with some replaced; None takes one away."""
    new = {**tensors, **{name.replace("__", "."): value for name, value in changes.items()}}
    return {name: value for name, value in new.items() if value is not None}


def added(*names):
    return lambda wan: wan | {name: torch.ones(2, 2) for name in names}


def channels(count):
    return lambda wan: change(wan, patch_embedding__weight=torch.ones(128, count, 1, 2, 2))


WRONG = {
    "I2V": (lambda wan: added("img_emb.proj.1.weight")(channels(36)(wan)), "is Wan 2.1 I2V or Fun-InP"),
    "Wan 2.2 I2V": (channels(36), "is Wan 2.2 I2V"),
    "FLF2V": (added("img_emb.emb_pos"), "is Wan 2.1 FLF2V"),
    "VACE": (added("vace_patch_embedding.weight"), "is Wan VACE"),
    "Fun-Camera": (added("control_adapter.conv.weight", "img_emb.proj.0.bias"), "is Wan 2.1 Fun-Camera"),
    "Fun-Control": (lambda wan: added("img_emb.proj.0.bias")(channels(48)(wan)), "is Wan 2.1 Fun-Control"),
    "Animate": (added("face_adapter.fuser_blocks.0.k_norm.weight"), "is Wan 2.2 Animate"),
    "S2V": (added("casual_audio_encoder.encoder.final_linear.weight"), "is Wan 2.2 S2V"),
    "5B": (
        lambda wan: change(wan, patch_embedding__weight=torch.ones(3072, 48, 1, 2, 2)),
        "is Wan 2.2 5B",
    ),
    "VAE": (lambda wan: {"encoder.conv1.weight": torch.ones(96, 3, 3, 3, 3), "decoder.head.2.weight": torch.ones(3, 3)}, "is a Wan VAE"),
    "text encoder": (lambda wan: {"encoder.block.0.layer.0.SelfAttention.q.weight": torch.ones(2, 2)}, "is a text encoder"),
    "LoRA": (lambda wan: {"blocks.0.self_attn.q.lora_A.weight": torch.ones(2, 128)}, "is a LoRA"),
    "other": (lambda wan: {"unet.weight": torch.ones(2)}, "some other model"),
    "missing": (lambda wan: change(wan, blocks__1__ffn__0__bias=None), r"1 of 69 tensors .* missing, 'blocks\.1\.ffn\.0\.bias'"),
    "only a part": (lambda wan: change(wan, patch_embedding__weight=None), "only a part"),
    "extra": (added("blocks.1.ffn.4.weight"), r"'blocks\.1\.ffn\.4\.weight' is no tensor of Wan"),
    "shape": (lambda wan: change(wan, head__head__bias=torch.ones(3)), r"'head\.head\.bias' has shape \(3,\), expected \(64,\)"),
    "1.3B cut": (lambda wan: change(wan, patch_embedding__weight=torch.ones(1536, 16, 1, 2, 2)), "tensors of this Wan are missing"),
    "int8": (lambda wan: change(wan, blocks__0__ffn__0__weight=torch.ones(192, 128, dtype=torch.int8)), "stored as I8"),
    "block scales": (added("blocks.0.ffn.0.weight_scale"), r"scale 'blocks\.0\.ffn\.0\.weight_scale' has shape \(2, 2\)"),
    "rotated": (
        lambda wan: change(wan, blocks__0__ffn__0__comfy_quant=torch.tensor(list(b'{"format": "nvfp4"}'), dtype=torch.uint8)),
        "says nvfp4",
    ),
    "zeros": (lambda wan: change(wan, blocks__1__self_attn__k__weight=torch.zeros(128, 128)), "'blocks.1.self_attn.k.weight' is filled with zeros"),
    "silent head": (lambda wan: change(wan, head__head__weight=torch.zeros(64, 128)), "'head.head.weight' is filled with zeros"),
    "NaN": (lambda wan: change(wan, head__head__bias=torch.full((64,), torch.nan)), "'head.head.bias' holds values that are not finite"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_another_file_is_refused_for_what_it_is_and_nothing_is_left(tmp_path, wan, what):
    make, words = WRONG[what]
    files = original(tmp_path, make(wan))
    with pytest.raises(RaxelError, match=words) as caught:
        convert(files, tmp_path)
    assert "wan.safetensors" in str(caught.value) and "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == files


def lost_shard(folder, files):
    files[1].unlink()
    return [folder]


def unnamed_shard(folder, files):
    return files[:2]


def named_twice(folder, files):
    return [*files, files[0]]


def stands_twice(folder, files):
    (folder / "copy.safetensors").write_bytes(files[0].read_bytes())
    return [*files, folder / "copy.safetensors"]


def outside(folder, files):
    index = {"weight_map": {"head.head.bias": "../secret.safetensors"}}
    (folder / "x.safetensors.index.json").write_text(json.dumps(index))
    return [folder / "x.safetensors.index.json"]


def no_index(folder, files):
    (folder / "x.json").write_text("{}")
    return [folder / "x.json"]


def empty_folder(folder, files):
    (folder / "empty").mkdir()
    return [folder / "empty"]


def cut(folder, files):
    files[2].write_bytes(files[2].read_bytes()[:-1])
    return files


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lost_shard, "names 3 files and 'diffusion_pytorch_model-00002-of-00003.safetensors' is missing"),
        (unnamed_shard, r"tensors of this Wan are missing|only a part"),
        (named_twice, "is named twice"),
        (stands_twice, r"stands in .* and again in .*copy"),
        (outside, r"'\.\./secret\.safetensors', which is not a file beside it"),
        (no_index, "no index of shards"),
        (empty_folder, "holds no .safetensors or .gguf file"),
        (cut, "cut short"),
    ],
)
def test_shards_that_do_not_make_one_model_are_refused(tmp_path, wan, damage, words):
    inputs = damage(tmp_path, sharded(tmp_path, wan))
    with pytest.raises(RaxelError, match=words):
        convert(inputs, tmp_path)
    assert not (tmp_path / "raxel.safetensors").exists() and not list(tmp_path.glob(".*.part"))


def test_a_file_that_exists_is_not_replaced(tmp_path, wan):
    files = original(tmp_path, wan)
    with pytest.raises(RaxelError, match="exists already"):
        init_from_wan(files, files[0], Start())
    with pytest.raises(RaxelError, match=r"call it .*model\.safetensors"):
        init_from_wan(files, tmp_path / "model.ckpt", Start())


def test_a_raxel_model_is_not_taken_for_a_wan(tmp_path, wan):
    convert(original(tmp_path, wan), tmp_path)
    assert (
        load_file(tmp_path / "raxel.safetensors").keys()
        == read_header(tmp_path / "raxel.safetensors").tensors.keys()
    )
    with pytest.raises(RaxelError, match="is a Raxel model"):
        init_from_wan([tmp_path / "raxel.safetensors"], tmp_path / "again.safetensors", Start())
