"""Plücker maps in the place of raxels: the ray latents of the paper's ablation (section 4.1).

Six numbers a ray do not fit through an autoencoder of three channels, so the maps themselves are the latents: averaged
over the cells of the latent grid, the four frames of a latent frame folded into 24 channels. A latent frame that stands
for one frame, the first of a clip or a still, repeats it four times.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..geometry.fit import CameraFit, fit_cameras
from ..geometry.plucker import cameras_from_plucker, plucker_maps
from ..geometry.raxels import Raxels, ray_bundle
from ..geometry.rays import intrinsics
from ..geometry.solve import flatten_bundles
from .cell_colours import CELL
from .checkpoint import CheckpointInfo

FOLDED = 4
"""Frames of one latent frame."""
NUMBERS = 6
"""Of one ray: direction and moment."""


class PluckerLatents:
    """`RawRays` without an autoencoder: cameras are read from raxels and drawn as maps, and the other way round."""

    def __init__(self, info: CheckpointInfo):
        self.info = info

    def encode(self, raxels: Raxels, stills: bool) -> Tensor:
        """See `RawRays.encode`. The cameras are those of the robust fit, one lens a frame, square pixels."""
        rows, columns = raxels.images.shape[1:3]
        bundles = flatten_bundles(raxels.images.cpu(), raxels.alpha)
        fit = fit_cameras(bundles, rows, columns, "frame", square=True)
        K = _intrinsics(fit, rows, columns)
        return fold(plucker_maps(fit.R.numpy(), fit.T.numpy(), K, rows, columns), stills)

    def decode(self, raw: Tensor, stills: bool) -> Tensor:
        """See `RawRays.decode`: the raxels of the cameras that fit the maps best."""
        return self._images(unfold(raw, stills), CELL * raw.shape[3], CELL * raw.shape[4])

    def decode_clips(self, raw: Tensor) -> Tensor:
        """See `RawRays.decode_clips`."""
        return torch.stack([self.decode(one[None], stills=False) for one in raw])

    def origin(self, frames: int, rows: int, columns: int) -> Tensor:
        """See `RawRays.origin`."""
        height, width = CELL * rows, CELL * columns
        K = intrinsics(self.info.ray_origin_hfov_deg, width, height)[None]
        still = plucker_maps(np.eye(3)[None], np.zeros((1, 3)), K, height, width)
        return fold(still.expand(frames, -1, -1, -1), stills=True)

    def coarse(self, raw: Tensor, origin: Tensor, stills: bool) -> Tensor:
        """See `RawRays.coarse`: the cameras that fit the mean of each four maps."""
        means = _by_frame(raw).mean(dim=1)
        return self._images(means, raw.shape[3], raw.shape[4])

    def _images(self, maps: Tensor, height: int, width: int) -> Tensor:
        """Raxels [F, height, width, 3] of the cameras of maps [F, rows, columns, 6]; maps that are not finite are none."""
        if not bool(maps.isfinite().all()):
            return torch.full((len(maps), height, width, 3), torch.nan)
        fit = cameras_from_plucker(maps)
        K = _intrinsics(fit, CELL * maps.shape[1], CELL * maps.shape[2])
        K[:, :2] *= height / (CELL * maps.shape[1])
        return self.info.alpha * ray_bundle(fit.R.numpy(), fit.T.numpy(), K, height, width)


def fold(maps: Tensor, stills: bool) -> Tensor:
    """Maps [F, h, w, 6] of a clip of 4n + 1 frames, or of F stills -> [1, 24, n + 1 or F, h, w] float32."""
    if stills:
        frames = maps[:, None].expand(-1, FOLDED, -1, -1, -1)
    else:
        frames = torch.cat([maps[:1].expand(FOLDED - 1, -1, -1, -1), maps]).unflatten(0, (-1, FOLDED))
    return frames.permute(1, 4, 0, 2, 3).flatten(0, 1).unsqueeze(0).float().contiguous()


def unfold(raw: Tensor, stills: bool) -> Tensor:
    """The inverse of `fold`; repeated frames are the mean of their copies."""
    frames = _by_frame(raw)
    if stills:
        return frames.mean(dim=1)
    return torch.cat([frames[:1].mean(dim=1), frames[1:].flatten(0, 1)])


def _by_frame(raw: Tensor) -> Tensor:
    """[1, 24, T, h, w] -> (T, 4, h, w, 6) on the CPU."""
    return raw.detach().cpu()[0].unflatten(0, (FOLDED, NUMBERS)).permute(2, 0, 3, 4, 1)


def _intrinsics(fit: CameraFit, height: int, width: int) -> np.ndarray:
    """(F, 3, 3) in pixels of a height x width grid, principal point in its centre."""
    K = np.zeros((len(fit.R), 3, 3))
    K[:, [0, 1], [0, 1]] = fit.log_focal.exp().numpy()
    K[:, :, 2] = [width / 2, height / 2, 1]
    return K
