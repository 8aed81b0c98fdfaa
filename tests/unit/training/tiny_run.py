"""A work folder in which `raxel train` runs within seconds: five frames of 32x64, six clips, two blocks."""

import json
import os
import subprocess
import sys
from pathlib import Path

from raxel_core.engine.vae import DiffusersVAE, save_vae
from raxel_core.training.cache import encode_shard
from raxel_core.training.cache_recipe import CacheRecipe
from raxel_core.training.patches import PatchEncoder
from raxel_core.training.vae import VaeTraining, new_vae

ROOT = Path(__file__).resolve().parents[3]
STEPS = 8
RECIPE = """
name: run
vae: {{file: {vae}}}
clips: {{height: 32, width: 64, frames: 5}}
network: tiny
training:
  steps: {steps}
  warmup: 2
  decay: 0
  save_every: 3
  precision: fp32
  matrix_rate: 0
  {entries}
  stages:
    - {{until: 2, batch: 4, mix: {{pose_from_video: 1.0, video_from_trajectory: 0.0, joint: 0.0}}}}
    - {{until: 99, batch: 4, mix: {{}}}}
"""


def make_cache(folder: Path) -> Path:
    """Autoencoder and latents; returns the folder."""
    vae = new_vae(VaeTraining(fit=2, batch=4, rays=2)).eval()
    save_vae(folder / "vae.safetensors", vae)
    encode_shard(
        CacheRecipe(height=32, width=64, frames=5), PatchEncoder(DiffusersVAE(vae)), folder / "latents", 0, 6
    )
    return folder


def new_work(cache: Path, work: Path, entries: str = "", steps: int = STEPS) -> Path:
    """A work folder that shares the cache; `entries` are a line of training."""
    work.mkdir()
    (work / "latents").symlink_to(cache / "latents")
    write_recipe(cache, work, entries, steps)
    return work


def write_recipe(cache: Path, work: Path, entries: str = "", steps: int = STEPS) -> None:
    """The recipe of a work folder."""
    text = RECIPE.format(vae=cache / "vae.safetensors", entries=entries, steps=steps)
    (work / "recipe.yaml").write_text(text)


def command(work: Path, *options: str, processes: int = 1) -> list[str]:
    """The command line of a run."""
    several = (
        ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        if processes > 1
        else []
    )
    raxel = ["-m", "raxel_core.cli", "train", str(work / "recipe.yaml"), str(work), "--device", "cpu"]
    return [sys.executable, *several, *raxel, "--threads", "1", *options]


def environment(**more: str) -> dict[str, str]:
    """Of a process that takes one thread."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **more}


def run(work: Path, *options: str, processes: int = 1, **more: str) -> subprocess.CompletedProcess:
    """Run to the end."""
    line = command(work, *options, processes=processes)
    return subprocess.run(line, env=environment(**more), capture_output=True, text=True, timeout=600)


def losses(work: Path) -> list[tuple[int, float]]:
    """(step, loss) of every line of the metrics."""
    lines = (work / "run" / "metrics.jsonl").read_text().splitlines()
    return [(row["step"], row["loss"]) for row in map(json.loads, lines)]
