"""A model and its VAE, ready to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..engine.checkpoint import RaxelModel, load_model
from ..engine.lora import apply_lora
from ..engine.vae import DiffusersVAE, VideoVAE
from ..errors import RaxelError


@dataclass(frozen=True)
class Engine:
    """What every task needs."""

    model: RaxelModel
    vae: VideoVAE


def vae_path(model_path: Path) -> Path:
    """Where a model's own VAE lies: raxel-small.safetensors -> raxel-small-vae.safetensors."""
    return model_path.with_name(f"{model_path.stem}-vae.safetensors")


def load_engine(
    model_path: Path, chosen_vae: Path | None, loras: Sequence[tuple[Path, float]] = ()
) -> Engine:
    """Load model and VAE, and add LoRAs with their strengths. A missing or wrong file is a RaxelError that names it."""
    beside = vae_path(model_path)
    model = load_model(model_path)
    if chosen_vae is None and not beside.exists():
        raise RaxelError(f"there is no VAE {beside} beside the model; name one with --vae")
    for path, strength in loras:
        apply_lora(model, path, strength)
    return Engine(model, DiffusersVAE(chosen_vae or beside))
