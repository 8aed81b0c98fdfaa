"""The small VAE as a host object: the same numbers as diffusers', rays unclamped, the user's object untouched."""

import json
import subprocess

import pytest
import torch
from conftest import HERE, ROOT
from host_client import comfyui_dir
from safetensors.torch import load_file, save_file

from raxel_core.engine.vae import DiffusersVAE


@pytest.fixture(scope="module")
def exchange(interpreter, folder, tmp_path_factory):
    """Pixels that leave -1..1, and what the host makes of them."""
    work = tmp_path_factory.mktemp("vae")
    shipped = ROOT / "models" / "raxel-small-vae.safetensors"
    path = shipped if shipped.is_file() else folder / "models" / "raxel" / shipped.name
    pixels = torch.randn(2, 3, 9, 64, 96, generator=torch.Generator().manual_seed(0)) * 1.5
    save_file({"pixels": pixels}, work / "in.safetensors")
    command = [interpreter.path, str(HERE / "inside" / "vae_exchange.py")]
    command += [
        str(comfyui_dir()),
        str(ROOT),
        str(path),
        str(work / "in.safetensors"),
        str(work / "out.safetensors"),
    ]
    done = subprocess.run(command, env=interpreter.environment, capture_output=True, text=True, cwd=work)
    assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads(done.stdout.strip().splitlines()[-1])
    return DiffusersVAE(path), pixels, load_file(work / "out.safetensors"), facts


def test_host_and_diffusers_encode_alike(exchange):
    vae, pixels, host, _ = exchange
    expected = vae.encode(pixels)
    torch.testing.assert_close(host["latents"], expected, atol=1e-4 * float(expected.std()), rtol=1e-4)


def test_host_and_diffusers_decode_alike_beyond_the_range_of_pictures(exchange):
    vae, _, host, _ = exchange
    expected = vae.decode(host["scaled_latents"])
    torch.testing.assert_close(host["decoded"], expected, atol=1e-4 * float(expected.std()), rtol=1e-4)
    assert expected.abs().max() > 1, "the test needs values that a clamp would cut"


def test_stills_are_encoded_one_by_one(exchange):
    vae, pixels, host, _ = exchange
    expected = vae.encode(pixels[:, :, :1])
    torch.testing.assert_close(host["still_latents"], expected, atol=1e-4 * float(expected.std()), rtol=1e-4)


def test_the_user_s_vae_object_is_left_as_it_was(exchange):
    assert exchange[3]["untouched"]
    low, high = exchange[3]["user_decode_range"]
    assert low >= 0 and high <= 1, "the user's own decode still clamps"
    assert exchange[2]["decoded"].abs().max() > 1


def test_the_adapter_holds_no_copy_of_the_weights(exchange):
    """After encoding and decoding, every tensor still lies where the user's lies, under the same memory handle."""
    assert exchange[3]["tensors"] > 100 and exchange[3]["shares_weights"]


def test_an_image_vae_is_refused_in_words(exchange):
    assert "4-channel latents" in exchange[3]["refusal"]
