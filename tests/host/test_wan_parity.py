"""The video branch, with and without rays, answers what ComfyUI's own Wan model answers."""

import subprocess

import pytest
import torch
from conftest import HERE
from host_client import comfyui_dir
from safetensors.torch import load_file, save_file

from raxel_core.model import RaxelConfig, RaxelTransformer

CASES = {  # latent frames, rows, columns, width of a head, heads, layers, words of text
    "one frame": (1, 4, 6, 64, 2, 2, 9),
    "one word": (3, 10, 6, 24, 3, 1, 1),
    "21 frames": (21, 8, 8, 128, 1, 2, 512),
    "5 x 7 tokens": (21, 10, 14, 12, 2, 3, 5),
    "odd latents": (5, 15, 9, 46, 2, 2, 77),
    "one odd row": (2, 1, 6, 40, 1, 1, 3),
}


def case_tensors(seed: int, frames: int, height: int, width: int, head_dim: int, heads: int, layers: int):
    """A raxel network at its start values with random weights, and video latents for it."""
    torch.manual_seed(seed)
    dim = head_dim * heads
    network = RaxelTransformer(RaxelConfig(dim, 3 * dim, layers, heads, text_dim=32, text_len=9)).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter.data, std=parameter.shape[-1] ** -0.5)
    with torch.no_grad():
        network.modality_embedding.zero_()
        network.copy_video_into_rays()
    return network, torch.randn(2, 16, frames, height, width)


@pytest.fixture(scope="module")
def answers(interpreter, tmp_path_factory):
    """Of every case: our network, latents, sigma, text, and the host's answer."""
    work, ours, sent = tmp_path_factory.mktemp("wan"), {}, {}
    for seed, (name, (*sizes, words)) in enumerate(CASES.items()):
        network, latents = case_tensors(seed, *sizes)
        sigma, text = torch.rand(2), torch.randn(2, words, 32)
        ours[name] = (network, latents, sigma, text)
        given = {"latents": latents, "timesteps": 1000 * sigma, "text": text}
        given["heads"] = torch.tensor(network.config.num_heads)
        for key, value in network.state_dict().items():
            if not any(ray in key for ray in ("ray_", "gate_", "modality_embedding", "null_context")):
                given[f"weights/{key}"] = value
        sent |= {f"{name}/{key}": value for key, value in given.items()}
    save_file(sent, work / "in.safetensors")
    command = [interpreter.path, str(HERE / "inside" / "wan_parity.py"), str(comfyui_dir())]
    command += [str(work / "in.safetensors"), str(work / "out.safetensors")]
    done = subprocess.run(command, env=interpreter.environment, capture_output=True, text=True, cwd=work)
    assert done.returncode == 0, done.stderr[-3000:]
    host = load_file(work / "out.safetensors")
    return {name: (*given, host[name]) for name, given in ours.items()}


def error(velocity, expected):
    return float((velocity - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize("name", CASES)
def test_our_video_branch_equals_the_host_s_wan(answers, name):
    network, latents, sigma, text, expected = answers[name]
    with torch.no_grad():
        velocity = network({"video_z": latents}, {"video_z": sigma}, text)["video_z"]
    assert velocity.shape == latents.shape
    assert error(velocity, expected) <= 1e-5


@pytest.mark.parametrize("name", [name for name, sizes in CASES.items() if not sizes[1] % 2 + sizes[2] % 2])
def test_at_the_start_rays_do_not_change_that(answers, name):
    network, latents, sigma, text, expected = answers[name]
    rays = 30 * torch.randn(2, 16, latents.shape[2], latents.shape[3] // 2, latents.shape[4] // 2)
    with torch.no_grad():
        both = {"video_z": latents, "video_r": rays}
        velocity = network(both, {"video_z": sigma, "video_r": torch.rand(2)}, text)["video_z"]
    assert error(velocity, expected) <= 1e-5
