"""Errors of an estimated camera path, and the held-out evaluation of a model (paper 4.2).

Both paths are compared relative to their first frames, frame by frame, the first one left out (it is the identity on
both sides). Rotation errors are geodesic angles in degrees; RRA@x is the share of frames below x degrees.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..engine.checkpoint import RaxelModel
from ..engine.vae import VideoVAE
from ..errors import RaxelError
from ..geometry.estimate import estimate_trajectory
from ..geometry.rotation import rotation_angle_deg
from ..geometry.trajectory import Trajectory
from ..sampling import SamplingOptions, pose_from_video
from ..training.render import Split, render_clips

MOVING = 0.15  # least length of a true translation, in its units, whose direction is worth an angle


@dataclass(frozen=True)
class FrameErrors:
    """Errors of every frame but the first: arrays [F - 1].

    Attributes:
        rotation_deg: angle between estimated and true rotation.
        translation: distance between estimated and true position, in the truth's units.
        direction_deg: angle between estimated and true translation; nan where the truth hardly moves.
        focal_percent: error of the focal length, in percent of the truth.
    """

    rotation_deg: np.ndarray
    translation: np.ndarray
    direction_deg: np.ndarray
    focal_percent: np.ndarray


@dataclass(frozen=True)
class PoseErrors:
    """One clip in four numbers: means over frames, the median for directions (nan where nothing moves)."""

    rotation_deg: float
    translation: float
    translation_direction_deg: float
    focal_percent: float


def standing_still(truth: Trajectory) -> Trajectory:
    """The baseline that predicts no motion: the truth's first camera, throughout."""
    return truth.at(np.zeros(truth.num_frames))


def frame_errors(estimated: Trajectory, truth: Trajectory) -> FrameErrors:
    """Compare two paths of the same length and image size; raises RaxelError where lengths differ."""
    if estimated.num_frames != truth.num_frames:
        raise RaxelError(
            f"paths of {estimated.num_frames} and {truth.num_frames} frames cannot be compared; resample one of them"
        )
    a, b = estimated.canonical(0).c2w[1:], truth.canonical(0).c2w[1:]
    moved, true = a[:, :3, 3], b[:, :3, 3]
    lengths = np.linalg.norm(moved, axis=1) * np.linalg.norm(true, axis=1)
    cosine = np.divide((moved * true).sum(axis=1), lengths, out=np.zeros(len(true)), where=lengths > 1e-12)
    direction = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    focal = estimated.K[1:, 0, 0] / estimated.width * truth.width / truth.K[1:, 0, 0]
    return FrameErrors(
        rotation_deg=rotation_angle_deg(a[:, :3, :3], b[:, :3, :3]),
        translation=np.linalg.norm(moved - true, axis=1),
        direction_deg=np.where(np.linalg.norm(true, axis=1) > MOVING, direction, np.nan),
        focal_percent=100 * np.abs(focal - 1),
    )


def pose_errors(estimated: Trajectory, truth: Trajectory) -> PoseErrors:
    """`frame_errors` in four numbers."""
    errors = frame_errors(estimated, truth)
    return PoseErrors(
        rotation_deg=float(errors.rotation_deg.mean()),
        translation=float(errors.translation.mean()),
        translation_direction_deg=_median(errors.direction_deg),
        focal_percent=float(errors.focal_percent.mean()),
    )


def evaluate_pose(
    model: RaxelModel,
    vae: VideoVAE,
    split: Split,
    seed: int,
    clips: int,
    steps: int,
    on_clip: Callable[[int], object] | None = None,
) -> dict[str, float]:
    """Render fresh clips, estimate their paths and compare with the truth and with standing still.

    Args:
        model: the model, whose own size and length are used.
        vae: its autoencoder.
        split: "validation" while training, "test" for the numbers that are published.
        seed: of the clips, and of the noise.
        clips: how many.
        steps: denoising steps of the rays.
        on_clip: called with the number of clips done.
    """
    ours, still = [], []
    info = model.info
    for index in range(clips):
        clip = render_clips(split, seed, [index], info.frames, info.height, info.width)[0]
        frames = clip.frames.float() / 255
        options = SamplingOptions(seed + index, ray_steps=steps)
        shot = pose_from_video(model, vae, frames, clip.trajectory.fps, options)
        ours.append(frame_errors(estimate_trajectory(shot.raxels).trajectory, clip.trajectory))
        still.append(frame_errors(standing_still(clip.trajectory), clip.trajectory))
        if on_clip:
            on_clip(index + 1)
    rotation, identity = (np.concatenate([e.rotation_deg for e in errors]) for errors in (ours, still))
    return {
        "clips": clips,
        "steps": steps,
        "rotation_deg": float(rotation.mean()),
        "rotation_deg_standing_still": float(identity.mean()),
        "rotation_ratio_to_identity": float(rotation.mean() / identity.mean()),
        **{f"rra{x}": float((rotation < x).mean()) for x in (5, 15, 30)},
        **{f"rra{x}_standing_still": float((identity < x).mean()) for x in (5, 15, 30)},
        "translation": float(np.concatenate([e.translation for e in ours]).mean()),
        "translation_standing_still": float(np.concatenate([e.translation for e in still]).mean()),
        "translation_direction_median_deg": _median(np.concatenate([e.direction_deg for e in ours])),
        "focal_error": float(np.concatenate([e.focal_percent for e in ours]).mean()),
    }


def _median(values: np.ndarray) -> float:
    """Median of what is not nan; nan where nothing is left."""
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")
