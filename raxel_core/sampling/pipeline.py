"""From frames to frames: checks, the autoencoder, a task, progress. What the command line and the nodes call.

Every run has at least one source still, and the first one is the canonical camera [ours]. Sizes are multiples of 32 and
lengths 4n + 1; callers fit what users bring. Frames are [F, H, W, 3] in 0..1. Results come back on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from ..engine import latents as codec
from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..errors import RaxelError
from ..geometry.raxels import Raxels
from . import tasks
from .schedule import sigmas
from .solvers import Denoise, Latents, StepHook

SIZE_STEP = 32  # half grid of the rays x 8 of the VAE x 2 of the patch

OnStep = Callable[[int, int, Callable[[], Tensor]], None]
"""(steps done, steps in all, a function that decodes one frame of the present estimate to [h, w, 3] in 0..1)."""


@torch.no_grad()
def pose_from_video(
    model: RaxelModel,
    vae: VideoVAE,
    frames: Tensor,
    fps: float,
    *,
    seed: int,
    ray_steps: int = 2,
    ray_shift: float = 1.0,
    on_step: OnStep | None = None,
) -> Raxels:
    """The cameras of a clip [F, H, W, 3], as raxels in the frame of its first camera."""
    clock = sigmas(ray_steps, ray_shift)
    _check_pictures(frames, "the clip")
    _check_length(len(frames), "the clip")
    video_z = _place(codec.encode_video(model.info, vae, frames), model)
    source_z = _place(codec.encode_stills(model.info, vae, frames[:1]), model)
    hook = _hook(model, vae, "video_r", on_step)
    video_r = tasks.pose_from_video(_denoiser(model), source_z, video_z, clock, _generator(seed), hook)
    return _rays(model, vae, video_r, fps)


@torch.no_grad()
def video_from_trajectory(
    model: RaxelModel,
    vae: VideoVAE,
    stills: Tensor,
    raxels: Raxels,
    *,
    seed: int,
    video_steps: int = 20,
    video_shift: float = 3.0,
    on_step: OnStep | None = None,
) -> Tensor:
    """Frames [F, H, W, 3] of stills [M, H, W, 3] shot along the path of F raxels.

    Still i stands at frame round(i (F - 1) / (M - 1)); the first one at frame 0.
    """
    clock = sigmas(video_steps, video_shift)
    _check_pictures(stills, "the stills")
    _check_path(raxels, stills)
    raxels = _for_model(model, raxels)
    source_z = _place(codec.encode_stills(model.info, vae, stills), model)
    source_r = _place(codec.encode_still_rays(model.info, vae, _at_stills(raxels, len(stills))), model)
    video_r = _place(codec.encode_rays(model.info, vae, raxels), model)
    hook = _hook(model, vae, "video_z", on_step)
    denoise, generator = _denoiser(model), _generator(seed)
    video_z = tasks.video_from_trajectory(denoise, source_z, source_r, video_r, clock, generator, hook)
    return codec.decode_video(model.info, vae, video_z).cpu()


@torch.no_grad()
def joint(
    model: RaxelModel,
    vae: VideoVAE,
    stills: Tensor,
    frames: int,
    fps: float,
    *,
    seed: int,
    video_steps: int = 20,
    video_shift: float = 3.0,
    ray_steps: int = 2,
    ray_shift: float = 1.0,
    on_step: OnStep | None = None,
) -> tuple[Tensor, Raxels]:
    """A clip of `frames` frames from stills [M, H, W, 3], and its cameras. Rays with fewer steps finish early."""
    video_clock, ray_clock = sigmas(video_steps, video_shift), sigmas(ray_steps, ray_shift)
    _check_pictures(stills, "the stills")
    _check_length(frames, "the new clip")
    source_z = _place(codec.encode_stills(model.info, vae, stills), model)
    hook = _hook(model, vae, "video_z", on_step)
    latent_frames = (frames - 1) // 4 + 1
    video_z, video_r = tasks.joint(
        _denoiser(model), source_z, latent_frames, video_clock, ray_clock, _generator(seed), hook
    )
    return codec.decode_video(model.info, vae, video_z).cpu(), _rays(model, vae, video_r, fps)


def _denoiser(model: RaxelModel) -> Denoise:
    """The network as a function of latents and of one number per segment."""

    def denoise(latents: Latents, levels: dict[str, float]) -> Latents:
        return model.network(latents, {name: torch.tensor(level) for name, level in levels.items()})

    return denoise


def _hook(model: RaxelModel, vae: VideoVAE, shown: str, on_step: OnStep | None) -> StepHook | None:
    """Wrap the caller's `on_step`: the estimate of the clean latents becomes one decoded frame, made only if asked for."""
    if on_step is None:
        return None

    def hook(step: int, total: int, denoised: Callable[[], Latents]) -> None:
        @torch.no_grad()
        def preview() -> Tensor:
            clip = denoised()[shown]
            middle = clip[:, :, clip.shape[2] // 2].unsqueeze(2)
            if shown == "video_r":
                return codec.decode_rays(model.info, vae, middle).to_pictures()[0]
            return codec.decode_video(model.info, vae, middle)[0]

        on_step(step, total, preview)

    return hook


def _rays(model: RaxelModel, vae: VideoVAE, video_r: Tensor, fps: float) -> Raxels:
    raxels = codec.decode_rays(model.info, vae, video_r, fps)
    if not bool(raxels.images.isfinite().all()):
        raise RaxelError(
            "the model's rays are not finite numbers; check the model file, or run it in float32."
        )
    return raxels


def _place(latents: Tensor, model: RaxelModel) -> Tensor:
    """Latents on the network's device, float32 between steps."""
    return latents.to(device=model.network.device, dtype=torch.float32)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator(device="cpu").manual_seed(seed % 2**63)


def _for_model(model: RaxelModel, raxels: Raxels) -> Raxels:
    """The path with the contrast that the model knows, and for a metric model in its units (scale 1)."""
    scale = 1.0 if model.info.scale_mode == "metric" else raxels.scale
    return raxels.rescaled(model.info.alpha, scale)


def _at_stills(raxels: Raxels, count: int) -> Raxels:
    """The cameras at which the stills stand, spread evenly over the path, the first at frame 0."""
    last = raxels.num_frames - 1
    places = [round(i * last / max(count - 1, 1)) for i in range(count)]
    return replace(raxels, images=raxels.images[places])


def _check_pictures(pictures: Tensor, what: str) -> None:
    """Refuse pictures that no run can use, before any work."""
    if pictures.ndim != 4 or pictures.shape[3] != 3 or len(pictures) == 0 or not pictures.is_floating_point():
        shape = f"{list(pictures.shape)} of {pictures.dtype}"
        raise RaxelError(f"{what} must be [pictures, height, width, 3] of floats in 0..1, got {shape}.")
    height, width = pictures.shape[1:3]
    if height % SIZE_STEP or width % SIZE_STEP or not height or not width:
        raise RaxelError(
            f"{what} must have sides that are multiples of {SIZE_STEP}, got {width}x{height}; resize first."
        )
    if not bool(torch.isfinite(pictures).all()):
        raise RaxelError(f"{what} holds values that are not finite numbers; look at what made them.")


def _check_length(frames: int, what: str) -> None:
    if frames < 5 or frames % 4 != 1:
        raise RaxelError(f"{what} must have 4n + 1 frames (5, 9, 13, ...), got {frames}; resample it first.")


def _check_path(raxels: Raxels, stills: Tensor) -> None:
    _check_length(raxels.num_frames, "the path")
    height, width = stills.shape[1:3]
    if (raxels.width, raxels.height) != (width, height):
        raise RaxelError(
            f"the path is for {raxels.width}x{raxels.height} pictures, the stills are {width}x{height}; make both one size."
        )
    if len(stills) > raxels.num_frames:
        raise RaxelError(
            f"{len(stills)} stills do not fit on a path of {raxels.num_frames} frames; give fewer stills."
        )
    if not bool(torch.isfinite(raxels.images).all()):
        raise RaxelError("the path holds rays that are not finite numbers; look at what made them.")
