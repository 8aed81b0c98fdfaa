"""Names of a Wan 2.1 transformer's tensors and modules: whoever wrote a file, Wan's own come out.

Facts about other people's files: ComfyUI puts `model.diffusion_model.` before Wan's names, diffusers has names of its
own, trainers of LoRAs put `diffusion_model.`, `transformer.` or `base_model.model.` before either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PREFIXES = (
    "model.diffusion_model.",
    "diffusion_model.",
    "base_model.model.",
    "pipe.dit.",
    "transformer.",
    "module.",
    "model.",
)

OUTSIDE = {  # diffusers' name -> Wan's
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "condition_embedder.image_embedder.pos_embed": "img_emb.emb_pos",
    "condition_embedder.image_embedder.norm1": "img_emb.proj.0",
    "condition_embedder.image_embedder.ff.net.0.proj": "img_emb.proj.1",
    "condition_embedder.image_embedder.ff.net.2": "img_emb.proj.3",
    "condition_embedder.image_embedder.norm2": "img_emb.proj.4",
    "proj_out": "head.head",
    "scale_shift_table": "head.modulation",
}
IN_BLOCK = {  # below blocks.N.; both attentions are called alike
    "attn1": "self_attn",
    "attn2": "cross_attn",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
    "norm2": "norm3",  # Wan's own norm2 holds no tensors
    "scale_shift_table": "modulation",
}
IN_ATTENTION = {
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "o",
    "add_k_proj": "k_img",
    "add_v_proj": "v_img",
    "norm_added_k": "norm_k_img",
}
BLOCK = re.compile(r"((?:vace_)?blocks\.\d+)\.(.+)")


def wan_name(name: str) -> str:
    """Wan's name of a tensor or module that carries Wan's or diffusers' name; any other name comes back as it is."""
    block = BLOCK.fullmatch(name)
    if not block:
        return _renamed(name, OUTSIDE)
    inside = _renamed(block[2], IN_BLOCK)
    attention, dot, rest = inside.partition(".")
    if attention in ("self_attn", "cross_attn"):
        inside = attention + dot + _renamed(rest, IN_ATTENTION)
    return f"{block[1]}.{inside}"


def without_prefix(name: str) -> str:
    """A name without what ComfyUI and trainers put before it."""
    stripped = next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)
    return stripped if stripped == name else without_prefix(stripped)


def wan_names(names: Iterable[str]) -> dict[str, str]:
    """Every name's own Wan name: `{"model.diffusion_model.head.head.bias": "head.head.bias", ...}`."""
    return {name: wan_name(without_prefix(name)) for name in names}


def _renamed(name: str, table: dict[str, str]) -> str:
    for theirs, wans in table.items():
        if name == theirs or name.startswith(theirs + "."):
            return wans + name[len(theirs) :]
    return name
