"""RealEstate10K camera text, which CameraCtrl took over.

Line 1 is the source's address and is skipped. Then one line a frame of 19 numbers:
``timestamp_us fx fy cx cy 0 0 r00 r01 r02 t0 r10 r11 r12 t1 r20 r21 r22 t2``. fx and cx are shares of the width, fy and
cy of the height; the 3x4 matrix is world-to-camera with OpenCV axes. The file does not know the size of its images.
"""

import numpy as np

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory, invert_rigid
from .format import Format
from .source import Source

COLUMNS = 19
DEFAULT_FPS = 30.0
"""Where the timestamps say nothing: one frame, or all the same."""
SOURCE_LINE = "https://github.com/raxel/raxel"


def write(trajectory: Trajectory) -> str:
    """Text of a trajectory; lengths, image size and skew are not part of the format."""
    if np.any(trajectory.K[:, 0, 1] != 0):
        raise RaxelError("RealEstate10K text cannot hold a skewed lens; write JSON instead")
    lines = [SOURCE_LINE]
    size = (trajectory.width, trajectory.height)
    for index, (w2c, K) in enumerate(zip(trajectory.w2c, trajectory.K, strict=True)):
        lens = [K[0, 0] / size[0], K[1, 1] / size[1], K[0, 2] / size[0], K[1, 2] / size[1], 0, 0]
        numbers = " ".join(f"{value:.15g}" for value in [*lens, *(w2c[:3].ravel() + 0.0)])
        lines.append(f"{round(index * 1e6 / trajectory.fps)} {numbers}")
    return "\n".join(lines) + "\n"


def read(text: str, width: int = 1280, height: int = 720) -> Trajectory:
    """Trajectory of a text; RaxelError names the line that is wrong.

    Args:
        text: the file's content.
        width: pixels across the images that the shares refer to; the data set's own pixels are square at 16:9.
        height: pixels down them.
    """
    rows = [
        _row(line, number)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not (number == 1 and not is_row(line))
    ]
    if not rows:
        raise RaxelError("no camera follows the first line of this RealEstate10K text")
    table = np.array(rows)
    w2c = np.tile(np.eye(4), (len(table), 1, 1))
    w2c[:, :3] = table[:, 7:].reshape(-1, 3, 4)
    K = np.zeros((len(table), 3, 3))
    K[:, 0, 0], K[:, 1, 1] = table[:, 1] * width, table[:, 2] * height
    K[:, 0, 2], K[:, 1, 2], K[:, 2, 2] = table[:, 3] * width, table[:, 4] * height, 1
    # Checked as world-to-camera first: its rounded rotations become exact before they are inverted.
    cameras = Trajectory(w2c, K, width, height, _fps(table[:, 0]), "relative")
    return Trajectory(invert_rigid(cameras.c2w), K, width, height, cameras.fps, "relative")


def timestamps_us(text: str) -> np.ndarray:
    """(F,) times of the cameras of a text that `read` accepts, in microseconds of the source video."""
    lines = [line for line in text.splitlines() if line.strip()]
    return np.array([float(line.split(maxsplit=1)[0]) for line in lines[0 if is_row(lines[0]) else 1 :]])


def is_row(line: str) -> bool:
    """Whether a line starts with a number and so is meant to be a camera."""
    try:
        float(line.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return False
    return True


def _row(line: str, number: int) -> list[float]:
    words = line.split()
    if len(words) != COLUMNS:
        raise RaxelError(f"line {number} has {len(words)} columns, a RealEstate10K camera has {COLUMNS}")
    try:
        values = [float(word) for word in words]
    except ValueError as error:
        raise RaxelError(
            f"line {number} holds something that is not a number: {line.strip()[:60]!r}"
        ) from error
    if not np.isfinite(values).all():
        raise RaxelError(f"line {number} holds a value that is not a finite number")
    return values


def _fps(timestamps_us: np.ndarray) -> float:
    duration_s = (timestamps_us[-1] - timestamps_us[0]) / 1e6
    fps = (len(timestamps_us) - 1) / duration_s if duration_s > 0 else DEFAULT_FPS
    return round(fps, 3) if 1e-3 <= fps <= 1e3 else DEFAULT_FPS


def recognises(source: Source) -> bool:
    """Whether a text begins with an address, or holds rows of 19 numbers."""
    if source.looks != "text":
        return False
    lines = [line for line in source.text.splitlines()[:50] if line.strip()]
    rows = lines if lines and is_row(lines[0]) else lines[1:]
    return bool(lines) and (
        lines[0].startswith(("http://", "https://"))
        or any(len(line.split()) == COLUMNS and is_row(line) for line in rows)
    )


def read_source(source: Source) -> Trajectory:
    """The cameras of a file, in pixels of the pictures that the user names."""
    trajectory = read(source.text)
    return trajectory.resized(*source.ask.size) if source.ask.size else trajectory


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
