"""Frechet distances between sets of clips, with features of the user's own choice.

FID (Heusel et al. 2017) and FVD (Unterthiner et al. 2018) are the Frechet distance between Gaussians fitted to features
of real and of generated pictures or clips. Which network makes the features decides the number, and none is shipped:
without one there is no distance, and tables say "no extractor".
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from ..errors import RaxelError

Extractor = Callable[[Tensor], Tensor]
"""Frames [N, F, H, W, 3] in 0..1 -> features [N, D]; single pictures come as clips of F = 1."""


def load_extractor(name: str) -> Extractor:
    """The callable that ``package.module:function`` names. Importing it runs that module."""
    module, colon, function = name.partition(":")
    if not (module and colon and function):
        raise RaxelError(f"the extractor {name!r} is not of the form package.module:function")
    try:
        extractor: Any = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise RaxelError(f"cannot import the extractor {name}: {error}; is it on PYTHONPATH?") from None
    if not callable(extractor):
        raise RaxelError(f"the extractor {name} is no function of frames, but {type(extractor).__name__}")
    return cast(Extractor, extractor)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """|mean a - mean b|^2 + tr(Sa + Sb - 2 (Sa Sb)^1/2) of features (N, D) and (M, D), at least 2 of each.

    The trace of the root is the sum of the roots of the eigenvalues of Sa^1/2 Sb Sa^1/2, which is symmetric.
    """
    if min(len(a), len(b)) < 2:
        raise RaxelError(f"a Frechet distance needs 2 or more of each, got {len(a)} and {len(b)}")
    apart = a.mean(axis=0) - b.mean(axis=0)
    Sa, Sb = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    values, vectors = np.linalg.eigh(Sa)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ Sb @ root).clip(0)).sum()
    return float(apart @ apart + np.trace(Sa) + np.trace(Sb) - 2 * cross)


class FrechetMeter:
    """Collects features of true and generated clips.

    Args:
        extractor: None collects nothing.
    """

    def __init__(self, extractor: Extractor | None) -> None:
        self.extractor = extractor
        self.features: dict[str, list[np.ndarray]] = {"fid": [], "fid_true": [], "fvd": [], "fvd_true": []}

    def add(self, generated: Iterable[Tensor], truth: Iterable[Tensor]) -> None:
        """Clips [F, H, W, 3] in 0..1."""
        if self.extractor is None:
            return
        for of, clips in (("", generated), ("_true", truth)):
            for clip in clips:
                self.features[f"fvd{of}"].append(self._features(clip[None]))
                self.features[f"fid{of}"].append(self._features(clip[:, None]))

    def distances(self) -> dict[str, float | None]:
        """`fid` over all frames, `fvd` over all clips; None without an extractor."""
        if self.extractor is None:
            return {"fid": None, "fvd": None}
        whole = {name: np.concatenate(parts) for name, parts in self.features.items()}
        return {name: frechet_distance(whole[name], whole[f"{name}_true"]) for name in ("fid", "fvd")}

    def _features(self, frames: Tensor) -> np.ndarray:
        assert self.extractor is not None
        with torch.no_grad():
            features = torch.as_tensor(self.extractor(frames))
        if features.ndim != 2 or len(features) != len(frames):
            raise RaxelError(
                f"the extractor must give [{len(frames)}, D] features for {len(frames)} clips, got {list(features.shape)}"
            )
        return features.double().cpu().numpy()
