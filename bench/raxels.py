"""How well do cameras survive a damaged raxel? Prints the limits table of both estimators, and their time.

``python -m bench.raxels``; every cell is ``paper / joint``, beside the numbers that the design asks for.

The clips: four ``handheld`` presets of 6 degrees and |T| = 1 at most, hfov 60 degrees, 9 frames, raxels of 240x416 for a
480x832 video, alpha 1. Errors are means over the clips, three draws of the damage and the frames after the first. One
focal length is read for every frame. Both estimators start from the same damaged raxels, the first frame's included:
``paper`` is relative to that frame, ``joint`` gives cameras in the raxels' own frame (``reference=None``, the default),
in which the first camera is the identity by definition.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from raxel_core.geometry.estimate import Focal, Method, estimate_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import Raxels, raxels_from_trajectory
from raxel_core.geometry.rays import focal_from_fov
from raxel_core.geometry.rotation import rotation_angle_deg
from raxel_core.geometry.trajectory import Trajectory

METHODS: tuple[Method, Method] = ("paper", "joint")
BLOCK_SHIFT = 0.42
"""Length of the displaced block's offset, set so that ``paper`` is off by the design's 6 degrees."""

Damage = Callable[[Tensor, torch.Generator], Tensor]


def intact(images: Tensor, _: torch.Generator) -> Tensor:
    """No damage."""
    return images


def bf16(images: Tensor, _: torch.Generator) -> Tensor:
    """Cast to bfloat16 and back."""
    return images.bfloat16().float()


def uint8(images: Tensor, _: torch.Generator) -> Tensor:
    """The nearest of 256 levels from -2 to 2."""
    return ((images.clamp(-2, 2) + 2) / 4 * 255).round() / 255 * 4 - 2


def iid(sigma: float) -> Damage:
    """Independent normal noise on every value."""
    return lambda images, generator: images + sigma * torch.randn(images.shape, generator=generator)


def latent_grid(images: Tensor, generator: torch.Generator, sigma: float = 0.05) -> Tensor:
    """Normal noise on an 8 times coarser grid, upsampled bilinearly, then scaled to standard deviation ``sigma``."""
    frames, height, width, channels = images.shape
    noise = torch.randn(frames, channels, height // 8, width // 8, generator=generator)
    noise = torch.nn.functional.interpolate(noise, (height, width), mode="bilinear", align_corners=False)
    return images + (noise * (sigma / noise.std())).permute(0, 2, 3, 1)


def displaced_block(images: Tensor, generator: torch.Generator) -> Tensor:
    """In every frame but the first a block of 10% of the area, anywhere, moves by one vector in any direction."""
    images = images.clone()
    rows, columns = (round(size * 0.1**0.5) for size in images.shape[1:3])
    for image in images[1:]:
        top, left = (
            int(torch.randint(0, limit, (1,), generator=generator))
            for limit in (image.shape[0] - rows, image.shape[1] - columns)
        )
        offset = torch.randn(3, generator=generator)
        image[top : top + rows, left : left + columns] += BLOCK_SHIFT * offset / offset.norm()
    return images


def clip(seed: int, frames: int = 9, end_hfov_deg: float = 60.0) -> Trajectory:
    """Cameras to be found; the lens has 60 degrees in the first frame and ``end_hfov_deg`` in all others."""
    path = preset_trajectory("handheld", frames, amount=6, seed=seed)
    c2w, K = path.c2w.copy(), path.K.copy()
    c2w[:, :3, 3] /= path.scene_scale()
    K[1:, [0, 1], [0, 1]] = focal_from_fov(end_hfov_deg, path.width)
    return replace(path, c2w=c2w, K=K)


ROWS: dict[str, tuple[Damage, float]] = {  # damage, hfov of the last frame
    "bf16": (bf16, 60),
    "uint8 over +-2": (uint8, 60),
    "iid sigma .01": (iid(0.01), 60),
    "iid sigma .1": (iid(0.1), 60),
    "latent-grid sigma .05": (latent_grid, 60),
    "one 10% block displaced": (displaced_block, 60),
    "noise-free zoom 60 -> 50": (intact, 50),
}
CERTAIN = {intact, bf16, uint8}
"""Damage that is the same in every draw."""
DESIGN: dict[str, list[tuple[float, float]]] = {  # (paper, joint) of R degrees, T, focal %
    "bf16": [(9e-4, 9e-4), (1.8e-5, 1.6e-5), (0.002, 0.001)],
    "uint8 over +-2": [(0.021, 0.020), (3.6e-4, 3.6e-4), (0.04, 0.009)],
    "iid sigma .01": [(0.020, 0.013), (3.2e-4, 2.2e-4), (0.14, 0.012)],
    "iid sigma .1": [(0.155, 0.112), (2.1e-3, 1.7e-3), (12.5, 0.11)],
    "latent-grid sigma .05": [(0.99, 0.69), (0.015, 0.011), (3.7, 0.70)],
    "one 10% block displaced": [(6.1, 0.26), (0.098, 0.0045), (np.inf, 0.34)],
    "noise-free zoom 60 -> 50": [(1e-4, 1e-4), (0.020, 1e-5), (2.1, 1e-3)],
}


def errors(raxels: Raxels, truth: Trajectory, method: Method, focal: Focal = "frame") -> np.ndarray:
    """Mean error after the first frame: rotation in degrees, translation, focal length in percent."""
    seen = estimate_trajectory(raxels, method, focal).trajectory
    turn = rotation_angle_deg(seen.c2w[1:, :3, :3], truth.c2w[1:, :3, :3])
    shift = np.linalg.norm(seen.c2w[1:, :3, 3] - truth.c2w[1:, :3, 3], axis=-1)
    zoom = 100 * np.abs(seen.K[1:, 0, 0] / truth.K[1:, 0, 0] - 1)
    return np.array([turn.mean(), shift.mean(), zoom.mean()])


def measure(row: str, seeds: int = 4, draws: int = 3) -> np.ndarray:
    """One row of the table, the mean over clips and draws of the damage: (2 methods, 3 errors)."""
    damage, end_hfov_deg = ROWS[row]
    runs = []
    for seed in range(seeds):
        truth = clip(seed, end_hfov_deg=end_hfov_deg)
        clean = raxels_from_trajectory(truth, alpha=1.0, scale=1.0)
        generator = torch.Generator().manual_seed(seed)
        for _ in range(1 if damage in CERTAIN else draws):
            raxels = replace(clean, images=damage(clean.images, generator))
            runs.append([errors(raxels, truth, method) for method in METHODS])
    return np.mean(runs, axis=0)


def seconds(method: Method, focal: Focal, frames: int = 81, repeats: int = 5) -> float:
    """Best time of several for a clip of 240x416 raxels with a little noise."""
    clean = raxels_from_trajectory(clip(0, frames))
    raxels = replace(clean, images=iid(0.01)(clean.images, torch.Generator().manual_seed(0)))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        estimate_trajectory(raxels, method, focal)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print the table and the times."""
    print("ours: paper / joint, in brackets the design's\n")
    print("| corruption | R deg | T | focal % |\n|---|---|---|---|")
    for row, asked in DESIGN.items():
        paper, joint = measure(row)
        cells = [
            f"{p:.2g} / {j:.2g} ({wanted[0]:.2g} / {wanted[1]:.2g})"
            for p, j, wanted in zip(paper, joint, asked, strict=True)
        ]
        print(f"| {row} | {' | '.join(cells)} |")
    print(f"\n81 frames of 240x416, best of 5, {torch.get_num_threads()} threads:")
    runs: list[tuple[Method, Focal]] = [("paper", "clip"), ("joint", "clip"), ("joint", "frame")]
    for method, focal in runs:
        print(f"  {method}, one lens per {focal}: {seconds(method, focal):.2f} s")


if __name__ == "__main__":
    main()
