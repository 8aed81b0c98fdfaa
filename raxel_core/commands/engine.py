"""A model and its VAE, ready to run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from ..engine.checkpoint import RaxelModel
from ..engine.files import read_header
from ..engine.lora import read_lora
from ..engine.offload.opening import check_quantize
from ..engine.offload.placed import PlacedNetwork, open_model
from ..engine.quantize import estimate_seconds
from ..engine.vae import DiffusersVAE, VideoVAE
from ..errors import RaxelError
from ..model import RaxelTransformer
from ..model.attention import check_kernel
from .running import Running

LARGE = 2 * 10**9
"""Bytes of a model whose reading takes long enough for a bar."""


@dataclass(frozen=True)
class Engine:
    """What every task needs."""

    model: RaxelModel
    vae: VideoVAE

    def placement(self) -> str | None:
        """Where the network's blocks are, in one line; None where they just lie there."""
        network: Any = self.model.network
        return str(network.plan) if isinstance(network, PlacedNetwork) else None

    def mishaps(self) -> int:
        """How often memory ran out and the same step was done again."""
        network: Any = self.model.network
        return network.placing.mishaps if isinstance(network, PlacedNetwork) else 0


def vae_path(model_path: Path) -> Path:
    """Where a model's own VAE lies: raxel-small.safetensors -> raxel-small-vae.safetensors."""
    return model_path.with_name(f"{model_path.stem}-vae.safetensors")


def load_engine(
    model_path: Path,
    chosen_vae: Path | None,
    loras: Sequence[tuple[Path, float]] = (),
    running: Running = Running(),  # noqa: B008  it is frozen
) -> Engine:
    """Open model and VAE, and add LoRAs with their strengths. A missing or wrong file is a RaxelError that names it."""
    beside = vae_path(model_path)
    device = running.torch_device()
    check_kernel(running.attention)
    if running.quantize:
        header = read_header(model_path)
        check_quantize(header, running.quantize)
        seconds = estimate_seconds(header, running.quantize)
        print(f"makes {running.quantize} of the weights: about {seconds:.0f} s", file=sys.stderr)
    with _bar(model_path, running) as on_progress:
        model = open_model(model_path, device, quantize=running.quantize, on_progress=on_progress)
    if chosen_vae is None and not beside.exists():
        raise RaxelError(f"there is no VAE {beside} beside the model; name one with --vae")
    network = cast(PlacedNetwork, model.network)
    if loras:
        network = network.with_loras((read_lora(path, model.config), strength) for path, strength in loras)
    network.attention = running.attention
    if running.compile:
        network.compile_blocks()
    network.place(running.vram_gb)
    vae = DiffusersVAE(chosen_vae or beside, device)
    return Engine(replace(model, network=cast(RaxelTransformer, network)), vae)


@contextmanager
def _bar(model_path: Path, running: Running) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr for what takes long: large files, and every model that is quantised."""
    if not running.quantize and (not model_path.is_file() or model_path.stat().st_size < LARGE):
        yield lambda done, total: None
        return
    from tqdm import tqdm

    with tqdm(desc=running.quantize or "reading", unit="block", leave=False, file=sys.stderr) as bar:

        def on_progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield on_progress
