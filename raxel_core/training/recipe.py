"""A recipe: one YAML file that decides everything about a model, from the autoencoder to the last training step."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ..errors import RaxelError
from ..model import PRESET_CONFIGS, RaxelConfig
from .cache_recipe import CacheRecipe
from .config import Layout, Stage, Training
from .objective import TaskMix
from .start import read_start
from .vae import VaeTraining

T = TypeVar("T")

ENTRIES = ("name", "vae", "clips", "network", "training")


@dataclass(frozen=True)
class Recipe:
    """The parts of a recipe, in the order in which they are used."""

    name: str
    vae: VaeTraining | Path  # how to train one, or the file of one
    clips: CacheRecipe
    network: RaxelConfig
    training: Training


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe; every mistake is a RaxelError that names the entry."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RaxelError(f"cannot read the recipe {path}: {error.strerror}; check its name") from None
    except UnicodeDecodeError:
        raise RaxelError(f"cannot read the recipe {path}: it is no text; name a YAML file") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise RaxelError(f"{path} is not YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(values, dict):
        raise RaxelError(f"{path} needs the entries {', '.join(ENTRIES)}")
    unknown = [name for name in values if name not in ENTRIES]
    missing = [name for name in ("name", "clips", "training") if name not in values]
    if unknown or missing:
        what = f"has the unknown entry {unknown[0]!r}" if unknown else f"lacks the entry {missing[0]!r}"
        raise RaxelError(f"{path} {what}; a recipe has {', '.join(ENTRIES)}")
    training = _training(values["training"], f"{path}: training")
    return Recipe(
        name=_name(values["name"], path),
        vae=_vae(values.get("vae"), f"{path}: vae"),
        clips=_build(CacheRecipe, values["clips"], f"{path}: clips"),
        network=_network(values.get("network"), training.start, path),
        training=training,
    )


def _name(value: Any, path: Path) -> str:
    name = str(value)
    if not name or Path(name).name != name:
        raise RaxelError(f"{path}: name must be a name for files, such as my-model, got {value!r}")
    return name


def _vae(value: Any, where: str) -> VaeTraining | Path:
    """`{file: PATH}` names an autoencoder that exists; anything else says how to train one."""
    if not isinstance(value, dict) or "file" not in value:
        return _build(VaeTraining, value, where)
    if len(value) > 1 or not isinstance(value["file"], str):
        raise RaxelError(f"{where}: beside file there is nothing to set; remove the other entries")
    return Path(value["file"]).expanduser()


def _network(value: Any, start: str, path: Path) -> RaxelConfig:
    """Sizes by number, by the name of a preset, or those of the checkpoint that the run starts from."""
    if value is None and start:
        return read_start(Path(start), None).config
    if isinstance(value, str) and value in PRESET_CONFIGS:
        return PRESET_CONFIGS[value]
    if not isinstance(value, dict):
        names = ", ".join(name for name, config in PRESET_CONFIGS.items() if config.ray_branch)
        raise RaxelError(
            f"{path}: network must be sizes or one of {names}, or be left out where training has from; got {value!r}"
        )
    _check_names(RaxelConfig, value, f"{path}: network")
    try:
        return RaxelConfig.from_dict(value)
    except (RaxelError, TypeError) as error:
        raise RaxelError(f"{path}: network: {error}") from None


def _training(value: Any, where: str) -> Training:
    values = dict(_entries(value, where))
    if "start" in values:
        raise RaxelError(f"{where}: unknown entry 'start'; a checkpoint to start from is called from")
    if "from" in values:
        values["start"] = str(Path(str(values.pop("from"))).expanduser())
    stages = values.pop("stages", None)
    if stages is not None:
        if not isinstance(stages, list) or not stages:
            raise RaxelError(f"{where}: stages must be a list of stages, got {stages!r}")
        values["stages"] = tuple(_stage(stage, f"{where}: stages") for stage in stages)
    return _build(Training, values, where)


def _stage(value: Any, where: str) -> Stage:
    values = dict(_entries(value, where))
    if "mix" not in values:
        raise RaxelError(f"{where}: a stage needs a mix of tasks")
    values["mix"] = _build(TaskMix, values["mix"], f"{where}: mix")
    layouts = values.get("layouts", [{}])
    if not isinstance(layouts, list):
        raise RaxelError(f"{where}: layouts must be a list, got {layouts!r}")
    values["layouts"] = tuple(_build(Layout, layout, f"{where}: layouts") for layout in layouts)
    return _build(Stage, values, where)


def _build(kind: type[T], value: Any, where: str) -> T:
    """A dataclass from YAML values of the types that it says."""
    values = _entries(value, where)
    _check_names(kind, values, where)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.name in values:
            _check_type(values[field.name], str(field.type), f"{where}: {field.name}")
    given = {name: tuple(item) if isinstance(item, list) else item for name, item in values.items()}
    try:
        return kind(**given)
    except TypeError as error:
        raise RaxelError(f"{where} is incomplete or has an entry of a wrong kind ({error})") from None
    except ValueError as error:
        raise RaxelError(f"{where}: {error}") from None


def _entries(value: Any, where: str) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise RaxelError(f"{where} must have entries of the form name: value, got {value!r}"[:300])
    return value or {}


def _check_names(kind: type, values: dict[str, Any], where: str) -> None:
    names = ["from" if f.name == "start" else f.name for f in dataclasses.fields(kind)]
    unknown = [name for name in values if name not in {f.name for f in dataclasses.fields(kind)}]
    if unknown:
        raise RaxelError(f"{where}: unknown entry {unknown[0]!r}; it takes {', '.join(names)}")


def _check_type(value: Any, annotation: str, where: str) -> None:
    """Refuse a value of another kind than a field's annotation; what is not plain is the dataclass's own to check."""
    wanted = {
        "bool": ("true or false", isinstance(value, bool)),
        "int": ("a whole number", isinstance(value, int) and not isinstance(value, bool)),
        "float": ("a number", isinstance(value, int | float) and not isinstance(value, bool)),
        "str": ("text", isinstance(value, str)),
    }.get(_plain(annotation))
    if wanted and not wanted[1]:
        hint = " (YAML wants 1.0e-3 where you write 1e-3)" if _is_exponential(value) else ""
        raise RaxelError(f"{where} must be {wanted[0]}, got {value!r}{hint}")


def _plain(annotation: str) -> str:
    return annotation.removeprefix("<class '").removesuffix("'>")


def _is_exponential(value: Any) -> bool:
    try:
        return isinstance(value, str) and "e" in value.lower() and float(value) == float(value)
    except ValueError:
        return False
