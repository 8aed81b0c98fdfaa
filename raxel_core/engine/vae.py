"""The video autoencoder behind one small protocol, and diffusers' Wan VAE as an implementation of it.

Pixels are [B, 3, F, H, W] in -1..1 with F = 4n + 1; raw latents [B, 16, n + 1, H / 8, W / 8]. Video and raxels go
through the same autoencoder (paper section 3.2). Raxels leave -1..1, so a decode here is never clamped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

from ..errors import RaxelError
from .checksums import Verifier, blocks_of, record_crc32, write_checked
from .files import Header, check_names_and_shapes, read_header, read_tensors
from .kinds import kind_of
from .wan_vae_names import wan_vae_name

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan

WIDEST = 1024  # channels of a VAE's first layer; Wan's own has 96
PIXELS_AT_ONCE = (
    2**20
)  # of one frame, over the batch: bounds memory by one 1024 x 1024 frame's worth of features


class VideoVAE(Protocol):
    """What the engine needs of an autoencoder; the host's own VAE and `DiffusersVAE` both fit."""

    def encode(self, pixels: Tensor) -> Tensor:
        """Pixels [B, 3, F, H, W] in -1..1 -> raw latents [B, 16, T, h, w] float32, the mode of the posterior."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """Raw latents [B, 16, T, h, w] -> pixels [B, 3, F, H, W] float32, not clamped."""
        ...


class DiffusersVAE:
    """diffusers' `AutoencoderKLWan` as a `VideoVAE`.

    Args:
        source: the model, or the path of a file with Wan's own tensor names.
        device: where a file is loaded to.
    """

    def __init__(self, source: AutoencoderKLWan | str | Path, device: torch.device | str = "cpu"):
        self.model = _load_model(Path(source), device) if isinstance(source, str | Path) else source

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        """See `VideoVAE.encode`."""
        posteriors = [self.model.encode(part, return_dict=False)[0] for part in self._parts(pixels, area=1)]
        return torch.cat([posterior.mode() for posterior in posteriors]).float()

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """See `VideoVAE.decode`."""
        parts = [decode_unclamped(self.model, part) for part in self._parts(latents, area=64)]
        return torch.cat(parts).float()

    def _parts(self, x: Tensor, area: int) -> tuple[Tensor, ...]:
        """The batch in parts that fit the memory bound, on the model's device and in its dtype."""
        count = max(1, PIXELS_AT_ONCE // (x.shape[-1] * x.shape[-2] * area))
        weight = self.model.quant_conv.weight
        return x.to(device=weight.device, dtype=weight.dtype).split(count)


def decode_unclamped(model: AutoencoderKLWan, latents: Tensor) -> Tensor:
    """`AutoencoderKLWan.decode` without its clamp to -1..1: one latent frame at a time through the causal cache.

    Args:
        model: diffusers' model; not changed. Gradients flow.
        latents: [B, 16, T, h, w] raw latents.
    """
    cached = [module for module in model.decoder.modules() if isinstance(module, torch.nn.Conv3d)]
    cache: list[Tensor | None] = [None] * len(cached)
    hidden = model.post_quant_conv(latents)
    frames = [
        model.decoder(hidden[:, :, i : i + 1], feat_cache=cache, feat_idx=[0], first_chunk=i == 0)
        for i in range(hidden.shape[2])
    ]
    return torch.cat(frames, dim=2)


def load_vae(path: str | Path, device: torch.device | str = "cpu") -> DiffusersVAE:
    """A Wan VAE file of any width, ready to use; a wrong file is a RaxelError."""
    return DiffusersVAE(path, device)


def save_vae(path: str | Path, model: AutoencoderKLWan, metadata: Mapping[str, Any] | None = None) -> None:
    """Write a model under Wan's own tensor names.

    Args:
        path: the .safetensors file; replaced whole or not at all.
        model: diffusers' model.
        metadata: JSON values, kept in the header under "raxel_vae" beside checksums of themselves and of every block.
    """
    tensors = {wan_vae_name(name): value for name, value in model.state_dict().items()}
    record = dict(metadata or {})

    def header(crc32: Mapping[str, str]) -> dict[str, str]:
        checked = {**record, "record_crc32": record_crc32(record), "crc32": dict(crc32)}
        return {"raxel_vae": json.dumps(checked)}

    plan = {name: (value.dtype, tuple(value.shape)) for name, value in tensors.items()}
    write_checked(path, plan, lambda name: tensors[name], header)


def vae_checksums(header: Header) -> dict[str, str] | None:
    """Block -> crc32 of a VAE that we wrote; None of others and of old ones. A damaged record is a RaxelError."""
    if "crc32" not in header.metadata.get("raxel_vae", ""):
        return None
    try:
        record = json.loads(header.metadata["raxel_vae"])
        crc32 = {str(block): str(value) for block, value in record["crc32"].items()}
        intact = record["record_crc32"] == record_crc32(record) and sorted(crc32) == blocks_of(header.tensors)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        intact, crc32 = False, {}
    if not intact:
        raise RaxelError(f"{header.path} has a damaged record in its header; download it again.")
    return crc32


def _width(header: Header) -> int:
    """Channels of the first layer: 96 in Wan's own."""
    first = header.tensors.get("encoder.conv1.weight")
    width = first.shape[0] if first and first.shape else 0
    if not 0 < width <= WIDEST:
        raise RaxelError(
            f"{header.path} is damaged: a Wan VAE of {width} channels, 1 to {WIDEST} are possible; download it again."
        )
    return width


def _load_model(path: Path, device: torch.device | str) -> AutoencoderKLWan:
    try:
        from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
    except ImportError:
        raise RaxelError(
            f"loading {path} needs the package diffusers; install it with `pip install diffusers`."
        ) from None
    header = read_header(path)
    if kind_of(header) != "a Wan VAE":
        raise RaxelError(f"{path} is {kind_of(header)}, not a Wan VAE; choose the model's own VAE file.")
    width = _width(header)
    with torch.device("meta"):
        model = AutoencoderKLWan(base_dim=width)
    names = {wan_vae_name(name): name for name in model.state_dict()}
    expected = {wan: tuple(model.state_dict()[name].shape) for wan, name in names.items()}
    check_names_and_shapes(header, expected)
    crc32, weights = vae_checksums(header), {}
    verifier = Verifier(header, crc32) if crc32 else None
    for name, tensor in read_tensors(header, header.tensors):
        if verifier:
            verifier.check(name, tensor)
        weights[names[name]] = tensor.to(device, torch.float32)
    model.load_state_dict(weights, assign=True)
    return model.eval().requires_grad_(False)
