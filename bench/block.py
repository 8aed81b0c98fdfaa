"""Is our transformer block as fast as those of diffusers and ComfyUI? Prints a table of times and ratios.

``python -m bench.block [tokens ...]``: one block of the 1.3B shape (width 1536, 12 heads, feed-forward 8960, 512 words of
text) without rays, inference, batch 1, float32 and bf16. Both blocks get the same tokens and take turns; the ratio is the
median of the ratios of neighbouring runs, above 1 where ours is slower. Diffusers' block runs in this process, ComfyUI's in
the host's own interpreter, and ours beside it there too. Without a ComfyUI (COMFYUI_DIR, COMFYUI_PYTHON) its columns say so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from pathlib import Path

import torch
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from torch import Tensor

from bench.block_timing import CONFIG, Other, compare, randomise

ROOT = Path(__file__).resolve().parents[1]


def diffusers_block(dtype: torch.dtype) -> Other:
    """Diffusers' block with random weights."""
    block = WanTransformerBlock(CONFIG.dim, CONFIG.ffn_dim, CONFIG.num_heads, cross_attn_norm=True).to(dtype)
    randomise(block)

    def run(x: Tensor, text: Tensor, row: Tensor, rope: Tensor) -> Tensor:
        cos, sin = (part.repeat_interleave(2, dim=-1).unsqueeze(0) for part in rope.unbind(-1))
        return block(x, text, row, (cos, sin))

    return run


def in_the_host(tokens: list[int]) -> dict[str, list[float]] | None:
    """The same comparison against ComfyUI's block, in its interpreter; None where there is none."""
    folder = Path(os.environ.get("COMFYUI_DIR") or Path.home() / "comfy" / "ComfyUI")
    python = os.environ.get("COMFYUI_PYTHON") or str(folder / ".venv" / "bin" / "python")
    if not (folder / "main.py").is_file() or not Path(python).is_file():
        return None
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "host" / "shims")])
    command = [python, str(ROOT / "bench" / "block_in_host.py"), str(folder), *map(str, tokens)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Our block against diffusers' and ComfyUI's.")
    parser.add_argument("tokens", nargs="*", type=int, help="tokens of the clip, multiples of 250")
    tokens = parser.parse_args().tokens or [1000, 4000, 8000]
    near, host = compare(diffusers_block, tokens), in_the_host(tokens)
    print(
        f"One block of the 1.3B shape, inference, {torch.get_num_threads()} thread(s), CPU seconds a thread.\n"
    )
    print("| | ours | diffusers | ratio | ours in the host | ComfyUI | ratio |\n| --- |" + " --- |" * 6)
    for row, values in near.items():
        cells = [f"{value:.3f}" for value in values]
        cells += [f"{value:.3f}" for value in host[row]] if host else ["no ComfyUI here", "", ""]
        print(f"| {row} tokens | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
