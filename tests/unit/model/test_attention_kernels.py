"""Every kernel that runs here gives the same attention; those that cannot say what to do."""

import builtins
import importlib
import importlib.util

import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.model import attention as attention_module
from raxel_core.model.attention import KERNELS, PACKAGES, attention

RUN_HERE = ["auto", "sdpa", "flash", "math"]
ELSEWHERE = ["cudnn", "efficient", "flash-attn", "sage", "xformers"]


def inputs(dtype, queries=37, keys=53):
    torch.manual_seed(0)
    return [torch.randn(2, n, 3, 64).to(dtype) for n in (queries, keys, keys)]


def naive(q, k, v):
    """In float64, one query at a time."""
    q, k, v = (x.double() for x in (q, k, v))
    out = torch.empty_like(q)
    for b in range(q.shape[0]):
        for n in range(q.shape[1]):
            for h in range(q.shape[2]):
                weights = (k[b, :, h] @ q[b, n, h] / q.shape[-1] ** 0.5).softmax(0)
                out[b, n, h] = weights @ v[b, :, h]
    return out.flatten(2)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.02)])
@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("kernel", RUN_HERE)
def test_every_kernel_is_the_softmax_of_the_products(kernel, grad, dtype, tolerance):
    q, k, v = inputs(dtype)
    with torch.set_grad_enabled(grad):
        out = attention(q, k, v, kernel)
    assert out.shape == (2, 37, 192) and out.dtype == dtype
    assert torch.allclose(out.double(), naive(q, k, v), atol=tolerance)


@pytest.mark.parametrize("kernel", RUN_HERE)
def test_a_network_gives_the_same_with_every_kernel(kernel, make_network, make_inputs):
    network = make_network()
    latents, sigmas = make_inputs(source_z=1, video_z=2, source_r=1, video_r=2)
    with torch.no_grad():
        wanted = network(latents, sigmas)
        network.attention = kernel
        assert network.attention == kernel
        found = network(latents, sigmas)
    for name, velocity in wanted.items():
        assert torch.allclose(found[name], velocity, atol=1e-4), name


def test_the_kernel_that_was_chosen_is_the_one_that_runs(monkeypatch, make_network, make_inputs):
    """In all six attentions of a block: two inside, two across, two to the text."""
    calls = []
    network = make_network()

    def counted(q, k, v):
        calls.append(q.shape)
        return KERNELS["math"](q, k, v)

    monkeypatch.setitem(KERNELS, "flash", counted)
    network.attention = "flash"
    latents, sigmas = make_inputs(video_z=2, video_r=2)
    with torch.no_grad():
        network(latents, sigmas, torch.randn(2, 5, network.config.text_dim))
    assert len(calls) == 6 * network.config.num_layers


@pytest.mark.parametrize("kernel", ELSEWHERE)
def test_a_kernel_that_cannot_run_here_says_so_and_what_to_choose(kernel):
    q, k, v = inputs(torch.bfloat16)
    with pytest.raises(RaxelError, match=rf"^attention '{kernel}' .* cpu.* choose 'auto'\.$"):
        attention(q, k, v, kernel)


@pytest.mark.parametrize("kernel", PACKAGES)
def test_a_package_that_is_absent_is_named_when_its_kernel_is_chosen(kernel, monkeypatch, make_network):
    real = builtins.__import__
    module, package = PACKAGES[kernel]

    def absent(name, *args, **kwargs):
        if name.split(".")[0] == module.split(".")[0]:
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(importlib, "import_module", lambda name: absent(name))
    attention_module._package.cache_clear()
    with pytest.raises(
        RaxelError, match=f"^attention '{kernel}' needs the package {package}.*pip install {package}"
    ):
        make_network().attention = kernel
    attention_module._package.cache_clear()


def test_an_unknown_kernel_is_refused_with_the_known_ones(make_network):
    with pytest.raises(RaxelError, match=r"no attention 'fast'; choose one of auto, sdpa, .*xformers"):
        make_network().attention = "fast"


@pytest.mark.slow
def test_no_package_is_imported_before_its_kernel_is_chosen():
    import subprocess
    import sys

    modules = ",".join(repr(module.split(".")[0]) for module, _ in PACKAGES.values())
    script = f"import sys, raxel_core.model; print([m for m in ({modules},) if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"
