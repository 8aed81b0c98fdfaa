"""`CacheRecipe`: the clips of a recipe, rendered or read from a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .render import Split


@dataclass(frozen=True)
class CacheRecipe:
    """Clips of one split and seed, all of one size."""

    split: Split | Literal["all"] = "train"
    seed: int = 0
    height: int = 64
    width: int = 96
    frames: int = 17
    alpha: float = 0.5
    data: str = ""  # folder of a data set; "": the renderer. What follows is of data sets only
    layout: str = "auto"
    scale: str = "metric"  # or normalised, or a file of factors
    strides: tuple[int, ...] = (1,)  # every which frame is taken; with several, windows of each
    windows: int = 0  # at most so many clips of one scene; 0: all

    def __post_init__(self) -> None:
        if self.frames % 4 != 1 or self.frames < 5:
            raise ValueError(f"frames must be of the form 4n + 1, got {self.frames}")
        if self.height % 16 or self.width % 16 or min(self.height, self.width) < 16:
            raise ValueError(f"height and width must be multiples of 16, got {self.height} and {self.width}")
        if not self.data and (self.scale != "metric" or self.split == "all"):
            raise ValueError("scale and the split all are of data sets; name one under data")
        if not isinstance(self.strides, tuple) or not self.strides or min(self.strides) < 1:
            raise ValueError(f"strides must be a list of numbers from 1, such as [1, 2], got {self.strides}")
        if self.windows < 0:
            raise ValueError(f"windows must be 0 or more, got {self.windows}")

    @property
    def scale_mode(self) -> Literal["metric", "relative"]:
        """Of a model that is trained on these clips, as its checkpoint calls it."""
        return "relative" if self.scale == "normalised" else "metric"
