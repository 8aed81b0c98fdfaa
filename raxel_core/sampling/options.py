"""How a run is done, apart from what it is given: seed, clocks, solver, text and guidance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..errors import RaxelError
from ..model import RaxelConfig
from . import solvers
from .schedule import sigmas

SOLVERS: tuple[str, ...] = tuple(solvers.SOLVERS)
"""Names of the solvers."""
MAX_GUIDANCE = 100.0
RAY_STEPS, RAY_SHIFT = 2, 0.1
"""For reading cameras from pictures: the first step sees the path, the second corrects it where little noise is left."""
JOINT_RAY_STEPS, JOINT_RAY_SHIFT = 20, 8.0
"""For making paths up: which one is decided bit by bit, close to pure noise. Two steps would give the mean of all paths."""


@dataclass(frozen=True, eq=False)
class SamplingOptions:
    """Options of every task; each uses those that it has a use for."""

    seed: int = 0
    """Any whole number: the same seed gives the same latents on the same device."""
    video_steps: int = 20
    """Denoising steps of pictures, 1..1000."""
    video_shift: float = 3.0
    """Above 1 the picture clock spends more of its steps near pure noise."""
    ray_steps: int = RAY_STEPS
    """Denoising steps of rays, 1..1000."""
    ray_shift: float = RAY_SHIFT
    """The same for the clock of the rays."""
    solver: str = "euler"
    """One of `SOLVERS`."""
    cfg: float = 1.0
    """Text guidance, 0..100: negative + cfg (positive - negative). 1 is off."""
    context: Tensor | None = None
    """[1, L, text_dim] text embedding; None is the checkpoint's stored null context."""
    negative: Tensor | None = None
    """The same for what guidance leads away from."""
    camera_guidance: float = 0.0
    """How much more than usual the pictures follow given cameras, 0..100. 0 is off."""

    def __post_init__(self) -> None:
        """Refuse what no run can use."""
        for name in ("seed", "video_steps", "ray_steps"):
            if not hasattr(getattr(self, name), "__index__"):
                raise RaxelError(f"{name} must be a whole number, got {getattr(self, name)!r}.")
        _ = self.video_clock, self.ray_clock
        if self.solver not in SOLVERS:
            raise RaxelError(f"there is no solver {self.solver!r}; choose one of {', '.join(SOLVERS)}.")
        for name in ("cfg", "camera_guidance"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= MAX_GUIDANCE):
                raise RaxelError(f"{name} must be a number from 0 to {MAX_GUIDANCE:g}, got {value}.")
        for name in ("context", "negative"):
            _check_text(getattr(self, name), name)

    def making_paths_up(self) -> SamplingOptions:
        """The same options with the ray clock that `joint` wants."""
        return replace(self, ray_steps=JOINT_RAY_STEPS, ray_shift=JOINT_RAY_SHIFT)

    @property
    def video_clock(self) -> Tensor:
        """[video_steps + 1] sigmas of pictures."""
        return sigmas(self.video_steps, self.video_shift)

    @property
    def ray_clock(self) -> Tensor:
        """[ray_steps + 1] sigmas of rays."""
        return sigmas(self.ray_steps, self.ray_shift)

    @property
    def guides_by_text(self) -> bool:
        """Whether `cfg` changes anything: it is not 1, and the two texts differ."""
        if self.cfg == 1 or self.context is self.negative:
            return False
        if self.context is None or self.negative is None:
            return True
        return self.context.shape != self.negative.shape or not torch.equal(
            self.context, self.negative.to(self.context)
        )

    def check_text_width(self, config: RaxelConfig) -> None:
        """Refuse text of another encoder than the model's."""
        for name in ("context", "negative"):
            text = getattr(self, name)
            if text is not None and text.shape[2] != config.text_dim:
                raise RaxelError(
                    f"{name} is {text.shape[2]} numbers wide, the model's text is {config.text_dim}; "
                    "use the text encoder that belongs to the model."
                )


def _check_text(text: Tensor | None, name: str) -> None:
    if text is None:
        return
    if text.ndim != 3 or len(text) != 1 or text.shape[1] == 0 or not text.is_floating_point():
        raise RaxelError(
            f"{name} must be one text [1, tokens, width], got {list(text.shape)} of {text.dtype}."
        )
    if not bool(torch.isfinite(text).all()):
        raise RaxelError(f"{name} holds values that are not finite numbers; look at what made it.")
