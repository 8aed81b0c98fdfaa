"""A closed-form start for the autoencoder's encoder: principal components, stage by stage.

A Wan encoder merges 2 x 2 pixels three times and pairs of frames twice. Here each merge keeps the principal components
of what it merges (found on rendered crops and raxels), pairs of frames become mean and half difference, and 16
components of the result are the latents. Channel 0 is a large constant, against which the root-mean-square norm before
the last convolution acts as a fixed scale; what enters its SiLU is so small that it acts as a factor 1/2. The encoder
is then linear to a few percent, and a still and a clip that stands still have the same latents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan


CONSTANT = 2000.0  # value of channel 0; pictures are within +-1


class Merge(NamedTuple):
    """One merge of 2 x 2 pixels, and of pairs of frames where `moving` is not 0. Features are without the constant."""

    still: Tensor  # (B, C, 1, H, W) features of first frames before the merge
    clip: Tensor  # (B, C, T, H, W) features of the frames that follow
    keep: int  # components kept of the pixels
    moving: int  # how many of those have a difference in time beside their mean


class LinearEncoder(NamedTuple):
    """What `fit_linear_encoder` found, for the decoder to undo."""

    merges: list[Merge]
    basis: Tensor  # (z, C): last features -> latents, orthonormal rows


@torch.no_grad()
def fit_linear_encoder(vae: AutoencoderKLWan, pixels: Tensor) -> LinearEncoder:
    """Set the encoder's weights from data, in place.

    Args:
        vae: any width from 16 on.
        pixels: (B, 3, F, H, W) in -1..1, F = 4n + 1, H and W multiples of 8; video and raxels.
    """
    encoder: Any = vae.encoder  # Any: torch types what a module holds as Tensor | Module
    mixing: Any = vae.quant_conv
    z_dim = encoder.conv_out.out_channels // 2  # mean and log variance
    for parameter in [*encoder.parameters(), *mixing.parameters()]:
        parameter.zero_()
    for module in encoder.modules():
        if hasattr(module, "gamma"):
            module.gamma.fill_(1.0)
        if isinstance(getattr(module, "conv_shortcut", None), nn.Conv3d):
            shortcut = module.conv_shortcut.weight  # (out, in, 1, 1, 1)
            shortcut[: shortcut.shape[1], :, 0, 0, 0] = torch.eye(shortcut.shape[1])
    encoder.conv_in.bias[0] = CONSTANT
    encoder.conv_in.weight[1:4, :, 2, 1, 1] = torch.eye(3)
    # Features without the constant: of the first frames (stills), and of what follows them.
    still, clip = pixels[:, :, :1], pixels[:, :, 1:]
    merges = []
    for block in (block for block in encoder.down_blocks if hasattr(block, "resample")):
        conv = block.resample[1]
        temporal = hasattr(block, "time_conv")
        most = conv.out_channels - 1
        keep = min(4 * still.shape[1], most if not temporal else round(0.64 * most))
        merges.append(Merge(still, clip, keep, min(most - keep, keep) if temporal else 0))
        basis = 0.5 * principal_components(torch.cat([blocks(still), blocks(clip)]), keep)  # (keep, 4 C)
        conv.weight[0, 0, 0, 0] = 1.0
        conv.weight[1 : keep + 1, 1 : still.shape[1] + 1, :2, :2] = basis.view(keep, -1, 2, 2)
        still, clip = (merged(x, basis) for x in (still, clip))
        if temporal:
            still, clip = _pair_frames(block.time_conv, still, clip, merges[-1].moving)
    features = torch.cat([x.transpose(0, 1).flatten(1).T for x in (still, clip)])
    basis = principal_components(features, z_dim)
    # sqrt(C) is the norm's own factor, 1/2 the slope of SiLU at 0.
    gain = CONSTANT / (0.5 * encoder.conv_out.in_channels**0.5)
    encoder.conv_out.weight[:z_dim, 1 : features.shape[1] + 1, 2, 1, 1] = basis * gain
    encoder.conv_out.bias[z_dim:] = -10.0  # log variance: the posterior is a point
    mixing.weight[:, :, 0, 0, 0] = torch.eye(2 * z_dim)
    return LinearEncoder(merges, basis)


def _pair_frames(conv: nn.Conv3d, still: Tensor, clip: Tensor, moving: int) -> tuple[Tensor, Tensor]:
    """Mean of every pair of frames, and half their difference for the first channels; a still has no difference."""
    channels = still.shape[1]
    eye = torch.eye(channels)
    conv.weight[0, 0, 2] = 1.0
    conv.weight[1 : channels + 1, 1 : channels + 1, 1:, 0, 0] = 0.5 * torch.stack([eye, eye], dim=-1)
    difference = 0.5 * torch.stack([-eye, eye], dim=-1)[:moving]
    conv.weight[channels + 1 : channels + 1 + moving, 1 : channels + 1, 1:, 0, 0] = difference
    first, second = clip[:, :, ::2], clip[:, :, 1::2]
    clip = torch.cat([(first + second) / 2, ((second - first) / 2)[:, :moving]], dim=1)
    return torch.cat([still, torch.zeros_like(still[:, :moving])], dim=1), clip


def blocks(x: Tensor) -> Tensor:
    """All 2 x 2 blocks of (B, C, T, H, W) as rows (N, 4 C), channels first."""
    b, c, t, h, w = x.shape
    return x.view(b, c, t, h // 2, 2, w // 2, 2).permute(0, 2, 3, 5, 1, 4, 6).reshape(-1, 4 * c)


def merged(x: Tensor, basis: Tensor) -> Tensor:
    """Project the blocks of (B, C, T, H, W) on (K, 4 C): (B, K, T, H / 2, W / 2)."""
    b, _, t, h, w = x.shape
    return (blocks(x) @ basis.T).view(b, t, h // 2, w // 2, -1).permute(0, 4, 1, 2, 3)


def principal_components(rows: Tensor, keep: int) -> Tensor:
    """The directions (keep, D) of largest second moment of rows (N, D), largest first."""
    moments = rows.double().T @ rows.double()
    return torch.linalg.eigh(moments).eigenvectors.flip(1)[:, :keep].T.float()
