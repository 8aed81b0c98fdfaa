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
RECIPE = """
name: run
vae: {{file: {vae}}}
clips: {{height: 32, width: 64, frames: 5}}
network: tiny
training:
  warmup: 2
  decay: 2
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


def new_work(cache: Path, work: Path, entries: str) -> Path:
    """A work folder that shares the cache; `entries` of training, a line each."""
    work.mkdir()
    (work / "latents").symlink_to(cache / "latents")
    text = RECIPE.format(vae=cache / "vae.safetensors", entries=entries.strip().replace("\n", "\n  "))
    (work / "recipe.yaml").write_text(text)
    return work


def command(work: Path, *options: str, processes: int = 1) -> list[str]:
    """The command line of a run."""
    several = (
        ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        if processes > 1
        else []
    )
    raxel = ["-m", "raxel_core.cli", "train", str(work / "recipe.yaml"), str(work), "--device", "cpu"]
    return [sys.executable, *several, *raxel, "--threads", "1", *options]


def run(work: Path, *options: str, processes: int = 1, **environment: str) -> subprocess.CompletedProcess:
    """Run to the end."""
    where = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(
        command(work, *options, processes=processes),
        cwd=ROOT,
        env=where,
        capture_output=True,
        text=True,
        timeout=300,
    )


def losses(work: Path) -> list[tuple[int, float]]:
    """(step, loss) of every line of the metrics."""
    lines = (work / "run" / "metrics.jsonl").read_text().splitlines()
    return [(row["step"], row["loss"]) for row in map(json.loads, lines)]
