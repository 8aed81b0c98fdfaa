"""One lens for a clip: what to cut out of every picture so that all of them are seen through the same plain pinhole.

The network knows a lens by one number, the horizontal angle of view: square pixels, the principal point in the middle,
the same in every frame. Cutting a window about the principal point and scaling it gives exactly that, for stretched
pixels, off-centre principal points and zooms too; what it costs is angle of view.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from ...errors import RaxelError

MOST_CUT = 2.0
"""How much longer the common focal length may be than the shortest that covers the picture."""
MOST_STRETCHED = 2.0
"""Height of a pixel over its width, or the inverse."""
ANGLES_DEG = (10.0, 150.0)
"""Horizontal and vertical angles of view that a lens can have; others are taken for a wrong unit."""
MOST_SKEW = 1e-3
"""Of the focal length."""

Box = tuple[float, float, float, float]


def check_lens(K: np.ndarray, size: tuple[int, int]) -> None:
    """A RaxelError for a lens that no camera has: wrong units, a principal point outside of the picture, skew.

    Args:
        K: (F, 3, 3) in pixels.
        size: width and height of the pictures.
    """
    focal = K[:, [0, 1], [0, 1]]
    angles = 2 * np.degrees(np.arctan(np.array(size) / 2 / focal))
    if angles.min() < ANGLES_DEG[0] or angles.max() > ANGLES_DEG[1]:
        odd = angles.min() if angles.min() < ANGLES_DEG[0] else angles.max()
        raise RaxelError(
            f"an angle of view of {odd:.1f} degrees, not within {ANGLES_DEG[0]:g} and {ANGLES_DEG[1]:g}; "
            "are the focal lengths in pixels of these pictures?"
        )
    stretch = (focal[:, 0] / focal[:, 1]).max(), (focal[:, 1] / focal[:, 0]).max()
    if max(stretch) > MOST_STRETCHED:
        raise RaxelError(
            f"pixels are {max(stretch):.2f} times as long as wide; is the lens of these pictures?"
        )
    if np.abs(K[:, 0, 1] / focal[:, 0]).max() > MOST_SKEW:
        raise RaxelError("the lens is skewed; undistort the pictures first")
    middle = K[:, [0, 1], 2] / np.array(size)
    if middle.min() <= 0 or middle.max() >= 1:
        raise RaxelError("the principal point lies outside of the picture; are cx and cy in pixels?")


def common_lens(K: np.ndarray, size: tuple[int, int], height: int, width: int) -> tuple[float, list[Box]]:
    """The widest lens that all frames can show, and each frame's window for it.

    Args:
        K: (F, 3, 3) in pixels, lenses that `check_lens` lets pass.
        size: width and height of the pictures.
        height: wanted pixels down.
        width: wanted pixels across.

    Returns:
        the focal length in wanted pixels, and F windows (left, top, right, bottom) in pixels of the pictures. Raises
        RaxelError where too little of some picture would be left.
    """
    target, whole = np.array([width, height]) / 2, np.array(size)
    focal, middle = K[:, [0, 1], [0, 1]], K[:, [0, 1], 2]
    room = np.minimum(middle, whole - middle)  # (F, 2) from the principal point to the nearer border
    common = float((target * focal / room).max())
    covering = (target * focal / (whole / 2)).max(axis=1)
    if common > MOST_CUT * covering.min():
        raise RaxelError(
            f"one lens for all frames would cut the picture to 1/{common / covering.min():.1f} of its width, less "
            f"than 1/{MOST_CUT:g}: the lens zooms too far, or its middle lies too far off"
        )
    half = target * focal / common
    corners = np.concatenate([middle - half, middle + half], axis=1).round(6)
    corners = corners.clip(0, np.tile(whole, 2))
    return common, [(float(a), float(b), float(c), float(d)) for a, b, c, d in corners]


def seen_through(picture: Image.Image, box: Box, height: int, width: int) -> np.ndarray:
    """The window of a picture, scaled with antialiasing: [height, width, 3] uint8."""
    if box == (0, 0, width, height) and picture.size == (width, height):
        return np.asarray(picture)
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, box=box))
