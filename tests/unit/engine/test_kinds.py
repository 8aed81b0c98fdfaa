"""`describe` knows files by their headers: sparse files of the real names and shapes, of which no weight is ever written."""

import dataclasses
import json
import pickle
import struct

import pytest
import torch
from safetensors.torch import save_file

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, load_model, save_model
from raxel_core.engine.describe import describe, verify_file
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer


def sparse(path, shapes, metadata=None):
    """A BF16 safetensors file of these shapes whose weights take no room on the disk."""
    fields, stop = {"__metadata__": metadata} if metadata else {}, 0
    for name, shape in shapes.items():
        start, stop = stop, stop + 2 * torch.Size(shape).numel()
        fields[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [start, stop]}
    header = json.dumps(fields).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + stop)
    return path


def wan(size, channels=16, **more):
    """Shapes of a whole Wan transformer."""
    network = RaxelTransformer(PRESET_CONFIGS[f"wan-{size}"], device="meta")
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    shapes["patch_embedding.weight"] = (shapes["patch_embedding.weight"][0], channels, 1, 2, 2)
    return shapes | {name.replace("__", "."): shape for name, shape in more.items()}


def few(width, channels, *more):
    """The few names by which a relative of Wan is known."""
    return {
        "patch_embedding.weight": (width, channels, 1, 2, 2),
        "blocks.0.self_attn.q.weight": (width, width),
        "head.head.weight": (64, width),
        **{name: (8,) for name in more},
    }


def lora(width, module="self_attn.q", rank=16, **more):
    down, up = (
        f"diffusion_model.blocks.0.{module}.lora_A.weight",
        f"diffusion_model.blocks.0.{module}.lora_B.weight",
    )
    return {
        down: (rank, width),
        up: (width, rank),
        **{name.replace("__", "."): shape for name, shape in more.items()},
    }


