"""Do opposite camera moves give opposite motion of the picture? Judged by OpenCV's optical flow, which knows no model.

From one still, both moves of a pair are shot with one seed. Dense flow between every fourth frame is summed; motion is
its horizontal mean, for dollies its mean along the lines from the middle.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from torch import Tensor

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..geometry.presets import preset_trajectory
from ..geometry.raxels import raxels_from_trajectory
from ..sampling import SamplingOptions, video_from_trajectory
from ..training.render import Split, render_clips

PAIRS = {
    "arc": ("arc_left", "arc_right"),
    "truck": ("truck_left", "truck_right"),
    "pan": ("pan_left", "pan_right"),
    "dolly": ("dolly_in", "dolly_out"),
}
DISTANCE = 3.0  # of the subject, in the units of the model's world: about the middle of what a still shows
UPSCALE = 4  # pictures are enlarged first: Farneback's windows are larger than the small model's objects
STRIDE = 4


def evaluate_signs(
    model: RaxelModel,
    vae: VideoVAE,
    split: Split,
    seed: int,
    clips: int,
    steps: int,
    on_clip: Callable[[int], object] | None = None,
) -> dict[str, float]:
    """Share of stills for which both moves of each pair give motion of opposite signs.

    Args:
        model: the model, whose own size and length are used.
        vae: its autoencoder.
        split: "validation" while training, "test" for the numbers that are published.
        seed: of the stills, and of the noise.
        clips: how many stills.
        steps: denoising steps of the video.
        on_clip: called with the number of stills done.
    """
    info = model.info
    opposite: dict[str, list[bool]] = {pair: [] for pair in PAIRS}
    for index in range(clips):
        still = render_clips(split, seed, [index], info.frames, info.height, info.width)[0].frames[:1]
        for pair, moves in PAIRS.items():
            motions = []
            for move in moves:
                path = preset_trajectory(
                    move, info.frames, info.width, info.height, subject_distance=DISTANCE, hfov_deg=65.0
                )
                raxels = raxels_from_trajectory(path, info.alpha, scale=1.0)
                options = SamplingOptions(seed + index, video_steps=steps)
                video = video_from_trajectory(model, vae, still.float() / 255, raxels, options).images
                motions.append(motion(video, outwards=pair == "dolly"))
            opposite[pair].append(motions[0] * motions[1] < 0)
        if on_clip:
            on_clip(index + 1)
    shares = {f"opposite_{pair}": float(np.mean(values)) for pair, values in opposite.items()}
    return {"clips": clips, "steps": steps, **shares, "opposite": float(np.mean(list(shares.values())))}


def motion(frames: Tensor, outwards: bool = False) -> float:
    """Mean motion of pictures (F, H, W, 3) in 0..1, in pixels: to the right, or away from the middle."""
    import cv2

    grey = [_grey(frame, cv2) for frame in frames[::STRIDE]]
    flow = sum(
        cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 4, 41, 4, 7, 1.5, 0)  # type: ignore[call-overload]
        for a, b in pairwise(grey)
    )
    flow = np.asarray(flow) / UPSCALE
    if not outwards:
        return float(flow[..., 0].mean())
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width] - (np.array([height - 1, width - 1]) / 2)[:, None, None]
    return float(((flow[..., 0] * x + flow[..., 1] * y) / np.hypot(x, y).clip(1)).mean())


def _grey(frame: Tensor, cv2: Any) -> np.ndarray:
    picture = (frame.numpy() * 255).round().astype(np.uint8)
    size = (UPSCALE * picture.shape[1], UPSCALE * picture.shape[0])
    return cv2.equalizeHist(
        cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_CUBIC)
    )
