"""Runs inside ComfyUI's interpreter for block.py: our block against ComfyUI's, as one line of JSON.

Arguments: folder of ComfyUI, numbers of tokens. PYTHONPATH holds this repository.
"""

import json
import sys

COMFYUI, *TOKENS = sys.argv[1:]
sys.path.insert(0, COMFYUI)
sys.argv = ["main.py", "--cpu", "--use-pytorch-cross-attention"]  # the host's fastest attention on a CPU

import comfy.options  # noqa: E402  # pyright: ignore[reportMissingImports]

comfy.options.enable_args_parsing()

import comfy.ops  # noqa: E402  # pyright: ignore[reportMissingImports]
import torch  # noqa: E402
from comfy.ldm.wan.model import WanAttentionBlock  # noqa: E402  # pyright: ignore[reportMissingImports]
from torch import Tensor  # noqa: E402

from bench.block_timing import CONFIG, Other, compare, randomise  # noqa: E402


def comfyui_block(dtype: torch.dtype) -> Other:
    """ComfyUI's block with random weights."""
    settings = {"operations": comfy.ops.disable_weight_init, "dtype": dtype, "device": "cpu"}
    sizes = (CONFIG.dim, CONFIG.ffn_dim, CONFIG.num_heads)
    block = WanAttentionBlock("t2v_cross_attn", *sizes, cross_attn_norm=True, operation_settings=settings)
    randomise(block)

    def run(x: Tensor, text: Tensor, row: Tensor, rope: Tensor) -> Tensor:
        cos, sin = rope.unbind(-1)
        matrices = torch.stack((cos, -sin, sin, cos), dim=-1).unflatten(-1, (2, 2)).unsqueeze(0)
        return block(x, row, matrices, text)

    return run


print(json.dumps(compare(comfyui_block, [int(count) for count in TOKENS])))
