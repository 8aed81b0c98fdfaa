"""Names of the Wan 2.1 VAE's tensors: Wan's own (in files) and diffusers' (in memory), at any width."""

from __future__ import annotations

import re

UP_STAGE = 4  # entries of one decoder stage in Wan's flat list: three residual blocks and one upsampler

RESIDUAL = {  # inside a residual block: diffusers' name -> Wan's
    "norm1": "residual.0",
    "conv1": "residual.2",
    "norm2": "residual.3",
    "conv2": "residual.6",
    "conv_shortcut": "shortcut",
}
WHOLE = {  # beginnings outside the blocks: diffusers' name -> Wan's
    "quant_conv.": "conv1.",
    "post_quant_conv.": "conv2.",
    "encoder.conv_in.": "encoder.conv1.",
    "encoder.norm_out.": "encoder.head.0.",
    "encoder.conv_out.": "encoder.head.2.",
    "decoder.conv_in.": "decoder.conv1.",
    "decoder.norm_out.": "decoder.head.0.",
    "decoder.conv_out.": "decoder.head.2.",
}


def wan_vae_name(name: str) -> str:
    """Wan's own name of a tensor of diffusers' `AutoencoderKLWan`."""
    for theirs, wans in WHOLE.items():
        if name.startswith(theirs):
            return wans + name.removeprefix(theirs)
    name = name.replace("encoder.down_blocks.", "encoder.downsamples.")
    name = re.sub(r"decoder\.up_blocks\.(\d+)\.resnets\.(\d+)", _flat_resnet, name)
    name = re.sub(r"decoder\.up_blocks\.(\d+)\.upsamplers\.0", _flat_upsampler, name)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda match: f"middle.{2 * int(match[1])}", name)
    name = name.replace("mid_block.attentions.0", "middle.1")
    return ".".join(RESIDUAL.get(part, part) for part in name.split("."))


def _flat_resnet(match: re.Match[str]) -> str:
    return f"decoder.upsamples.{UP_STAGE * int(match[1]) + int(match[2])}"


def _flat_upsampler(match: re.Match[str]) -> str:
    return f"decoder.upsamples.{UP_STAGE * int(match[1]) + UP_STAGE - 1}"
