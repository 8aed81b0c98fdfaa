"""What a reader of camera files is given: a file's bytes, text or JSON, and what the user says that the file does not."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import LensMissing, RaxelError
from ..geometry.rays import FILM_WIDTH_MM, intrinsics
from .parsing import parse_json

MAX_BYTES = 64 << 20
"""Largest file that is read whole."""
MAX_FRAMES = 100_000
"""Most cameras that are read from one file: more than an hour at 24 frames a second."""
MAX_SIZE_PX = 32_768
"""Bound on width and height, so that a file cannot ask for pictures that fill the memory."""
MODEL_STEMS = ("cameras", "images", "points3D", "rigs", "frames")
"""Names of the files of a COLMAP model, which is the folder that they stand in."""
DEFAULT_SIZE = (1280, 720)
"""Pixels of the pictures that a file belongs to, where neither it nor the user says."""


@dataclass(frozen=True)
class Ask:
    """What the user says of a file. To a reader it fills in what the file does not say, and never overrides it."""

    size: tuple[int, int] | None = None
    """Width and height in pixels of the pictures that the cameras took."""
    hfov_deg: float | None = None
    """Horizontal angle of view of a file without a lens."""
    fps: float | None = None
    """Frames per second of a file without times."""
    film_width_mm: float = FILM_WIDTH_MM
    """Width of the film of lenses in millimetres: written, and assumed where a file has millimetres but no film."""
    camera: str | None = None
    """Name of the camera to read where a file holds several; None takes the first and says which others there are."""


@dataclass(frozen=True, eq=False)
class Source:
    """A file or folder to read, opened when it is looked at. ``notes`` collects sentences for the user."""

    path: Path
    ask: Ask = field(default_factory=Ask)
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name in lower case, by which some formats are known."""
        return self.path.name.lower()

    @cached_property
    def data(self) -> bytes:
        """The whole file. Raises RaxelError where there is none, or one above MAX_BYTES."""
        return read_bytes(self.path)

    @cached_property
    def text(self) -> str:
        """The file as UTF-8 text without a byte order mark. Raises RaxelError for a binary file or another encoding."""
        return decoded(self.data, self.path.name)

    @cached_property
    def document(self) -> Any:
        """The file as JSON. Raises RaxelError where it is none."""
        return parse_json(self.text)

    @cached_property
    def looks(self) -> Literal["folder", "binary", "json", "text"]:
        """What kind of content this is, at first sight; for recognisers, which must not raise."""
        if is_folder(self.path) or is_part_of_model(self.path):
            return "folder"
        start = self.data[:65536].removeprefix(b"\xef\xbb\xbf").lstrip()
        if b"\0" in start:
            return "binary"
        return "json" if start[:1] in (b"{", b"[") else "text"

    def note(self, sentence: str) -> None:
        """Tell the user something about the file, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def size(self) -> tuple[int, int]:
        """Picture size for a file that does not say: the user's, else DEFAULT_SIZE with a note."""
        if self.ask.size is None:
            self.note(
                f"the file does not say how large its pictures are; taken for {DEFAULT_SIZE[0]}x{DEFAULT_SIZE[1]}"
            )
            return DEFAULT_SIZE
        check_size(*self.ask.size)
        return self.ask.size

    def hfov_deg(self) -> float:
        """Lens for a file that has none. Raises LensMissing where the user says none either."""
        if self.ask.hfov_deg is None:
            raise LensMissing(
                "the file has no lens; say its horizontal angle of view in degrees (--hfov, or the node's hfov)"
            )
        if not 0.01 <= self.ask.hfov_deg <= 179.9:
            raise RaxelError(
                f"a horizontal angle of view is within 0.01 and 179.9 degrees, got {self.ask.hfov_deg:g}"
            )
        return self.ask.hfov_deg

    def lens(
        self, num_frames: int, size: tuple[int, int] | None = None
    ) -> tuple[NDArray[np.float64], int, int]:
        """K (F, 3, 3) in pixels, width and height for a file without a lens, and perhaps without a size.

        Raises LensMissing where the user says none either.
        """
        hfov_deg, (width, height) = self.hfov_deg(), size or self.size()
        return np.tile(intrinsics(hfov_deg, width, height), (num_frames, 1, 1)), width, height

    def fps(self, default: float) -> float:
        """Rate for a file that has none: the user's, else the format's usual one with a note."""
        if self.ask.fps is None:
            self.note(f"the file does not say how fast it plays; taken for {default:g} frames per second")
        return self.ask.fps or default


def check_size(width: int, height: int) -> None:
    """Raise RaxelError for a picture size that no picture has."""
    if not (1 <= width <= MAX_SIZE_PX and 1 <= height <= MAX_SIZE_PX):
        raise RaxelError(
            f"a picture is within 1 and {MAX_SIZE_PX} pixels wide and high, got {width:.10g}x{height:.10g}"
        )


def is_part_of_model(path: Path) -> bool:
    """Whether a file is one of several of a COLMAP model, which may be far larger than MAX_BYTES, beside the others."""
    return path.stem in MODEL_STEMS and all(
        is_file(path.with_stem(stem)) for stem in ("cameras", "images", path.stem)
    )


def check_frames(count: int) -> None:
    """Raise RaxelError for a file of more than MAX_FRAMES cameras; before anything is made of them."""
    if count > MAX_FRAMES:
        raise RaxelError(
            f"the file holds {count} cameras, more than the {MAX_FRAMES} that are read; cut it into parts"
        )


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; one that the system refuses (too long, not ours) is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Whether a path is a plain file; one that the system refuses (too long, not ours) is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def told(path: Path | str) -> str:
    """A path for a sentence: its end where it is long, and in one line."""
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(path))
    return text if len(text) <= 120 else f"...{text[-117:]}"


def read_bytes(path: Path) -> bytes:
    """A file of at most MAX_BYTES; RaxelError otherwise."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            folder = f"there is no file {told(path)}: it is a folder"
            raise RaxelError(folder if stat.S_ISDIR(about.st_mode) else f"{told(path)} is no plain file")
        with path.open("rb") as file:
            data = file.read(min(about.st_size, MAX_BYTES) + 1)  # as much is set aside at once
    except RaxelError:
        raise
    except FileNotFoundError as error:
        raise RaxelError(f"there is no file {told(path)}") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise RaxelError(f"{told(path)} cannot be read: {why}") from error
    if len(data) > MAX_BYTES:
        raise RaxelError(f"{told(path.name)} is larger than {MAX_BYTES >> 20} MB; this is no camera file")
    return data


def decoded(data: bytes, name: str) -> str:
    """Bytes as UTF-8 text; RaxelError for what is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RaxelError(f"{name} is UTF-16 text; save it as UTF-8")
    if b"\0" in data:
        raise RaxelError(f"{name} is a binary file, not camera text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RaxelError(f"{name} is not UTF-8 text; camera files are plain text") from error
