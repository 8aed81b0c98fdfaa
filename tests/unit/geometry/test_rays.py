"""Pixels, lenses, rays: checked by projecting points with K."""

import numpy as np
import pytest
import torch

from raxel_core.geometry.rays import (
    camera_rays,
    focal_from_fov,
    fov_from_focal,
    hfov_from_mm,
    intrinsics,
    mm_from_hfov,
    pixel_centers,
)


def test_pixel_centres_lie_half_a_pixel_in():
    centres = pixel_centers(2, 3)
    assert centres[0, 0].tolist() == [0.5, 0.5]
    assert centres[1, 2].tolist() == [2.5, 1.5]


@pytest.mark.parametrize(
    "K", [[[300.0, 0, 20], [0, 200, 31], [0, 0, 1]], [[50.0, 3, 16], [0, 50, 24], [0, 0, 1]]]
)
@pytest.mark.parametrize("shape", [(), (1,), (3, 1, 2)])
def test_a_ray_projects_back_onto_its_pixel(K, shape):
    K = np.broadcast_to(np.array(K), (*shape, 3, 3)).copy()
    rays = camera_rays(K, 48, 32)
    assert rays.shape == (*shape, 48, 32, 3)
    torch.testing.assert_close(rays.norm(dim=-1), torch.ones_like(rays[..., 0]))
    image = torch.einsum("...ij,...hwj->...hwi", torch.from_numpy(K), rays)
    torch.testing.assert_close(
        image[..., :2] / image[..., 2:], pixel_centers(48, 32).expand(*shape, 48, 32, 2)
    )


def test_angle_of_view_reaches_from_edge_to_edge():
    K = intrinsics(90, 640, 480)
    edge = np.linalg.inv(K) @ [0, 240, 1]
    assert np.degrees(np.arctan2(-edge[0], edge[2])) == pytest.approx(45)
    assert K[0, 0] == K[1, 1]


@pytest.mark.parametrize("hfov_deg", [1.0, 39.6, 60.0, 120.0, 170.0])
def test_focal_length_and_angle_of_view_undo_each_other(hfov_deg):
    assert fov_from_focal(focal_from_fov(hfov_deg, 832), 832) == pytest.approx(hfov_deg)
    assert hfov_from_mm(mm_from_hfov(hfov_deg)) == pytest.approx(hfov_deg)


def test_full_frame_lenses_have_the_angles_printed_in_lens_tables():
    assert hfov_from_mm([18, 24, 50, 135]) == pytest.approx([90, 73.7, 39.6, 15.2], abs=0.05)
