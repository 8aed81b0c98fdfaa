"""Runs inside the host's interpreter: ComfyUI's own WanModel on the weights and inputs of a file.

Arguments: folder of ComfyUI, tensors in, tensors out. Weights are named `case/weights/<name>`, inputs `case/latents`,
`case/timesteps` and `case/text`, and `case/heads` is one number. The output of every case is called by its name.
"""

import sys

COMFYUI, SOURCE, TARGET = sys.argv[1:]
sys.path.insert(0, COMFYUI)
sys.argv = ["main.py", "--cpu"]

import comfy.options  # noqa: E402

comfy.options.enable_args_parsing()

import comfy.ops  # noqa: E402
import torch  # noqa: E402
from comfy.ldm.wan.model import WanModel  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402


def host_velocity(tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    """What the host's network answers; it takes its sizes from the weights."""
    weights = {name.removeprefix("weights/"): x for name, x in tensors.items() if name.startswith("weights/")}
    ffn_dim, dim = weights["blocks.0.ffn.0.weight"].shape
    network = WanModel(
        model_type="t2v",
        dim=dim,
        ffn_dim=ffn_dim,
        num_layers=1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks.")),
        num_heads=int(tensors["heads"]),
        text_dim=tensors["text"].shape[-1],
        operations=comfy.ops.disable_weight_init,
        dtype=torch.float32,
        device="cpu",
    )
    network.load_state_dict(weights)
    return network(tensors["latents"], tensors["timesteps"], tensors["text"])


cases: dict[str, dict[str, torch.Tensor]] = {}
for name, tensor in load_file(SOURCE).items():
    case, _, rest = name.partition("/")
    cases.setdefault(case, {})[rest] = tensor
with torch.no_grad():
    save_file({case: host_velocity(tensors).contiguous() for case, tensors in cases.items()}, TARGET)
