"""Cameras that the caller gives: told from the canonical camera for the network, held while sampling, and given back.

The network's canonical camera is the first still's, wherever that stands in the shot. The caller's path is told from
the path's own first camera. `Anchor` leads from one to the other and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..engine.checkpoint import CheckpointInfo
from ..engine.latents import LatentCodec
from ..errors import RaxelError
from ..geometry.anchor import IDENTITY, Anchor, reach
from ..geometry.raxels import Raxels
from .solvers import Latents


def frames_of(raxels: Raxels, frames: Sequence[int]) -> Raxels:
    """Some frames of a path, in that order; given cameras are sure."""
    return replace(raxels, images=raxels.images[list(frames)], confidence=None)


@dataclass(frozen=True, eq=False)
class GivenCameras:
    """Cameras of some frames of a shot, or of all."""

    caller: Raxels
    """The given frames as the caller tells them, with the model's contrast (and scale, where the model is metric)."""
    anchor: Anchor
    """The canonical camera in the caller's frame."""
    network: Raxels
    """The given frames as the network needs them."""
    frames: tuple[int, ...]
    """Which frames of the shot these are, in order."""

    @classmethod
    def of(
        cls, info: CheckpointInfo, raxels: Raxels, frames: tuple[int, ...], canonical: int
    ) -> GivenCameras:
        """Bring the given frames of the caller's path to the model.

        Args:
            info: contrast and scale mode of the model.
            raxels: the caller's path; frames that are not given do not matter.
            frames: those that are.
            canonical: frame of the canonical camera.
        """
        metric = info.scale_mode == "metric"
        caller = frames_of(raxels, frames).rescaled(info.alpha, 1.0 if metric else raxels.scale)
        if canonical in frames:
            anchor = Anchor.at(caller, frames.index(canonical))
        elif canonical == 0:
            anchor = IDENTITY  # a path is told from its first camera
        else:
            raise RaxelError(
                f"the first still stands at frame {canonical}, whose camera is not given; add it to given_frames."
            )
        network = anchor.seen(caller)
        if not metric and len(frames) == raxels.num_frames and not anchor.is_identity:
            network = network.rescaled(network.alpha, reach(network))
        return cls(caller, anchor, network, frames)

    def aligned(self, raxels: Raxels) -> Raxels:
        """A sampled path moved as one piece to where it meets the given cameras best: what all its frames get wrong goes."""
        return Anchor.between(frames_of(raxels, self.frames), self.network).unseen(raxels)

    def returned(self, raxels: Raxels) -> Raxels:
        """A sampled path as the caller tells it, the given cameras exactly as they were given."""
        images = self.anchor.unseen(self.aligned(raxels)).images.clone()
        images[list(self.frames)] = self.caller.images.to(images)
        return replace(raxels, images=images)


@dataclass(frozen=True, eq=False)
class Hold:
    """What must be true of the rays of a shot at every step: given cameras, and that a still and its frame have one camera.

    Called with estimates of the clean `video_r` and `source_r`. It decodes them, puts right what is not true, and encodes.
    """

    codec: LatentCodec
    places: tuple[int, ...]
    """Frame of the shot at which each still stands."""
    given: GivenCameras | None = None
    """Without them, the path is told from the first still's frame."""

    def __call__(self, rays: Latents) -> Latents:
        """The nearest rays that hold."""
        scale = self.given.network.scale if self.given else 1.0
        told = self.codec.decode_rays(rays["video_r"], scale=scale)
        stills = self.codec.decode_still_rays(rays["source_r"], scale=scale)
        if not bool(told.images.isfinite().all() and stills.images.isfinite().all()):
            return rays  # the run is lost, and ends by saying so
        path = self.given.aligned(told) if self.given else Anchor.at(told, self.places[0]).seen(told)
        places, images = list(self.places), path.images.clone()
        images[places] = (images[places] + stills.images.to(images)) / 2
        if self.given is not None:
            images[list(self.given.frames)] = self.given.network.images.to(images)
        path = replace(path, images=images)
        # Only the change goes through the encoder: what a round trip through the autoencoder loses stays.
        video = self.codec.encode_rays(path) - self.codec.encode_rays(told)
        source = self.codec.encode_still_rays(frames_of(path, places)) - self.codec.encode_still_rays(stills)
        return {
            "video_r": rays["video_r"] + video.to(rays["video_r"]),
            "source_r": rays["source_r"] + source.to(rays["source_r"]),
        }
