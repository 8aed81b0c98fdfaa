"""What lies beside a Wan transformer: VAEs and encoders, known by the names and shapes of their tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .signatures import Kind

if TYPE_CHECKING:
    from .kinds import Shapes


def vae(shapes: Shapes) -> Kind | None:
    """A VAE: Wan's own, or which one it is instead."""
    wan = {"encoder.conv1.weight", "decoder.head.2.weight"} <= set(shapes)
    if wan and shapes["encoder.conv1.weight"][1:2] == (12,):
        return Kind("a Wan 2.2 VAE", "it is for Wan 2.2 5B: Raxel needs wan_2.1_vae.safetensors")
    if wan:
        return Kind("a Wan VAE", "choose it where a VAE is asked for (`--vae`, Load VAE)")
    if "encoder.conv_in.weight" in shapes and "decoder.conv_in.weight" in shapes:
        if len(shapes["encoder.conv_in.weight"]) == 5:
            return Kind(
                "a video VAE in diffusers' naming", "Raxel needs wan_2.1_vae.safetensors, in Wan's naming"
            )
        return Kind("a VAE for pictures", "Raxel needs the Wan VAE: wan_2.1_vae.safetensors")
    return None


def text_encoder(shapes: Shapes) -> Kind | None:
    """A text or vision encoder, and whether Wan needs it."""
    clip = "it is not for Raxel: text goes through umt5_xxl"
    if any("vision_model.encoder." in name or "visual.transformer." in name for name in shapes):
        return Kind("a CLIP vision encoder", "Wan I2V needs it, Raxel does not")
    if any("text_model.encoder." in name for name in shapes):
        return Kind("a CLIP text encoder", clip)
    is_t5 = any(name.startswith(("encoder.block.0.", "blocks.0.attn.", "token_embedding")) for name in shapes)
    words = shapes.get("shared.weight", shapes.get("token_embedding.weight", ()))
    if is_t5 and words[:1] == (32128,):
        return Kind("a T5 text encoder (not umt5)", "Wan and Raxel need umt5_xxl")
    if is_t5:
        return Kind(
            "a text encoder (umt5)", "load it in ComfyUI with Load CLIP, type wan; its text is optional"
        )
    return None
