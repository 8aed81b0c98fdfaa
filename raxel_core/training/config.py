"""What decides the result of a training run beside the data and the network: `Training`, its stages and their layouts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch

from .objective import COSINE_WEIGHT, LossWeights, Shifts, TaskMix

Mode = Literal["full", "rays", "rays_lora"]
Precision = Literal["bf16", "fp32"]


@dataclass(frozen=True)
class Layout:
    """Which segments the clips of a step have."""

    share: float = 1.0  # of the steps
    sources: int = 1
    targets: int = 0
    clip: bool = True
    anywhere: float = 0.0  # share of clips whose canonical camera is not the first frame

    def __post_init__(self) -> None:
        if self.sources < 1 or self.targets < 0:
            raise ValueError(
                f"a layout needs sources >= 1 and targets >= 0, got {self.sources}, {self.targets}"
            )
        if not 0 <= self.anywhere <= 1 or self.share <= 0:
            raise ValueError(
                f"a layout needs share > 0 and anywhere in 0..1, got {self.share}, {self.anywhere}"
            )


@dataclass(frozen=True)
class Stage:
    """Until this step, this mix of tasks, in batches of this size, laid out in one of these ways."""

    until: int
    mix: TaskMix
    batch: int = 64  # clips of a step, over all processes
    layouts: tuple[Layout, ...] = (Layout(),)
    steady_weight: float = 1.0  # clips whose camera hardly turns are drawn this often beside the others

    def __post_init__(self) -> None:
        if not (self.steady_weight > 0 and math.isfinite(self.steady_weight)):
            raise ValueError(f"steady_weight must be above 0, got {self.steady_weight}")
        if self.until < 1 or self.batch < 1:
            raise ValueError(f"until and batch must be 1 or more, got {self.until} and {self.batch}")
        total = sum(layout.share for layout in self.layouts)
        if abs(total - 1) > 1e-6:
            raise ValueError(f"shares of the layouts must sum to 1, got {total:g}")

    def layout(self, generator: torch.Generator) -> Layout:
        """One of the layouts, by their shares."""
        shares = torch.tensor([layout.share for layout in self.layouts], device=generator.device)
        return self.layouts[int(torch.multinomial(shares, 1, generator=generator))]


@dataclass(frozen=True)
class Training:
    """All that decides the result, beside the data and the network's config."""

    mode: Mode = "full"  # what is trained: all; what Wan does not have; that, and a LoRA on what it has
    lora_rank: int = 32
    start: str = ""  # a checkpoint to start from (`from:` in a recipe); "": from nothing
    steps: int = 6000
    learning_rate: float = 2e-3  # AdamW, for what is no matrix of a block
    matrix_rate: float = 3e-3  # Muon, for the matrices of the blocks; 0: AdamW for all
    warmup: int = 60
    decay: int = 800  # steps of the one fall of the learning rate, at the very end
    weight_decay: float = 0.01
    ema: float = 0.998
    video_shift: float = 3.0  # bends the noise levels of pictures towards 1
    ray_shift: float = 1.0  # and those of rays of known clips
    joint_ray_shift: float = 1.0  # and of unknown ones
    cosine_weight: float = COSINE_WEIGHT  # lambda of eq. 4; 0 is its ablation "w/o Cosine Sim. Loss"
    ray_weight: float = 1.0  # of the rays in the loss; the paper weighs video and rays alike
    ray_spread_weight: float = 1.0  # of how rays differ over a picture beside their mean; see flow_loss
    ray_sigma_power: float = (
        0.0  # rays count sigma^this: 0 as in the paper, 2 the error of the clean estimate
    )
    seed: int = 0
    precision: Precision = "bf16"  # of the matrix products; weights, sums and optimiser are float32
    gradient_checkpointing: bool = (
        False  # blocks are computed again on the way back: less memory, 4/3 of the time
    )
    accumulate: int = 1  # parts in which a batch goes through the network, one after the other
    save_every: int = 250  # steps between states
    sample_every: int = 0  # steps between samples; 0: none
    compile: bool = False
    stages: tuple[Stage, ...] = field(
        default=(Stage(3000, TaskMix(1.0, 0.0, 0.0), 32), Stage(10**9, TaskMix()))
    )

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if not (value >= least and math.isfinite(value)):
                raise ValueError(f"{name} must be {least} or more, got {value}")
        for name, choices in (("mode", get_args(Mode)), ("precision", get_args(Precision))):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}")
        if not 0 <= self.ema < 1:
            raise ValueError(f"ema must be from 0 to below 1, got {self.ema}")
        ends = [stage.until for stage in self.stages]
        if ends != sorted(set(ends)) or not ends or ends[-1] < self.steps:
            raise ValueError(f"stages must rise and reach step {self.steps}, got until {ends}")

    @property
    def loss_weights(self) -> LossWeights:
        """The weights in the loss."""
        return LossWeights(self.cosine_weight, self.ray_weight, self.ray_spread_weight, self.ray_sigma_power)

    @property
    def shifts(self) -> Shifts:
        """How noise levels are bent."""
        return Shifts(self.video_shift, self.ray_shift, self.joint_ray_shift)

    def stage(self, step: int) -> Stage:
        """The stage of a step."""
        return next(stage for stage in self.stages if step < stage.until)

    def clips_seen(self, steps: int) -> int:
        """Clips in the batches of the first `steps` steps, repeats included."""
        return sum(self.stage(step).batch for step in range(steps))

    def rate(self, step: int) -> float:
        """Share of the learning rate: linear warm-up, constant, one cosine fall at the end."""
        left = min(1.0, (self.steps - step) / max(self.decay, 1))
        fall = 0.5 - 0.5 * math.cos(math.pi * left)
        return min(1.0, (step + 1) / self.warmup) * max(fall, 0.01)


_LEAST = {
    "lora_rank": 1,
    "steps": 1,
    "learning_rate": 0,
    "matrix_rate": 0,
    "warmup": 1,
    "decay": 0,
    "weight_decay": 0,
    "video_shift": 0,
    "ray_shift": 0,
    "joint_ray_shift": 0,
    "cosine_weight": 0,
    "ray_weight": 0,
    "ray_spread_weight": 0,
    "ray_sigma_power": 0,
    "accumulate": 1,
    "save_every": 1,
    "sample_every": 0,
}
