"""Raxels: the formula on single pixels, independence of the world frame, size, contrast and unit."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import Raxels, raxels_from_trajectory
from raxel_core.geometry.rotation import rotation_exp
from raxel_core.geometry.trajectory import Trajectory


def path(width=64, height=48, frames=5, **fields):
    return preset_trajectory("handheld", frames, width, height, amount=40, subject_distance=3, **fields)


@pytest.mark.parametrize("size", [(64, 48), (48, 64)])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (5, 17), (23, 23)])
def test_one_raxel_is_alpha_times_ray_plus_scaled_origin(size, row, column):
    cameras = path(*size)
    raxels = raxels_from_trajectory(cameras, alpha=0.3, scale=2.0)
    u, v = 2 * column + 1.0, 2 * row + 1.0  # centre of a half-grid pixel, in the video's pixels
    for frame in range(5):
        ray = np.linalg.inv(cameras.K[frame]) @ [u, v, 1]
        c2w = cameras.canonical().c2w[frame]
        expected = 0.3 * (c2w[:3, :3] @ ray / np.linalg.norm(ray) + c2w[:3, 3] / 2.0)
        np.testing.assert_allclose(raxels.images[frame, row, column].numpy(), expected, atol=1e-7)


def test_raxels_do_not_depend_on_the_world_frame():
    cameras = path()
    world = np.eye(4)
    world[:3, :3], world[:3, 3] = rotation_exp([1.0, 2.0, -0.5]), [10, -4, 3]
    moved = Trajectory(world @ cameras.c2w, cameras.K, 64, 48)
    torch.testing.assert_close(raxels_from_trajectory(moved).images, raxels_from_trajectory(cameras).images)


def test_the_default_scale_puts_the_farthest_camera_at_distance_one():
    cameras = path()
    raxels = raxels_from_trajectory(cameras, alpha=1.0)
    assert raxels.scale == pytest.approx(cameras.scene_scale())
    rotation_only = raxels_from_trajectory(preset_trajectory("pan_left", 3, 64, 48), alpha=1.0)
    assert rotation_only.scale == 1
    torch.testing.assert_close(rotation_only.images.norm(dim=-1), torch.ones(3, 24, 32))


def test_another_size_shows_what_the_scaled_and_cropped_video_shows():
    cameras = path(128, 96)
    small = raxels_from_trajectory(cameras, width=64, height=32)
    large = raxels_from_trajectory(cameras.cropped(0, 16, 128, 64))
    pooled = torch.nn.functional.avg_pool2d(large.images.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    torch.testing.assert_close(small.images, pooled, atol=2e-4, rtol=0)
    assert (small.width, small.height) == (64, 32)


def test_values_are_not_clamped_but_their_pictures_are():
    far = raxels_from_trajectory(path(), alpha=1.0)
    assert far.images.abs().max() > 1
    assert far.to_pictures().min() >= 0 and far.to_pictures().max() <= 1


def test_pictures_give_the_raxels_back_where_nothing_was_clamped():
    raxels = raxels_from_trajectory(path(), alpha=0.4)
    again = Raxels.from_pictures(raxels.to_pictures(), alpha=0.4, scale=raxels.scale)
    torch.testing.assert_close(again.images, raxels.images)
    assert (again.width, again.height) == (64, 48)


def test_rescaling_is_drawing_at_the_other_contrast_and_unit():
    cameras = path()
    raxels = raxels_from_trajectory(cameras, alpha=0.5)
    torch.testing.assert_close(
        raxels.rescaled(0.3, 1.0).images,
        raxels_from_trajectory(cameras, alpha=0.3, scale=1.0).images,
        atol=1e-6,
        rtol=0,
    )
    assert raxels.rescaled(0.5, raxels.scale) is raxels


def test_rescaling_there_and_back_keeps_what_is_no_camera():
    raxels = raxels_from_trajectory(path())
    noisy = replace(raxels, images=raxels.images + 0.01 * torch.randn(raxels.images.shape))
    back = noisy.rescaled(0.5, 1.0).rescaled(noisy.alpha, noisy.scale)
    torch.testing.assert_close(back.images, noisy.images, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: raxels_from_trajectory(path(63, 48)), "even video size, got 63x48"),
        (lambda: raxels_from_trajectory(path(), scale=0.0), "scale must be positive"),
        (lambda: Raxels(torch.zeros(2, 8, 8, 3), 0.5, 1.0, 16, 18), "\\[F, 9, 8, 3\\], got \\[2, 8, 8, 3\\]"),
        (lambda: Raxels(torch.zeros(0, 8, 8, 3), 0.5, 1.0, 16, 16), "got \\[0, 8, 8, 3\\]"),
        (lambda: Raxels(torch.zeros(1, 8, 8, 3), 0.0, 1.0, 16, 16), "alpha and scale"),
        (lambda: Raxels(torch.zeros(1, 8, 8, 3), 0.5, float("nan"), 16, 16), "alpha and scale"),
        (lambda: Raxels(torch.zeros(1, 8, 8, 3), 0.5, 1.0, 16, 16, fps=0), "fps"),
        (lambda: Raxels.from_pictures(torch.zeros(8, 8, 3)), "\\[F, height, width, 3\\]"),
        (lambda: raxels_from_trajectory(path()).rescaled(-1, 1), "alpha and scale"),
    ],
)
def test_contradictions_are_refused_in_words(make, sentence):
    with pytest.raises(RaxelError, match=sentence):
        make()
