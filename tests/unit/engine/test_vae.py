"""The autoencoder: Wan's own names at any width, diffusers' numbers, and no clamp."""

import copy
import json
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLWan
from safetensors.torch import load_file, save_file

from raxel_core.engine import vae as vae_module
from raxel_core.engine.describe import verify_file
from raxel_core.engine.files import read_header
from raxel_core.engine.vae import DiffusersVAE, load_vae, save_vae
from raxel_core.engine.wan_vae_names import wan_vae_name
from raxel_core.errors import RaxelError

# Names and shapes of Wan 2.1's own VAE at width 8, written down from ComfyUI's comfy/ldm/wan/vae.py.
WAN_NAMES = json.loads((Path(__file__).parent / "wan_vae_width8.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return AutoencoderKLWan(base_dim=8).eval()


@pytest.fixture(scope="module")
def pixels():
    return torch.rand(2, 3, 5, 16, 24, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_every_tensor_has_exactly_wans_name_and_shape(model):
    ours = {wan_vae_name(name): list(value.shape) for name, value in model.state_dict().items()}
    assert ours == WAN_NAMES


@pytest.mark.parametrize("width", [8, 16, 96])
def test_no_two_names_collide_at_any_width(width):
    with torch.device("meta"):
        names = list(AutoencoderKLWan(base_dim=width).state_dict())
    assert {wan_vae_name(name) for name in names} == set(WAN_NAMES) and len(names) == len(WAN_NAMES)


def test_where_nothing_is_clamped_decode_equals_diffusers(model, pixels):
    vae = DiffusersVAE(model)
    latents = vae.encode(pixels)
    with torch.no_grad():
        theirs = model.decode(latents).sample
    ours = vae.decode(latents)
    assert latents.shape == (2, 16, 2, 2, 3) and ours.shape == pixels.shape
    assert torch.equal(ours.clamp(-1, 1), theirs)


def test_decode_leaves_minus_one_to_one(model):
    loud = copy.deepcopy(model)
    loud.decoder.conv_out.weight.data.mul_(5)
    decoded = DiffusersVAE(loud).decode(torch.ones(1, 16, 2, 2, 2))
    assert decoded.abs().max() > 1.5


def test_a_batch_in_parts_equals_the_batch_at_once(model, pixels, monkeypatch):
    vae = DiffusersVAE(model)
    latents = vae.encode(pixels)
    decoded = vae.decode(latents)
    monkeypatch.setattr(vae_module, "PIXELS_AT_ONCE", 1)
    assert torch.allclose(vae.encode(pixels), latents, atol=1e-5)
    assert torch.allclose(vae.decode(latents), decoded, atol=1e-5)


def test_the_first_frame_of_a_clip_is_encoded_as_a_still(model, pixels):
    vae = DiffusersVAE(model)
    assert torch.allclose(vae.encode(pixels)[:, :, :1], vae.encode(pixels[:, :, :1]), atol=1e-5)


def test_a_saved_vae_comes_back_with_the_same_latents(model, pixels, tmp_path):
    path = tmp_path / "vae.safetensors"
    save_vae(path, model, {"steps": 3})
    assert set(load_file(path)) == set(WAN_NAMES)
    assert json.loads(read_header(path).metadata["raxel_vae"])["steps"] == 3
    assert torch.equal(load_vae(path).encode(pixels), DiffusersVAE(model).encode(pixels))


def test_a_flipped_bit_in_a_vae_is_told_with_its_block(model, tmp_path):
    path = tmp_path / "vae.safetensors"
    save_vae(path, model)
    assert verify_file(path) == "4 of 4 blocks match their checksums"
    entry = read_header(path).tensors["decoder.conv1.weight"]
    raw = bytearray(path.read_bytes())
    raw[entry.start + 5] ^= 1
    path.write_bytes(raw)
    for read in (load_vae, verify_file):
        with pytest.raises(RaxelError, match="damaged in block 'decoder'"):
            read(path)


def test_a_changed_record_of_a_vae_is_refused(model, tmp_path):
    path = tmp_path / "vae.safetensors"
    save_vae(path, model, {"steps": 3})
    path.write_bytes(path.read_bytes().replace(b'\\"steps\\": 3', b'\\"steps\\": 4'))
    with pytest.raises(RaxelError, match="damaged record"):
        load_vae(path)


def test_a_vae_without_checksums_still_loads(model, pixels, tmp_path):
    path = tmp_path / "vae.safetensors"
    save_vae(path, model)
    save_file(load_file(path), path, {"raxel_vae": '{"training": {"steps_done": 3}}'})
    assert torch.equal(load_vae(path).encode(pixels), DiffusersVAE(model).encode(pixels))
    with pytest.raises(RaxelError, match="no checksums"):
        verify_file(path)


def test_a_vae_that_lacks_a_tensor_is_refused_by_its_name(model, tmp_path):
    path = tmp_path / "vae.safetensors"
    save_vae(path, model)
    tensors = load_file(path)
    del tensors["decoder.middle.1.proj.bias"]
    save_file(tensors, path)
    with pytest.raises(RaxelError, match=r"decoder\.middle\.1\.proj\.bias"):
        load_vae(path)


def test_without_diffusers_loading_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "diffusers.models.autoencoders.autoencoder_kl_wan", None)
    with pytest.raises(RaxelError, match="pip install diffusers"):
        load_vae(tmp_path / "vae.safetensors")
