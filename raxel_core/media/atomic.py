"""Write a file whole or not at all."""

from __future__ import annotations

import os
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
            f"cannot write {path}: {error.strerror or error}; choose another folder with --out"
        ) from error
    finally:
        part.unlink(missing_ok=True)
