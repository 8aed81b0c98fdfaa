"""The closed-form autoencoder: linear, the same for a still and for a clip that stands still, and good at rays."""

import pytest
import torch
from diffusers import AutoencoderKLWan

from raxel_core.engine.vae import decode_unclamped
from raxel_core.training.vae import VaeTraining, crop_batch, new_vae

CONFIG = VaeTraining(fit=3, batch=4, rays=2)


@pytest.fixture(scope="module")
def vae() -> AutoencoderKLWan:
    return new_vae(CONFIG).eval()


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    return crop_batch(CONFIG, 1000)


@torch.no_grad()
def latents_of(vae: AutoencoderKLWan, pixels: torch.Tensor) -> torch.Tensor:
    return vae.encode(pixels).latent_dist.mode()


def test_the_encoder_is_linear_to_a_few_percent(vae, pixels) -> None:
    whole, half = latents_of(vae, pixels), latents_of(vae, 0.5 * pixels)
    assert (2 * half - whole).std() < 0.05 * whole.std()


def test_a_clip_that_stands_still_has_the_latents_of_its_still(vae, pixels) -> None:
    standing = latents_of(vae, pixels[:, :, :1].expand(-1, -1, 9, -1, -1).contiguous())
    still = latents_of(vae, pixels[:, :, :1])
    assert torch.allclose(standing, still.expand_as(standing), atol=1e-4)


def test_raxels_come_back_twice_as_close_as_video(vae, pixels) -> None:
    with torch.no_grad():
        error = (
            (decode_unclamped(vae, latents_of(vae, pixels)) - pixels).square().mean(dim=(1, 2, 3, 4)).sqrt()
        )
    video, rays = error[: -CONFIG.rays].mean(), error[-CONFIG.rays :].mean()
    assert rays < 0.05 and video < 0.25 and 2 * rays < video


def test_it_beats_one_colour_per_latent_cell(vae, pixels) -> None:
    """A latent cell covers 4 frames of 8 x 8 pixels; 16 channels must say more than three means do."""
    video = pixels[: -CONFIG.rays]
    with torch.no_grad():
        error = (decode_unclamped(vae, latents_of(vae, video)) - video)[:, :, 1:].square().mean()
    cells = torch.nn.functional.avg_pool3d(video[:, :, 1:], (4, 8, 8))
    means = torch.nn.functional.interpolate(cells, scale_factor=(4, 8, 8), mode="nearest")
    assert error < (means - video[:, :, 1:]).square().mean()
