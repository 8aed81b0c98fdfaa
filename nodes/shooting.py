"""One take of RaxelClosedLoop: shoot along the path, then read the cameras of what was shot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from ..raxel_core.engine.checkpoint import RaxelModel
from ..raxel_core.errors import RaxelError
from ..raxel_core.geometry.estimate import Focal, estimate_trajectory
from ..raxel_core.geometry.raxels import raxels_from_trajectory
from ..raxel_core.geometry.trajectory import Trajectory
from ..raxel_core.sampling import pipeline
from ..raxel_core.sampling.options import SamplingOptions
from ..raxel_core.sampling.preview import OnStep
from .fitting import fitted_trajectory
from .host import to_host
from .shots import Connected, Result, Take, take_of
from .types import LoadedModel
from .vae import HostVAE
from .wiring import wanted_frames

TASK = "video_from_trajectory"
ZOOMS_DEG = 0.5
"""A path whose lens changes by more than this is read with a lens for every frame."""


@dataclass(frozen=True, eq=False)
class Shooting:
    """Everything that the takes share."""

    model: RaxelModel
    vae: HostVAE
    path: Trajectory
    """The requested path at the size and length of the takes."""
    shoot: Take
    options: SamplingOptions
    notes: list[str] = field(default_factory=list)
    """What was done to the inputs, in words."""

    @classmethod
    def of(
        cls,
        model: LoadedModel,
        vae: Any,
        source_images: Tensor,
        trajectory: Trajectory,
        source_frames: str,
        options: SamplingOptions,
    ) -> Shooting:
        """Bring the node's inputs to what the model takes. Raises RaxelError for what does not fit, before any step."""
        path, changes = fitted_trajectory(trajectory, 0, 0, 0)
        places, _ = wanted_frames(TASK, source_frames, "")
        raxels, host_vae = raxels_from_trajectory(path), HostVAE(vae)
        inputs = Connected(
            source_images, None, raxels, 0, path.fps, places, None, [changes] if changes else []
        )
        if options.cfg != 1 and not options.guides_by_text:
            inputs.notes.append(
                f"cfg {options.cfg:g} leads nowhere without two different texts: runs at cfg 1"
            )
        shoot = take_of(TASK, model.raxel, host_vae, inputs)
        return cls(model.raxel, host_vae, path, shoot, options, inputs.notes)

    def take(self, seed: int, on_step: OnStep) -> Result:
        """Shoot and read with one seed; both move one bar. The path of the result is the achieved one."""
        options = replace(self.options, seed=seed)
        shooting, reading = options.video_steps, options.ray_steps
        count = partial(_counted, on_step, shooting + reading)
        shot = self.shoot(options=options, on_step=count(0))
        # Neither text nor cameras lead where pictures are given: guidance would only take its time.
        plain = replace(options, cfg=1.0, camera_guidance=0.0)
        seen = pipeline.pose_from_video(
            self.model, self.vae, shot.images, self.path.fps, plain, on_step=count(shooting)
        )
        path = self._read(seen)
        sure = [] if path is None or path.confidence is None else path.confidence.tolist()
        return Result(to_host(shot.images), shot.raxels, sure, path)

    def _read(self, seen: pipeline.Shot) -> Trajectory | None:
        """The cameras of a take, None where no frame holds one."""
        focal: Focal = "frame" if np.ptp(self.path.hfov_deg) > ZOOMS_DEG else "clip"
        try:
            return estimate_trajectory(seen.raxels, focal=focal, reference=0).trajectory
        except RaxelError:
            return None


def _counted(on_step: OnStep, total: int, before: int) -> OnStep:
    """``on_step`` for a part of a take: its steps come after ``before`` others, of ``total`` in all."""
    return lambda step, _, preview: on_step(before + step, total, preview)
