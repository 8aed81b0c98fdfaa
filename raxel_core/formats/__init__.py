"""Camera files <-> Trajectory: one small file a format, each with an ``ENTRY`` (`format.Format`); the table stands here.

`read_file` looks at the content, not at the name. Files are data; nothing in them is ever run.
"""

from __future__ import annotations

import shutil
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from . import (
    blender,
    camera_path,
    cameractrl,
    chan,
    colmap,
    csv,
    gltf,
    motionctrl,
    nerfstudio,
    raxel_json,
    raxel_path,
    realestate10k,
    tanks,
    tum,
    usd,
)
from .format import Files, Format
from .source import MAX_BYTES, Ask, Source, decoded, read_bytes, told

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        raxel_json.ENTRY,
        raxel_path.ENTRY,
        blender.ENTRY,
        usd.ENTRY,
        gltf.ENTRY,
        gltf.TEXT_ENTRY,
        colmap.BINARY,
        colmap.TEXT,
        nerfstudio.ENTRY,
        camera_path.ENTRY,
        cameractrl.ENTRY,
        motionctrl.ENTRY,
        csv.ENTRY,
        realestate10k.ENTRY,
        tanks.ENTRY,
        tum.ENTRY,
        chan.ENTRY,
    )
}
"""By name, in the order in which contents are tried: the sure signs first, bare columns of numbers last."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read of a file."""

    trajectory: Trajectory
    format: Format
    notes: tuple[str, ...]
    """Sentences on what was assumed, left out or mended."""


def read_file(path: str | Path, ask: Ask | None = None, format: str | None = None) -> Reading:
    """Read a camera file, or a folder that is one.

    Args:
        path: the file; for a format of several files their folder, or one of them.
        ask: what the user says that the file may not.
        format: one of FORMATS; None finds out from the content.

    Raises:
        RaxelError: one sentence that begins with the file's name.
    """
    source = Source(Path(path), ask or Ask())
    try:
        chosen = _named(format) if format else sniff(source)
        if chosen.read is None:
            raise RaxelError(f"{chosen.title} is only written, not read")
        return Reading(chosen.read(source), chosen, tuple(source.notes))
    except RaxelError as error:
        words = str(error)
        name = told(source.path.name)
        named = words if name[-60:] in words else f"{name}: {words}"
        raise type(error)(named) from error  # a missing lens stays one


def read_trajectory(path: str | Path, size: tuple[int, int] | None = None) -> Trajectory:
    """The trajectory of `read_file`, for callers with no place for notes.

    Args:
        path: the file.
        size: width and height of the pictures that it belongs to, where they are known, for a format that does not say.
    """
    return read_file(path, Ask(size=size)).trajectory


def write_trajectory(
    path: str | Path, trajectory: Trajectory, format: str | None = None, ask: Ask | None = None
) -> Path:
    """Write a trajectory; the file, or the folder of a format that is one, appears complete or not at all.

    What the format cannot hold is told by `Format.losses`, which callers show.

    Args:
        path: where to; the folder that it lies in must exist.
        trajectory: F cameras.
        format: one of FORMATS that are written; None goes by the name (`format_of_name`).
        ask: the film width of lenses in millimetres.
    """
    path = Path(path)
    if path.name in ("", ".."):
        raise RaxelError(f"{path} names no file to write; give it a name, such as camera.json")
    chosen = _named(format) if format else format_of_name(path.name)
    if chosen.write is None:
        raise RaxelError(f"{chosen.title} is only read, not written; choose one of {', '.join(writable())}")
    content = chosen.write(trajectory, ask or Ask())
    if isinstance(content, str | bytes):
        write_bytes(path, content.encode() if isinstance(content, str) else content)
    else:
        write_folder(path, content)
    return path


def format_of_name(name: str) -> Format:
    """The format that is written under a name; whole names such as transforms.json count before endings."""
    lower = name.lower()
    for wanted in (lower, Path(lower).suffix or "/"):
        for format in FORMATS.values():
            if format.write is not None and wanted in format.endings:
                return format
    raise RaxelError(f"{name[:60]}: choose a format or a name that ends in {', '.join(endings())}")


def writable() -> list[str]:
    """Names of the formats that are written."""
    return [format.name for format in FORMATS.values() if format.write is not None]


def endings() -> list[str]:
    """Endings and whole names by which a format to write is chosen; "/" (a folder) is left out."""
    found = (ending for format in FORMATS.values() if format.write for ending in format.endings)
    return [ending for ending in dict.fromkeys(found) if ending != "/"]


def sniff(source: Source) -> Format:
    """The format of a file, by its content; RaxelError for what is none."""
    if source.looks != "folder" and not source.data.strip():
        raise RaxelError("the file is empty")
    for format in FORMATS.values():
        if format.recognises(source):
            return format
    if source.looks == "folder":
        raise RaxelError("this folder is no COLMAP model: it holds no cameras and images file")
    if motionctrl.is_of_two_meanings(source):
        raise RaxelError(
            "12 numbers a line are camera-to-world in KITTI's files, which are not read, and world-to-camera in "
            "MotionCtrl's; where they are that, name the format (--from motionctrl)"
        )
    _ = source.document if source.looks == "json" else source.text  # these say what is wrong with them
    names = ", ".join(format.name for format in FORMATS.values() if format.read)
    raise RaxelError(f"this is no camera file that Raxel knows; it reads {names}")


def _named(name: str) -> Format:
    if name not in FORMATS:
        raise RaxelError(f"there is no format {name[:40]!r}; choose one of {', '.join(FORMATS)}")
    return FORMATS[name]


def read_text(path: Path) -> str:
    """A text file of at most MAX_BYTES; a RaxelError for one that is missing, too large, or no text."""
    return decoded(read_bytes(path), path.name)


def write_text(path: Path, text: str) -> None:
    """Write a text file under a temporary name and rename it into place."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it into place; through a link, and with the mode of a file that is there."""
    try:
        place = path.resolve() if path.is_symlink() else path
        if place.exists() and not place.is_file():
            kind = "a folder" if place.is_dir() else "no plain file"
            raise RaxelError(f"{path} cannot be written: it is {kind}; choose another name")
        _replace(place, data)
    except OSError as error:
        raise RaxelError(f"{path} cannot be written: {error.strerror or error}") from error


def _replace(place: Path, data: bytes) -> None:
    temporary = place.with_name(f".{uuid.uuid4().hex[:12]}.partial")  # no longer than names may be
    try:
        temporary.write_bytes(data)
        if place.exists():
            temporary.chmod(stat.S_IMODE(place.stat().st_mode))
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


def write_folder(path: Path, files: Files) -> None:
    """Write a folder of files under a temporary name and rename it into place; one that is there and not empty stays."""
    temporary = path.with_name(f".{uuid.uuid4().hex[:12]}.partial")
    try:
        if path.exists() and not path.is_dir():
            raise RaxelError(f"{path} is a file, and this format is a folder of files; choose another name")
        if path.exists() and any(path.iterdir()):
            raise RaxelError(f"{path} is there already and not empty; choose another name")
        for name, content in files.items():
            file = temporary / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        temporary.replace(path)
    except OSError as error:
        raise RaxelError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
