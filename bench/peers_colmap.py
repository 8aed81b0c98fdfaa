"""pycolmap's incremental and global mapping of a clip, with what a picture of 96x64 needs lowered."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pycolmap
from numpy.typing import NDArray

Array = NDArray[np.float64]
Poses = list[Array | None]
MAPPERS = ("incremental", "global")

PEAK, EDGE = 0.001, 20.0
"""SIFT's thresholds, made for photographs: .0067 and 10."""
ERROR_PIXELS = 1.0
"""At 96 pixels across; grows with the picture up to COLMAP's own 4."""
FEWEST = 8
"""Matches and inliers (COLMAP: 15 of a pair, 30 of a new picture, 100 of the first pair)."""
RATIO = 0.85
"""Of the best match's distance to the second best's (COLMAP: .8)."""
LEAST_ANGLE_DEG = 1.5
"""Of triangulation in the first pair (COLMAP: 16)."""

pycolmap.logging.minloglevel = 3


def mapped_poses(
    frames: NDArray[np.uint8], K: Array, focal_known: bool, tuned: bool = True
) -> dict[str, Poses]:
    """Camera-to-world of every frame by both mappers, from one database of features and exhaustive matches.

    Args:
        frames: (F, H, W, 3), red first.
        K: (3, 3) in pixels: the truth, which then stays as it is, or a first guess.
        focal_known: which of the two.
        tuned: with the thresholds above; else with COLMAP's own.

    Returns:
        a name of MAPPERS -> F matrices (4, 4), relative to the first frame; None where there is no answer.
    """
    error = min(4.0, ERROR_PIXELS * frames.shape[2] / 96)
    extraction = pycolmap.FeatureExtractionOptions(num_threads=1, use_gpu=False)
    matching = pycolmap.FeatureMatchingOptions(num_threads=1, use_gpu=False)
    verification = pycolmap.TwoViewGeometryOptions()
    incremental = pycolmap.IncrementalPipelineOptions(num_threads=1, random_seed=0, extract_colors=False)
    incremental.ba_refine_focal_length = incremental.mapper.abs_pose_refine_focal_length = not focal_known
    whole = pycolmap.GlobalPipelineOptions(num_threads=1, random_seed=0)
    whole.mapper.bundle_adjustment.refine_focal_length = not focal_known
    whole.mapper.bundle_adjustment.ceres.use_gpu = whole.mapper.global_positioning.use_gpu = False
    verification.ransac.random_seed = 0
    if tuned:
        _tune_matching(extraction, matching, verification, error)
        _tune_mapping(incremental, whole, error)
    with tempfile.TemporaryDirectory() as name:
        folder, database = Path(name), Path(name) / "database.db"
        _write(folder, frames)
        reader = pycolmap.ImageReaderOptions(
            camera_model="SIMPLE_PINHOLE", camera_params=f"{K[0, 0]},{K[0, 2]},{K[1, 2]}"
        )
        single = pycolmap.CameraMode.SINGLE
        pycolmap.extract_features(database, folder, [], single, reader, extraction)
        pycolmap.match_exhaustive(database, matching, verification_options=verification)
        return {
            "incremental": _largest(
                lambda: pycolmap.incremental_mapping(database, folder, folder, incremental), len(frames)
            ),
            "global": _largest(lambda: pycolmap.global_mapping(database, folder, folder, whole), len(frames)),
        }


def _write(folder: Path, frames: NDArray[np.uint8]) -> None:
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{index:04d}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))


def _tune_matching(
    extraction: pycolmap.FeatureExtractionOptions,
    matching: pycolmap.FeatureMatchingOptions,
    verification: pycolmap.TwoViewGeometryOptions,
    error: float,
) -> None:
    extraction.sift.peak_threshold, extraction.sift.edge_threshold = PEAK, EDGE
    matching.guided_matching, matching.sift.max_ratio = True, RATIO
    verification.min_num_inliers, verification.ransac.max_error = FEWEST, error
    verification.detect_watermark = False


def _tune_mapping(
    incremental: pycolmap.IncrementalPipelineOptions, whole: pycolmap.GlobalPipelineOptions, error: float
) -> None:
    incremental.min_num_matches = whole.min_num_matches = FEWEST
    incremental.min_model_size = 3
    mapper = incremental.mapper
    mapper.init_min_num_inliers = mapper.abs_pose_min_num_inliers = FEWEST
    mapper.init_max_error, mapper.filter_max_reproj_error = error, 2 * error
    mapper.abs_pose_max_error, mapper.init_min_tri_angle = 2 * error, LEAST_ANGLE_DEG
    mapper.filter_min_tri_angle = whole.mapper.min_tri_angle_deg = LEAST_ANGLE_DEG / 3


def _largest(mapper: Callable[[], dict], frames: int) -> Poses:
    """The reconstruction with the most pictures, told from the first frame; no answer where that is not in it."""
    try:
        models = mapper()
    except (RuntimeError, ValueError):  # COLMAP's way to say that nothing could be made of it
        models = {}
    best = max(models.values(), key=lambda model: model.num_reg_images(), default=None)
    found = (
        {}
        if best is None
        else {int(image.name[:4]): _c2w(image) for image in best.images.values() if image.has_pose}
    )
    if 0 not in found:
        return [np.eye(4), *[None] * (frames - 1)]
    first = np.linalg.inv(found[0])
    return [first @ found[index] if index in found else None for index in range(frames)]


def _c2w(image: pycolmap.Image) -> Array:
    c2w = np.eye(4)
    c2w[:3] = image.cam_from_world().inverse().matrix()
    return c2w
