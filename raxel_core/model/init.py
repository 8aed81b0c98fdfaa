"""First values of a network: from nothing, and of the ray branch from the video branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from .transformer import RaxelTransformer


@torch.no_grad()
def init_weights(network: RaxelTransformer) -> None:
    """Values to train from nothing, as Wan 2.1 does it: Xavier projections, small embeddings, a silent head;
    with gates that start open, the noise is let through instead.

    Random numbers come from torch's global generator, so `torch.manual_seed` decides them.
    """
    for name, parameter in network.named_parameters():
        _init_parameter(name, parameter, network.config.dim)
    if network.config.gate_init:
        let_noise_through(network)
    if network.config.ray_branch:
        network.modality_embedding.zero_()
        network.null_context.zero_()
        copy_video_into_rays(network)


def _init_parameter(name: str, parameter: Tensor, dim: int) -> None:
    path = name.split(".")
    if path[-1].endswith("modulation"):
        nn.init.normal_(parameter, std=dim**-0.5)
    elif path[-1] == "bias":
        nn.init.zeros_(parameter)
    elif "norm" in path[-2:][0]:
        nn.init.ones_(parameter)
    elif "head" in path:
        nn.init.zeros_(parameter)
    elif path[0].removeprefix("ray_") in ("text_embedding", "time_embedding"):
        nn.init.normal_(parameter, std=0.02)
    elif parameter.ndim > 1:
        nn.init.xavier_uniform_(parameter.flatten(1))


@torch.no_grad()
def let_noise_through(network: RaxelTransformer) -> None:
    """Start with the velocity equal to the noisy input: right at sigma 1, where velocity is noise minus data.

    Patches are embedded by orthonormal columns and the head undoes them [ours]. From nothing, learning to carry the
    noise through took most of the first 6,000 clips: rays in error by 3.5 times standing still's, so by 1.5.
    """
    weight = network.patch_embedding.weight  # (dim, C, 1, 2, 2)
    dim, inputs = len(weight), weight[0].numel()
    if inputs > dim:
        return
    nn.init.orthogonal_(weight.view(dim, -1))
    rows = (
        weight[:, :, 0].permute(2, 3, 1, 0).reshape(inputs, dim)
    )  # the head's order: rows, columns, channels
    network.head.head.weight.copy_(rows * (inputs / dim) ** 0.5)  # the norm before it makes tokens rms 1


@torch.no_grad()
def copy_video_into_rays(network: RaxelTransformer) -> None:
    """Set every `ray_` tensor to its video twin and both gates to `config.gate_init` (paper section 4).

    Plücker rays have other channels than images, so the convolution of their patch embedding and the projection of
    their head have no twin of their shape, and the rest of their MLP has none at all: these start as from nothing.
    """
    tensors = dict(network.named_parameters())
    for name, parameter in tensors.items():
        if name.endswith((".gate_z", ".gate_r")):
            parameter.fill_(network.config.gate_init)
        elif "ray_" in name:
            twin = tensors.get(name.replace("ray_", ""))
            if twin is not None and twin.shape == parameter.shape:
                parameter.copy_(twin)
            else:
                _init_parameter(name, parameter, network.config.dim)
