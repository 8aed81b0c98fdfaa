"""What the editor asks of the server: presets, camera files read and written. Knows no host; ``routes.py`` puts it on the net.

Nothing here opens a path that came from a page: a file arrives as bytes and lies in a temporary folder while it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from ..raxel_core import formats
from ..raxel_core.errors import RaxelError
from ..raxel_core.formats import raxel_path
from ..raxel_core.geometry.presets import EASINGS, PRESETS, preset_trajectory
from .seeds import Seed, seed_of

MOST_BYTES = 8 << 20
"""Largest camera file that the editor takes: fifteen thousand cameras of JSON."""
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


def endings() -> dict[str, list[str]]:
    """Endings of the files that are read and written, from the table of formats itself."""
    read = (ending for format in formats.FORMATS.values() if format.read for ending in format.endings)
    return {
        "read": [ending for ending in dict.fromkeys(read) if ending.startswith(".")],
        "write": [ending for ending in formats.endings() if ending.startswith(".")],
    }


def read_file(name: str, data: bytes, wishes: Mapping[str, str] | None = None) -> Seed:
    """The path in a camera file.

    Args:
        name: what the file was called; only its ending counts.
        data: the file.
        wishes: width and height as texts, of the pictures that a file belongs to which does not say; both or none.

    Raises:
        RaxelError: no camera file, or a size that is no number or outside LIMITS.
    """
    size = _size(wishes or {})
    if len(data) > MOST_BYTES:
        raise RaxelError(f"the file is larger than {MOST_BYTES >> 20} MB; this is no camera file")
    with TemporaryDirectory(prefix="raxel-") as folder:
        file = Path(folder) / f"camera{_ending(name)}"
        file.write_bytes(data)
        try:
            reading = formats.read_file(file, formats.Ask(size=size))
        except RaxelError as error:
            words = str(error).removeprefix(f"{file.name}: ")
            raise RaxelError(words.replace(str(file), "the file").replace(file.name, "the file")) from error
        seed = seed_of(reading.trajectory)
        return {**seed, "notes": [*reading.notes, *seed["notes"]]}


def write_file(path: str, ending: str) -> bytes:
    """A path of the editor as a camera file.

    Args:
        path: text of the editor's document.
        ending: such as ``.json``; one of ``endings()["write"]``.
    """
    offered = endings()["write"]
    if ending not in offered:
        raise RaxelError(
            f"files that end in {ending[:20]!r} are not written; choose one of {', '.join(offered)}"
        )
    trajectory = raxel_path.read(path).trajectory()
    with TemporaryDirectory(prefix="raxel-") as folder:
        return formats.write_trajectory(Path(folder) / f"camera{ending}", trajectory).read_bytes()


def _size(wishes: Mapping[str, str]) -> tuple[int, int] | None:
    """Width and height, or None unless both are asked for."""
    if not (wishes.get("width") and wishes.get("height")):
        return None
    width, height = (int(_number(key, wishes[key], *LIMITS[key])) for key in ("width", "height"))
    return width, height


def _ending(name: str) -> str:
    """The ending of a file name, if it is a plain one; "" otherwise."""
    ending = PurePosixPath(name).suffix.lower()
    return ending if ending[1:].isalnum() and ending.isascii() and len(ending) <= 8 else ""


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
