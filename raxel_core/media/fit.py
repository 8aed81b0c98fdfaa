"""Bring any clip or picture to the size and length that a model works at, and cameras back to the clip's own size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..geometry.trajectory import Trajectory


def fit_frames(frames: Tensor, height: int, width: int) -> Tensor:
    """Crop about the centre to the wanted shape, then scale with antialiasing: the frame is covered, nothing stretched.

    Args:
        frames: [F, H, W, 3] in 0..1.
        height: wanted pixels down.
        width: wanted pixels across.

    Returns:
        [F, height, width, 3] in 0..1; the same tensor where nothing is to be done.
    """
    if frames.shape[1:3] == (height, width):
        return frames
    rows, columns = frames.shape[1:3]
    factor = max(height / rows, width / columns)
    keep_rows = min(rows, max(1, round(height / factor)))
    keep_columns = min(columns, max(1, round(width / factor)))
    top, left = (rows - keep_rows) // 2, (columns - keep_columns) // 2
    window = frames[:, top : top + keep_rows, left : left + keep_columns].permute(0, 3, 1, 2)
    scaled = torch.nn.functional.interpolate(
        window, (height, width), mode="bicubic", align_corners=False, antialias=True
    )
    return scaled.clamp(0, 1).permute(0, 2, 3, 1).contiguous()


def uncropped(trajectory: Trajectory, height: int, width: int) -> Trajectory:
    """Undo ``fit_frames`` for cameras: K in the pixels of the height x width original rather than of the fitted frame."""
    factor = max(trajectory.height / height, trajectory.width / width)
    K = trajectory.K / np.array([factor, factor, 1.0])[:, None]
    K[:, 0, 2] += (width - trajectory.width / factor) / 2
    K[:, 1, 2] += (height - trajectory.height / factor) / 2
    return replace(trajectory, K=K, width=width, height=height)


def model_length(available: int, wanted: int) -> int:
    """The length of the form 4n + 1 to take from a clip of ``available`` frames where a model wants ``wanted``.

    Never more than both allow, never less than 5: a clip of 2..4 frames has frames shown twice.
    """
    return max(5, 4 * ((min(available, wanted) - 1) // 4) + 1)


def fit_length(frames: Tensor, wanted: int) -> tuple[Tensor, str]:
    """Take ``model_length`` frames evenly over the whole clip, the nearest one each time.

    Returns:
        the frames [4n+1, H, W, 3], and what was done in words, "" where the clip already had that length.
    """
    length = model_length(len(frames), wanted)
    if length == len(frames):
        return frames, ""
    chosen = torch.linspace(0, len(frames) - 1, length).round().long()
    return frames[chosen], describe_length(len(frames), length)


def describe_length(available: int, length: int) -> str:
    """What taking ``length`` frames of ``available`` means, in words; "" where it means nothing."""
    if length == available:
        return ""
    if length > available:
        return f"the clip has {available} frames: some are shown twice to make {length}, the least the model takes"
    return f"took {length} of the clip's {available} frames, evenly over its whole length"


def describe_size(from_height: int, from_width: int, height: int, width: int) -> str:
    """What fitting a picture to height x width means, in words; "" where it means nothing."""
    if (from_height, from_width) == (height, width):
        return ""
    factor = max(height / from_height, width / from_width)
    lost = 1 - height * width / (from_height * from_width * factor**2)
    cut = (
        f"cut {lost:.0%} off its {'sides' if factor * from_width > width else 'top and bottom'}, then "
        if lost > 0.005
        else ""
    )
    return f"{cut}scaled {from_width}x{from_height} to the model's {width}x{height}"
