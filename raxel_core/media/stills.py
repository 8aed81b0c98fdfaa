"""Read pictures: upright, RGB, whatever the file holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ..errors import RaxelError

MOST_SIDE = 4096
"""Longest side kept, in pixels; a larger picture is halved until it fits, long before the model's size matters."""


def read_still(path: Path | str) -> Tensor:
    """Read a picture as a person sees it: EXIF orientation applied, alpha laid over black, first frame of an animation.

    Greyscale, palette, CMYK, 16-bit and floating-point files become RGB.

    Returns:
        [H, W, 3] float32 in 0..1.

    Raises RaxelError where the file is missing, damaged, or no picture.
    """
    path = Path(path)
    if not path.exists():
        raise RaxelError(f"there is no picture {path}; check its name")
    if path.is_dir():
        raise RaxelError(f"{path} is a folder; name the picture in it")
    try:
        with Image.open(path) as image:
            image.draft("RGB", (MOST_SIDE, MOST_SIDE))
            upright = ImageOps.exif_transpose(image)
            factor = -(-max(upright.size) // MOST_SIDE)
            pixels = _rgb(upright.reduce(factor) if factor > 1 and upright.mode != "P" else upright)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        reason = "no known picture format" if isinstance(error, Image.UnidentifiedImageError) else error
        raise RaxelError(
            f"{path} cannot be read as a picture ({reason}); save it as PNG or JPEG again"
        ) from error
    if not np.isfinite(pixels).all():
        raise RaxelError(f"{path} holds pixels that are not finite numbers; save it as PNG or JPEG again")
    return torch.from_numpy(pixels)


def read_picture(path: Path | str) -> Image.Image:
    """A picture as its file stores it, in 8-bit RGB: EXIF orientation is left alone, as COLMAP does.

    Raises RaxelError where the file is missing, damaged, or no picture.
    """
    try:
        with Image.open(path) as image:
            if image.mode in ("RGB", "L", "YCbCr"):
                return image.convert("RGB")
            return Image.fromarray((_rgb(image) * 255).round().astype(np.uint8))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        reason = "no known picture format" if isinstance(error, Image.UnidentifiedImageError) else error
        raise RaxelError(f"{Path(path).name} cannot be read as a picture ({reason})") from error


def _rgb(image: Image.Image) -> np.ndarray:
    """Any Pillow mode -> [H, W, 3] float32 in 0..1."""
    if image.mode == "F":
        return _grey(np.clip(np.asarray(image, np.float32), 0, 1))
    if image.mode.startswith("I"):
        return _grey(np.clip(np.asarray(image, np.float32) / 65535, 0, 1))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        straight = np.asarray(image.convert("RGBA"), np.float32) / 255
        return straight[..., :3] * straight[..., 3:]
    return np.asarray(image.convert("RGB"), np.float32) / 255


def _grey(values: np.ndarray) -> np.ndarray:
    """One channel shown as three."""
    return np.repeat(values[..., None], 3, axis=-1)
