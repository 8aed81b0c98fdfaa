"""Camera files <-> Trajectory: one small file a format, each ``read(text) -> Trajectory`` and ``write(trajectory) -> text``.

``read_trajectory`` looks at the content, not at the name. Files are text; nothing in them is ever run.
"""

import os
from collections.abc import Callable
from pathlib import Path

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from . import raxel_json, raxel_path, realestate10k

READERS: dict[str, Callable[[str], Trajectory]] = {
    "json": raxel_json.read,
    "path": lambda text: raxel_path.read(text).trajectory(),
    "realestate10k": realestate10k.read,
}
WRITERS: dict[str, Callable[[Trajectory], str]] = {
    "json": raxel_json.write,
    "realestate10k": realestate10k.write,
}
SUFFIXES = {".json": "json", ".txt": "realestate10k"}

MAX_BYTES = 64 << 20
"""Largest file that is read: a hundred thousand cameras."""


def read_trajectory(path: str | Path, size: tuple[int, int] | None = None) -> Trajectory:
    """Trajectory of a file in any known format; one RaxelError sentence for a file that is none.

    Args:
        path: the file.
        size: width and height of the pictures that it belongs to, where they are known, for a format that does not say.
    """
    path = Path(path)
    text = read_text(path)
    try:
        format = sniff(text)
        trajectory = READERS[format](text)
    except RaxelError as error:
        raise RaxelError(f"{path.name}: {error}") from error
    return trajectory.resized(*size) if size and format == "realestate10k" else trajectory


def write_trajectory(path: str | Path, trajectory: Trajectory, format: str | None = None) -> Path:
    """Write a trajectory; the file appears complete or not at all.

    Args:
        path: where to; its folder must exist.
        trajectory: F cameras.
        format: one of WRITERS; None goes by the suffix, .json or .txt.
    """
    path = Path(path)
    format = format or SUFFIXES.get(path.suffix.lower(), "")
    if format not in WRITERS:
        raise RaxelError(
            f"{path.name}: choose a format ({', '.join(WRITERS)}) or a name that ends in {' or '.join(SUFFIXES)}"
        )
    write_text(path, WRITERS[format](trajectory))
    return path


def write_text(path: Path, text: str) -> None:
    """Write a text file under a temporary name and rename it into place."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RaxelError(f"{path} cannot be written: {error.strerror or error}") from error


def sniff(text: str) -> str:
    """Format of a text, a key of READERS; RaxelError for what is not one of them."""
    if not text.strip():
        raise RaxelError("the file is empty")
    if text.lstrip("\ufeff \t\r\n")[:1] in "{[":
        return _sniff_json(raxel_json.parse_json(text.lstrip("\ufeff")))
    lines = [line for line in text.splitlines() if line.strip()]
    cameras = lines if realestate10k.is_row(lines[0]) else lines[1:]
    if lines[0].startswith(("http://", "https://")) or any(
        len(line.split()) == realestate10k.COLUMNS and realestate10k.is_row(line) for line in cameras
    ):
        return "realestate10k"
    raise RaxelError("this is no camera file that Raxel knows; it reads its own JSON and RealEstate10K text")


def _sniff_json(document: object) -> str:
    if isinstance(document, dict) and document.get("format") == raxel_json.FORMAT:
        return "json"
    if isinstance(document, dict) and document.get("format") == raxel_path.FORMAT:
        return "path"
    if (
        isinstance(document, list)
        and document
        and all(isinstance(row, list) and len(row) == 12 for row in document)
    ):
        raise RaxelError(
            "this is a MotionCtrl file, which is not supported yet; convert it to RealEstate10K text"
        )
    raise RaxelError(
        f'this JSON has no "format": "{raxel_json.FORMAT}"; Raxel reads its own JSON and RealEstate10K text'
    )


def read_text(path: Path) -> str:
    """A camera file's text; a RaxelError for one that is missing, too large, or no text."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RaxelError(f"{path.name} is larger than {MAX_BYTES >> 20} MB; this is no camera file")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise RaxelError(f"there is no file {path}") from error
    except OSError as error:
        raise RaxelError(f"{path} cannot be read: {error.strerror or error}") from error
    if b"\0" in data:
        raise RaxelError(f"{path.name} is a binary file, not camera text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RaxelError(f"{path.name} is not UTF-8 text; camera files are plain text") from error
