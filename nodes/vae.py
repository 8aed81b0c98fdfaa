"""The host's VAE objects: the small one that a model brings along, and any Wan VAE as raxel_core wants it.

ComfyUI's ``VAE.decode`` clamps pictures to 0..1 and ``VAE.encode`` maps 0..1 to -1..1. Raxels lie outside that range, so
the core's protocol works on -1..1 without clamping: the adapter is a shallow copy of the user's object with both maps
replaced. The copy shares weights and memory handle, and the user's object is left as it was.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import comfy.model_patcher
import comfy.sd
import torch
from comfy.ldm.wan.vae import WanVAE
from torch import Tensor

from ..raxel_core.engine.files import read_header, read_tensors
from ..raxel_core.engine.kinds import kind_of
from ..raxel_core.errors import RaxelError

LATENT_CHANNELS = 16
STOCK_WIDTH = 96
WAN_2_1: dict[str, Any] = {
    "z_dim": LATENT_CHANNELS,
    "dim_mult": [1, 2, 4, 4],
    "num_res_blocks": 2,
    "attn_scales": [],
    "temperal_downsample": [False, True, True],
    "dropout": 0.0,
}
"""Wan 2.1's layout; only the width differs between VAEs."""


class HostVAE:
    """raxel_core's ``VideoVAE`` over a ComfyUI VAE; memory, devices and tiling stay the host's."""

    def __init__(self, vae: comfy.sd.VAE) -> None:
        self.vae = copy.copy(checked_vae(vae))
        self.vae.process_input = self.vae.process_output = lambda pixels: pixels
        self.vae.crop_input = False  # 0.3.64 would crop the frames of a 5-D input to a multiple of 8

    @property
    def model(self) -> torch.nn.Module:
        """The network, which all adapters of one VAE share."""
        return self.vae.first_stage_model

    def encode(self, pixels: Tensor) -> Tensor:
        """[B, 3, F, H, W] in -1..1 (or beyond) -> latents [B, 16, T, H / 8, W / 8], the distribution's mode."""
        return self.vae.encode(pixels.movedim(1, -1)).float()

    def decode(self, latents: Tensor) -> Tensor:
        """Latents [B, 16, T, h, w] -> [B, 3, F, H, W], around -1..1 and not clamped."""
        return self.vae.decode(latents).movedim(-1, 1).float()


def checked_vae(vae: comfy.sd.VAE | None) -> comfy.sd.VAE:
    """The VAE itself, if it is one that a Raxel model can use; else RaxelError."""
    if vae is None:
        raise RaxelError(
            "this model brings no VAE of its own: connect the VAE input to a Load VAE node with wan_2.1_vae.safetensors"
        )
    channels, dimensions = getattr(vae, "latent_channels", None), getattr(vae, "latent_dim", None)
    if (channels, dimensions) != (LATENT_CHANNELS, 3):
        raise RaxelError(
            f"the connected VAE makes {channels}-channel latents of {dimensions} dimensions, a Raxel model needs "
            f"{LATENT_CHANNELS} channels and 3: connect LoadRaxelModel's VAE or wan_2.1_vae.safetensors"
        )
    return vae


def load_wan_vae(path: Path) -> comfy.sd.VAE:
    """Load a Wan 2.1 VAE of any width as a host VAE object, in float32.

    Newer hosts read the width from the file; ComfyUI 0.3.64 expects width 96 and stops at the first shape.
    """
    header = read_header(path)
    if kind_of(header) != "a Wan VAE":
        raise RaxelError(f"{path} is {kind_of(header)}, not a Wan VAE; download the VAE of this model again")
    weights = dict(read_tensors(header, header.tensors))
    try:
        return comfy.sd.VAE(sd=weights, dtype=torch.float32)
    except RuntimeError as error:
        if "size mismatch" not in str(error):
            raise
    return _vae_of_width(weights, width=len(weights["decoder.head.0.gamma"]))


def _vae_of_width(weights: dict[str, Tensor], width: int) -> comfy.sd.VAE:
    """The host's own VAE object and the host's own network, at another width.

    The object is first made around weightless tensors of the stock width, so that the host itself fills in its ratios,
    devices and memory estimates; then network and memory handle are exchanged.
    """
    with torch.device("meta"):
        vae = comfy.sd.VAE(sd=WanVAE(dim=STOCK_WIDTH, **WAN_2_1).state_dict(), dtype=torch.float32)
    network = WanVAE(dim=width, **WAN_2_1).eval()
    network.load_state_dict(weights)
    network.to(vae.vae_dtype)
    vae.first_stage_model = network
    vae.patcher = comfy.model_patcher.ModelPatcher(
        network, load_device=vae.device, offload_device=vae.patcher.offload_device
    )
    share = width / STOCK_WIDTH
    encode_bytes, decode_bytes = vae.memory_used_encode, vae.memory_used_decode
    vae.memory_used_encode = lambda shape, dtype: share * encode_bytes(shape, dtype)
    vae.memory_used_decode = lambda shape, dtype: share * decode_bytes(shape, dtype)
    return vae
