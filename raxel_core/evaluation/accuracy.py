"""Accuracies at thresholds: RRA, RTA, their means up to 30 degrees, and AUC@30.

RRA@x and RTA@x are the shares of rotation and translation-direction errors below x degrees (Jin et al. 2021, Image
Matching across Wide Baselines). mRRA@30 is the mean of RRA@1, RRA@2, ... RRA@30 (paper 4.2). AUC@30 is the same mean
for the worse of both errors of each pair, as the code of PoseDiffusion (Wang et al. 2023) and VGGT (2025) computes it,
with two differences: the sign of a direction counts here, and pairs without a true direction are left out.
"""

from __future__ import annotations

import numpy as np

THRESHOLDS_DEG = (5, 15, 30)
UP_TO_DEG = 30


def accuracy(errors_deg: np.ndarray, below_deg: float) -> float:
    """Share of errors below a threshold; those that are nan do not count. nan where nothing is left."""
    errors_deg = errors_deg[np.isfinite(errors_deg)]
    return float((errors_deg < below_deg).mean()) if len(errors_deg) else float("nan")


def mean_accuracy(errors_deg: np.ndarray, up_to_deg: int = UP_TO_DEG) -> float:
    """Mean of the accuracies at 1, 2, ... up_to_deg degrees."""
    return float(np.mean([accuracy(errors_deg, below) for below in range(1, up_to_deg + 1)]))


def auc(rotation_deg: np.ndarray, direction_deg: np.ndarray, up_to_deg: int = UP_TO_DEG) -> float:
    """`mean_accuracy` of the worse of both errors [N] each; nan in either leaves a pair out."""
    return mean_accuracy(np.maximum(rotation_deg, direction_deg), up_to_deg)


def accuracies(rotation_deg: np.ndarray, direction_deg: np.ndarray, of: str = "") -> dict[str, float]:
    """All of the above by name: `rra5`, `mrra30`, `rta5`, `mrta30`, `auc30`, ...

    Args:
        rotation_deg: [N].
        direction_deg: [N], nan where there is none.
        of: what to put before each name.
    """
    found = {}
    for name, errors in (("rra", rotation_deg), ("rta", direction_deg)):
        found |= {f"{of}{name}{x}": accuracy(errors, x) for x in THRESHOLDS_DEG}
        found[f"{of}m{name}{UP_TO_DEG}"] = mean_accuracy(errors)
    return {**found, f"{of}auc{UP_TO_DEG}": auc(rotation_deg, direction_deg)}
