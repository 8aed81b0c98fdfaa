"""What is learnt: noise levels per task, and the flow-matching loss (paper 3.3, eq. 4).

The three tasks differ only in what is given, that is, in which segments have sigma 0.
"""

from dataclasses import dataclass

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
    pure_noise: float = 0.5  # share of unknown rays that are nothing but noise

    def __post_init__(self) -> None:
        total = self.pose_from_video + self.video_from_trajectory + self.joint
        if abs(total - 1) > 1e-6:
            raise ValueError(f"task shares must sum to 1, got {total}")


def sample_sigmas(mix: TaskMix, batch: int, shift_z: float, generator: torch.Generator) -> dict[str, Tensor]:
    """Noise level of every segment, (B,) each; 0 means given.

    Many of the unknown rays are pure noise, where sampling starts and nearly all of a path is decided.
    Where only stills are laid out, "video" in a task's name means target stills.
    """
    device = generator.device
    task = torch.rand(batch, generator=generator, device=device)
    video_known = task < mix.pose_from_video
    rays_known = (task >= mix.pose_from_video) & (task < mix.pose_from_video + mix.video_from_trajectory)
    u = torch.rand(batch, generator=generator, device=device)
    sigma_z = shift_z * u / (1 + (shift_z - 1) * u)
    sigma_r = torch.rand(batch, generator=generator, device=device)
    pure = torch.rand(batch, generator=generator, device=device) < mix.pure_noise
    sigma_r = sigma_r.masked_fill(pure, 1.0)
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
    clean: dict[str, Tensor], sigmas: dict[str, Tensor], generator: torch.Generator
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Noisy latents `(1 - sigma) x + sigma n` and their velocities `n - x` (Wan's sign), segment by segment."""
    noisy, velocity = {}, {}
    for name, x in clean.items():
        sigma = sigmas[name].view(-1, 1, 1, 1, 1)
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        noisy[name], velocity[name] = (1 - sigma) * x + sigma * noise, noise - x
    return noisy, velocity


def flow_loss(
    predicted: dict[str, Tensor],
    velocity: dict[str, Tensor],
    sigmas: dict[str, Tensor],
    cosine_weight: float = COSINE_WEIGHT,
    ray_weight: float = 1.0,
    ray_spread_weight: float = 1.0,
    ray_sigma_power: float = 0.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Eq. 4 over the segments that are noisy: squared error + cosine_weight (1 - cosine).

    A ray segment of noise level sigma counts sigma^ray_sigma_power times, squared error and cosine alike. The noisy latents
    are y = x + sigma u with the velocity u = n - x, so a velocity v says that they were clean at y - sigma v: in error by
    sigma (u - v). Power 2 hence measures the squared error on the clean estimate; power 0 on the velocity, as the paper does.

    Args:
        predicted: velocity of every segment, as the network gives it.
        velocity: the true one, `noise - data`.
        sigmas: noise level of every segment (B,); those of sigma 0 are given and do not count.
        cosine_weight: lambda of eq. 4; 0 leaves the squared error alone.
        ray_weight: of the rays' segments beside the images'; 1 in the paper.
        ray_spread_weight: of how rays differ over a picture beside their mean [ours]. The mean mixes rotation and
            translation; what differs, 3% to 5% of the power, tells them apart and holds the lens.
        ray_sigma_power: see above.

    Returns:
        the loss, and the detached mean squared error of the video's and the rays' noisy clips ("z", "r").
    """
    loss, errors = torch.zeros(()), {}
    for name, target in velocity.items():
        noisy = (sigmas[name] > 0).float()
        if not noisy.any():
            continue
        v = predicted[name].float()
        error = (v - target).square()
        if name.endswith("_r"):
            mean = (v - target).mean(dim=(3, 4), keepdim=True).square()
            error = mean + ray_spread_weight * (error - mean)
        squared = error.flatten(1).mean(dim=1)
        angular = 1 - functional.cosine_similarity(v.flatten(1), target.flatten(1), dim=1)
        count = noisy.sum()
        # A still is one frame among the clip's; its share of the loss is its share of the frames.
        share = target.shape[2] / sum(velocity[n].shape[2] for n in velocity if n[-1] == name[-1])
        counted = noisy
        if name.endswith("_r"):
            share, counted = share * ray_weight, noisy * sigmas[name].pow(ray_sigma_power)
        loss = loss + share * ((squared + cosine_weight * angular) * counted).sum() / len(noisy)
        if name.startswith("video"):
            errors[name[-1]] = ((squared * noisy).sum() / count).detach()
    return loss, errors
