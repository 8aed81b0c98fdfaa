"""What the editor asks of the server: presets, camera files read and written. Knows no host; ``routes.py`` puts it on the net.

Nothing here opens a path that came from a page: a file arrives as bytes and lies in a temporary folder while it is read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from ..raxel_core import formats
from ..raxel_core.errors import LensMissing, RaxelError
from ..raxel_core.formats import raxel_path
from ..raxel_core.geometry.presets import EASINGS, PRESETS, preset_trajectory
from .seeds import Seed, seed_of

MOST_BYTES = formats.MAX_BYTES
"""Of all files of one path together, as of one that a reader takes."""
MOST_FILES = 16
"""A reconstruction has three, a glTF and its buffers a few."""
NAME = "camera-path"
"""Of a file to keep, where its format has no name of its own."""
LIMITS: dict[str, tuple[float, float]] = {
    "frames": (1, 10_000),
    "fps": (0.001, 240),
    "width": (32, 8192),
    "height": (32, 8192),
    "hfov_deg": (1, 170),
    "subject_distance": (1e-6, 1e6),
    "seed": (0, 2**32 - 1),
}
WHOLE = ("frames", "width", "height", "seed")
ASKED = ("width", "height", "fps", "hfov_deg")
"""What of these a file may not say."""
UPLOAD = "raxel-upload"
"""What a file is called while it is read, so that its name in a sentence is no other word."""


def presets() -> list[dict]:
    """Every named move, for a menu."""
    return [
        {"name": name, "amount": preset.amount, "unit": preset.unit, "description": preset.description}
        for name, preset in PRESETS.items()
    ]


def preset_seed(wishes: Mapping[str, str]) -> Seed:
    """A named move.

    Args:
        wishes: texts as they come in an address: preset, and if wanted amount, easing and what LIMITS lists. An empty
            amount is the preset's own.

    Raises:
        RaxelError: an unknown name, or a value that is no number or outside its limits.
    """
    name = wishes.get("preset", "")
    if name not in PRESETS:
        raise RaxelError(f"there is no preset {name[:40]!r}; choose one of {', '.join(PRESETS)}")
    easing = wishes.get("easing", "ease_in_out")
    if easing not in EASINGS:
        raise RaxelError(f"there is no easing {easing[:40]!r}; choose one of {', '.join(EASINGS)}")
    amount = _number("amount", wishes["amount"], -3600, 3600) if wishes.get("amount") else None
    numbers = {key: _number(key, wishes[key], *LIMITS[key]) for key in LIMITS if wishes.get(key)}
    whole = {key: int(value) for key, value in numbers.items() if key in WHOLE}
    return seed_of(preset_trajectory(name, amount=amount, easing=easing, **(numbers | whole)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Written:
    """A path as a file to keep."""

    name: str
    data: bytes
    """The file; of a format that is a folder, a zip of it."""
    lost: list[str]
    """What of the path the format does not hold, a phrase each."""


def menu() -> dict[str, list]:
    """The formats, from their own table.

    Returns:
        read: endings of files that may hold a path. write: name, title and file name of each format that is written.
    """
    readable = [ending for format in formats.FORMATS.values() if format.read for ending in format.endings]
    # A folder's files are chosen together; a whole name such as transforms.json still ends in something.
    plain = [
        e
        for ending in readable
        for e in ([".txt", ".bin"] if ending == "/" else [PurePosixPath("x" + ending).suffix])
    ]
    return {
        "read": list(dict.fromkeys(ending for ending in plain if ending)),
        "write": [
            {"name": format.name, "title": format.title, "file": _kept_name(format)}
            for format in formats.FORMATS.values()
            if format.write is not None
        ],
    }


def read_files(files: Mapping[str, bytes], wishes: Mapping[str, str] | None = None) -> Seed:
    """The path in a camera file, or in the files of a folder that is one.

    Args:
        files: name -> content. Of one file's name the ending counts, or a whole name that a format goes by.
        wishes: what the files may not say, as texts: width and height (both or none), fps, hfov_deg.

    Raises:
        LensMissing: the file has no lens, and hfov_deg is not among the wishes.
        RaxelError: no camera file, or a wish that is no number or outside LIMITS.
    """
    ask = _ask(wishes or {})
    if len(files) > MOST_FILES:
        raise RaxelError(f"{len(files)} files were sent, a camera path has at most {MOST_FILES}")
    if sum(map(len, files.values())) > MOST_BYTES:
        raise RaxelError(f"the file is larger than {MOST_BYTES >> 20} MB; this is no camera file")
    with TemporaryDirectory(prefix="raxel-") as folder:
        place = Path(folder) / UPLOAD
        file = _laid_out(place, files)
        try:
            reading = formats.read_file(file, ask)
        except RaxelError as error:
            words = str(error).replace(str(file), "the file").removeprefix(f"{file.name}: ")
            kind = LensMissing if isinstance(error.__cause__, LensMissing) else RaxelError
            raise kind(words.replace(file.name, "the file")) from error
    seed = seed_of(reading.trajectory)
    notes = [f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in reading.notes]
    return {**seed, "notes": [*notes, *seed["notes"]]}


def write_file(path: str, name: str) -> Written:
    """A path of the editor as a camera file.

    Args:
        path: text of the editor's document.
        name: of the format, one of ``menu()["write"]``.
    """
    format = formats.FORMATS.get(name)
    if format is None or format.write is None:
        raise RaxelError(
            f"there is no format {name[:20]!r} to write; choose one of {', '.join(formats.writable())}"
        )
    trajectory = raxel_path.read(path).trajectory()
    content = format.write(trajectory, formats.Ask())
    data = content.encode() if isinstance(content, str) else content
    return Written(
        _kept_name(format), data if isinstance(data, bytes) else _zipped(data), format.losses(trajectory)
    )


def _laid_out(place: Path, files: Mapping[str, bytes]) -> Path:
    """The files in a new folder; what is to be read of them: the one file, the glTF, or the folder."""
    place.mkdir()
    names = {
        _plain_name(name) if len(files) == 1 else _name_beside(name): data for name, data in files.items()
    }
    for name, data in names.items():
        (place / name).write_bytes(data)
    leading = [name for name in names if name.lower().endswith(".gltf")]
    chosen = list(names) if len(names) == 1 else leading
    return place / chosen[0] if chosen else place


def _plain_name(name: str) -> str:
    """A name for a single file: one that a format goes by, or any with the same ending."""
    own = {
        ending for format in formats.FORMATS.values() for ending in format.endings if ending[0] not in "./"
    }
    last = PurePosixPath(name).name.lower()
    if last in own:
        return last
    ending = PurePosixPath(last).suffix
    return UPLOAD + (ending if re.fullmatch(r"\.[a-z0-9]{1,7}", ending) else "")


def _name_beside(name: str) -> str:
    """The name of one file of several, by which they know each other; RaxelError unless it is a plain one."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}", name):
        raise RaxelError(f"{name[:40]!r}: files that belong together need plain names; rename it")
    return name


