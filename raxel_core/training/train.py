"""The training loop of the two-branch transformer; reads top to bottom.

Batches and noise are functions of the step number, so a killed run that resumes repeats the unkilled one. One process
or many (Hugging Face Accelerate): each takes its slice of every batch, and every slice goes through in `accumulate` parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..engine.checkpoint import CheckpointInfo, RaxelModel, write_checkpoint
from ..engine.writing import file_order, write_tensors
from ..errors import RaxelError
from ..model import RaxelConfig, RaxelTransformer
from .average import Average
from .batches import Batch, Clips, training_batch
from .config import Layout, Stage, Training
from .metrics import Metrics
from .modes import init_lora, is_lora, lora_name, set_mode
from .objective import flow_loss
from .optimizers import optimizers
from .processes import is_sharded, make_accelerator, shard, synchronise, whole
from .start import load_start
from .state import gather, load_state, plan_of, remove_parts, save_state

if TYPE_CHECKING:
    from accelerate import Accelerator

__all__ = ["Clips", "Layout", "OnSample", "Stage", "Training", "train", "training_batch"]

OnSample = Callable[[RaxelModel, int, bool], None]
"""Called every `sample_every` steps in every process: the averaged model, the steps done, whether this one writes."""


def train(
    config: Training,
    network_config: RaxelConfig,
    clips: Clips,
    out: Path,
    state: Path,
    on_sample: OnSample | None = None,
    tensorboard: bool = False,
    device: torch.device | None = None,
) -> None:
    """Train, or go on from `state`; write the averaged model to `out` at every save and at the end.

    Args:
        config: how.
        network_config: sizes.
        clips: where batches come from.
        out: the model, a .safetensors file; its LoRA is written beside it, its metrics into the folder of its name.
        state: the file to go on from.
        on_sample: draws samples.
        tensorboard: write event files too.
        device: where to compute; None: where the clips are.
    """
    accelerator = make_accelerator(config, device or clips.device)
    network = _network(config, network_config, accelerator.device)
    prepared = network if is_sharded() else accelerator.prepare_model(network)
    average = Average(network)
    made = optimizers(config, network)
    rates = [optimizer.param_groups[0]["lr"] for optimizer in made]
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    parts = {"network": network, "average": average.tensors}
    start = load_state(state, parts, made)
    if config.compile:
        network.compile_blocks()
    main = accelerator.is_main_process
    if main:
        remove_parts(out, state)
    metrics = Metrics(out.with_suffix("") if main else None, start, tensorboard)
    mine = slice(accelerator.process_index, None, accelerator.num_processes)
    for step in range(start, config.steps):
        for optimizer, rate in zip(made, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * config.rate(step)
        batch = training_batch(config, clips, step, mine)
        sums = _forth_and_back(accelerator, config, prepared, batch)
        values = _measured(synchronise(accelerator, sums), accelerator.num_processes * config.accumulate)
        if not abs(values["loss"]) < float("inf"):
            raise RaxelError(
                f"the loss of step {step} is {values['loss']}; resume from {state} with a lower learning rate"
            )
        norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        for optimizer in made:
            optimizer.step()
            optimizer.zero_grad()
        average.follow(min(config.ema, (step + 1) / (step + 10)))
        done = step + 1
        metrics.add(
            done,
            config.stage(step).batch,
            {**values, "gradient": float(whole(norm)), "rate": config.rate(step)},
        )
        if done % config.save_every == 0 or done == config.steps:
            # The model first: a state of the last step without its model would never get one.
            _save_model(out, average.state(), network_config, _recorded(clips, config, done), main)
            save_state(state, done, parts, made, write=main)
        if on_sample and config.sample_every and done % config.sample_every == 0:
            with average.in_place(), torch.compiler.set_stance("force_eager"):
                on_sample(RaxelModel(network, network_config, clips.codec.info), done, main)
    metrics.close()


def _network(config: Training, network_config: RaxelConfig, device: torch.device) -> RaxelTransformer:
    """The network at the start: random or a checkpoint's, frozen where the mode says so, sharded where FSDP is on."""
    torch.manual_seed(config.seed)
    network = RaxelTransformer(network_config, device="meta" if config.start else "cpu")
    set_mode(network, config.mode, config.lora_rank)
    if config.gradient_checkpointing:
        for block in network.blocks:
            block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    if is_sharded():
        shard(network, device, config)
    if config.start:
        network.to_empty(device=device)
        load_start(Path(config.start), network)
    init_lora(network)
    return network.to(device)


def _forth_and_back(accelerator: Accelerator, config: Training, prepared: nn.Module, batch: Batch) -> Tensor:
    """Leave the gradients of this process's clips in the network, part by part; returns what `_summed` gives."""
    sums = torch.zeros(5, device=accelerator.device)
    for k in range(config.accumulate):
        part = batch.part(slice(k, None, config.accumulate), accelerator.device)
        with accelerator.autocast():
            predicted = prepared(part.noisy, part.sigmas)
        loss, errors = flow_loss(predicted, part.velocity, part.sigmas, config.loss_weights)
        (loss / config.accumulate).backward()
        sums += _summed(loss, errors)
    return sums


def _summed(loss: Tensor, errors: dict[str, Tensor]) -> Tensor:
    """The loss, and of video and rays the sum and count of squared errors, in one tensor (5,)."""
    nothing = loss.new_zeros(2)
    return torch.cat([loss.detach().view(1), errors.get("z", nothing), errors.get("r", nothing)])


def _measured(sums: Tensor, parts: int) -> dict[str, float]:
    """Means over all clips of a step, from what `_summed` gives in so many parts."""
    loss, *errors = sums.tolist()
    values = {"loss": loss / parts}
    for name, (total, count) in zip("zr", (errors[:2], errors[2:]), strict=True):
        if count:
            values[name] = total / count
    return values


def _save_model(
    out: Path, tensors: dict[str, Tensor], config: RaxelConfig, info: CheckpointInfo, write: bool
) -> None:
    """Write the model, and its LoRA beside it; the other processes help to gather what is sharded."""
    lora = {name: tensor for name, tensor in tensors.items() if is_lora(name)}
    model = {name: tensor for name, tensor in tensors.items() if name not in lora}
    if not write:
        gather(model)
        gather(lora)
        return
    write_checkpoint(out, config, info, plan_of(model), lambda name: whole(model[name]))
    if lora:
        whole_lora = {lora_name(name): whole(lora[name]) for name in file_order(plan_of(lora))}
        write_tensors(out.with_name(f"{out.stem}-lora.safetensors"), whole_lora, {"format": "pt"})


def _recorded(clips: Clips, config: Training, steps: int) -> CheckpointInfo:
    """The checkpoint's record with what has been done so far."""
    done = {
        "steps": steps,
        "clips_seen": config.clips_seen(steps),
        "different_clips": len(clips),
        "cosine_weight": config.cosine_weight,
    }
    return replace(clips.codec.info, training={**clips.codec.info.training, **done})