IMAGE = ("img_emb.proj.0.bias",)
KINDS = {
    "1.3B": (wan("1.3b"), "Wan 2.1 T2V 1.3B, without a ray branch", "raxel init-from-wan"),
    "14B": (wan("14b"), "Wan 2.1 T2V 14B, without a ray branch", "raxel init-from-wan"),
    "14B in ComfyUI": (
        {f"model.diffusion_model.{name}": shape for name, shape in wan("14b").items()},
        "Wan 2.1 T2V 14B, without a ray branch",
        "raxel init-from-wan",
    ),
    "a shard": ({"blocks.3.attn1.to_q.weight": (5120, 5120)}, "a part of a Wan transformer", "index"),
    "cut blocks": (few(1536, 16), r"a part of Wan 2.1 T2V 1.3B (1 of 30 blocks)", "index"),
    "I2V 14B": (few(5120, 36, *IMAGE), "Wan 2.1 I2V or Fun-InP 14B", "T2V"),
    "Fun-InP 1.3B": (few(1536, 36, *IMAGE), "Wan 2.1 Fun-InP 1.3B", "T2V"),
    "Wan 2.2 I2V": (few(5120, 36), "Wan 2.2 I2V or Fun-InP 14B", "T2V"),
    "FLF2V": (few(5120, 36, *IMAGE, "img_emb.emb_pos"), "Wan 2.1 FLF2V 14B", "T2V"),
    "Fun-Control": (few(1536, 48, *IMAGE), "Wan 2.1 Fun-Control 1.3B", "T2V"),
    "Fun-Control 1.1": (few(5120, 48, *IMAGE, "ref_conv.weight"), "Wan 2.1 Fun-Control 14B", "T2V"),
    "Fun-Camera": (few(5120, 32, *IMAGE, "control_adapter.conv.weight"), "Wan 2.1 Fun-Camera 14B", "T2V"),
    "Fun-Camera 2.2": (few(5120, 36, "control_adapter.conv.weight"), "Wan 2.2 Fun-Camera 14B", "T2V"),
    "VACE": (few(1536, 16, "vace_patch_embedding.weight"), "Wan VACE 1.3B", "T2V"),
    "Animate": (few(5120, 36, *IMAGE, "face_adapter.fuser_blocks.0.k_norm.weight"), "Wan 2.2 Animate 14B", "T2V"),
    "S2V": (few(5120, 16, "casual_audio_encoder.encoder.final_linear.weight"), "Wan 2.2 S2V 14B", "T2V"),
    "HuMo": (few(5120, 36, "audio_proj.audio_proj_glob_1.layer.bias"), "HuMo 14B", "T2V"),
    "2.2 5B": (few(3072, 48), "Wan 2.2 5B", "T2V"),
    "VAE": ({"encoder.conv1.weight": (96, 3, 3, 3, 3), "decoder.head.2.weight": (3, 96, 3, 3, 3)}, "a Wan VAE", "--vae"),
    "2.2 VAE": (
        {"encoder.conv1.weight": (160, 12, 3, 3, 3), "decoder.head.2.weight": (12, 256, 3, 3, 3)},
        "a Wan 2.2 VAE",
        "wan_2.1_vae",
    ),
    "diffusers VAE": (
        {"encoder.conv_in.weight": (96, 3, 3, 3, 3), "decoder.conv_in.weight": (384, 16, 3, 3, 3)},
        "a video VAE in diffusers' naming",
        "wan_2.1_vae",
    ),
    "SD VAE": (
        {"encoder.conv_in.weight": (128, 3, 3, 3), "decoder.conv_in.weight": (512, 4, 3, 3)},
        "a VAE for pictures",
        "wan_2.1_vae",
    ),
    "umt5": (
        {"shared.weight": (256384, 4096), "encoder.block.0.layer.0.SelfAttention.q.weight": (4096, 4096)},
        "a text encoder (umt5)",
        "Load CLIP",
    ),
    "umt5, Wan's own": (
        {"token_embedding.weight": (256384, 4096), "blocks.0.attn.q.weight": (4096, 4096)},
        "a text encoder (umt5)",
        "Load CLIP",
    ),
    "t5": (
        {"shared.weight": (32128, 4096), "encoder.block.0.layer.0.SelfAttention.q.weight": (4096, 4096)},
        "a T5 text encoder (not umt5)",
        "umt5",
    ),
    "CLIP vision": (
        {"vision_model.encoder.layers.0.mlp.fc1.weight": (5120, 1280)},
        "a CLIP vision encoder",
        "Raxel does not",
    ),
    "CLIP": ({"text_model.encoder.layers.0.mlp.fc1.weight": (3072, 768)}, "a CLIP text encoder", "umt5"),
    "LoRA": (lora(5120), "a LoRA for Wan 14B (rank 16, 1 modules)", "--lora"),
    "LoRA 1.3B": (lora(1536, rank=4), "a LoRA for Wan 1.3B (rank 4, 1 modules)", "--lora"),
    "LoRA with a head": (
        lora(5120, diffusion_model__head__head__diff_b=(64,)),
        "a LoRA for Wan 14B (rank 16, 2 modules) that also changes 'head.head'",
        "cannot apply",
    ),
    "I2V LoRA": (
        lora(5120, "cross_attn.k_img"),
        "a LoRA for unknown width (rank 16, 1 modules) that also changes 'blocks.0.cross_attn.k_img'",
        "cannot apply",
    ),
    "changes of whole blocks": (
        {"diffusion_model.blocks.0.diff": (8,)},
        "a LoRA of some other model",
        "Wan 2.1",
    ),
    "LoKr": ({"lora_unet_blocks_0_ffn_0.lokr_w1": (2, 2)}, "a LoKr", "plain LoRA"),
    "SDXL LoRA": (
        {"lora_unet_input_blocks_1_0_emb.lora_down.weight": (4, 320)},
        "a LoRA of some other model",
        "Wan 2.1",
    ),
    "other": ({"unet.weight": (2, 2)}, "a safetensors file of some other model", "no use"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_the_ecosystem_is_known_with_one_line_of_advice(tmp_path, kind):
    shapes, what, advice = KINDS[kind]
    facts = describe(sparse(tmp_path / "model.safetensors", shapes))
    assert facts["kind"] == what and advice in facts["advice"] and "\n" not in facts["advice"]
    assert facts["tensors"] == len(shapes) and facts["types"] == ["BF16"]
    assert facts["parameters"] == sum(torch.Size(shape).numel() for shape in shapes.values())


@pytest.mark.parametrize("kind", KINDS)
def test_none_of_them_loads_as_a_raxel_model_and_each_says_why(tmp_path, kind):
    shapes, what, _ = KINDS[kind]
    with pytest.raises(RaxelError) as caught:
        load_model(sparse(tmp_path / "model.safetensors", shapes))
    assert f"is {what}, not a Raxel model" in str(caught.value)


FILES = {
    "empty": (b"", "an empty file (0 bytes)"),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "a Git LFS pointer, not the file itself",
    ),
    "commented html": (b"<!-- saved --><html>", "a web page that was saved under a model's name"),
    "html": (b"\n<!DOCTYPE html><html>", "a web page that was saved under a model's name"),
    "pickle": (pickle.dumps({"a": 1}), "a Python pickle (.pt, .ckpt)"),
    "zip": (b"PK\x03\x04data.pkl", "a PyTorch or zip file (.pt, .ckpt, .zip)"),
    "png": (b"\x89PNG\r\n", "a picture"),
    "mp4": (b"\x00\x00\x00\x20ftypisom", "a clip"),
    "text": (b"hello", "a file of some other kind"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_safetensors_is_known_by_its_first_bytes(tmp_path, kind):
    content, what = FILES[kind]
    (tmp_path / "model.safetensors").write_bytes(content)
    facts = describe(tmp_path / "model.safetensors")
    assert facts["kind"] == what and facts["bytes"] == len(content) and facts["advice"]


@pytest.mark.parametrize("length", [0x280, 0x380, 0x480, 0x580, 0x10280])
def test_a_header_whose_length_begins_like_a_pickle_is_no_pickle(tmp_path, length):
    fields = {"__metadata__": {"note": ""}, "x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    fields["__metadata__"]["note"] = "n" * (length - len(json.dumps(fields)))
    content = struct.pack("<Q", length) + json.dumps(fields).encode() + bytes(4)
    (tmp_path / "model.safetensors").write_bytes(content)
    assert describe(tmp_path / "model.safetensors")["kind"] == "a safetensors file of some other model"


def test_only_wans_own_weights_are_probed_and_those_of_all_shards(tmp_path):
    own = {"model.diffusion_model.blocks.0.self_attn.q.weight": torch.ones(4, 4)}
    marks = {"model.diffusion_model.scaled_fp8": torch.zeros(2), "vae.ema.weight": torch.zeros(4)}
    save_file(own | marks, tmp_path / "x-00001-of-00002.safetensors")
    assert "probed" in verify_file(tmp_path / "x-00001-of-00002.safetensors")
    save_file({"blocks.1.self_attn.q.weight": torch.ones(4, 4)}, tmp_path / "x-00002-of-00002.safetensors")
    assert "probed" in verify_file(tmp_path)
    save_file({"blocks.1.self_attn.q.weight": torch.zeros(4, 4)}, tmp_path / "x-00002-of-00002.safetensors")
    with pytest.raises(RaxelError, match=r"00002-of-00002.*interrupted"):
        verify_file(tmp_path)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"nodes": [], "links": []}, "a ComfyUI workflow"),
        ({"format": "raxel-trajectory"}, "a camera path"),
        ({"_class_name": "WanTransformer3DModel"}, "a config of diffusers"),
        ({}, "a JSON file of some other kind"),
    ],
)
def test_json_files_are_told_apart(tmp_path, fields, what):
    (tmp_path / "x.json").write_text(json.dumps(fields))
    assert describe(tmp_path / "x.json")["kind"] == what