def _kept_name(format: formats.Format) -> str:
    """What a file of a format is called: its own name, or ours with its ending; no two formats share one."""
    ending = format.endings[0]
    own = f"{NAME}-{format.name.replace('_', '-')}"
    if ending == "/":
        return f"{own}.zip"
    if ending[0] != ".":
        return ending
    first = next(other for other in formats.FORMATS.values() if other.write and other.endings[0] == ending)
    return (NAME if first is format else own) + ending


def _zipped(files: formats.Files) -> bytes:
    """A folder's files as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _ask(wishes: Mapping[str, str]) -> formats.Ask:
    """What the page says of a file; RaxelError for a value that is no number or outside LIMITS."""
    numbers = {key: _number(key, wishes[key], *LIMITS[key]) for key in ASKED if wishes.get(key)}
    both = "width" in numbers and "height" in numbers
    size = (int(numbers["width"]), int(numbers["height"])) if both else None
    return formats.Ask(size=size, fps=numbers.get("fps"), hfov_deg=numbers.get("hfov_deg"))


def _number(what: str, text: str, low: float, high: float) -> float:
    """A number within limits, whole where it must be; RaxelError otherwise."""
    try:
        value = float(text)
    except ValueError:
        raise RaxelError(f"{what} must be a number, got {text[:40]!r}") from None
    if not low <= value <= high or (what in WHOLE and value != int(value)):
        kind = "a whole number" if what in WHOLE else "a number"
        raise RaxelError(f"{what} must be {kind} within {low:g} and {high:g}, got {text[:40]}")
    return value
