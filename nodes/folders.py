"""ComfyUI's folders: where models, LoRAs and example inputs lie, and where results go. Paths stay inside them."""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import folder_paths

from ..raxel_core.errors import RaxelError
from ..raxel_core.formats import FORMATS

PACK = Path(__file__).resolve().parent.parent
MODEL_FOLDER, LORA_FOLDER = "raxel", "loras"
VAE_SUFFIX = "-vae"
"""A small model X.safetensors brings its own VAE as X-vae.safetensors in the same folder."""
EXAMPLE_INPUTS = {
    "raxel_example_clip.mp4": "clip.mp4",
    "raxel_example_still.png": "still.png",
    "raxel_example_still_2.png": "still_2.png",
}
"""Name in the host's input folder -> file in the pack's demo folder."""
MOST_CAMERA_FILES, DEEPEST = 2000, 6
"""Of the menu of camera files: entries, and folders in folders."""
MOST_SEEN = 100_000
"""Files and folders of the input folder that are looked at for the menu."""

logger = logging.getLogger("raxel")


def register_model_folder() -> None:
    """Make ``models/raxel`` of the host and the pack's own ``models`` one list of model files.

    A user's extra_model_paths.yaml may have added folders already: they stay, and theirs come first.
    """
    for folder in (Path(folder_paths.models_dir) / MODEL_FOLDER, PACK / "models"):
        folder_paths.add_model_folder_path(MODEL_FOLDER, str(folder))
    folders, _ = folder_paths.folder_names_and_paths[MODEL_FOLDER]
    folder_paths.folder_names_and_paths[MODEL_FOLDER] = (folders, {".safetensors", ".gguf"})


def model_names() -> list[str]:
    """Names for the loader's menu: every model file, without the VAEs that lie beside them."""
    return [
        name
        for name in folder_paths.get_filename_list(MODEL_FOLDER)
        if not Path(name).stem.endswith(VAE_SUFFIX)
    ]


def model_path(name: str) -> Path:
    """Full path of a menu entry. Raises RaxelError where no such file is in the model folders."""
    return _path_in(MODEL_FOLDER, name, "Raxel model")


def bundled_vae_path(model: Path) -> Path | None:
    """The VAE that belongs to a model file and lies beside it, or None."""
    path = model.with_name(f"{model.stem}{VAE_SUFFIX}.safetensors")
    return path if path.is_file() else None


def lora_names() -> list[str]:
    """Names for the LoRA menu: the host's own list, of which only safetensors are read."""
    return [name for name in folder_paths.get_filename_list(LORA_FOLDER) if name.endswith(".safetensors")]


def lora_path(name: str) -> Path:
    """Full path of a menu entry. Raises RaxelError where no such file is in the LoRA folders."""
    return _path_in(LORA_FOLDER, name, "LoRA")


def _path_in(folder: str, name: str, what: str) -> Path:
    path = folder_paths.get_full_path(folder, name)
    if path is None:
        raise RaxelError(f"there is no {what} {name!r}; put the file into ComfyUI's models/{folder} folder")
    return Path(path)


def offer_example_inputs() -> None:
    """Copy the pack's example clip and picture into the host's input folder, unless files of these names are there.

    The example workflows load them by name; a read-only input folder only costs the examples.
    """
    folder = Path(folder_paths.get_input_directory())
    for name, shipped in EXAMPLE_INPUTS.items():
        source, target = PACK / "demo" / shipped, folder / name
        if target.exists() or not source.is_file():
            continue
        try:
            shutil.copyfile(source, target)
            logger.info("Raxel: copied %s into %s for the example workflows", name, folder)
        except OSError as error:
            logger.info("Raxel: the example workflows lack %s (%s)", name, error)


def camera_files() -> list[str]:
    """Camera files in the host's input folder and the folders in it, as ``folder/file.json``, in alphabetical order.

    Told by their names alone: a .json or .txt may be something else. A folder with a COLMAP model counts as one file.
    """
    root = Path(folder_paths.get_input_directory())
    endings = {ending for format in FORMATS.values() if format.read for ending in format.endings}
    found: list[str] = []
    seen = 0
    for place, names in _places(root):
        seen += len(names)
        if seen > MOST_SEEN or len(found) > MOST_CAMERA_FILES:
            break
        below = place.relative_to(root)
        named = [name for name in names if _ending(name) in endings | {".bin"}]
        likely = [name for name in named if not (place / name).is_symlink() or _inside(place / name, root)]
        if {"cameras", "images"} <= {Path(name).stem for name in likely if name.endswith((".bin", ".txt"))}:
            found.append(below.as_posix())
        else:
            found += [(below / name).as_posix() for name in likely if _ending(name) in endings]
    return sorted(found, key=lambda name: (name.lower(), name))[:MOST_CAMERA_FILES]


def _places(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folder and those in it, with the names of their files; hidden ones are left out, and links to folders."""
    for folder, inner, names in os.walk(root):
        place = Path(folder)
        depth = len(place.relative_to(root).parts)
        inner[:] = sorted(name for name in inner if not name.startswith(".")) if depth < DEEPEST else []
        yield place, [name for name in names if not name.startswith(".")]


def _inside(path: Path, root: Path) -> bool:
    """Whether a path leads to something below a folder, all links followed."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def input_path(name: str) -> Path:
    """Full path of something in the host's input folder.

    Args:
        name: as in the menu of camera files; either slash separates folders.

    Raises:
        RaxelError: an absolute name, one with ``..`` or a drive, one that links lead out of the folder, or nothing there.
    """
    root = Path(folder_paths.get_input_directory())
    shown, plain = repr(name[:80]), PurePosixPath(name.replace("\\", "/"))
    if plain.is_absolute() or ".." in plain.parts or ":" in name or "\0" in name:
        raise RaxelError(
            f"{shown} leads out of ComfyUI's input folder; name a file inside it, such as raxel/shot.json"
        )
    path = root / plain
    try:
        there = path.exists()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if path == root or not there:
        raise RaxelError(
            f"there is no {shown} in ComfyUI's input folder; upload the camera file, or copy it there"
        )
    if not _inside(path, root):
        raise RaxelError(
            f"{shown} is a link that leads out of ComfyUI's input folder; copy the file itself there"
        )
    return path


def next_output(prefix: str) -> tuple[Path, str, str]:
    """Where the host would save next for this prefix.

    Returns:
        the folder, the counted stem such as ``path_00001_``, and the subfolder below the output folder.
        Raises RaxelError where the prefix points outside the output folder.
    """
    output = folder_paths.get_output_directory()
    try:
        folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(prefix, output)
    except Exception as error:
        raise RaxelError(
            f"filename_prefix {prefix!r} leads outside ComfyUI's output folder; use a plain name"
        ) from error
    return Path(folder), f"{stem}_{counter:05}_", subfolder


def temporary_file(stem: str, ending: str) -> tuple[Path, dict[str, str]]:
    """A file that the page can ask for and that the host throws away when it starts again.

    Returns:
        where to write it, and what to tell the page: filename, subfolder, type.
    """
    folder = Path(folder_paths.get_temp_directory())
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{stem}_{uuid.uuid4().hex[:12]}{ending}"
    return folder / name, {"filename": name, "subfolder": "", "type": "temp"}
