"""One run put together: the network as a function, the codec, the noise, and the solver with all that is bound to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.latents import LatentCodec
from ..engine.offload.memory import is_out_of_memory, reclaim
from ..engine.vae import VideoVAE
from ..errors import RaxelError
from ..geometry.raxels import Raxels
from .guidance import Impose, TextDenoise, guided, imposed
from .noise import Noise
from .options import SamplingOptions
from .preview import OnStep, step_hook
from .solvers import SOLVERS, Latents, Levels, integrate
from .tasks import Solve

T = TypeVar("T")


class Run:
    """What every task needs.

    Args:
        model: network, config and record.
        vae: its autoencoder.
        options: how to sample.
        on_step: called after every step.
    """

    def __init__(
        self, model: RaxelModel, vae: VideoVAE, options: SamplingOptions, on_step: OnStep | None = None
    ):
        self.model, self.options = model, options
        self.codec = LatentCodec(model.config, model.info, vae)
        self.noise = Noise(options.seed, model.config.ray_channels)
        self.hook = step_hook(self.codec, on_step)
        self.first: Latents = {}  # what the first step makes of the clean latents
        self.last: Latents = {}  # what the last step does

    def solver(self, impose: Impose | None = None, follows_cameras: bool = False) -> Solve:
        """The function that a task denoises with.

        Args:
            impose: what must hold of the rays at every step.
            follows_cameras: camera guidance has a meaning here.
        """
        denoise = guided(velocity_of(self.model), self.options, self.noise, follows_cameras)
        denoise = imposed(denoise, impose) if impose else denoise
        step = SOLVERS[self.options.solver]

        def solve(latents: Latents, clocks: dict[str, Tensor]) -> Latents:
            steps = max(len(clock) for clock in clocks.values()) - 1
            with self._fetching_ahead(steps > 1):
                return integrate(step, denoise, latents, clocks, self._stepped)

        return solve

    @contextmanager
    def _fetching_ahead(self, on: bool) -> Iterator[None]:
        """A network that streams its blocks fetches those of the next call at the end of each, until the last step."""
        self._fetch_ahead(on)
        try:
            yield
        finally:
            self._fetch_ahead(False)

    def _fetch_ahead(self, on: bool) -> None:
        network: Any = self.model.network
        if streams(network):
            network.prefetch_next = on

    def _stepped(self, step: int, total: int, clean: Callable[[], Latents]) -> None:
        """Keep the estimates that tell how far to trust the result, and tell the caller."""
        if step == 1:
            self.first = clean()
        if step == total:
            self.last = clean()
        if step == total - 1:
            self._fetch_ahead(False)
        if self.hook is not None:
            self.hook(step, total, clean)

    def video(self, frames: Tensor) -> Tensor:
        """A clip [F, H, W, 3] in 0..1 as latents on the network's device."""
        return self._placed(self.codec.encode_video(frames))

    def stills(self, stills: Tensor) -> Tensor:
        """Stills [M, H, W, 3] in 0..1 as latents on the network's device."""
        return self._placed(self.codec.encode_stills(stills))

    def rays(self, raxels: Raxels) -> Tensor:
        """The rays of a clip as latents on the network's device."""
        return self._placed(self.codec.encode_rays(raxels))

    def still_rays(self, raxels: Raxels) -> Tensor:
        """The rays of single cameras as latents on the network's device."""
        return self._placed(self.codec.encode_still_rays(raxels))

    def decoded(self, decode: Callable[[], T]) -> T:
        """What `decode()` gives, with the room that the network needs only to compute; where that is too little, with all of it."""
        network: Any = self.model.network
        if not streams(network):
            return decode()
        network.release()
        try:
            return decode()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or not hasattr(network, "unload"):
                raise
        network.unload()
        reclaim(network.device)
        return decode()

    def _placed(self, latents: Tensor) -> Tensor:
        return latents.to(device=self.model.network.device, dtype=torch.float32)


def velocity_of(model: RaxelModel) -> TextDenoise:
    """The network as a function of latents, of one number per segment, and of a text."""

    def denoise(latents: Latents, levels: Levels, context: Tensor | None) -> Latents:
        return model.network(latents, {name: torch.tensor(level) for name, level in levels.items()}, context)

    return denoise


def streams(network: Any) -> bool:
    """Whether a network can bring its weights block by block; one whose weights just lie there has nothing to release."""
    return hasattr(network, "release")


def finite(result: Tensor, what: str) -> Tensor:
    """A result on the CPU. Raises RaxelError where the network broke down."""
    if not bool(result.isfinite().all()):
        raise RaxelError(
            f"the model's {what} are not finite numbers; check the model file, or run it in float32."
        )
    return result.cpu()
