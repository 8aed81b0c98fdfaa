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
from .cache import still_frames
from .objective import COSINE_WEIGHT, TaskMix, add_noise, flow_loss, sample_sigmas
from .rays import RayLatents
from .state import load_state, save_state

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layout:
    """Which segments the clips of a step have."""

    share: float = 1.0  # of the steps
    sources: int = 1
    targets: int = 0
    clip: bool = True
    anywhere: float = 0.0  # share of clips whose canonical camera is not the first frame


@dataclass(frozen=True)
class Stage:
    """Until this step, this mix of tasks, in batches of this size, laid out in one of these ways."""

    until: int
    mix: TaskMix
    batch: int = 64
    layouts: tuple[Layout, ...] = (Layout(),)

    def layout(self, generator: torch.Generator) -> Layout:
        """One of the layouts, by their shares."""
        shares = torch.tensor([layout.share for layout in self.layouts], device=generator.device)
        return self.layouts[int(torch.multinomial(shares, 1, generator=generator))]


@dataclass(frozen=True)
class Training:
    """All that decides the result, beside the data and the network's config."""

    steps: int = 6000
    learning_rate: float = 2e-3  # AdamW, for what is no matrix of a block
    matrix_rate: float = 3e-3  # Muon, for the matrices of the blocks; 0: AdamW for all
    warmup: int = 60
    decay: int = 800  # steps of the one fall of the learning rate, at the very end
    weight_decay: float = 0.01
    ema: float = 0.998
    video_shift: float = 3.0
    cosine_weight: float = (
        COSINE_WEIGHT  # lambda of the paper's eq. 4; 0 is its ablation "w/o Cosine Sim. Loss"
    )
    ray_weight: float = 1.0  # of the rays in the loss; the paper weighs video and rays alike
    ray_spread_weight: float = 1.0  # of how rays differ over a picture beside their mean; see flow_loss
    ray_sigma_power: float = (
        0.0  # rays count sigma^this: 0 as in the paper, 2 the error of the clean estimate
    )
    seed: int = 0
    compile: bool = False
    stages: tuple[Stage, ...] = field(
        default=(Stage(3000, TaskMix(1.0, 0.0, 0.0), 32), Stage(10**9, TaskMix()))
    )

    def __post_init__(self) -> None:
        if not (self.cosine_weight >= 0 and math.isfinite(self.cosine_weight)):
            raise ValueError(f"cosine_weight must be 0 or more, got {self.cosine_weight}")

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


