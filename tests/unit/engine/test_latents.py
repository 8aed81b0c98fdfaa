"""Latents and back, with the smallest codec that keeps the real one's shapes."""

import numpy as np
import pytest
import torch

from raxel_core.engine.checkpoint import CheckpointInfo
from raxel_core.engine.latents import LatentCodec
from raxel_core.errors import RaxelError
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import Raxels, raxels_from_trajectory
from raxel_core.geometry.rays import intrinsics
from raxel_core.geometry.trajectory import Trajectory
from raxel_core.model import PRESET_CONFIGS

INFO = CheckpointInfo(
    "test", z_mean=tuple(np.linspace(-1, 1, 16)), z_std=tuple(np.linspace(0.5, 2, 16)), r_std=(0.1,) * 16
)


class Blocks:
    """Means of 8 x 8 pixels of every fourth frame; decoded as flat blocks. Linear, causal, exact on flat blocks."""

    def encode(self, pixels):
        means = torch.nn.functional.avg_pool3d(pixels[:, :, ::4], (1, 8, 8))
        return torch.cat((means, means.new_zeros(len(means), 13, *means.shape[2:])), dim=1)

    def decode(self, latents):
        frames = torch.cat((latents[:, :3, :1], latents[:, :3, 1:].repeat_interleave(4, dim=2)), dim=2)
        return frames.repeat_interleave(8, dim=3).repeat_interleave(8, dim=4)


def codec(info=INFO):
    return LatentCodec(PRESET_CONFIGS["tiny"], info, Blocks())


