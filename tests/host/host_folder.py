"""The base folder of a test's ComfyUI: packs linked in, a model, and the files that the example workflows load."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def prepare(folder: Path, packs: dict[str, Path]) -> Path:
    """Fill an empty folder; `packs` says what is linked into custom_nodes under which name, beside this repository."""
    for name in ("custom_nodes", "input", "output", "temp", "user", "models/raxel", "models/loras"):
        (folder / name).mkdir(parents=True)
    for name, target in {"raxel": ROOT, **packs}.items():
        (folder / "custom_nodes" / name).symlink_to(target, target_is_directory=True)
    if not (ROOT / "models" / "raxel-small.safetensors").is_file():
        write_untrained_model(folder / "models" / "raxel")
    write_stand_ins(folder / "input")
    return folder


def write_untrained_model(folder: Path) -> None:
    """A random tiny model and a random VAE of width 8 under the shipped names: enough to run, not to be right."""
    import torch
    from diffusers import AutoencoderKLWan

    from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, save_model
    from raxel_core.engine.vae import save_vae
    from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

    torch.manual_seed(0)
    config = PRESET_CONFIGS["tiny"]
    info = CheckpointInfo("untrained", height=64, width=96, frames=9)
    save_model(folder / "raxel-small.safetensors", RaxelModel(RaxelTransformer(config), config, info))
    save_vae(folder / "raxel-small-vae.safetensors", AutoencoderKLWan(base_dim=8).eval())


def write_stand_ins(folder: Path) -> None:
    """A drifting gradient as clip and still, where the repository holds no demo files for the pack to offer."""
    import av
    from PIL import Image

    y, x = np.mgrid[:120, :200]
    frames = [
        np.stack([(x + 3 * t) % 256, (y * 2) % 256, (x + y) % 256], -1).astype(np.uint8) for t in range(24)
    ]
    for number, name in ((0, "still"), (-1, "still_2")):
        if not (ROOT / "demo" / f"{name}.png").is_file():
            Image.fromarray(frames[number]).save(folder / f"raxel_example_{name}.png")
    if not (ROOT / "demo" / "clip.mp4").is_file():
        with av.open(str(folder / "raxel_example_clip.mp4"), "w") as container:
            stream = container.add_stream("libx264", rate=8)
            stream.width, stream.height, stream.pix_fmt = 200, 120, "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
            container.mux(stream.encode())