def optimizers(config: Training, network: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for everything else."""
    matrices = [
        parameter
        for name, parameter in network.named_parameters()
        if config.matrix_rate and name.startswith("blocks.") and parameter.ndim == 2
    ]
    chosen = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in network.parameters() if id(parameter) not in chosen]
    adam = torch.optim.AdamW(
        others, lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=config.weight_decay
    )
    if not matrices:
        return [adam]
    # The same update size as AdamW's, so that both rates mean the same.
    muon = torch.optim.Muon(
        matrices,
        lr=config.matrix_rate,
        weight_decay=config.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    return [adam, muon]


class Clips:
    """Cached clips in memory, and batches of them as the network's latents.

    Args:
        codec: of the model that is trained; its record says the size.
        rays: makes ray latents.
        raw: what `load_shards` gives.
        device: where batches are made; `rays` must be there too.
    """

    def __init__(
        self,
        codec: LatentCodec,
        rays: RayLatents,
        raw: dict[str, Tensor],
        device: torch.device | str = "cpu",
    ) -> None:
        self.codec, self.rays, self.device = codec, rays, torch.device(device)
        self.raw = {name: value.to(device) for name, value in raw.items()}

    def __len__(self) -> int:
        return len(self.raw["video_z"])

    def batch(self, size: int, layout: Layout, generator: torch.Generator) -> dict[str, Tensor]:
        """Clean latents of `size` clips, each forwards or backwards at random.

        The first source still is the canonical camera: the clip's first frame, or with share `layout.anywhere` any
        other that the cache keeps. Sources and targets are different frames.
        """
        at = {"generator": generator, "device": self.device}
        rows = torch.randint(len(self), (size,), **at)
        backwards = torch.rand(size, **at) < 0.5
        frames = self.codec.info.frames
        stills = self._stills(rows)
        places = torch.tensor([0, *still_frames(frames), frames - 1], device=self.device).expand(size, -1)
        # Frame k is frame F - 1 - k of the clip backwards. Its stills keep their order.
        places = torch.where(backwards[:, None], frames - 1 - places, places)
        order = torch.rand(places.shape, **at)
        first = torch.rand(size, **at) >= layout.anywhere
        order = torch.where(first[:, None] & (places == 0), -1.0, order).argsort(dim=1)
        every = torch.arange(size, device=self.device)[:, None]
        c2w, lens = self.raw["c2w"][rows], self.raw["hfov_deg"][rows]
        c2w = torch.where(backwards.view(-1, 1, 1, 1), c2w.flip(1), c2w)
        c2w = torch.linalg.inv(c2w[every, places.gather(1, order[:, :1])]) @ c2w
        batch = {}
        for name, start, count in (("source", 0, layout.sources), ("target", layout.sources, layout.targets)):
            if count:
                chosen = order[:, start : start + count]
                z = stills[every, :, chosen].transpose(1, 2)  # (size, 16, count, h, w)
                batch[f"{name}_z"] = self.codec.normalise_images(z)
                r = self.rays(c2w[every, places.gather(1, chosen)], lens, stills=True)
                batch[f"{name}_r"] = self.codec.normalise_rays(r, stills=True)
        if layout.clip:
            z = torch.where(
                backwards.view(-1, 1, 1, 1, 1), self.raw["reverse_z"][rows], self.raw["video_z"][rows]
            )
            batch["video_z"] = self.codec.normalise_images(z.float())
            batch["video_r"] = self.codec.normalise_rays(self.rays(c2w, lens))
        return batch

    def _stills(self, rows: Tensor) -> Tensor:
        """All stills of these clips, first and last included: (B, 16, S + 2, h, w)."""
        ends = (self.raw[name][rows, :, :1] for name in ("video_z", "reverse_z"))
        first, last = ends
        return torch.cat([first, self.raw["still_z"][rows], last], dim=2).float()


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

    accelerator = Accelerator(cpu=clips.device.type == "cpu", mixed_precision="bf16")
    torch.manual_seed(config.seed)
    network = RaxelTransformer(network_config).to(accelerator.device)
    average = copy.deepcopy(network)
    made = optimizers(config, network)
    rates = [optimizer.param_groups[0]["lr"] for optimizer in made]
    modules: dict[str, nn.Module] = {"network": network, "average": average}
    start = load_state(state, modules, made)
    if config.compile:
        network.compile_blocks()
    prepared, *prepared_optimizers = accelerator.prepare(network, *made)
    mine = slice(accelerator.process_index, None, accelerator.num_processes)
    history: list[dict[str, Tensor]] = []
    began, seen = time.monotonic(), 0
    for step in range(start, config.steps):
        for optimizer, rate in zip(prepared_optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * config.rate(step)
        noisy, velocity, sigmas = (
            {name: value[mine].to(accelerator.device) for name, value in part.items()}
            for part in training_batch(config, clips, step)
        )
        with accelerator.autocast():
            predicted = prepared(noisy, sigmas)
        weights = (
            config.cosine_weight,
            config.ray_weight,
            config.ray_spread_weight,
            config.ray_sigma_power,
        )
        loss, errors = flow_loss(predicted, velocity, sigmas, *weights)
        if not torch.isfinite(loss):
            raise RaxelError(
                f"the loss of step {step} is {loss.item()}; resume from {state} with a lower learning rate"
            )
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(prepared.parameters(), 1.0)
        for optimizer in prepared_optimizers:
            optimizer.step()
            optimizer.zero_grad()
        _follow(average, network, min(config.ema, (step + 1) / (step + 10)))
        history.append({"loss": loss.detach(), **errors})
        seen += config.stage(step).batch
        if (step + 1) % 50 == 0:
            _report(step + 1, history, seen / (time.monotonic() - began))
            history, began, seen = [], time.monotonic(), 0
        if ((step + 1) % save_every == 0 or step + 1 == config.steps) and accelerator.is_main_process:
            save_state(state, step + 1, modules, made)
            save_model(out, RaxelModel(average, network_config, _recorded(clips, config, step + 1)))


def training_batch(
    config: Training, clips: Clips, step: int
) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]:
    """Noisy latents, velocities and noise levels of a step: a function of its number."""
    generator = torch.Generator(clips.device).manual_seed(config.seed * 1_000_003 + step)
    stage = config.stage(step)
    clean = clips.batch(stage.batch, stage.layout(generator), generator)
    sigmas = sample_sigmas(stage.mix, stage.batch, config.video_shift, generator)
    sigmas = {name: sigmas[name] for name in clean}
    noisy, velocity = add_noise(clean, sigmas, generator)
    return noisy, velocity, sigmas


def _recorded(clips: Clips, config: Training, steps: int) -> CheckpointInfo:
    """The checkpoint's record with what has been done so far."""
    done = {
        "steps": steps,
        "clips_seen": config.clips_seen(steps),
        "different_clips": len(clips),
        "cosine_weight": config.cosine_weight,
    }
    return replace(clips.codec.info, training={**clips.codec.info.training, **done})


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Exponential moving average of the weights."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)


def _report(step: int, history: list[dict[str, Tensor]], clips_per_second: float) -> None:
    means = {
        name: round(float(torch.stack([row[name] for row in history if name in row]).mean()), 4)
        for name in ("loss", "z", "r")
        if any(name in row for row in history)
    }
    log.info("%s", json.dumps({"step": step, **means, "clips_per_second": round(clips_per_second, 1)}))