def blocks(frames, rows, columns):
    """Random pictures of flat 8 x 8 blocks that move every fourth frame: what `Blocks` keeps exactly."""
    return Blocks().decode(torch.rand(1, 16, (frames - 1) // 4 + 1, rows, columns))[0].permute(1, 2, 3, 0)


def test_frames_come_back_through_the_latents():
    frames = blocks(9, 4, 8)
    latents = codec().encode_video(frames)
    assert latents.shape == (1, 16, 3, 4, 8)
    assert torch.allclose(codec().decode_video(latents), frames, atol=1e-5)


def test_decoded_frames_stay_between_black_and_white():
    frames = codec().decode_video(torch.full((1, 16, 1, 2, 2), 9.0))
    assert frames.min() >= 0 and frames.max() <= 1


@pytest.mark.parametrize("alpha", [0.5, 2.0])
def test_raxels_come_back_unclamped_with_their_size_and_meaning(alpha):
    info = CheckpointInfo("test", alpha=alpha, r_std=(0.1,) * 16)
    images = (blocks(9, 2, 4) * 2 - 1) * 3
    raxels = Raxels(images, alpha, 1.0, 64, 32, 12.0, True)
    latents = codec(info).encode_rays(raxels)
    back = codec(info).decode_rays(latents, fps=12.0)
    assert latents.shape == (1, 16, 3, 2, 4)
    assert torch.allclose(back.images, images, atol=1e-5) and back.images.abs().max() > 1.5
    assert (back.alpha, back.scale, back.width, back.height, back.fps, back.metric) == (
        alpha,
        1.0,
        64,
        32,
        12.0,
        True,
    )


@pytest.mark.parametrize(("height", "width"), [(64, 96), (96, 64)])
def test_a_camera_that_stands_still_is_the_origin_of_ray_latents_at_any_size(height, width):
    K = intrinsics(INFO.ray_origin_hfov_deg, width // 2, height // 2)
    still = Trajectory(
        np.tile(np.eye(4), (5, 1, 1)), np.tile(K, (5, 1, 1)), width // 2, height // 2, 16.0, "metric"
    )
    raxels = raxels_from_trajectory(still.resized(width, height), INFO.alpha, 1.0)
    assert codec().encode_rays(raxels).abs().max() < 1e-5
    zeros = torch.zeros(1, 16, 2, height // 16, width // 16)
    assert torch.allclose(
        codec().decode_rays(zeros).images[::4],
        Blocks().decode(Blocks().encode(raxels.images.permute(3, 0, 1, 2)[None]))[0].permute(1, 2, 3, 0)[::4],
        atol=1e-5,
    )


def test_stills_are_encoded_one_by_one():
    stills = torch.cat([blocks(1, 2, 2) for _ in range(3)])
    together = codec().encode_stills(stills)
    alone = [codec().encode_video(still[None]) for still in stills]
    assert together.shape == (1, 16, 3, 2, 2)
    assert torch.equal(together, torch.cat(alone, dim=2))


def test_rays_of_stills_equal_the_first_frame_of_clips_that_start_there():
    path = preset_trajectory("arc_left", frames=5, width=64, height=32)
    raxels = raxels_from_trajectory(path, INFO.alpha, 1.0)
    stills = codec().encode_still_rays(raxels)
    assert stills.shape == (1, 16, 5, 2, 4)
    assert torch.allclose(stills[:, :, :1], codec().encode_rays(raxels)[:, :, :1], atol=1e-5)


def test_stills_and_their_cameras_come_back_one_by_one():
    stills = torch.cat([blocks(1, 4, 8) for _ in range(3)])
    assert torch.allclose(codec().decode_stills(codec().encode_stills(stills)), stills, atol=1e-5)
    raxels = Raxels((torch.cat([blocks(1, 2, 4) for _ in range(6)]) * 2 - 1) * 3, 0.5, 2.0, 64, 32)
    back = codec().decode_still_rays(codec().encode_still_rays(raxels), fps=9.0, scale=2.0)
    assert torch.allclose(back.images, raxels.images, atol=1e-5)
    assert (back.scale, back.fps, back.num_frames) == (2.0, 9.0, 6)


@pytest.mark.parametrize("stills", [False, True])
def test_colours_are_the_mean_colours_of_the_cells(stills):
    frames = blocks(9, 4, 8)
    latents = codec().encode_stills(frames) if stills else codec().encode_video(frames)
    colours = codec().colours(latents, stills)
    every = 1 if stills else 4
    assert colours.shape == (9 if stills else 3, 4, 8, 3)
    assert torch.allclose(colours, frames[::every, ::8, ::8], atol=1e-4)


@pytest.mark.parametrize("stills", [False, True])
def test_coarse_rays_are_the_mean_raxels_of_the_cells(stills):
    path = preset_trajectory("arc_left", frames=9, width=128, height=64, amount=40)
    raxels = raxels_from_trajectory(path, INFO.alpha, 1.0)
    latents = codec().encode_still_rays(raxels) if stills else codec().encode_rays(raxels)
    coarse = codec().coarse_rays(latents, stills)
    means = raxels.images.reshape(9, 4, 8, 8, 8, 3).mean(dim=(2, 4))
    assert (coarse.width, coarse.height, coarse.alpha, coarse.metric) == (16, 8, INFO.alpha, True)
    assert torch.allclose(coarse.images, means if stills else means[::4], atol=1e-3)


def test_previews_decode_one_small_probe_and_nothing_of_the_run():
    decoded = []

    class Counted(Blocks):
        def decode(self, latents):
            decoded.append(latents.numel())
            return super().decode(latents)

    vae = Counted()
    for seed in range(3):
        watched = LatentCodec(PRESET_CONFIGS["tiny"], INFO, vae)  # a run of its own
        latents = torch.randn(1, 16, 21, 30, 52, generator=torch.Generator().manual_seed(seed))
        watched.colours(latents)
        watched.coarse_rays(latents)
    LatentCodec(PRESET_CONFIGS["tiny"], INFO, watched.vae).colours(latents)  # the codec of the next run
    assert len(decoded) == 2 and sum(decoded) < latents.numel() / 10


def test_statistics_of_another_number_of_channels_are_refused_with_both_numbers():
    with pytest.raises(RaxelError, match=r"15 numbers in r_std for 16 latent channels"):
        codec(CheckpointInfo("test", r_std=(0.1,) * 15))
