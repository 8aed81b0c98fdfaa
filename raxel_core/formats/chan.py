"""Nuke's ``.chan``: ``frame tx ty tz rx ry rz [vfov]`` a line, degrees, as Nuke, Houdini and Blender exchange it.

Camera-to-world of an OpenGL camera (x right, y up, z back) in a world with y up. The file does not say in which order the
angles apply; taken is that of Nuke's own cameras, ZXY: ``R = Ry Rx Rz``. vfov is the vertical angle of view.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import RaxelError
from ..geometry.rays import focal_from_fov, intrinsics
from ..geometry.rotation import axis_rotation
from ..geometry.trajectory import Trajectory
from .axes import from_y_up, to_y_up
from .format import Format
from .source import Source, check_frames
from .tables import Line, head_rows, in_order, lines_of, note_uneven, rigid, table, text_of

Array = NDArray[np.float64]

WITHOUT_LENS, WITH_LENS = 7, 8
FIRST_FRAME = 1
DEFAULT_FPS = 24.0
NARROWEST_DEG, WIDEST_DEG = 1e-5, 179.999
"""Angles of view whose focal lengths are still numbers of pixels."""


def write(trajectory: Trajectory) -> str:
    """Text of a trajectory, from frame 1."""
    c2w = to_y_up(trajectory.c2w)
    rows = np.concatenate(
        [c2w[:, :3, 3], angles_zxy_deg(c2w[:, :3, :3]), trajectory.vfov_deg[:, None]], axis=1
    )
    return "".join(f"{frame} {text_of(row)}\n" for frame, row in enumerate(rows, start=FIRST_FRAME))


def read(source: Source) -> Trajectory:
    """The cameras of a file, in the order of their frames."""
    lines = lines_of(source.text)
    check_frames(len(lines))
    rows = table(lines, "a .chan camera", WITHOUT_LENS, WITH_LENS)
    _check_angles(lines, rows)
    rows = rows[in_order(source, rows[:, 0], "frame")]
    note_uneven(source, rows[:, 0], "frames")
    c2w = from_y_up(rigid(rotation_zxy(rows[:, 4:7]), rows[:, 1:4]))
    K, width, height = _lens(source, rows)
    return Trajectory(c2w, K, width, height, source.fps(DEFAULT_FPS), "relative")


def rotation_zxy(angles_deg: ArrayLike) -> Array:
    """(..., 3, 3) of degrees about x, y, z (..., 3): z first, then x, then y."""
    x, y, z = np.moveaxis(np.asarray(angles_deg, dtype=np.float64), -1, 0)
    return axis_rotation(1, y) @ axis_rotation(0, x) @ axis_rotation(2, z)


def angles_zxy_deg(R: ArrayLike) -> Array:
    """Degrees about x, y, z (F, 3) of rotations (F, 3, 3), without jumps from frame to frame; inverse of `rotation_zxy`.

    Where the camera looks straight up or down only the sum of y and z is told; z is chosen, and y follows from it.
    """
    R = np.asarray(R, dtype=np.float64)
    z = np.arctan2(R[:, 1, 0], R[:, 1, 1])
    unrolled = R @ np.swapaxes(axis_rotation(2, np.degrees(z)), -1, -2)  # = Ry Rx
    x = np.arctan2(-unrolled[:, 1, 2], unrolled[:, 1, 1])
    y = np.arctan2(-unrolled[:, 2, 0], unrolled[:, 0, 0])
    return _continuous(np.degrees(np.stack([x, y, z], axis=-1)))


def _continuous(angles_deg: Array) -> Array:
    """The same rotations by the angles closest to those of the frame before."""
    found = [angles_deg[0]]
    for x, y, z in angles_deg[1:]:
        same = np.array([[x, y, z], [180 - x, y + 180, z + 180]])
        same += 360 * np.round((found[-1] - same) / 360)
        found.append(same[np.abs(same - found[-1]).sum(axis=1).argmin()])
    return np.array(found)


def _check_angles(lines: list[Line], rows: Array) -> None:
    """Raise RaxelError for an angle of view that no lens has; ``rows`` are the numbers of ``lines``."""
    for (number, _), vfov_deg in zip(lines, rows[:, WITHOUT_LENS:].ravel(), strict=False):
        if not NARROWEST_DEG <= vfov_deg <= WIDEST_DEG:
            raise RaxelError(
                f"line {number}: the vertical angle of view must be within {NARROWEST_DEG:g} and {WIDEST_DEG:g} "
                f"degrees, got {vfov_deg:g}"
            )


def _lens(source: Source, rows: Array) -> tuple[Array, int, int]:
    if rows.shape[1] == WITHOUT_LENS:
        return source.lens(len(rows))
    width, height = source.size()
    K = np.tile(intrinsics(90.0, width, height), (len(rows), 1, 1))
    K[:, 0, 0] = K[:, 1, 1] = focal_from_fov(rows[:, 7], height)
    return K, width, height


def recognises(source: Source) -> bool:
    """Whether a text is called ``.chan``, or has rows of 7 or 8 numbers that begin with whole ones."""
    if source.looks == "text" and source.name.endswith(".chan"):
        return True
    rows = head_rows(source)
    lengths = {len(row) for row in rows}
    return lengths in ({WITHOUT_LENS}, {WITH_LENS}) and all(row[0].is_integer() for row in rows)


ENTRY = Format(
    name="chan",
    title="Nuke .chan",
    endings=(".chan",),
    read=read,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset({"lens", "zoom"}),
    axes="camera-to-world, x right, y up, z back, world with y up; degrees, turned about z, x, y in this order",
)
