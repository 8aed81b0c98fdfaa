"""What every evaluation is given: a model, clips with their true paths, and how to sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..errors import RaxelError
from ..geometry.estimate import estimate_trajectory
from ..geometry.raxels import Raxels, raxels_from_trajectory
from ..geometry.trajectory import Trajectory
from ..sampling import SamplingOptions
from ..training.render import Clip
from .batch import Batch
from .clips import in_units_of
from .frechet import Extractor

AT_ONCE = 16 * 17 * 64 * 96
"""Pixels of the clips that go through the network together, sixteen of the small model: bounds memory."""

Numbers = dict[str, float | None]
"""Results by name; None is what could not be measured."""


@dataclass(frozen=True)
class Setting:
    """One evaluation.

    Attributes:
        model: network, config and record.
        vae: its autoencoder.
        clips: held-out clips of one length and size, read once.
        seed: of the noise: clip i draws with seed + i.
        steps: denoising steps, of rays for poses and of pictures else.
        ray_steps: of the rays where a path is read and pictures have `steps`.
        extractor: features for Frechet distances.
        at_once: clips that go through the network together; 0: as many as AT_ONCE says.
        on_clip: called after every clip.
    """

    model: RaxelModel
    vae: VideoVAE
    clips: Iterable[Clip]
    seed: int = 0
    steps: int = 20
    ray_steps: int = 2
    extractor: Extractor | None = None
    at_once: int = 0
    on_clip: Callable[[], object] | None = None

    def parts(self) -> Iterator[Part]:
        """The clips, some at a time. Raises RaxelError where there are none."""
        clips, first, info = iter(self.clips), 0, self.model.info
        count = self.at_once or max(1, AT_ONCE // (info.frames * info.height * info.width))
        while some := list(islice(clips, count)):
            yield Part(self, [in_units_of(self.model.info, clip) for clip in some], first)
            first += len(some)
            for _ in some:
                if self.on_clip:
                    self.on_clip()
        if first == 0:
            raise RaxelError("there are no clips to evaluate on")


@dataclass(frozen=True)
class Part:
    """Some clips of a setting, and the model's answers to them."""

    setting: Setting
    clips: list[Clip]
    first: int
    """Number of the first of these clips among all."""

    @property
    def frames(self) -> list[Tensor]:
        """Pictures [F, H, W, 3] in 0..1 of every clip."""
        return [clip.frames.float() / 255 for clip in self.clips]

    @property
    def stills(self) -> list[Tensor]:
        """First frames [1, H, W, 3]."""
        return [clip.frames[:1].float() / 255 for clip in self.clips]

    @property
    def truth(self) -> list[Trajectory]:
        """The true paths."""
        return [clip.trajectory for clip in self.clips]

    def batch(self, ray_steps: int | None = None, making_paths_up: bool = False) -> Batch:
        """These clips, with fresh noise: every task draws what one call of the public task draws."""
        seeds = [self.setting.seed + self.first + i for i in range(len(self.clips))]
        return self.batch_of(seeds, ray_steps, making_paths_up)

    def batch_of(
        self, seeds: list[int], ray_steps: int | None = None, making_paths_up: bool = False
    ) -> Batch:
        """As many clips as there are seeds."""
        setting = self.setting
        options = SamplingOptions(video_steps=setting.steps, ray_steps=ray_steps or setting.ray_steps)
        options = options.making_paths_up() if making_paths_up else options
        return Batch(setting.model, setting.vae, options, seeds)

    def paths_of(self, clips: list[Tensor], ray_steps: int | None = None) -> list[Trajectory]:
        """Paths that the model reads from clips, told from their first cameras."""
        fps = self.clips[0].trajectory.fps
        return [path_of(raxels) for raxels in self.batch(ray_steps).poses(clips, fps)]

    def shot_along(self, paths: list[Trajectory]) -> list[Tensor]:
        """The first frames shot along paths, one each."""
        return self.batch().videos(self.stills, [self.raxels(path) for path in paths])

    def raxels(self, path: Trajectory) -> Raxels:
        """A path as the model's rays; its translations are in the model's units."""
        return raxels_from_trajectory(path, self.setting.model.info.alpha, scale=1.0)


def path_of(raxels: Raxels) -> Trajectory:
    """The cameras in raxels, as users see them: from the first one."""
    return estimate_trajectory(raxels, reference=0).trajectory
