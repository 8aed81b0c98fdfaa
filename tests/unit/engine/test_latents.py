"""Latents and back, with the smallest codec that keeps the real one's shapes."""

import numpy as np
import pytest
import torch

from raxel_core.engine import latents as codec
from raxel_core.engine.checkpoint import CheckpointInfo
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import Raxels, raxels_from_trajectory
from raxel_core.geometry.rays import intrinsics
from raxel_core.geometry.trajectory import Trajectory

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


def blocks(frames, rows, columns):
    """Random pictures of flat 8 x 8 blocks that move every fourth frame: what `Blocks` keeps exactly."""
    return Blocks().decode(torch.rand(1, 16, (frames - 1) // 4 + 1, rows, columns))[0].permute(1, 2, 3, 0)


def test_frames_come_back_through_the_latents():
    frames = blocks(9, 4, 8)
    latents = codec.encode_video(INFO, Blocks(), frames)
    assert latents.shape == (1, 16, 3, 4, 8)
    assert torch.allclose(codec.decode_video(INFO, Blocks(), latents), frames, atol=1e-5)


def test_decoded_frames_stay_between_black_and_white():
    frames = codec.decode_video(INFO, Blocks(), torch.full((1, 16, 1, 2, 2), 9.0))
    assert frames.min() >= 0 and frames.max() <= 1


@pytest.mark.parametrize("alpha", [0.5, 2.0])
def test_raxels_come_back_unclamped_with_their_size_and_meaning(alpha):
    info = CheckpointInfo("test", alpha=alpha, r_std=(0.1,) * 16)
    images = (blocks(9, 2, 4) * 2 - 1) * 3
    raxels = Raxels(images, alpha, 1.0, 64, 32, 12.0, True)
    latents = codec.encode_rays(info, Blocks(), raxels)
    back = codec.decode_rays(info, Blocks(), latents, fps=12.0)
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
    assert codec.encode_rays(INFO, Blocks(), raxels).abs().max() < 1e-5
    zeros = torch.zeros(1, 16, 2, height // 16, width // 16)
    assert torch.allclose(
        codec.decode_rays(INFO, Blocks(), zeros).images[::4],
        Blocks().decode(Blocks().encode(raxels.images.permute(3, 0, 1, 2)[None]))[0].permute(1, 2, 3, 0)[::4],
        atol=1e-5,
    )


def test_stills_are_encoded_one_by_one():
    stills = torch.cat([blocks(1, 2, 2) for _ in range(3)])
    together = codec.encode_stills(INFO, Blocks(), stills)
    alone = [codec.encode_video(INFO, Blocks(), still[None]) for still in stills]
    assert together.shape == (1, 16, 3, 2, 2)
    assert torch.equal(together, torch.cat(alone, dim=2))


def test_rays_of_stills_equal_the_first_frame_of_clips_that_start_there():
    path = preset_trajectory("arc_left", frames=5, width=64, height=32)
    raxels = raxels_from_trajectory(path, INFO.alpha, 1.0)
    stills = codec.encode_still_rays(INFO, Blocks(), raxels)
    assert stills.shape == (1, 16, 5, 2, 4)
    assert torch.allclose(stills[:, :, :1], codec.encode_rays(INFO, Blocks(), raxels)[:, :, :1], atol=1e-5)
