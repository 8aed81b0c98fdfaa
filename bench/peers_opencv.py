"""OpenCV's SIFT and essential matrix, chained along a clip."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CONTRAST = 0.004
"""SIFT's threshold is made for photographs of a megapixel (.04); at 96x64 it leaves a handful of points."""
EDGE = 20.0
RATIO = 0.85
"""Of the best match's distance to the second best's."""
FEWEST_MATCHES = 8
FEWEST_INLIERS = 6
ERROR_PIXELS = 0.5
"""Of RANSAC, at 96 pixels across; it grows with the picture."""


def chained_poses(frames: NDArray[np.uint8], K: Array) -> list[Array | None]:
    """Camera-to-world of every frame from matches with the last frame that has an answer; every step is one unit long.

    Args:
        frames: (F, H, W, 3), red first.
        K: (3, 3) in pixels of the frames.

    Returns:
        F matrices (4, 4), the first one the identity; None where too little matches.
    """
    sift = cv2.SIFT.create(contrastThreshold=CONTRAST, edgeThreshold=EDGE)
    seen = [sift.detectAndCompute(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), None) for frame in frames]
    poses: list[Array | None] = [np.eye(4)]
    last = 0
    for index in range(1, len(frames)):
        step = _step(*_matches(seen[last], seen[index]), K, ERROR_PIXELS * frames.shape[2] / 96)
        before = poses[last]
        poses.append(None if step is None or before is None else before @ step)
        last = last if step is None else index
    return poses


def _matches(a: tuple, b: tuple) -> tuple[Array, Array]:
    """Points of two frames that are each other's nearest and clearly nearer than the next: (M, 2) both."""
    none = np.zeros((0, 2))
    if a[1] is None or b[1] is None or min(len(a[1]), len(b[1])) < 2:
        return none, none
    matcher = cv2.BFMatcher()
    back = {match.queryIdx: match.trainIdx for match in matcher.match(b[1], a[1])}
    pairs = [
        first
        for first, second in matcher.knnMatch(a[1], b[1], k=2)
        if first.distance < RATIO * second.distance and back[first.trainIdx] == first.queryIdx
    ]
    points = [(a[0][pair.queryIdx].pt, b[0][pair.trainIdx].pt) for pair in pairs]
    return (np.array([p for p, _ in points]), np.array([q for _, q in points])) if points else (none, none)


def _step(a: Array, b: Array, K: Array, error: float) -> Array | None:
    """The second camera in the frame of the first one."""
    if len(a) < FEWEST_MATCHES:
        return None
    E, inliers = cv2.findEssentialMat(a, b, K, cv2.RANSAC, 0.999, error)
    if E is None or E.shape != (3, 3):
        return None
    kept, R, t, _ = cv2.recoverPose(E, a, b, K, mask=inliers)
    if kept < FEWEST_INLIERS:
        return None
    c2w = np.eye(4)
    c2w[:3, :3], c2w[:3, 3] = R.T, -R.T @ t[:, 0]
    return c2w
