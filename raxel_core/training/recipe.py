"""A recipe: one YAML file that decides everything about a model, from the autoencoder to the last training step."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ..errors import RaxelError
from ..model import RaxelConfig
from .cache import CacheRecipe
from .config import Layout, Stage, Training
from .objective import TaskMix
from .vae import VaeTraining

T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """The parts of a recipe, in the order in which they are used."""

    name: str
    vae: VaeTraining
    clips: CacheRecipe
    network: RaxelConfig
    training: Training


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe; every mistake is a RaxelError that names the entry."""
    try:
        values = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise RaxelError(f"cannot read the recipe {path}: {error}") from None
    except yaml.YAMLError as error:
        raise RaxelError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict) or set(values) != {field.name for field in dataclasses.fields(Recipe)}:
        raise RaxelError(f"{path} needs the entries name, vae, clips, network and training, and no others")
    training = dict(values["training"] or {})
    stages = training.pop("stages", None)
    if stages:
        training["stages"] = tuple(
            _build(
                Stage,
                {
                    **stage,
                    "mix": _build(TaskMix, stage["mix"], f"{path}: mix"),
                    "layouts": [
                        _build(Layout, layout, f"{path}: layouts") for layout in stage.get("layouts", [{}])
                    ],
                },
                f"{path}: stages",
            )
            for stage in stages
        )
    return Recipe(
        name=str(values["name"]),
        vae=_build(VaeTraining, values["vae"], f"{path}: vae"),
        clips=_build(CacheRecipe, values["clips"], f"{path}: clips"),
        network=RaxelConfig.from_dict(values["network"]),
        training=_build(Training, training, f"{path}: training"),
    )


def _build(kind: type[T], values: dict[str, Any] | None, where: str) -> T:
    """A dataclass from YAML values of the defaults' own types."""
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for name, value in (values or {}).items():
        if name not in fields:
            raise RaxelError(f"{where}: unknown entry {name!r}; it takes {', '.join(fields)}")
        default = fields[name].default
        if isinstance(default, int | float) and not isinstance(value, int | float):
            raise RaxelError(f"{where}: {name} must be a number, got {value!r}")
    given = {
        name: tuple(value) if isinstance(value, list) else value for name, value in (values or {}).items()
    }
    try:
        return kind(**given)
    except (TypeError, ValueError) as error:
        raise RaxelError(f"{where}: {error}") from None
