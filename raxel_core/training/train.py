"""The training loop of the two-branch transformer; reads top to bottom.

Batches and noise are functions of the step number, so a killed run that resumes repeats the unkilled one. One process
or many (Hugging Face Accelerate): each takes its slice of every batch.
"""

import copy
import json
import logging
import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from ..engine.checkpoint import CheckpointInfo, RaxelModel, save_model
from ..engine.latents import LatentCodec
from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from .augment import Mirrors, augmented
from .objective import COSINE_WEIGHT, TaskMix, add_noise, flow_loss, sample_sigmas
from .state import load_state, save_state

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """Until this step, this mix of tasks."""

    until: int
    mix: TaskMix


@dataclass(frozen=True)
class Training:
    """All that decides the result, beside the data and the network's config."""

    steps: int = 6000
    batch: int = 64
    learning_rate: float = 1e-3
    warmup: int = 200
    decay: int = 800  # steps of the one fall of the learning rate, at the very end
    weight_decay: float = 0.01
    ema: float = 0.999
    video_shift: float = 3.0
    cosine_weight: float = (
        COSINE_WEIGHT  # lambda of the paper's eq. 4; 0 is its ablation "w/o Cosine Sim. Loss"
    )
    two_stills: float = 0.25  # share of steps with a second source still
    seed: int = 0
    compile: bool = False
    stages: tuple[Stage, ...] = field(default=(Stage(3000, TaskMix(1.0, 0.0, 0.0)), Stage(10**9, TaskMix())))

    def __post_init__(self) -> None:
        if not (self.cosine_weight >= 0 and math.isfinite(self.cosine_weight)):
            raise ValueError(f"cosine_weight must be 0 or more, got {self.cosine_weight}")

    def mix(self, step: int) -> TaskMix:
        """The tasks of a step."""
        return next(stage.mix for stage in self.stages if step < stage.until)

    def rate(self, step: int) -> float:
        """Learning rate: linear warm-up, constant, one cosine fall at the end."""
        left = min(1.0, (self.steps - step) / max(self.decay, 1))
        fall = 0.5 - 0.5 * math.cos(math.pi * left)
        return self.learning_rate * min(1.0, (step + 1) / self.warmup) * max(fall, 0.01)


class Clips:
    """Cached clips in memory, and batches of them as the network's latents.

    Args:
        codec: of the model that is trained; its record says the size.
        raw: what `load_shards` gives.
        mirrors: from `fit_mirrors`; None leaves the clips as they are.
    """

    def __init__(self, codec: LatentCodec, raw: dict[str, Tensor], mirrors: Mirrors | None) -> None:
        self.codec, self.raw, self.mirrors = codec, raw, mirrors

    def __len__(self) -> int:
        return len(self.raw["video_z"])

    def batch(self, size: int, two_stills: float, generator: torch.Generator) -> dict[str, Tensor]:
        """Clean latents. Source 0 is the clip's first frame, the canonical camera; at times there is a second."""
        rows = torch.randint(len(self), (size,), generator=generator)
        names = ("video_z", "video_r", "still_z", "still_r")
        raw = {name: self.raw[name][rows].float() for name in names}
        if self.mirrors:
            raw = augmented(raw, self.mirrors, generator)
        two = bool(torch.rand((), generator=generator) < two_stills)
        batch = {}
        for kind in "zr":
            video, still = (self._normalised(f"{name}_{kind}", raw) for name in ("video", "still"))
            batch[f"source_{kind}"] = torch.cat([video[:, :, :1], still], dim=2) if two else video[:, :, :1]
            batch[f"video_{kind}"] = video
        return batch

    def _normalised(self, name: str, raw: dict[str, Tensor]) -> Tensor:
        if name.endswith("z"):
            return self.codec.normalise_images(raw[name])
        return self.codec.normalise_rays(raw[name], stills=name == "still_r")


def train(
    config: Training,
    network_config: RaxelConfig,
    clips: Clips,
    out: Path,
    state: Path,
    save_every: int = 250,
) -> None:
    """Train, or go on from `state`; write the averaged model to `out` at every save and at the end."""
    from accelerate import Accelerator

    accelerator = Accelerator(mixed_precision="bf16")
    torch.manual_seed(config.seed)
    network = RaxelTransformer(network_config)
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
    )
    modules: dict[str, nn.Module] = {"network": network, "average": average}
    start = load_state(state, modules, optimizer)
    if config.compile:
        network.compile_blocks()
    prepared, optimizer = accelerator.prepare(network, optimizer)
    mine = slice(accelerator.process_index, None, accelerator.num_processes)
    history: list[dict[str, Tensor]] = []
    began = time.monotonic()
    for step in range(start, config.steps):
        for group in optimizer.param_groups:
            group["lr"] = config.rate(step)
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        clean = clips.batch(config.batch, config.two_stills, generator)
        sigmas = sample_sigmas(config.mix(step), config.batch, config.video_shift, generator)
        noisy, velocity = add_noise(clean, sigmas, generator)
        noisy, velocity, sigmas = (
            {name: value[mine].to(accelerator.device) for name, value in part.items()}
            for part in (noisy, velocity, sigmas)
        )
        with accelerator.autocast():
            predicted = prepared(noisy, sigmas)
        loss, errors = flow_loss(predicted, velocity, sigmas, config.cosine_weight)
        if not torch.isfinite(loss):
            raise RaxelError(
                f"the loss of step {step} is {loss.item()}; resume from {state} with a lower learning rate"
            )
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(prepared.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        _follow(average, network, min(config.ema, (step + 1) / (step + 10)))
        history.append({"loss": loss.detach(), **errors})
        if (step + 1) % 50 == 0:
            _report(step + 1, history, config.batch * len(history) / (time.monotonic() - began))
            history, began = [], time.monotonic()
        if ((step + 1) % save_every == 0 or step + 1 == config.steps) and accelerator.is_main_process:
            save_state(state, step + 1, modules, optimizer.optimizer)
            save_model(out, RaxelModel(average, network_config, _recorded(clips, config, step + 1)))


def _recorded(clips: Clips, config: Training, steps: int) -> CheckpointInfo:
    """The checkpoint's record with what has been done so far."""
    done = {
        "steps": steps,
        "clips_seen": steps * config.batch,
        "different_clips": len(clips),
        "cosine_weight": config.cosine_weight,
    }
    return replace(clips.codec.info, training={**clips.codec.info.training, **done})


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Exponential moving average of the weights."""
    for mean, value in zip(average.parameters(), network.parameters(), strict=True):
        mean.lerp_(value, 1 - decay)


def _report(step: int, history: list[dict[str, Tensor]], clips_per_second: float) -> None:
    means = {
        name: round(float(torch.stack([row[name] for row in history if name in row]).mean()), 4)
        for name in ("loss", "z", "r")
        if any(name in row for row in history)
    }
    log.info("%s", json.dumps({"step": step, **means, "clips_per_second": round(clips_per_second, 1)}))
