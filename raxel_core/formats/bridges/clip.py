"""A path at the size and length that another program's model takes."""

from __future__ import annotations

from dataclasses import replace

from ...errors import RaxelError
from ...geometry.trajectory import Trajectory

MOST_BYTES = 4 << 30
"""Maps of rays that would take more memory than this are refused: a shared workflow cannot ask for memory without bound."""


def clip_of(
    trajectory: Trajectory, width: int, height: int, length: int, size_step: int = 1, length_step: int = 1
) -> tuple[Trajectory, list[str]]:
    """The same path at another size and length; 0 keeps its own. The duration is kept.

    Args:
        trajectory: F cameras.
        width: pixels across the pictures. Another shape covers and crops about the centre, as a picture would be fitted.
        height: pixels down the pictures.
        length: cameras, taken evenly over the path, between its own ones where they fall there.
        size_step: sizes are rounded to the nearest multiple of this.
        length_step: lengths are rounded down to a multiple of this, plus one.

    Returns:
        the path, and what was rounded, a phrase each.
    """
    wanted = (length or trajectory.num_frames, width or trajectory.width, height or trajectory.height)
    frames = length_step * ((wanted[0] - 1) // length_step) + 1
    wide, high = (max(size_step, round(pixels / size_step) * size_step) for pixels in wanted[1:])
    notes = []
    if frames != wanted[0]:
        notes.append(f"{frames} frames instead of {wanted[0]} (lengths are {length_step}n + 1)")
    if (wide, high) != wanted[1:]:
        notes.append(f"{wide}x{high} instead of {wanted[1]}x{wanted[2]} (sizes are multiples of {size_step})")
    if frames != trajectory.num_frames:
        fps = trajectory.fps * max(frames - 1, 1) / max(trajectory.num_frames - 1, 1)
        trajectory = replace(trajectory.resampled(frames), fps=fps)
    if (wide, high) != (trajectory.width, trajectory.height):
        trajectory = trajectory.fitted(wide, high)
    return trajectory, notes


def covering(width: int, height: int, aspect: float) -> tuple[float, float]:
    """Width and height of the picture of that aspect that just covers one of width x height."""
    return (height * aspect, height) if aspect > width / height else (width, width / aspect)


def check_bytes(trajectory: Trajectory, numbers_of_pixel: int, pixels: int) -> None:
    """Raise RaxelError where float32 maps of so many numbers a pixel, of every frame, would take more than MOST_BYTES."""
    needed = 4 * numbers_of_pixel * pixels * (trajectory.num_frames + 3)
    if needed > MOST_BYTES:
        raise RaxelError(
            f"rays of {trajectory.num_frames} frames at {trajectory.width}x{trajectory.height} would take "
            f"{needed / 2**30:.1f} GB, more than {MOST_BYTES >> 30} GB; ask for fewer frames or a smaller size"
        )
