"""Plücker maps: what they say of a camera, and that the camera comes back from them."""

import dataclasses

import numpy as np
import pytest
import torch

from raxel_core.geometry.plucker import cameras_from_plucker, plucker_from_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg


def errors(maps, path, scale=1.0):
    """Largest error of rotation (degrees), translation and focal length (share) against the path."""
    fit, truth = cameras_from_plucker(maps), path.canonical(0)
    focal = fit.log_focal.exp().numpy()[:, 0] * 2
    return (
        rotation_angle_deg(fit.R.numpy(), truth.c2w[:, :3, :3]).max(),
        np.abs(fit.T.numpy() * scale - truth.c2w[:, :3, 3]).max(),
        np.abs(focal / truth.K[:, 0, 0] - 1).max(),
    )


def test_a_map_is_the_mean_direction_and_moment_of_the_rays_of_its_cell():
    path = preset_trajectory("arc_left", frames=3, width=64, height=32, amount=50)
    maps = plucker_from_trajectory(path, scale=2.0)
    rays = raxels_from_trajectory(path, 1.0, scale=2.0).images.double()  # d + T / s of every pixel
    T = torch.from_numpy(path.canonical(0).c2w[:, :3, 3].copy() / 2)
    for frame in range(3):
        for row in range(2):
            for column in range(4):
                d = rays[frame, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8].reshape(-1, 3) - T[frame]
                moments = torch.linalg.cross(d, T[frame].expand_as(d))
                expected = torch.cat([d.mean(dim=0), moments.mean(dim=0)])
                assert torch.allclose(maps[frame, row, column].double(), expected, atol=1e-6)


@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 96), (416, 240)])
@pytest.mark.parametrize("move", ["handheld", "orbit_left", "lens_zoom_in", "static"])
@pytest.mark.parametrize("hfov", [25, 60, 110])
def test_exact_maps_give_exact_cameras(width, height, move, hfov):
    path = preset_trajectory(move, frames=5, width=width, height=height, hfov_deg=hfov)
    turn, shift, lens = errors(plucker_from_trajectory(path, scale=0.7), path, scale=0.7)
    assert turn < 1e-5 and shift < 1e-6 and lens < 1e-6


def test_maps_of_another_size_are_those_of_the_fitted_cameras():
    path = preset_trajectory("handheld", frames=3, width=640, height=480)
    assert torch.allclose(
        plucker_from_trajectory(path, 1.0, 96, 64),
        plucker_from_trajectory(path.fitted(96, 64), 1.0),
        atol=1e-6,
    )


def test_a_map_does_not_depend_on_the_world_s_axes():
    path = preset_trajectory("spiral", frames=4, width=64, height=32)
    world = preset_trajectory("handheld", frames=3, width=64, height=32, amount=80).c2w[2]
    moved = dataclasses.replace(path, c2w=world @ path.c2w)
    assert torch.allclose(plucker_from_trajectory(moved, 1.0), plucker_from_trajectory(path, 1.0), atol=1e-6)


def test_errors_grow_in_proportion_to_the_noise():
    path = preset_trajectory("handheld", frames=9, width=416, height=240)
    maps = plucker_from_trajectory(path, scale=1.0)
    noise = torch.randn(maps.shape, generator=torch.Generator().manual_seed(0))
    low, high = (np.array(errors(maps + sigma * noise, path)) for sigma in (1e-3, 1e-2))
    assert np.allclose(high / low, 10, rtol=0.1)
    assert high[0] < 0.4, "degrees at noise of 0.01"


def test_noise_without_any_camera_still_gives_rotations_and_lenses():
    fit = cameras_from_plucker(torch.randn(6, 2, 4, 6, generator=torch.Generator().manual_seed(1)))
    assert torch.allclose(torch.linalg.det(fit.R), torch.ones(6, dtype=torch.float64))
    assert bool(fit.T.isfinite().all() and fit.log_focal.isfinite().all()) and bool((fit.sigma > 0.3).all())
