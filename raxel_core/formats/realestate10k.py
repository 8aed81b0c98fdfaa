"""RealEstate10K camera text, which CameraCtrl took over.

Line 1 is the source's address and is skipped. Then one line a frame of 19 numbers:
``timestamp_us fx fy cx cy 0 0 r00 r01 r02 t0 r10 r11 r12 t1 r20 r21 r22 t2``. fx and cx are shares of the width, fy and
cy of the height; the 3x4 matrix is world-to-camera with OpenCV axes. The file does not know the size of its images, but
programs around CameraCtrl put it where the two zeros are.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..geometry.trajectory import Trajectory, invert_rigid
from .format import Format
from .source import DEFAULT_SIZE, MAX_SIZE_PX, Source, check_frames, check_size
from .tables import Line, in_order, lines_of, note_uneven, table

Array = NDArray[np.float64]

COLUMNS = 19
DEFAULT_FPS = 30.0
"""Where the timestamps say nothing: one frame, or all the same."""
SOURCE_LINE = "https://github.com/raxel/raxel"
WHAT = "a RealEstate10K camera"
SMALLEST_SIZE = 16
"""Pixels from which on the two numbers after the lens are a picture size."""


def write(trajectory: Trajectory) -> str:
    """Text of a trajectory; lengths, image size and skew are not part of the format."""
    lines = [SOURCE_LINE]
    rows = np.concatenate([shares(trajectory), trajectory.w2c[:, :3].reshape(-1, 12)], axis=1) + 0.0
    for index, row in enumerate(rows):
        numbers = " ".join(f"{value:.15g}" for value in [*row[:4], 0, 0, *row[4:]])
        lines.append(f"{round(index * 1e6 / trajectory.fps)} {numbers}")
    return "\n".join(lines) + "\n"


def shares(trajectory: Trajectory) -> Array:
    """(F, 4) fx, fy, cx, cy as shares of the width and height."""
    K, size = trajectory.K, np.array([trajectory.width, trajectory.height])
    return np.concatenate([K[:, [0, 1], [0, 1]] / size, K[:, :2, 2] / size], axis=1)


def read(text: str) -> Trajectory:
    """The cameras of a text, in pixels of the size that it names, or at which they are square."""
    rows = _rows(text)
    size = stated_size(rows) or square_size(rows)
    return from_rows(rows, size, rate(rows[:, 0]) or DEFAULT_FPS)


def read_source(source: Source) -> Trajectory:
    """The cameras of a file, in pixels of the pictures that it or the user names, or at which they are square."""
    rows = _rows(source.text)
    rows = rows[in_order(source, rows[:, 0], "timestamp")]
    fps = rate(rows[:, 0]) or source.fps(DEFAULT_FPS)
    note_uneven(source, rows[:, 0] / 1e6, "seconds")
    return from_rows(rows, size_of(source, rows), fps)


def size_of(source: Source, rows: Array) -> tuple[int, int]:
    """Picture size of rows (F, 19): the file's, else the user's, else that at which pixels are square, with a note."""
    stated = stated_size(rows)
    if stated or source.ask.size:
        return stated or source.size()
    width, height = square_size(rows)
    source.note(
        f"the file does not say how large its pictures are; taken for {width}x{height}, where its pixels are square"
    )
    return width, height


def stated_size(rows: Array) -> tuple[int, int] | None:
    """The picture size between lens and matrix, where all rows (F, 19) hold the same."""
    width, height = rows[0, 5:7]
    if (rows[:, 5:7] != rows[0, 5:7]).any() or min(width, height) < SMALLEST_SIZE:
        return None
    check_size(width, height)
    return round(width), round(height)


def square_size(rows: Array) -> tuple[int, int]:
    """The size of about DEFAULT_SIZE's height at which the pixels of rows (F, 19) are square; 1280x720 for 16:9."""
    focal = np.median(rows[:, 1:3], axis=0)
    aspect = focal[1] / focal[0] if focal.min() > 1e-9 else 0.0
    if not SMALLEST_SIZE <= aspect * DEFAULT_SIZE[1] <= MAX_SIZE_PX // 2:
        return DEFAULT_SIZE
    shape = Fraction(aspect).limit_denominator(DEFAULT_SIZE[1])
    times = round(DEFAULT_SIZE[1] / shape.denominator)
    return shape.numerator * times, shape.denominator * times


def from_rows(rows: Array, size: tuple[int, int], fps: float) -> Trajectory:
    """Cameras of rows (F, 19) of numbers, in pixels of ``size`` = width, height."""
    w2c = np.tile(np.eye(4), (len(rows), 1, 1))
    w2c[:, :3] = rows[:, 7:].reshape(-1, 3, 4)
    K = np.zeros((len(rows), 3, 3))
    K[:, 0, 0], K[:, 1, 1], K[:, 2, 2] = rows[:, 1] * size[0], rows[:, 2] * size[1], 1
    K[:, :2, 2] = rows[:, 3:5] * size
    # Checked as world-to-camera first: its rounded rotations become exact before they are inverted.
    cameras = Trajectory(w2c, K, *size, fps, "relative")
    return Trajectory(invert_rigid(cameras.c2w), K, *size, fps, "relative")


def timestamps_us(text: str) -> Array:
    """(F,) times of the cameras of a text that `read` accepts, in microseconds of the source video."""
    return np.array([float(line.split(maxsplit=1)[0]) for _, line in _cameras(text)])


def is_row(line: str) -> bool:
    """Whether a line starts with a number and so is meant to be a camera."""
    try:
        float(line.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return False
    return True


def rate(timestamps_us: Array) -> float | None:
    """Frames per second of (F,) sorted times in whole microseconds; None where they do not tell.

    Of the rates that the rounded times allow, the plainest: whole, with a half, NTSC, with three decimals.
    """
    duration_s = (timestamps_us[-1] - timestamps_us[0]) / 1e6
    fps = (len(timestamps_us) - 1) / duration_s if duration_s > 0 else 0.0
    if not 1e-3 <= fps <= 1e4:
        return None
    frames, times = np.arange(len(timestamps_us)), timestamps_us - timestamps_us[0]
    for plain in (round(fps), round(fps * 2) / 2, round(fps * 1.001) / 1.001, round(fps, 3)):
        if plain > 0 and np.abs(times - frames * 1e6 / plain).max() <= 0.51:
            return plain
    return fps


def _cameras(text: str) -> list[Line]:
    """The lines after the address, or whatever one word stands there."""
    return [line for line in lines_of(text) if line[0] > 1 or (is_row(line[1]) and len(line[1].split()) > 1)]


def _rows(text: str) -> Array:
    lines = _cameras(text)
    check_frames(len(lines))
    return table(lines, WHAT, COLUMNS)


def recognises(source: Source) -> bool:
    """Whether a text begins with an address, or holds rows of 19 numbers."""
    if source.looks != "text":
        return False
    lines = [line for line in source.text[:20_000].replace("\r", "\n").split("\n")[:50] if line.strip()]
    rows = lines if lines and is_row(lines[0]) else lines[1:]
    return bool(lines) and (
        lines[0].startswith(("http://", "https://"))
        or any(len(line.split()) == COLUMNS and is_row(line) for line in rows)
    )


ENTRY = Format(
    name="realestate10k",
    title="RealEstate10K text",
    endings=(".txt",),
    read=read_source,
    write=lambda trajectory, _: write(trajectory),
    recognises=recognises,
    holds=frozenset({"fps", "lens", "zoom", "centre", "pixels"}),
    axes="world-to-camera, x right, y down, z forward; no unit",
)
