"""Runs inside the host's interpreter: encodes and decodes with the small VAE as the nodes do, and reports what it saw.

Arguments: folder of ComfyUI, folder of the pack, VAE file, tensors in, tensors out. The last line of stdout is JSON.
"""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

COMFYUI, PACK, VAE, SOURCE, TARGET = sys.argv[1:]
sys.path.insert(0, COMFYUI)
sys.argv = ["main.py", "--cpu"]

import comfy.options  # noqa: E402

comfy.options.enable_args_parsing()

import torch  # noqa: E402
import utils.extra_config  # noqa: E402,F401 - as main.py: later imports shadow the host's utils
from safetensors.torch import load_file, save_file  # noqa: E402

spec = spec_from_file_location("raxel_pack", f"{PACK}/__init__.py", submodule_search_locations=[PACK])
sys.modules["raxel_pack"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["raxel_pack"])
from raxel_pack.nodes.vae import HostVAE, checked_vae, load_wan_vae  # noqa: E402

pixels = load_file(SOURCE)["pixels"]
user = load_wan_vae(Path(VAE))
before = dict(vars(user))
with torch.inference_mode():
    adapter = HostVAE(user)
    latents = adapter.encode(pixels)
    scaled = (latents - latents.mean()) * 20 / latents.std()
    decoded = adapter.decode(scaled)
    still = adapter.encode(pixels[:, :, :1])
    user_decoded = user.decode(scaled)
weights = [dict(vae.first_stage_model.named_parameters()) for vae in (user, adapter.vae)]
shared = {name: value.data_ptr() for name, value in weights[0].items()} == {
    name: value.data_ptr() for name, value in weights[1].items()
}
same_handle = user.patcher is adapter.vae.patcher
user.latent_channels = 4
try:
    checked_vae(user)
    refusal = ""
except ValueError as error:
    refusal = str(error)
user.latent_channels = 16
save_file(
    {"latents": latents, "scaled_latents": scaled, "decoded": decoded.contiguous(), "still_latents": still},
    TARGET,
)
untouched = before.keys() == vars(user).keys() and all(
    before[name] is vars(user)[name] or before[name] == vars(user)[name] for name in before
)
extremes = [round(float(f(user_decoded)), 6) for f in (torch.min, torch.max)]
sys.stdout.write(
    json.dumps(
        {
            "untouched": untouched,
            "refusal": refusal,
            "user_decode_range": extremes,
            "tensors": len(weights[0]),
            "shares_weights": shared and same_handle,
        }
    )
    + "\n"
)
