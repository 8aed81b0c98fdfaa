"""Floor 4: how a Raxel model is made.

Reading order: `paths` (camera paths) and `world` (rooms) -> `render` (exact clips of them) -> `vae` (the video
autoencoder) -> `cache` (clips encoded once) -> `loss` -> `train` (the loop).
"""
