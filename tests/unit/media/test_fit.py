"""Lengths become 4n + 1, sizes the model's, and cameras come back to the clip's own pixels."""

import numpy as np
import pytest
import torch

from raxel_core.geometry.presets import preset_trajectory
from raxel_core.media import describe_length, describe_size, fit_frames, fit_length, model_length, uncropped


@pytest.mark.parametrize("available", range(1, 60))
def test_a_model_length_is_of_the_form_and_no_longer_than_the_clip(available):
    length = model_length(available, 17)
    assert length % 4 == 1 and 5 <= length <= 17
    assert length <= max(available, 5) and (length + 4 > min(available, 17) or length == 5)


def test_fit_length_keeps_both_ends_and_says_what_it_did():
    frames = torch.arange(30.0)[:, None, None, None].expand(30, 2, 2, 3)
    fitted, said = fit_length(frames, 17)
    assert fitted[0, 0, 0, 0] == 0 and fitted[-1, 0, 0, 0] == 29 and len(fitted) == 17
    assert "17" in said and "30" in said


def test_nothing_is_said_where_nothing_is_done():
    frames = torch.rand(17, 4, 4, 3)
    fitted, said = fit_length(frames, 17)
    assert said == "" and fitted is frames
    assert describe_size(64, 96, 64, 96) == "" and describe_length(17, 17) == ""


def test_a_cut_is_said_with_its_side_and_share():
    assert describe_size(1080, 1920, 64, 96).startswith("cut 16% off its sides")
    assert describe_size(1920, 1080, 64, 96).startswith("cut 62% off its top and bottom")
    assert describe_size(128, 192, 64, 96) == "scaled 192x128 to the model's 96x64"


@pytest.mark.parametrize(("height", "width"), [(1080, 1920), (1920, 1080), (64, 96), (37, 53)])
def test_a_pixel_keeps_its_ray_through_fitting_and_back(height, width):
    fitted = preset_trajectory("pan_left", 3, 96, 64)
    original = uncropped(fitted, height, width)
    factor = max(64 / height, 96 / width)
    corner = np.array([0.0, 0.0, 1.0])
    in_original = np.array([(width - 96 / factor) / 2, (height - 64 / factor) / 2, 1.0])
    assert np.allclose(np.linalg.inv(fitted.K[0]) @ corner, np.linalg.inv(original.K[0]) @ in_original)
    assert (original.height, original.width) == (height, width)


def test_scaling_down_is_antialiased():
    stripes = torch.zeros(1, 64, 64, 3)
    stripes[:, :, ::2] = 1
    assert (fit_frames(stripes, 16, 16)[:, :, 2:-2] - 0.5).abs().max() < 0.05
