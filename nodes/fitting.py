"""Bring whatever is connected to the sizes and lengths that a model takes, and say in words what was done. Knows no host.

Sizes are multiples of 32 (rays on the half grid, VAE 8, patch 2), lengths 4n + 1 (the VAE's 4x in time).
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..raxel_core.errors import RaxelError
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.media.fit import fit_frames, fit_length

SIZE_STEP = 32
MOST_BYTES = 4 << 30
"""Raxels that would take more memory than this are refused: a shared workflow cannot ask for memory without bound."""
MOST_BYTES_OF_TAKES = 16 << 30
"""The same for the results of all takes together."""


def whole_size(pixels: int) -> int:
    """The multiple of 32 nearest to a width or height, at least 32."""
    return max(SIZE_STEP, round(pixels / SIZE_STEP) * SIZE_STEP)


def whole_length(frames: int) -> int:
    """The largest 4n + 1 that is not above ``frames``, at least 5."""
    return max(5, 4 * ((frames - 1) // 4) + 1)


def fitted_trajectory(
    trajectory: Trajectory, frames: int, width: int, height: int, single_cameras: bool = False
) -> tuple[Trajectory, str]:
    """Cameras at a size and length that the model takes; 0 keeps the trajectory's own. The duration is kept.

    Args:
        trajectory: the cameras.
        frames: number of cameras wanted.
        width: of the pictures, in pixels.
        height: of the pictures, in pixels.
        single_cameras: for stills, of which there may be any number, and not for a clip.

    Returns:
        the trajectory, and what was rounded, in words; "" where the wishes were kept to the letter.
        Raises RaxelError where the trajectory is shorter than the clip asked for.
    """
    wanted = (frames or trajectory.num_frames, width or trajectory.width, height or trajectory.height)
    least = wanted[0] if single_cameras else max(wanted[0], 5)
    if trajectory.num_frames < least:
        raise RaxelError(
            f"the path has {trajectory.num_frames} cameras, fewer than the {least} frames of the clip; "
            "make the path longer or ask for fewer frames"
        )
    length = wanted[0] if single_cameras else whole_length(wanted[0])
    wide, high = whole_size(wanted[1]), whole_size(wanted[2])
    needed = 4 * 3 * length * (wide // 2) * (high // 2)
    if needed > MOST_BYTES:
        raise RaxelError(
            f"raxels of {length} frames at {wide}x{high} would take {needed / 2**30:.1f} GB, more than "
            f"{MOST_BYTES >> 30} GB; ask for fewer frames or a smaller size"
        )
    changes = []
    if length != wanted[0]:
        changes.append(f"{length} frames instead of {wanted[0]} (lengths are 4n + 1)")
    if (wide, high) != wanted[1:]:
        changes.append(f"{wide}x{high} instead of {wanted[1]}x{wanted[2]} (sizes are multiples of 32)")
    if length != trajectory.num_frames:
        fps = trajectory.fps * max(length - 1, 1) / (trajectory.num_frames - 1)
        trajectory = replace(trajectory.resampled(length), fps=fps)
    if (wide, high) != (trajectory.width, trajectory.height):
        trajectory = trajectory.fitted(wide, high)
    return trajectory, "; ".join(changes)


def fitted_pictures(pictures: Tensor, height: int, width: int, what: str) -> tuple[Tensor, str]:
    """Pictures [F, H, W, C >= 3] in 0..1, cropped about the centre and scaled to [F, height, width, 3] float32.

    Args:
        pictures: as ComfyUI's IMAGE; a fourth channel is dropped.
        height: rows wanted.
        width: columns wanted.
        what: name of the input, for the sentences.

    Returns:
        the pictures and what was done, in words. Raises RaxelError for no frames and for values that are not finite.
    """
    if pictures.ndim != 4 or 0 in pictures.shape or pictures.shape[-1] < 3:
        raise RaxelError(f"{what} must hold at least one RGB picture, got {list(pictures.shape)}")
    pictures = pictures[..., :3].to(torch.float32)
    if not bool(pictures.isfinite().all()):
        raise RaxelError(f"{what} holds values that are not finite numbers; look at the node that made it")
    had = (pictures.shape[2], pictures.shape[1])
    fitted = fit_frames(pictures.clamp(0, 1), height, width)
    if had == (width, height):
        return fitted, ""
    done = "scaled" if had[0] * height == had[1] * width else "cropped about the centre and scaled"
    return fitted, f"{what} {had[0]}x{had[1]} {done} to {width}x{height}"


def fitted_clip(
    frames: Tensor, fps: float, length: int, height: int, width: int
) -> tuple[Tensor, float, str]:
    """A clip at the model's size and about the wanted length, its frames taken evenly.

    Returns:
        frames [4n + 1, height, width, 3], their rate, and what was done, in words.
    """
    available = len(frames)
    chosen, length_words = fit_length(frames, length)
    chosen, size_words = fitted_pictures(chosen, height, width, "video")
    if available > 1:
        fps *= (len(chosen) - 1) / (available - 1)
    return chosen, fps, "; ".join(words for words in (length_words, size_words) if words)


def check_takes(takes: int, bytes_of_take: int) -> None:
    """Refuse more takes than results should ever fill: a shared workflow cannot ask for memory without bound."""
    if takes > 1 and takes * bytes_of_take > MOST_BYTES_OF_TAKES:
        raise RaxelError(
            f"{takes} takes would hold {takes * bytes_of_take / 2**30:.1f} GB of results, more than "
            f"{MOST_BYTES_OF_TAKES >> 30} GB; ask for {max(1, MOST_BYTES_OF_TAKES // bytes_of_take)} or fewer"
        )
