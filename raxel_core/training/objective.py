"""What is learnt: noise levels per task, and the flow-matching loss (paper 3.3, eq. 4).

The three tasks differ only in what is given, that is, in which segments have sigma 0.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

COSINE_WEIGHT = 0.5  # lambda of eq. 4


@dataclass(frozen=True)
class TaskMix:
    """Shares of the tasks in a batch; they sum to 1."""

    pose_from_video: float = 0.45
    video_from_trajectory: float = 0.35
    joint: float = 0.2
    pure_noise: float = 0.5  # share of a known clip's unknown rays that are nothing but noise
    independent: float = 1.0  # share of joint clips whose pictures and rays have noise levels of their own

    def __post_init__(self) -> None:
        shares = (self.pose_from_video, self.video_from_trajectory, self.joint)
        if abs(sum(shares) - 1) > 1e-6 or min(shares) < 0:
            raise ValueError(f"task shares must be 0 or more and sum to 1, got {sum(shares):g} of {shares}")
        if not (0 <= self.pure_noise <= 1 and 0 <= self.independent <= 1):
            raise ValueError(
                f"pure_noise and independent are shares, 0 to 1, got {self.pure_noise} and {self.independent}"
            )


class Shifts(NamedTuple):
    """How noise levels are bent towards 1 (above 1) or 0 (below), as `sampling.schedule.sigmas` bends clocks."""

    video: float = 3.0
    ray: float = 1.0  # where the clip is known: an estimate is refined
    joint_ray: float = 1.0  # where it is not: a path is made up, and that is decided close to pure noise


def _bent(u: Tensor, shift: float) -> Tensor:
    return shift * u / (1 + (shift - 1) * u)


def sample_sigmas(mix: TaskMix, batch: int, shifts: Shifts, generator: torch.Generator) -> dict[str, Tensor]:
    """Noise level of every segment, (B,) each; 0 means given.

    Many of the unknown rays of a known clip are pure noise, where sampling starts and nearly all of a path is decided; with
    the clip unknown such rays would teach it nothing. Where only stills are laid out, "video" in a task's name means target stills.
    """
    device = generator.device
    task = torch.rand(batch, generator=generator, device=device)
    video_known = task < mix.pose_from_video
    rays_known = (task >= mix.pose_from_video) & (task < mix.pose_from_video + mix.video_from_trajectory)
    sigma_z = _bent(torch.rand(batch, generator=generator, device=device), shifts.video)
    u = torch.rand(batch, generator=generator, device=device)
    sigma_r = torch.where(video_known, _bent(u, shifts.ray), _bent(u, shifts.joint_ray))
    pure = torch.rand(batch, generator=generator, device=device) < mix.pure_noise
    sigma_r = sigma_r.masked_fill(pure & video_known, 1.0)
    if mix.independent < 1:
        shared = torch.rand(batch, generator=generator, device=device) >= mix.independent
        sigma_r = torch.where(shared & ~video_known & ~rays_known, sigma_z, sigma_r)
    sigma_z, sigma_r = sigma_z.masked_fill(video_known, 0.0), sigma_r.masked_fill(rays_known, 0.0)
    source = torch.zeros(batch, device=device)
    return {
        "source_z": source,
        "target_z": sigma_z,
        "video_z": sigma_z,
        "source_r": sigma_r,
        "target_r": sigma_r,
        "video_r": sigma_r,
    }


def add_noise(
    clean: dict[str, Tensor], sigmas: dict[str, Tensor], noise: dict[str, Tensor]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Noisy latents `(1 - sigma) x + sigma n` and their velocities `n - x` (Wan's sign), segment by segment."""
    noisy, velocity = {}, {}
    for name, x in clean.items():
        sigma = sigmas[name].view(-1, 1, 1, 1, 1)
        noisy[name], velocity[name] = (1 - sigma) * x + sigma * noise[name], noise[name] - x
    return noisy, velocity


class LossWeights(NamedTuple):
    """Weights in `flow_loss`; as they stand, eq. 4."""

    cosine: float = COSINE_WEIGHT  # lambda of eq. 4; 0 leaves the squared error alone
    ray: float = 1.0  # of the rays' segments beside the images'
    ray_spread: float = 1.0  # of how rays differ over a picture beside their mean [ours]
    ray_sigma_power: float = 0.0  # rays of noise level sigma count sigma^this [ours]


def flow_loss(
    predicted: dict[str, Tensor],
    velocity: dict[str, Tensor],
    sigmas: dict[str, Tensor],
    weights: LossWeights = LossWeights(),  # noqa: B008 (a tuple)
) -> tuple[Tensor, dict[str, Tensor]]:
    """Eq. 4 over the segments that are noisy: squared error + cosine weight (1 - cosine), a mean over the clips.

    The mean of rays over a picture mixes rotation and translation; what differs over it, 3% to 5% of the power, tells them
    apart and holds the lens. So `weights.ray_spread` weighs it.

    A ray segment of noise level sigma counts sigma^ray_sigma_power times, squared error and cosine alike. The noisy latents
    are y = x + sigma u with the velocity u = n - x, so a velocity v says that they were clean at y - sigma v: in error by
    sigma (u - v). Power 2 hence measures the squared error on the clean estimate; power 0 on the velocity, as the paper does.

    Args:
        predicted: velocity of every segment, as the network gives it.
        velocity: the true one, `noise - data`, of the segments that are learnt.
        sigmas: noise level of every segment (B,); where it is 0 the clip's segment is given and does not count.
        weights: of the parts.

    Returns:
        the loss, and of the noisy clips of video and rays ("z", "r") the sum of their mean squared errors and how many
        they are, detached.
    """
    loss, errors = torch.zeros(()), {}
    for name, target in velocity.items():
        is_ray = name.endswith("_r")
        counted = noisy = (sigmas[name] > 0).float()
        v = predicted[name].float()
        error = (v - target).square()
        if is_ray:
            mean = (v - target).mean(dim=(3, 4), keepdim=True).square()
            error = mean + weights.ray_spread * (error - mean)
            counted = noisy * sigmas[name].pow(weights.ray_sigma_power)
        squared = error.flatten(1).mean(dim=1)
        angular = 1 - functional.cosine_similarity(v.flatten(1), target.flatten(1), dim=1)
        # A still is one frame among the clip's; its share of the loss is its share of the frames.
        share = target.shape[2] / sum(predicted[n].shape[2] for n in predicted if n[-1] == name[-1])
        share = share * (weights.ray if is_ray else 1.0)
        loss = loss + share * ((squared + weights.cosine * angular) * counted).sum() / len(noisy)
        if name.startswith("video"):
            errors[name[-1]] = torch.stack([(squared * noisy).sum(), noisy.sum()]).detach()
    return loss, errors
