"""Axes at the border: inside, cameras and world are OpenCV's (x right, y down, z forward).

Cameras of OpenGL, Blender, three.js, glTF and USD look down their own -z with y up: `OPENGL_TO_OPENCV`. Programs that draw
a world with a ground also say which of its axes is up; there the world is turned too, so that upright stays upright.
Formats of reconstructions (COLMAP, nerfstudio, RealEstate10K, TUM) have no up; their world stays as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

OPENGL_TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
"""Turns the camera's own axes over: y up, z back -> y down, z forward. Applied on the right of c2w; its own inverse."""
Y_UP_TO_Y_DOWN = OPENGL_TO_OPENCV
"""The same turn of the world: x right, y up, z back. Applied on the left of c2w; its own inverse."""
Z_UP_TO_Y_DOWN = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""World with z up and y away from the viewer (Blender). Applied on the left of c2w; its transpose is the inverse."""


def from_y_up(c2w_opengl: ArrayLike) -> Array:
    """c2w (..., 4, 4) of OpenGL cameras in a world with y up (glTF, USD, Nuke, Maya, three.js) -> ours."""
    return Y_UP_TO_Y_DOWN @ np.asarray(c2w_opengl, dtype=np.float64) @ OPENGL_TO_OPENCV


def to_y_up(c2w: ArrayLike) -> Array:
    """Inverse of `from_y_up`."""
    return from_y_up(c2w)


def from_z_up(c2w_opengl: ArrayLike) -> Array:
    """c2w (..., 4, 4) of OpenGL cameras in a world with z up (Blender) -> ours."""
    return Z_UP_TO_Y_DOWN @ np.asarray(c2w_opengl, dtype=np.float64) @ OPENGL_TO_OPENCV


def to_z_up(c2w: ArrayLike) -> Array:
    """Inverse of `from_z_up`."""
    return Z_UP_TO_Y_DOWN.T @ np.asarray(c2w, dtype=np.float64) @ OPENGL_TO_OPENCV
