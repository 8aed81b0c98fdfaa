"""A closed-form start for the autoencoder's decoder: the best linear undoing of `linear_encoder`, stage by stage.

Every doubling of frames turns mean and half difference back into two frames, exactly; every doubling of pixels is the
3 x 3 convolution that best predicts the encoder's features of that stage (least squares). Channel 0 is again a large
constant, against which norms are fixed scales. What a linear map cannot do, sharp edges, is left to the residual
branches, which start silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .linear_encoder import CONSTANT, LinearEncoder

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan


@torch.no_grad()
def fit_linear_decoder(vae: AutoencoderKLWan, latents: Tensor, encoder: LinearEncoder) -> None:
    """Set the decoder's weights from data, in place.

    Args:
        vae: with the encoder that `fit_linear_encoder` has set.
        latents: (B, z, T, h, w) of the pixels that it was set from.
        encoder: what it returned.
    """
    decoder: Any = vae.decoder  # Any: torch types what a module holds as Tensor | Module
    mixing: Any = vae.post_quant_conv
    _silence_residuals(decoder)
    _clear(mixing)
    mixing.weight[:, :, 0, 0, 0] = torch.eye(latents.shape[1])
    _clear(decoder.conv_in)
    decoder.conv_in.bias[0] = CONSTANT
    decoder.conv_in.weight[1 : encoder.basis.shape[1] + 1, :, 2, 1, 1] = encoder.basis.T
    features = torch.einsum("zc,bzthw->bcthw", encoder.basis, latents)
    still, clip = features[:, :, :1], features[:, :, 1:]
    grows = [block.upsamplers[0] for block in decoder.up_blocks if block.upsamplers is not None]
    for grow, merge in zip(grows, reversed(encoder.merges), strict=True):
        if merge.moving:
            clip = _split_pairs(grow.time_conv, clip, merge.keep, merge.moving)
        still = still[:, : merge.keep]
        solution = _least_squares(
            torch.cat([still, clip], dim=2), torch.cat([merge.still, merge.clip], dim=2)
        )
        conv = grow.resample[1]
        _clear(conv)
        conv.weight[0, 0, 1, 1] = 1.0
        conv.weight[1 : len(solution) + 1, : merge.keep + 1] = solution
        still, clip = (_grown(x, solution) for x in (still, clip))
    _clear(decoder.conv_out)
    gain = CONSTANT / (0.5 * decoder.conv_out.in_channels**0.5)  # undoes the norm and the slope of SiLU
    decoder.conv_out.weight[:, 1:4, 2, 1, 1] = torch.eye(3) * gain


def _clear(conv: Any) -> None:
    nn.init.zeros_(conv.weight)
    nn.init.zeros_(conv.bias)


def _silence_residuals(decoder: Any) -> None:
    """Zero what ends a residual branch, keep channels over shortcuts, and let branches see features at their own size."""
    for name, module in decoder.named_modules():
        if name.endswith((".conv2", ".proj")):
            _clear(module)
        elif name.endswith("conv_shortcut") and isinstance(module, nn.Conv3d):
            _clear(module)
            inner = module.in_channels
            module.weight[:inner, :, 0, 0, 0] = torch.eye(inner)
        elif name.endswith(".norm1"):
            module.gamma[1:] = CONSTANT / len(module.gamma) ** 0.5
            module.gamma[0] = 0.1


def _split_pairs(conv: nn.Conv3d, clip: Tensor, keep: int, moving: int) -> Tensor:
    """Mean and half difference (B, C, T, H, W) to two frames (B, keep, 2 T, H, W)."""
    _clear(conv)
    channels = conv.in_channels
    for frame, sign in enumerate((-1.0, 1.0)):
        half = conv.weight[frame * channels :, :, 2, 0, 0]
        half[0, 0] = 1.0
        half[1 : keep + 1, 1 : keep + 1] = torch.eye(keep)
        half[1 : moving + 1, keep + 1 : keep + moving + 1] = sign * torch.eye(moving)
    mean, difference = (
        clip[:, :keep],
        functional.pad(clip[:, keep : keep + moving], (0, 0) * 3 + (0, keep - moving)),
    )
    return torch.stack([mean - difference, mean + difference], dim=3).flatten(2, 3)


def _windows(x: Tensor) -> Tensor:
    """3 x 3 windows, zeros outside, of the doubled frames (N, C, h, w), constant first: (N, 9 (C + 1), 4 h w)."""
    doubled = functional.interpolate(x, scale_factor=2, mode="nearest-exact")
    doubled = torch.cat([torch.full_like(doubled[:, :1], CONSTANT), doubled], dim=1)
    return functional.unfold(doubled, 3, padding=1)


def _frames(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(0, 1)


def _least_squares(x: Tensor, target: Tensor) -> Tensor:
    """Convolution (K, C + 1, 3, 3) that predicts target (B, K, T, 2 h, 2 w) from the doubled x (B, C, T, h, w)."""
    size = 9 * (x.shape[1] + 1)
    moments, cross = (
        torch.zeros(size, size, dtype=torch.float64),
        torch.zeros(size, target.shape[1], dtype=torch.float64),
    )
    for part, wanted in zip(_frames(x).split(64), _frames(target).split(64), strict=True):
        rows = _windows(part).transpose(1, 2).flatten(0, 1).double()
        moments += rows.T @ rows
        cross += rows.T @ wanted.flatten(2).transpose(1, 2).flatten(0, 1).double()
    moments.diagonal().mul_(1 + 1e-6)  # a ridge in proportion to each input's own power
    return torch.linalg.solve(moments, cross).T.float().view(-1, x.shape[1] + 1, 3, 3)


def _grown(x: Tensor, solution: Tensor) -> Tensor:
    """What that convolution makes of (B, C, T, h, w): (B, K, T, 2 h, 2 w)."""
    b, _, t, h, w = x.shape
    grown = solution.flatten(1) @ _windows(_frames(x))  # (B T, K, 4 h w)
    return grown.view(b, t, -1, 2 * h, 2 * w).transpose(1, 2)
