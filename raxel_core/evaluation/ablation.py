"""The paper's ablation (4.1, Table 2): four variants of one recipe, each with several seeds, measured by the cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..training.recipe import Recipe


@dataclass(frozen=True)
class Variant:
    """One row of the table."""

    words: str
    network: Mapping[str, Any] = field(default_factory=dict)
    """What is different in the recipe's network."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """What is different in the recipe's training."""


VARIANTS: dict[str, Variant] = {
    "full": Variant("full"),
    "joint-attention": Variant("w/o decoupled attention", network={"attention": "joint"}),
    "no-cosine": Variant("w/o cosine loss", training={"cosine_weight": 0.0}),
    "plucker": Variant("Plücker instead of raxels", network={"rays": "plucker"}),
}
"""In the paper's order, which is also its order of results, best first."""


def run_of(recipe: Recipe, variant: str, seed: int, vae: Path) -> Recipe:
    """The recipe of one run: the variant's entries, its own name and seed, and the autoencoder that all runs share."""
    change = VARIANTS[variant]
    return replace(
        recipe,
        name=f"{recipe.name}-{variant}-{seed}",
        vae=vae,
        network=replace(recipe.network, **change.network),
        training=replace(recipe.training, seed=seed, **change.training),
    )


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean over seeds, and half of the distance between the largest and the smallest."""
    return float(np.mean(values)), float(np.ptp(values) / 2)
