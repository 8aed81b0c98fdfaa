"""Does a generated clip show what the camera would have seen? Pictures against the truth (paper 4.3).

The baseline repeats the still: what a model must beat to have moved the picture the right way. Then the path of the
generated clip is estimated again and compared with the path that was asked for.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .frechet import FrechetMeter
from .path_summary import STILL, path_summary
from .pictures import psnr, ssim
from .setting import Numbers, Part, Setting

AGAIN = ("rotation_deg", "translation", "rotation_ratio_to_identity", "translation_ratio_to_identity")


def evaluate_generation(setting: Setting) -> Numbers:
    """Shoot first frames along the true paths in `setting.steps` steps; compare with the truth."""
    rows, again, truth, meter = [], [], [], FrechetMeter(setting.extractor)
    ceiling = {}
    for part in setting.parts():
        videos = part.shot_along(part.truth)
        rows += compared(part, videos)
        ceiling = ceiling or means(compared(part, through_codec(part), "_codec"))
        meter.add(videos, part.frames)
        again += part.paths_of(videos)
        truth += part.truth
    numbers = {"clips": len(rows), "steps": setting.steps, **means(rows)}
    gain = numbers["psnr_last_frame"] - numbers["psnr_last_frame_repeating_the_still"]
    loop = path_summary(again, truth)
    closed = {name: loop[name] for name in (*AGAIN, *(name + STILL for name in AGAIN[:2]))}
    return {
        **numbers,
        **{name: value for name, value in ceiling.items() if name.endswith("_codec")},
        "psnr_gain_last_frame": gain,
        **{f"closed_loop_{name}": value for name, value in closed.items()},
        **meter.distances(),
    }


def compared(part: Part, videos: list[Tensor], of: str = "") -> list[dict[str, float]]:
    """Every video, and the repeated still, against the true clip; frame 0 is given and left out of all but the last's.

    Args:
        part: the true clips.
        videos: one for each.
        of: what to put behind the names.
    """
    rows = []
    for video, truth in zip(videos, part.frames, strict=True):
        row = {}
        for name, clip in ((of, video), ("_repeating_the_still", truth[:1].expand_as(truth))):
            row[f"psnr{name}"] = psnr(clip[1:], truth[1:])
            row[f"psnr_last_frame{name}"] = psnr(clip[-1], truth[-1])
            row[f"ssim{name}"] = ssim(clip[1:], truth[1:])
            row[f"ssim_last_frame{name}"] = ssim(clip[-1], truth[-1])
        rows.append(row)
    return rows


def means(rows: list[dict[str, float]]) -> dict[str, float]:
    """Mean over clips of everything."""
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def through_codec(part: Part) -> list[Tensor]:
    """The clips as the autoencoder alone would show them: the best that generation can reach."""
    codec = part.batch().run.codec
    latents = torch.cat([codec.encode_video(frames) for frames in part.frames])
    return list(codec.decode_videos(latents).cpu())
