"""Does a generated clip show what the camera would have seen? PSNR against the renderer's truth (paper 4.3, in small).

The baseline repeats the still: what a model must beat to have moved the picture the right way.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..geometry.estimate import estimate_trajectory
from ..geometry.raxels import raxels_from_trajectory
from ..sampling import SamplingOptions, pose_from_video, video_from_trajectory
from ..training.render import Split, render_clips
from .pose import FrameErrors, frame_errors, standing_still


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal to noise in dB of two pictures or clips in 0..1."""
    return float(-10 * torch.log10((a - b).square().mean().clamp(min=1e-10)))


def evaluate_generation(
    model: RaxelModel,
    vae: VideoVAE,
    split: Split,
    seed: int,
    clips: int,
    steps: int,
    on_clip: Callable[[int], object] | None = None,
) -> dict[str, float]:
    """Shoot the first frame of fresh clips along their true paths; compare with the truth, and estimate the path again.

    Args:
        model: the model, whose own size and length are used.
        vae: its autoencoder.
        split: "validation" while training, "test" for the numbers that are published.
        seed: of the clips, and of the noise.
        clips: how many.
        steps: denoising steps of the video; the path is estimated again in two.
        on_clip: called with the number of clips done.
    """
    info, rows = model.info, []
    for index in range(clips):
        clip = render_clips(split, seed, [index], info.frames, info.height, info.width)[0]
        truth, path = clip.frames.float() / 255, clip.trajectory
        raxels = raxels_from_trajectory(path, info.alpha, scale=1.0)
        options = SamplingOptions(seed + index, video_steps=steps)
        video = video_from_trajectory(model, vae, truth[:1], raxels, options).images
        again = estimate_trajectory(pose_from_video(model, vae, video, path.fps, options).raxels).trajectory
        rows.append(
            {
                "psnr_last_frame": psnr(video[-1], truth[-1]),
                "psnr_last_frame_repeating_the_still": psnr(truth[0], truth[-1]),
                "psnr_last_frame_codec": psnr(_through_codec(vae, truth)[-1], truth[-1]),
                **_closed_loop(frame_errors(again, path), ""),
                **_closed_loop(frame_errors(standing_still(path), path), "_standing_still"),
            }
        )
        if on_clip:
            on_clip(index + 1)
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    return {"clips": clips, "steps": steps, **means}


def _closed_loop(errors: FrameErrors, of: str) -> dict[str, float]:
    return {
        f"closed_loop_rotation_deg{of}": float(errors.rotation_deg.mean()),
        f"closed_loop_translation{of}": float(errors.translation.mean()),
    }


def _through_codec(vae: VideoVAE, frames: Tensor) -> Tensor:
    """The clip as the autoencoder alone would show it: the best that generation can reach."""
    pixels = vae.decode(vae.encode(frames.permute(3, 0, 1, 2)[None] * 2 - 1))
    return ((pixels[0].permute(1, 2, 3, 0) + 1) / 2).clamp(0, 1)