def test_shards_are_known_together_by_folder_and_by_index(tmp_path):
    shapes = wan("1.3b")
    names, files = list(shapes), ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    for i, file in enumerate(files):
        sparse(tmp_path / file, {name: shapes[name] for name in names[i::2]})
    index = {"weight_map": {name: files[i % 2] for i, name in enumerate(names)}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    for path in (tmp_path, tmp_path / "model.safetensors.index.json"):
        assert describe(path)["kind"] == "Wan 2.1 T2V 1.3B, without a ray branch (2 files)"
        assert describe(path)["parameters"] == 1_418_996_800
    (tmp_path / files[1]).unlink()
    with pytest.raises(RaxelError, match=r"names 2 files and 'model-00002-of-00002\.safetensors' is missing"):
        describe(tmp_path / "model.safetensors.index.json")


def test_a_folder_without_a_model_says_so(tmp_path):
    assert describe(tmp_path)["kind"] == "a folder without a model in it"


def test_what_our_own_model_says_is_all_there(tmp_path):
    config = PRESET_CONFIGS["tiny"]
    info = CheckpointInfo(
        "mine", alpha=0.4, scale_mode="relative", height=32, width=64, frames=9, training={"steps": 7}
    )
    network = RaxelTransformer(config)
    save_model(tmp_path / "mine.safetensors", RaxelModel(network, config, info))
    facts = describe(tmp_path / "mine.safetensors")
    expected = {"name": "mine", "format_version": 2, "alpha": 0.4, "scale_mode": "relative", "height": 32, "width": 64,
                "frames": 9, "training": {"steps": 7}, "types": ["F32"], "checksums": 13,
                "variant": "tiny (width 64, 2 blocks, 1 heads)"}  # fmt: skip
    assert {name: facts[name] for name in expected} == expected
    assert facts["parameters"] == sum(value.numel() for value in network.state_dict().values())
    assert facts["config"] == config.to_dict()
    assert verify_file(tmp_path / "mine.safetensors").startswith("13 of 13 blocks match")


def test_a_model_of_the_ablation_is_told_from_the_full_one(tmp_path):
    config = dataclasses.replace(PRESET_CONFIGS["tiny"], attention="joint", rays="plucker")
    info = CheckpointInfo("mine", r_std=(1.0,) * config.ray_channels)
    save_model(tmp_path / "mine.safetensors", RaxelModel(RaxelTransformer(config), config, info))
    variant = describe(tmp_path / "mine.safetensors")["variant"]
    assert "joint attention" in variant and "plucker rays" in variant


def test_a_plain_wan_is_probed_where_it_has_no_checksums(tmp_path):
    weights = {"blocks.0.attn1.to_q.weight": torch.ones(4, 4), "blocks.0.attn1.to_q.bias": torch.zeros(4)}
    save_file(weights, tmp_path / "x.safetensors")
    assert "probed" in verify_file(tmp_path / "x.safetensors")
    save_file(weights | {"blocks.0.attn1.to_k.weight": torch.zeros(4, 4)}, tmp_path / "x.safetensors")
    with pytest.raises(RaxelError, match="interrupted"):
        verify_file(tmp_path / "x.safetensors")
    save_file({"unet.weight": torch.ones(2)}, tmp_path / "x.safetensors")
    with pytest.raises(RaxelError, match="no checksums"):
        verify_file(tmp_path / "x.safetensors")
