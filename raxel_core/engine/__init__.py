"""Floor 3: files of weights, the autoencoder behind one protocol, and latents."""

from .checkpoint import CheckpointInfo, RaxelModel, load_model, save_model
from .vae import DiffusersVAE, VideoVAE, load_vae, save_vae

__all__ = [
    "CheckpointInfo",
    "DiffusersVAE",
    "RaxelModel",
    "VideoVAE",
    "load_model",
    "load_vae",
    "save_model",
    "save_vae",
]
