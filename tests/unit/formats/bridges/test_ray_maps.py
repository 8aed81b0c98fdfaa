"""Ray maps against the rays that they are said to hold, and as pictures."""

import numpy as np
import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.formats.bridges.ray_maps import VALUES, ray_maps, shown
from raxel_core.formats.bridges.wan import wan_embedding
from raxel_core.geometry.presets import preset_trajectory

PATH = preset_trajectory("arc_left", frames=5, width=48, height=32, subject_distance=3, amount=50)


def test_moment_and_direction_are_wan_s_plucker_numbers():
    maps = ray_maps(PATH, unit=1)
    wan = wan_embedding(PATH)[0].unflatten(0, (6, 4))
    for frame in range(5):
        latent, place = divmod(frame + 3, 4)
        both = torch.cat([maps.moment[frame], maps.direction[frame]], dim=-1)
        torch.testing.assert_close(both.permute(2, 0, 1), wan[:, place, latent], atol=1e-6, rtol=0)


def test_a_point_on_the_ray_lands_on_its_pixel():
    path = preset_trajectory("truck_right", frames=2).then(
        preset_trajectory("arc_left", frames=4, hfov_deg=60)
    )
    maps = ray_maps(path, unit=2, unit_depth=True, from_first=False, cell=16)
    for frame in range(path.num_frames):
        origin, direction = maps.origin[frame, 7, 20].double(), maps.direction[frame, 7, 20].double()
        point = (origin * 2 + direction * 5).numpy()
        x, y, z = path.K[frame] @ (path.w2c[frame] @ [*point, 1])[:3]
        np.testing.assert_allclose([x / z, y / z, z], [20.5 * 16, 7.5 * 16, 5], rtol=1e-4)


def test_unit_rays_have_length_one_and_depth_rays_have_depth_one():
    assert torch.linalg.vector_norm(ray_maps(PATH).direction, dim=-1) == pytest.approx(1, abs=1e-6)
    depth = ray_maps(PATH, unit_depth=True).direction @ torch.from_numpy(PATH.c2w[3, :3, 2].copy()).float()
    assert depth[3] == pytest.approx(1, abs=1e-5)


def test_origins_and_moments_of_unit_rays_fit_into_pictures_by_themselves():
    maps = ray_maps(PATH)
    assert max(float(part.abs().max()) for part in maps) <= 1
    assert float(maps.origin.norm(dim=-1).max()) == pytest.approx(1, abs=1e-6)


def test_values_are_pictures_numbers_or_stretched():
    maps = ray_maps(PATH, unit=0.1)
    assert shown(maps.origin, "raw numbers") is maps.origin and float(maps.origin.max()) > 1
    picture = shown(maps.direction, "pictures 0..1")
    torch.testing.assert_close(picture * 2 - 1, maps.direction)
    stretched = shown(maps.direction, "darkest to brightest")
    assert (stretched.amin((1, 2, 3)) == 0).all() and (stretched.amax((1, 2, 3)) == 1).all()
    assert (shown(maps.moment, "darkest to brightest")[0] == 0).all(), "the first moment is one number"
    for values in VALUES[::2]:
        assert all(
            float(shown(part, values).min()) >= 0 and float(shown(part, values).max()) <= 1 for part in maps
        )


def test_cells_must_divide_the_picture_and_giants_are_refused():
    with pytest.raises(RaxelError, match="cells of 7 pixels do not divide a picture of 48x32"):
        ray_maps(PATH, cell=7)
    with pytest.raises(RaxelError, match="more than 4 GB"):
        ray_maps(preset_trajectory("static", frames=81, width=4096, height=4096))
