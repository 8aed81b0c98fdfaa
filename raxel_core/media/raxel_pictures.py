"""Raxels as a folder of 8-bit PNG pictures that carry what is needed to read the cameras back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..errors import RaxelError
from ..geometry.raxels import Raxels
from .write import write_png

TEXT_KEY = "raxel"


def write_raxel_pictures(folder: Path | str, raxels: Raxels) -> list[Path]:
    """Write ``0000.png``, ``0001.png``, ... into ``folder``, a picture a frame; older ones of that name pattern go.

    Each holds alpha, scale, width, height, fps and metric as JSON under the text key "raxel". Where a raxel leaves -1..1,
    which a picture cannot hold, all of them are drawn with the smaller alpha that fits, so nothing is clipped.
    """
    folder = Path(folder)
    shrink = 1 / max(1.0, float(raxels.images.abs().max()))
    fitted = Raxels(
        raxels.images * shrink,
        raxels.alpha * shrink,
        raxels.scale,
        raxels.width,
        raxels.height,
        raxels.fps,
        raxels.metric,
    )
    for stale in folder.glob("[0-9][0-9][0-9][0-9].png"):
        stale.unlink()
    paths = [folder / f"{frame:04d}.png" for frame in range(raxels.num_frames)]
    for path, picture in zip(paths, fitted.to_pictures(), strict=True):
        write_png(path, picture, {TEXT_KEY: _described(fitted)})
    return paths


def read_raxel_pictures(folder: Path | str) -> Raxels:
    """Read back what ``write_raxel_pictures`` wrote, in the order of the names. Raxels are exact to 1/255 of their range.

    Raises RaxelError where the folder holds no pictures, or pictures without the note on alpha and scale.
    """
    paths = sorted(Path(folder).glob("*.png"))
    if not paths:
        raise RaxelError(f"{folder} holds no PNG pictures; name a folder that raxel wrote")
    pictures, notes = zip(*(_read(path) for path in paths), strict=True)
    if len({picture.shape for picture in pictures}) > 1:
        raise RaxelError(f"the pictures in {folder} differ in size; they are not of one clip")
    if len(set(notes)) > 1:
        raise RaxelError(
            f"the pictures in {folder} differ in alpha, scale, size or fps; they are not of one clip"
        )
    stack = torch.from_numpy(np.stack(pictures)).float() / 255
    try:
        return Raxels.from_pictures(stack, **json.loads(notes[0]))
    except (ValueError, TypeError) as error:
        raise RaxelError(f"the note in {paths[0]} is not one of raxel's: {error}") from error


def _described(raxels: Raxels) -> str:
    keys = ("alpha", "scale", "width", "height", "fps", "metric")
    return json.dumps({key: getattr(raxels, key) for key in keys})


def _read(path: Path) -> tuple[np.ndarray, str]:
    """Pixels [H, W, 3] uint8 and the note of one picture."""
    try:
        with Image.open(path) as image:
            note = getattr(image, "text", {}).get(TEXT_KEY)
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise RaxelError(f"{path} cannot be read as a picture ({error})") from error
    if note is None:
        raise RaxelError(
            f"{path} carries no note on alpha and scale; only pictures that raxel wrote can be read back"
        )
    return pixels, str(note)
