"""Names in LoRA files: which module of a Wan transformer each tensor changes, and what part of the change it is.

Known ways of naming (facts about other people's files): kohya and musubi-tuner `lora_unet_blocks_0_self_attn_q.lora_down.weight`
(the Fun reward LoRAs with two underscores), ComfyUI and LightX2V `diffusion_model.blocks.0.self_attn.q.lora_down.weight` or
`.lora_A.weight`, diffusers `transformer.blocks.0.attn1.to_q.lora_A.weight`, PEFT and DiffSynth `.lora_A.default.weight`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .wan_names import wan_name, without_prefix

PARTS = {  # ending -> part of the change
    ".lora_down.weight": "down",
    ".lora_A.weight": "down",
    ".lora_A.default.weight": "down",
    ".lora.down.weight": "down",
    ".lora_up.weight": "up",
    ".lora_B.weight": "up",
    ".lora_B.default.weight": "up",
    ".lora.up.weight": "up",
    ".alpha": "alpha",
    ".diff": "weight",
    ".diff_b": "bias",
}
OTHER_METHODS = {  # in a name -> the method that it belongs to
    "lokr_": "LoKr",
    "hada_": "LoHa",
    "oft_": "OFT",
    "dora_scale": "DoRA",
    "lora_magnitude_vector": "DoRA",
    "lora_mid": "Tucker-LoRA",
}
KOHYA_BLOCK = re.compile(r"(?:transformer_)?((?:vace_)?blocks)_(\d+)_(.+)")
KOHYA_MODULES = {  # after kohya's blocks_N_
    **{f"{a}_{m}": f"{a}.{m}" for a in ("self_attn", "cross_attn") for m in ("q", "k", "v", "o", "norm_q", "norm_k")},
    **{f"{a}_{m}": f"{a}.{m}" for a in ("attn1", "attn2") for m in ("to_q", "to_k", "to_v", "norm_q", "norm_k")},
    **{"attn1_to_out_0": "attn1.to_out.0", "attn2_to_out_0": "attn2.to_out.0"},
    **{"ffn_0": "ffn.0", "ffn_2": "ffn.2", "ffn_net_0_proj": "ffn.net.0.proj", "ffn_net_2": "ffn.net.2"},
}  # fmt: skip


def method_of(names: Iterable[str]) -> str | None:
    """The method behind the names where it is not plain LoRA: "LoKr", "DoRA", ..."""
    found = (method for name in names for mark, method in OTHER_METHODS.items() if mark in name)
    return next(found, None)


def is_lora(names: Iterable[str]) -> bool:
    """Whether names look like a LoRA or one of its relatives, rather than a model."""
    marks = ("lora_", ".lora.", *OTHER_METHODS)
    return any(any(mark in name for mark in marks) or name.endswith((".diff", ".diff_b")) for name in names)


def split_name(name: str) -> tuple[str, str] | None:
    """("blocks.0.self_attn.q", "down") of a LoRA's tensor; None where no part of a change is known by that ending."""
    for ending, part in PARTS.items():
        if name.endswith(ending):
            return module_of(name.removesuffix(ending)), part
    return None


def module_of(name: str) -> str:
    """Wan's name of the module that a LoRA calls by this name."""
    kohya = re.match("lora_(?:unet|transformer)__?", name)
    if not kohya:
        return wan_name(without_prefix(name))
    name = name[kohya.end() :]
    block = KOHYA_BLOCK.fullmatch(name)
    if not block:
        return name
    return wan_name(f"{block[1]}.{block[2]}.{KOHYA_MODULES.get(block[3], block[3])}")
