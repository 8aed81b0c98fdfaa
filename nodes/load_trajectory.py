"""RaxelLoadTrajectory: a camera file in ComfyUI's input folder as a path. It is read anew whenever it has changed."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from comfy_api.latest import io

from ..raxel_core.errors import RaxelError
from ..raxel_core.formats import FORMATS, Ask, Reading, read_file
from ..raxel_core.formats.asked import unused
from ..raxel_core.formats.colmap import PLACES
from ..raxel_core.formats.source import MAX_BYTES
from ..raxel_core.geometry.checks import number, whole
from ..raxel_core.geometry.rays import FILM_WIDTH_MM
from .folders import camera_files, input_path
from .host import say
from .types import CATEGORY, TrajectorySocket, advanced, schema

BY_CONTENT = "by content"
MOST_HFOV, MOST_FPS, MOST_PIXELS, FILM = 179.0, 1000.0, 32_768, (0.1, 1000.0)
UPLOAD = "raxel_camera_upload"
"""In the options of the ``file`` input: the page draws a button that sends a file to the input folder."""


class RaxelLoadTrajectory(io.ComfyNode):
    """Reads a camera file of any format that Raxel knows."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The file, and what the user says of it that it may not."""
        return schema(
            node_id="RaxelLoadTrajectory",
            display_name="Load Trajectory (Raxel)",
            category=CATEGORY,
            description="Loads a camera path from a file in ComfyUI's input folder: Raxel JSON, COLMAP, nerfstudio, glTF, USD, Nuke .chan, "
            "RealEstate10K, CSV and more. The format is told by the content.",
            search_aliases=[
                "import camera", "camera file", "load camera path", "colmap", "gltf camera", "usd camera", "nuke chan",
                "nerfstudio", "match move",
            ],
            inputs=[_file_input(), *_name_inputs(), *_said_inputs()],
            outputs=[TrajectorySocket.Output(display_name="trajectory", tooltip="The camera path.")],
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, **given: Any) -> bool | str:
        """Refuse what cannot be read before anything runs; a linked input (None) is read later."""
        if None in given.values():
            return True
        try:
            _reading(**given)
        except RaxelError as error:
            return str(error)
        return True

    @classmethod
    def fingerprint_inputs(cls, file: str | None, path: str | None = "", **_: Any) -> str:
        """What the file holds now. A linked name is not known here: then any camera file that changes counts."""
        if path is None or (file is None and not path):
            return ";".join(_stamps(name) for name in camera_files())
        return _state(path.strip() or file or "")

    @classmethod
    def execute(cls, **given: Any) -> io.NodeOutput:
        """The path, and under the node what was assumed about it."""
        reading, ask = _reading(**given)
        trajectory = reading.trajectory
        facts = f"{trajectory.num_frames} cameras from {reading.format.title}"
        say("Load Trajectory", "; ".join([facts, *reading.notes, *unused(trajectory, ask)]))
        return io.NodeOutput(trajectory)


def _file_input() -> io.Input:
    menu = io.Combo.Input(
        "file",
        options=camera_files()
        or [""],  # an empty menu would send nothing, not even to a node whose path is typed
        tooltip="A camera file in ComfyUI's input folder or a folder inside it, or a folder with a COLMAP model. The button, or a "
        "file dropped on the node, uploads one.",
    )
    menu.extra_dict = {**(getattr(menu, "extra_dict", None) or {}), UPLOAD: True}
    return menu


def _name_inputs() -> list[io.Input]:
    """Another way to name the file, and what it is."""
    return [
        io.String.Input(
            "path",
            optional=True,
            default="",
            placeholder="folder/file.json",
            tooltip="The file's place below ComfyUI's input folder, instead of the menu; may be linked. Empty: the menu counts.",
        ),
        advanced(
            io.Combo.Input(
                "format",
                optional=True,
                options=[BY_CONTENT, *(name for name, format in FORMATS.items() if format.read)],
                default=BY_CONTENT,
                tooltip="What the file is. Only for a file whose content does not tell, such as bare columns of numbers.",
            )
        ),
    ]


