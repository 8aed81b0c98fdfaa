"""Raxels told from another camera: what drawing the cameras in that frame would give, and back without loss."""

import dataclasses

import numpy as np
import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.geometry.anchor import IDENTITY, Anchor, reach
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory, ray_bundle


def arc(**how):
    trajectory = preset_trajectory("arc_left", 9, 64, 48, amount=40.0, subject_distance=2.0)
    return trajectory, raxels_from_trajectory(trajectory, **how)


def drawn_from(trajectory, frame, alpha, scale):
    """The pictures of the same cameras, drawn in the frame of one of them."""
    cameras = trajectory.canonical(frame).resized(32, 24)
    c2w = cameras.c2w
    return alpha * ray_bundle(c2w[:, :3, :3], c2w[:, :3, 3] / scale, cameras.K, 24, 32)


@pytest.mark.parametrize(("alpha", "scale"), [(0.5, 1.0), (0.8, 0.3), (0.25, 4.0)])
@pytest.mark.parametrize("frame", [0, 3, 8])
def test_cameras_seen_from_a_frame_are_those_drawn_in_that_frame(frame, alpha, scale):
    trajectory, raxels = arc(alpha=alpha, scale=scale)
    seen = Anchor.at(raxels, frame).seen(raxels)
    assert torch.allclose(seen.images, drawn_from(trajectory, frame, alpha, scale), atol=2e-6)
    assert (seen.alpha, seen.scale, seen.fps, seen.width) == (alpha, scale, raxels.fps, raxels.width)


def test_the_way_back_restores_any_pictures_noise_and_all():
    _, raxels = arc()
    noisy = dataclasses.replace(raxels, images=torch.randn(raxels.images.shape))
    anchor = Anchor.at(raxels, 5)
    assert torch.allclose(anchor.unseen(anchor.seen(noisy)).images, noisy.images, atol=1e-5)


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_the_motion_between_two_tellings_of_the_same_cameras_is_found(noise):
    _, raxels = arc(alpha=0.8)
    told = Anchor.at(raxels, 6).seen(raxels)
    told = dataclasses.replace(told, images=told.images + noise * torch.randn(told.images.shape))
    back = Anchor.between(told, raxels).unseen(told)
    assert float((back.images - raxels.images).square().mean().sqrt()) == pytest.approx(
        noise, abs=1e-5 + 0.1 * noise
    )


def test_a_path_told_from_its_first_camera_stays_bit_for_bit():
    _, raxels = arc()
    anchor = Anchor.at(raxels, 0)
    assert anchor is IDENTITY and anchor.seen(raxels) is raxels and anchor.unseen(raxels) is raxels


def test_the_anchor_of_the_anchored_frame_is_the_identity():
    _, raxels = arc()
    assert Anchor.at(Anchor.at(raxels, 6).seen(raxels), 6) is IDENTITY


def test_reach_is_the_largest_distance_in_the_users_units():
    trajectory, raxels = arc(scale=0.7)
    positions = trajectory.canonical(0).c2w[:, :3, 3]
    assert reach(raxels) == pytest.approx(np.linalg.norm(positions, axis=-1).max(), rel=1e-4)
    pan = raxels_from_trajectory(preset_trajectory("pan_left", 5, 64, 48))
    assert reach(dataclasses.replace(pan, images=pan.images[:1])) == 1.0


def test_a_frame_outside_is_refused_with_both_numbers():
    with pytest.raises(RaxelError, match="frame 9 is outside the 9 frames"):
        Anchor.at(arc()[1], 9)
