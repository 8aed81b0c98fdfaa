"""The files behind what a user names: one file, all shards, their index, or the folder that holds them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import RaxelError
from .files import cannot_read, check_is_file

INDEX = ".safetensors.index.json"
MAX_INDEX = 25_000_000  # bytes


def model_files(named: Sequence[Path]) -> list[Path]:
    """All files of one model; RaxelError where one is missing or stands twice."""
    files = [file for path in named for file in _files(path)]
    places = [os.path.realpath(file) for file in files]  # Path.resolve does not survive a link to itself
    twice = next((file for i, file in enumerate(files) if places[i] in places[:i]), None)
    if twice:
        raise RaxelError(f"{twice} is named twice; name every file once.")
    return files


def read_index(path: Path) -> dict[str, str]:
    """Tensor -> file name, of an index of shards; RaxelError where it is no such index."""
    weights = read_json(path).get("weight_map")
    if not isinstance(weights, dict) or not weights or not all(isinstance(v, str) for v in weights.values()):
        raise RaxelError(f"{path} is no index of shards (it has no weight_map); name the .safetensors files.")
    strange = next(
        (name for name in weights.values() if Path(name).name != name or name in ("", ".", "..")), None
    )
    if strange is not None:
        raise RaxelError(
            f"{path} names {strange!r}, which is not a file beside it; download the index again."
        )
    return weights


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; RaxelError where there is none."""
    check_is_file(path)
    try:
        if path.stat().st_size > MAX_INDEX:
            raise ValueError
        fields = json.loads(path.read_bytes())
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise RaxelError(f"{path} holds no JSON object; download it again.")
    return fields


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return _files_of_folder(path)
    if path.name.endswith(".json"):
        shards = sorted(set(read_index(path).values()))
        absent = [name for name in shards if not (path.parent / name).is_file()]
        if absent:
            raise RaxelError(
                f"{path} names {len(shards)} files and {absent[0]!r} is missing; download it too."
            )
        return [path.parent / name for name in shards]
    return [path]


def _files_of_folder(folder: Path) -> list[Path]:
    """A folder of shards, or a diffusers pipeline with its folder `transformer`."""
    if (folder / "transformer").is_dir():
        folder = folder / "transformer"
    indices = sorted(folder.glob(f"*{INDEX}"))
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.gguf"))
    if len(indices) == 1:
        return _files(indices[0])
    if not files:
        raise RaxelError(
            f"{folder} holds no .safetensors or .gguf file; name the model's own folder or file."
        )
    if len(files) > 1 and not all("-of-" in file.name for file in files):
        raise RaxelError(f"{folder} holds {len(files)} models; name the file itself.")
    return files