def _said_inputs() -> list[io.Input]:
    """What the user says of a file that does not say it itself."""
    return [
        io.Float.Input(
            "hfov", optional=True, default=0.0, min=0.0, max=MOST_HFOV, step=0.1,
            tooltip="Horizontal angle of view in degrees, for a file without a lens. 0: the file must say it. A file's own lens counts.",
        ),
        io.Float.Input(
            "fps", optional=True, default=0.0, min=0.0, max=MOST_FPS, step=0.1,
            tooltip="Frames per second, for a file that does not say. 0: what is usual for the format.",
        ),
        io.Int.Input(
            "width", optional=True, default=0, min=0, max=MOST_PIXELS,
            tooltip="Width in pixels of the pictures that the cameras took, for a file that does not say. 0: 1280, or what fits.",
        ),
        io.Int.Input(
            "height", optional=True, default=0, min=0, max=MOST_PIXELS,
            tooltip="Height in pixels of the pictures that the cameras took, for a file that does not say. 0: 720.",
        ),
        advanced(
            io.Float.Input(
                "film_width_mm", optional=True, default=FILM_WIDTH_MM, min=FILM[0], max=FILM[1], step=0.01,
                tooltip="Width of the film in millimetres, for a file that tells lenses in millimetres and no film. 36 is full frame.",
            )
        ),
        advanced(
            io.String.Input(
                "camera",
                optional=True,
                default="",
                tooltip="Name of the camera, for a file that holds several. Empty: the first one; the others are named under the node.",
            )
        ),
    ]  # fmt: skip


def _reading(
    file: str,
    path: str = "",
    format: str = BY_CONTENT,
    hfov: float = 0.0,
    fps: float = 0.0,
    width: int = 0,
    height: int = 0,
    film_width_mm: float = FILM_WIDTH_MM,
    camera: str = "",
) -> tuple[Reading, Ask]:
    """The file, read, and what was said of it. Raises RaxelError as the readers do, and for numbers that make no sense."""
    name = path.strip() or file
    if not name:
        raise RaxelError("no camera file is chosen; upload one, or copy it into ComfyUI's input folder")
    # The host leaves the limits of numbers to a node that looks at its inputs itself.
    ask = Ask(
        size=_size(width, height),
        hfov_deg=number(hfov, "hfov", 0, MOST_HFOV) or None,
        fps=number(fps, "fps", 0, MOST_FPS) or None,
        film_width_mm=number(film_width_mm, "film_width_mm", *FILM),
        camera=camera.strip() or None,
    )
    return _read(input_path(name), _state(name), ask, None if format == BY_CONTENT else format), ask


def _size(width: int, height: int) -> tuple[int, int] | None:
    """Both sides of the pictures, or None where neither is told."""
    size = whole(width, "width", 0, MOST_PIXELS), whole(height, "height", 0, MOST_PIXELS)
    if bool(width) != bool(height):
        raise RaxelError(f"a picture size needs both sides, got {width}x{height}; set both, or both to 0")
    return size if width else None


@lru_cache(maxsize=4)
def _read(path: Path, state: str, ask: Ask, format: str | None) -> Reading:
    """A file in one state: what is read to be checked is not read again to run."""
    return read_file(path, ask, format)


def _state(name: str) -> str:
    """Changes whenever the file does: a hash of its content, and sizes and times of the files that it goes on in."""
    try:
        path = input_path(name)
        if path.is_dir() or path.stat().st_size > MAX_BYTES:
            return _stamps(name)
        return hashlib.sha256(path.read_bytes()).hexdigest() + _stamps(name)
    except (RaxelError, OSError):
        return ""


def _stamps(name: str) -> str:
    """Sizes and times of a camera file and of those that it goes on in: the rest of a COLMAP model, a .bin of a .gltf."""
    try:
        path = input_path(name)
        folders = [path / place for place in PLACES] if path.is_dir() else [path.parent]
        beside = (
            file
            for folder in folders
            for pattern in ("*.bin", "images.txt", "cameras.txt")
            for file in folder.glob(pattern)
        )
        stats = [(str(file), file.stat()) for file in dict.fromkeys([path, *sorted(beside)])]
        return ",".join(f"{file}:{facts.st_size}:{facts.st_mtime_ns}" for file, facts in stats)
    except (RaxelError, OSError):
        return ""
