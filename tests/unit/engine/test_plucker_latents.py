"""The codec of the Plücker variant: callers give and get raxels, the autoencoder never sees a ray."""

import dataclasses

import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo
from raxel_core.engine.latents import LatentCodec
from raxel_core.engine.plucker_latents import fold, unfold
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.geometry.plucker import plucker_from_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.geometry.rays import intrinsics
from raxel_core.geometry.rotation import rotation_angle_deg
from raxel_core.model import PRESET_CONFIGS

CONFIG = dataclasses.replace(PRESET_CONFIGS["tiny"], rays="plucker")
INFO = CheckpointInfo("test", alpha=0.4, r_std=tuple(0.1 + 0.01 * i for i in range(24)))


class NoRays:
    """An autoencoder that must not be used."""

    def encode(self, pixels):
        raise AssertionError("rays went through the autoencoder")

    decode = encode


def codec(info=INFO):
    return LatentCodec(CONFIG, info, NoRays())


def raxels(move="handheld", frames=9, scale=1.0, **how):
    path = preset_trajectory(move, frames=frames, width=96, height=64, **how)
    return raxels_from_trajectory(path, INFO.alpha, scale)


@pytest.mark.parametrize("move", ["handheld", "orbit_left", "lens_zoom_in", "static"])
@pytest.mark.parametrize("stills", [False, True])
def test_raxels_come_back_with_their_size_and_meaning(move, stills):
    given = raxels(move, scale=2.0)
    if stills:
        back = codec().decode_still_rays(codec().encode_still_rays(given), fps=12.0, scale=2.0)
    else:
        back = codec().decode_rays(codec().encode_rays(given), fps=12.0, scale=2.0)
    assert torch.allclose(back.images, given.images, atol=1e-5)
    assert (back.alpha, back.scale, back.width, back.height, back.fps) == (0.4, 2.0, 96, 64, 12.0)


@pytest.mark.parametrize("stills", [False, True])
def test_latents_are_the_maps_of_the_cameras_four_frames_folded_into_channels(stills):
    path = preset_trajectory("arc_left", frames=9, width=96, height=64)
    given, maps = raxels_from_trajectory(path, INFO.alpha, 1.0), plucker_from_trajectory(path, 1.0)
    latents = codec().encode_still_rays(given) if stills else codec().encode_rays(given)
    assert latents.shape == (1, 24, 9 if stills else 3, 4, 6)
    raw = latents * torch.tensor(INFO.r_std).view(1, -1, 1, 1, 1) + codec().raw_rays.origin(1, 4, 6)
    folded = raw[0].unflatten(0, (4, 6))  # (frame of four, number, T, h, w)
    frames = [[i] * 4 for i in range(9)] if stills else [[0, 0, 0, 0], [1, 2, 3, 4], [5, 6, 7, 8]]
    for t, four in enumerate(frames):
        for i, frame in enumerate(four):
            assert torch.allclose(folded[i, :, t], maps[frame].permute(2, 0, 1), atol=1e-5)


@pytest.mark.parametrize(("frames", "stills"), [(1, False), (9, False), (1, True), (5, True)])
def test_unfolding_undoes_folding(frames, stills):
    maps = torch.randn(frames, 2, 3, 6)
    assert torch.allclose(unfold(fold(maps, stills), stills), maps)


def test_the_standing_camera_is_the_origin():
    path = preset_trajectory("static", frames=5, width=96, height=64)
    K = intrinsics(INFO.ray_origin_hfov_deg, 96, 64)[None].repeat(5, axis=0)
    given = raxels_from_trajectory(dataclasses.replace(path, K=K), INFO.alpha, 1.0)
    assert codec().encode_rays(given).abs().max() < 1e-4
    assert torch.allclose(codec().decode_rays(torch.zeros(1, 24, 2, 4, 6)).images, given.images, atol=1e-5)


@pytest.mark.parametrize("stills", [False, True])
def test_coarse_rays_hold_the_cameras_between_the_frames_they_stand_for(stills):
    path = preset_trajectory("truck_left", frames=9, width=96, height=64, easing="linear")
    given = raxels_from_trajectory(path, INFO.alpha, 1.0)
    latents = codec().encode_still_rays(given) if stills else codec().encode_rays(given)
    coarse = codec().coarse_rays(latents, stills)
    seen = estimate_trajectory(coarse, reference=0).trajectory
    truth = path if stills else path.at([0, 2.5, 6.5])
    assert (coarse.width, coarse.height) == (12, 8)
    assert rotation_angle_deg(seen.c2w[:, :3, :3], truth.c2w[:, :3, :3]).max() < 0.01
    assert abs(seen.c2w[:, :3, 3] - truth.canonical(0).c2w[:, :3, 3]).max() < 1e-3


def test_latents_that_are_not_finite_give_raxels_that_are_not():
    assert not codec().decode_rays(torch.full((1, 24, 2, 4, 6), torch.nan)).images.isfinite().any()
