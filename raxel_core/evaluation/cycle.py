"""Does the model agree with itself? Its path, shot again, must lead back to the path (paper 4.1).

cycle: clip -> path -> clip shot along it from the first frame -> path. joint: still -> clip and path -> path of that clip.
Errors are those of the last path against the one before it, beside a camera that stands still.
"""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..geometry.estimate import estimate_trajectory
from ..geometry.raxels import raxels_from_trajectory
from ..geometry.trajectory import Trajectory
from ..sampling import SamplingOptions, joint, pose_from_video, video_from_trajectory
from ..training.render import Split, render_clips
from .generation import psnr
from .pose import frame_errors, standing_still

OnClip = Callable[[int], object]


def evaluate_cycle(
    model: RaxelModel,
    vae: VideoVAE,
    split: Split,
    seed: int,
    clips: int,
    steps: int,
    on_clip: OnClip | None = None,
) -> dict[str, float]:
    """Estimate the path of fresh clips, shoot their first frames along it, estimate again; PSNR is against the truth.

    Args:
        model: the model, whose own size and length are used.
        vae: its autoencoder.
        split: "validation" while training, "test" for the numbers that are published.
        seed: of the clips, and of the noise.
        clips: how many.
        steps: denoising steps of the video; paths are estimated in two.
        on_clip: called with the number of clips done.
    """
    info, rows = model.info, []
    for index in range(clips):
        clip = render_clips(split, seed, [index], info.frames, info.height, info.width)[0]
        truth, options = clip.frames.float() / 255, SamplingOptions(seed + index, video_steps=steps)
        found = _path(model, vae, truth, options)
        raxels = raxels_from_trajectory(found, info.alpha, scale=1.0)
        video = video_from_trajectory(model, vae, truth[:1], raxels, options).images
        again = _path(model, vae, video, options)
        repeated = truth[:1].expand_as(truth)
        rows.append(
            {
                **_disagreement(again, found),
                "psnr": psnr(video[1:], truth[1:]),
                "psnr_repeating_the_still": psnr(repeated[1:], truth[1:]),
            }
        )
        if on_clip:
            on_clip(index + 1)
    return _means(rows, clips, steps)


def evaluate_joint(
    model: RaxelModel,
    vae: VideoVAE,
    split: Split,
    seed: int,
    clips: int,
    steps: int,
    on_clip: OnClip | None = None,
) -> dict[str, float]:
    """Let the model make a clip and its path from first frames of fresh clips; estimate the path from the clip.

    Args:
        model: the model, whose own size and length are used.
        vae: its autoencoder.
        split: "validation" while training, "test" for the numbers that are published.
        seed: of the clips, and of the noise.
        clips: how many.
        steps: denoising steps of the video; paths take two.
        on_clip: called with the number of clips done.
    """
    info, rows = model.info, []
    for index in range(clips):
        clip = render_clips(split, seed, [index], info.frames, info.height, info.width)[0]
        options = SamplingOptions(seed + index, video_steps=steps)
        still, fps = clip.frames[:1].float() / 255, clip.trajectory.fps
        shot = joint(model, vae, still, info.frames, fps, options)
        told = estimate_trajectory(shot.raxels, reference=0).trajectory
        rows.append(_disagreement(_path(model, vae, shot.images, options), told))
        if on_clip:
            on_clip(index + 1)
    return _means(rows, clips, steps)


def _path(model: RaxelModel, vae: VideoVAE, frames: Tensor, options: SamplingOptions) -> Trajectory:
    raxels = pose_from_video(model, vae, frames, 16.0, options).raxels
    return estimate_trajectory(raxels, reference=0).trajectory


def _disagreement(again: Trajectory, before: Trajectory) -> dict[str, float]:
    errors, still = frame_errors(again, before), frame_errors(standing_still(before), before)
    return {
        "rotation_deg": float(errors.rotation_deg.mean()),
        "rotation_deg_standing_still": float(still.rotation_deg.mean()),
        "translation": float(errors.translation.mean()),
        "translation_standing_still": float(still.translation.mean()),
    }


def _means(rows: list[dict[str, float]], clips: int, steps: int) -> dict[str, float]:
    """Means over clips, and the ratios of the means."""
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    ratios = {
        "rotation_ratio_to_identity": means["rotation_deg"] / means["rotation_deg_standing_still"],
        "translation_ratio_to_identity": means["translation"] / means["translation_standing_still"],
    }
    return {"clips": clips, "steps": steps, **means, **ratios}
