"""One run put together: the network as a function, the codec, the noise, and the solver with all that is bound to it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.latents import LatentCodec
from ..engine.vae import VideoVAE
from ..errors import RaxelError
from ..geometry.raxels import Raxels
from .guidance import Impose, TextDenoise, guided, imposed
from .noise import Noise
from .options import SamplingOptions
from .preview import OnStep, step_hook
from .solvers import SOLVERS, Latents, Levels, integrate
from .tasks import Solve


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
        return lambda latents, clocks: integrate(step, denoise, latents, clocks, self._stepped)

    def _stepped(self, step: int, total: int, clean: Callable[[], Latents]) -> None:
        """Keep the estimates that tell how far to trust the result, and tell the caller."""
        if step == 1:
            self.first = clean()
        if step == total:
            self.last = clean()
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

    def _placed(self, latents: Tensor) -> Tensor:
        return latents.to(device=self.model.network.device, dtype=torch.float32)


def velocity_of(model: RaxelModel) -> TextDenoise:
    """The network as a function of latents, of one number per segment, and of a text."""

    def denoise(latents: Latents, levels: Levels, context: Tensor | None) -> Latents:
        return model.network(latents, {name: torch.tensor(level) for name, level in levels.items()}, context)

    return denoise


def finite(result: Tensor, what: str) -> Tensor:
    """A result on the CPU. Raises RaxelError where the network broke down."""
    if not bool(result.isfinite().all()):
        raise RaxelError(
            f"the model's {what} are not finite numbers; check the model file, or run it in float32."
        )
    return result.cpu()
