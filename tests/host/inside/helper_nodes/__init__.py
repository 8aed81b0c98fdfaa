"""Nodes that only the host tests load, beside the pack: text without a text encoder, and results kept to the last bit."""

from pathlib import Path

import folder_paths
import torch
from safetensors.torch import save_file

from .bridges import NODES as BRIDGE_NODES
from .memory import NODES


class TestText:
    """A random text embedding, as CLIP Text Encode would hand it over."""

    RETURN_TYPES = ("CONDITIONING",)
    FUNCTION = "make"
    CATEGORY = "tests"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"seed": ("INT", {}), "width": ("INT", {}), "attached": ("STRING", {})}}

    def make(self, seed, width, attached):
        text = torch.randn(1, 5, width, generator=torch.Generator().manual_seed(seed))
        return ([[text, {"pooled_output": None, **({attached: object()} if attached else {})}]],)


class TestKeep:
    """Writes every item of its lists to output/NAME.safetensors; raxels with one contrast and scale."""

    RETURN_TYPES = ()
    FUNCTION = "keep"
    CATEGORY = "tests"
    OUTPUT_NODE = True
    INPUT_IS_LIST = True

    @classmethod
    def INPUT_TYPES(cls):
        kept = {"images": ("IMAGE",), "raxels": ("RAXELS",), "confidence": ("FLOAT", {"forceInput": True})}
        return {"required": {"name": ("STRING", {})}, "optional": kept}

    def keep(self, name, images=(), raxels=(), confidence=()):
        items = {f"images_{i}": item for i, item in enumerate(images)}
        items |= {f"raxels_{i}": item.rescaled(0.5, 1.0).images for i, item in enumerate(raxels)}
        items |= {f"confidence_{i}": torch.tensor(item) for i, item in enumerate(confidence)}
        path = Path(folder_paths.get_output_directory()) / f"{name[0]}.safetensors"
        save_file({key: value.contiguous() for key, value in items.items()}, path)
        return {}


NODE_CLASS_MAPPINGS = {"TestText": TestText, "TestKeep": TestKeep, **NODES, **BRIDGE_NODES}
