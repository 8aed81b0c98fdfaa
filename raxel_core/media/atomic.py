"""Write a file whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import RaxelError


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; takes its name at the end, and is removed where anything fails.

    Raises RaxelError where the folder is missing, read-only or full.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise RaxelError(
            f"cannot write {path}: {error.strerror or error}; choose another name or place"
        ) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def staging(folder: Path | str) -> Iterator[Path]:
    """A temporary folder to fill; at the end its files move into ``folder``, and where anything fails they are gone.

    Files of the same name are replaced; of numbered pictures in a subfolder (``0000.png``) none of an older run stays.
    Raises RaxelError where the folder cannot be written, before the caller's work begins.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise RaxelError(f"{folder} is a file, not a folder; choose another --out")
    home = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())
    try:
        stage = Path(tempfile.mkdtemp(prefix=".raxel-", dir=home))
    except OSError as error:
        raise RaxelError(f"cannot write into {home}: {error.strerror}; choose another --out") from error
    try:
        yield stage
        _publish(stage, folder)
    except OSError as error:
        raise RaxelError(f"cannot write {folder}: {error.strerror or error}; choose another --out") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _publish(stage: Path, folder: Path) -> None:
    """Move every staged file to its place."""
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    for subfolder in {path.parent.relative_to(stage) for path in files} - {Path()}:
        for stale in (folder / subfolder).glob("[0-9][0-9][0-9][0-9].png"):
            stale.unlink()
    for path in files:
        place = folder / path.relative_to(stage)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
