"""What does the autoencoder cost for video and for rays, and what do previews cost? Prints a table.

``python -m bench.vae``: encoding and decoding one clip and its rays (half resolution) through the same autoencoder, at the
width of the shipped small one and at Wan's own (random weights there: the cost is the same), float32. Times are CPU seconds, the best
of three; memory is the most bytes of tensors alive at once, weights not counted. The last rows count what the autoencoder
decodes in a whole run of the shipped model, with a preview taken at every step and unwatched; the first run of all finds the
maps that previews are made with, from two small probes whose size does not depend on the run's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from raxel_core.engine import DiffusersVAE, RaxelModel, load_model, load_vae
from raxel_core.engine.offload.live import LiveBytes
from raxel_core.sampling import SamplingOptions, joint
from raxel_core.sampling.preview import Preview

MODELS = Path(__file__).resolve().parents[1] / "models"
WAN_WIDTH = 96
CASES = (("16", 9, 240, 416), ("16", 9, 64, 96), (str(WAN_WIDTH), 5, 64, 96))
"""Width of the autoencoder, frames, height, width of the clip."""
REPEATS, STEPS = 3, 5


class Counted:
    """An autoencoder that keeps the sizes of what it decodes."""

    def __init__(self, vae: DiffusersVAE):
        self.vae, self.model, self.decoded = vae, vae.model, []

    def encode(self, pixels: Tensor) -> Tensor:
        """See `VideoVAE.encode`."""
        return self.vae.encode(pixels)

    def decode(self, latents: Tensor) -> Tensor:
        """See `VideoVAE.decode`."""
        self.decoded.append(tuple(latents.shape))
        return self.vae.decode(latents)


def vae_of_width(width: str) -> DiffusersVAE:
    """The shipped autoencoder, or a random one of Wan's width."""
    if width == "16":
        return load_vae(MODELS / "raxel-small-vae.safetensors")
    # Slow to import, and not always needed.
    from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan  # noqa: PLC0415

    torch.manual_seed(0)
    return DiffusersVAE(AutoencoderKLWan(base_dim=int(width)).eval().requires_grad_(False))


def seconds(run: Callable[[], Tensor], repeats: int) -> float:
    """The best of some runs."""
    best = float("inf")
    for _ in range(repeats):
        began = time.process_time()
        run()
        best = min(best, time.process_time() - began)
    return best


def peak_mib(vae: DiffusersVAE, run: Callable[[], Tensor]) -> float:
    """Most bytes of tensors alive during one run, in MiB."""
    with LiveBytes(ignored=[*vae.model.parameters(), *vae.model.buffers()]) as live:
        run()
    return live.peak / 2**20


def measure(vae: DiffusersVAE, frames: int, height: int, width: int, repeats: int) -> dict[str, list[float]]:
    """`{"encode": [video s, rays s, video MiB, rays MiB], "decode": ...}`."""
    result: dict[str, list[float]] = {}
    sizes = ((height, width), (height // 2, width // 2))
    pixels = [torch.rand(1, 3, frames, *size) * 2 - 1 for size in sizes]
    latents = [torch.randn(1, 16, (frames - 1) // 4 + 1, h // 8, w // 8) for h, w in sizes]
    for name, call, inputs in (("encode", vae.encode, pixels), ("decode", vae.decode, latents)):
        runs = [lambda x=x, call=call: call(x) for x in inputs]
        peaks = [peak_mib(vae, run) for run in runs]  # also warms up
        result[name] = [seconds(run, repeats) for run in runs] + peaks
    return result


def look(step: int, total: int, preview: Callable[[], Preview]) -> None:
    """Take the preview of every step."""
    preview()


def decodes(model: RaxelModel, shared: DiffusersVAE, watched: bool) -> tuple[int, int, float]:
    """Calls, decoded latents (T h w) and seconds of one `joint`; watched: a preview at every step."""
    vae = Counted(shared)
    stills = torch.rand(1, 64, 96, 3, generator=torch.Generator().manual_seed(0))
    began = time.process_time()
    joint(
        model,
        vae,
        stills,
        frames=9,
        fps=16.0,
        options=SamplingOptions(video_steps=STEPS),
        on_step=look if watched else None,
    )
    took = time.process_time() - began
    cells = sum(shape[0] * shape[2] * shape[3] * shape[4] for shape in vae.decoded)
    return len(vae.decoded), cells, took


def main() -> None:
    """Print the table."""
    print("| autoencoder | clip | | video CPU s | rays CPU s | ratio | video MiB | rays MiB | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for width, frames, rows, columns in CASES:
        repeats = REPEATS if rows == 64 and width == "16" else 1
        for name, (z, r, z_mib, r_mib) in measure(
            vae_of_width(width), frames, rows, columns, repeats
        ).items():
            print(
                f"| width {width} | {columns}x{rows}x{frames} | {name} | {z:.3f} | {r:.3f} | {r / z:.2f} "
                f"| {z_mib:.1f} | {r_mib:.1f} | {r_mib / z_mib:.2f} |"
            )
    model, vae = load_model(MODELS / "raxel-small.safetensors"), vae_of_width("16")
    preview = f"a preview at each of {STEPS} steps"
    runs = ((f"{preview}, first run", True), (f"{preview}, later runs", True), ("unwatched", False))
    for label, watched in runs:
        calls, cells, took = decodes(model, vae, watched)
        print(
            f"| width 16 | 96x64x9 | `joint`, {label}: {calls} decodes of {cells} cells | {took:.3f} | | | | | |"
        )


if __name__ == "__main__":
    main()
