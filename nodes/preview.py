"""What a run looks like so far, as one picture for the node: frames on the left, the camera path on the right. Knows no host."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps
from torch import Tensor

from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.report.canvas import BACKGROUND, Canvas
from ..raxel_core.report.view3d import draw_view
from ..raxel_core.sampling.preview import Preview

SIDE, GAP = 256, 4
"""Width of either half, and pixels between pictures."""
HEIGHTS = (128, 320)
MOST_SHOWN = 4


def preview_picture(preview: Preview) -> Image.Image | None:
    """Both halves side by side, or the one that there is; None where there is neither."""
    height = _height(preview.frames)
    halves = []
    if preview.frames is not None:
        halves.append(contact_sheet(preview.frames, height))
    if preview.path is not None:
        halves.append(path_picture(preview.path, height))
    if not halves:
        return None
    picture = Image.new("RGB", (len(halves) * (SIDE + GAP) - GAP, height), BACKGROUND[:3])
    for index, half in enumerate(halves):
        picture.paste(half, (index * (SIDE + GAP), 0))
    return picture


def contact_sheet(frames: Tensor, height: int) -> Image.Image:
    """Up to four of the frames [T, h, w, 3] in 0..1, evenly taken, in rows of two: SIDE x height."""
    shown = min(len(frames), MOST_SHOWN)
    per_row = min(shown, 2)
    width, high = (SIDE + GAP) // per_row - GAP, (height + GAP) // (-(-shown // per_row)) - GAP
    sheet = Image.new("RGB", (SIDE, height), BACKGROUND[:3])
    for index, frame in enumerate(np.linspace(0, len(frames) - 1, shown).round().astype(int)):
        row, column = divmod(index, per_row)
        pixels = (frames[frame].clamp(0, 1) * 255).round().byte().cpu().numpy()
        thumb = ImageOps.pad(Image.fromarray(pixels), (width, high), Image.Resampling.BICUBIC, BACKGROUND[:3])
        sheet.paste(thumb, (column * (width + GAP), row * (high + GAP)))
    return sheet


def path_picture(path: Trajectory, height: int) -> Image.Image:
    """The path from behind, above and to the right: SIDE x height."""
    canvas = Canvas(SIDE, height, oversampling=2)
    draw_view(canvas, path.canonical(0), None, None, 12, 12, SIDE - 12, height - 26)
    return Image.fromarray(canvas.finish())


def _height(frames: Tensor | None) -> int:
    """That of frames as wide as SIDE, within HEIGHTS."""
    if frames is None:
        return SIDE * 3 // 4
    return int(np.clip(round(SIDE * frames.shape[1] / frames.shape[2]), *HEIGHTS))
