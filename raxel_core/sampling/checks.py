"""What no run can use, refused in one sentence before any work."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import index

import torch
from torch import Tensor

from ..errors import RaxelError
from ..geometry.raxels import Raxels

SIZE_STEP = 32  # half grid of the rays x 8 of the VAE x 2 of the patch


def check_pictures(pictures: Tensor, what: str) -> None:
    """[F, H, W, 3] of finite floats with sides that are multiples of 32."""
    if pictures.ndim != 4 or pictures.shape[3] != 3 or len(pictures) == 0 or not pictures.is_floating_point():
        shape = f"{list(pictures.shape)} of {pictures.dtype}"
        raise RaxelError(f"{what} must be [pictures, height, width, 3] of floats in 0..1, got {shape}.")
    height, width = pictures.shape[1:3]
    if height % SIZE_STEP or width % SIZE_STEP or not height or not width:
        raise RaxelError(
            f"{what} must have sides that are multiples of {SIZE_STEP}, got {width}x{height}; resize first."
        )
    if not bool(torch.isfinite(pictures).all()):
        raise RaxelError(f"{what} holds values that are not finite numbers; look at what made them.")


def check_length(frames: int, what: str) -> None:
    """4n + 1 frames, 5 or more."""
    if frames < 5 or frames % 4 != 1:
        raise RaxelError(f"{what} must have 4n + 1 frames (5, 9, 13, ...), got {frames}; resample it first.")


def check_pace(fps: float) -> None:
    """A number above 0."""
    if not (fps > 0 and math.isfinite(fps)):
        raise RaxelError(f"fps must be a number above 0, got {fps}.")


def check_path(raxels: Raxels, pictures: Tensor, what: str) -> None:
    """The size of the pictures that it goes with."""
    height, width = pictures.shape[1:3]
    if (raxels.width, raxels.height) != (width, height):
        raise RaxelError(
            f"the path is for {raxels.width}x{raxels.height} pictures, {what} are {width}x{height}; make both one size."
        )


def check_rays(raxels: Raxels, frames: Sequence[int]) -> None:
    """Finite numbers in the frames that are given."""
    finite = torch.isfinite(raxels.images[list(frames)]).flatten(1).all(dim=1)
    if not bool(finite.all()):
        frame = list(frames)[int(finite.int().argmin())]
        raise RaxelError(
            f"the path holds rays that are not finite numbers, in frame {frame} first; look at what made them."
        )


def places_of(source_frames: Sequence[int] | None, stills: int, frames: int) -> tuple[int, ...]:
    """The frame of the shot at which each still stands; None spreads them evenly, the first one at frame 0."""
    if stills > frames:
        raise RaxelError(f"{stills} stills do not fit on a path of {frames} frames; give fewer stills.")
    if source_frames is None:
        return tuple(round(i * (frames - 1) / max(stills - 1, 1)) for i in range(stills))
    places = frame_numbers(source_frames, frames, "source_frames")
    if len(places) != stills:
        raise RaxelError(
            f"source_frames must name one frame for each of the {stills} stills, got {len(places)}."
        )
    return places


def given_of(given_frames: Sequence[int] | None, frames: int) -> tuple[int, ...]:
    """The frames whose cameras are given, in order; None gives all."""
    if given_frames is None:
        return tuple(range(frames))
    given = frame_numbers(given_frames, frames, "given_frames")
    if not given:
        raise RaxelError("given_frames names no frame; name at least one, or leave it out.")
    return tuple(sorted(given))


def frame_numbers(values: Sequence[int], frames: int, what: str) -> tuple[int, ...]:
    """Distinct whole numbers from 0 to frames - 1, in the order given."""
    for number in values:
        whole = hasattr(number, "__index__") and not isinstance(number, bool)  # numpy's whole numbers too
        if not whole or not 0 <= number < frames:
            raise RaxelError(f"{what} must be frames from 0 to {frames - 1}, got {number!r}.")
    numbers = tuple(map(index, values))
    repeated = next((number for number in numbers if numbers.count(number) > 1), None)
    if repeated is not None:
        raise RaxelError(f"{what} names frame {repeated} twice; name each frame once.")
    return numbers
