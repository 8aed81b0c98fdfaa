"""PSNR and SSIM against scikit-image."""

import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from raxel_core.evaluation.pictures import psnr, ssim
from raxel_core.training.render import render_clips


@pytest.fixture(scope="module")
def clip() -> torch.Tensor:
    return render_clips("train", 0, [3], 5, 64, 96)[0].frames.float() / 255


def test_psnr_is_scikit_images(clip: torch.Tensor) -> None:
    a, b = clip[0], clip[-1]
    assert psnr(a, b) == pytest.approx(peak_signal_noise_ratio(a.numpy(), b.numpy(), data_range=1), abs=1e-4)


@pytest.mark.parametrize("frame", [1, 4])
def test_ssim_is_scikit_images_with_wangs_window(clip: torch.Tensor, frame: int) -> None:
    expected = structural_similarity(
        clip[0].double().numpy(),
        clip[frame].double().numpy(),
        channel_axis=-1,
        data_range=1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert ssim(clip[0].double(), clip[frame].double()) == pytest.approx(expected, abs=1e-6)


def test_ssim_of_a_clip_is_the_mean_over_its_frames(clip: torch.Tensor) -> None:
    still = clip[:1].expand_as(clip)
    each = [ssim(still[i], clip[i]) for i in range(len(clip))]
    assert ssim(still, clip) == pytest.approx(sum(each) / len(each), abs=1e-5)
    assert ssim(clip, clip) == pytest.approx(1)
