"""Any size and length becomes one that a model takes, and the words say what was done."""

import pytest
import torch


@pytest.mark.parametrize("length", range(1, 200))
def test_lengths_become_the_largest_4n_plus_1_that_fits(pack, length):
    fitted = pack("nodes.fitting").whole_length(length)
    assert fitted % 4 == 1
    assert fitted == 5 or fitted <= length < fitted + 4


@pytest.mark.parametrize("pixels", [1, 32, 47, 49, 480, 1080, 1919])
def test_sizes_become_the_nearest_multiple_of_32(pack, pixels):
    fitted = pack("nodes.fitting").whole_size(pixels)
    assert fitted % 32 == 0
    assert fitted == 32 or abs(fitted - pixels) <= 16


def test_a_path_keeps_its_ends_and_its_angle_of_view_when_it_is_fitted(pack):
    preset = pack("raxel_core.geometry.presets").preset_trajectory(
        "arc_left", frames=23, width=320, height=192
    )
    fitted, words = pack("nodes.fitting").fitted_trajectory(preset, 0, 170, 100)
    assert (fitted.num_frames, fitted.width, fitted.height) == (21, 160, 96)
    assert fitted.c2w[0] == pytest.approx(preset.c2w[0])
    assert fitted.c2w[-1] == pytest.approx(preset.c2w[-1])
    assert fitted.hfov_deg == pytest.approx(60)
    assert "21 frames instead of 23" in words
    assert "160x96 instead of 170x100" in words


def test_a_path_that_fits_is_left_alone_and_nothing_is_said(pack):
    preset = pack("raxel_core.geometry.presets").preset_trajectory("static", frames=17, width=160, height=96)
    fitted, words = pack("nodes.fitting").fitted_trajectory(preset, 17, 160, 96)
    assert fitted is preset
    assert words == ""


def test_pictures_with_alpha_come_out_as_rgb_of_the_wanted_size(pack):
    pictures = torch.full((2, 50, 90, 4), 0.25)
    fitted, words = pack("nodes.fitting").fitted_pictures(pictures, 32, 64, "source_images")
    assert fitted.shape == (2, 32, 64, 3)
    assert fitted == pytest.approx(0.25, abs=1e-6)
    assert "90x50" in words and "64x32" in words


@pytest.mark.parametrize(
    "pictures",
    [torch.zeros(0, 32, 32, 3), torch.zeros(1, 32, 32, 1), torch.full((1, 32, 32, 3), float("nan"))],
)
def test_pictures_that_mean_nothing_are_refused_by_name(pack, pictures):
    with pytest.raises(pack("raxel_core.errors").RaxelError, match="source_images"):
        pack("nodes.fitting").fitted_pictures(pictures, 32, 32, "source_images")


def test_frames_taken_evenly_keep_the_duration_of_the_clip(pack):
    clip = torch.linspace(0, 1, 50)[:, None, None, None].expand(50, 32, 32, 3)
    frames, fps, words = pack("nodes.fitting").fitted_clip(clip, 25.0, 17, 32, 32)
    assert len(frames) == 17
    assert frames[0].max() == 0 and frames[-1].min() == pytest.approx(1)
    assert (len(frames) - 1) / fps == pytest.approx((len(clip) - 1) / 25.0)
    assert "17 of the clip's 50 frames" in words


def test_more_of_anything_asks_for_more_memory(pack):
    fitting, config = pack("nodes.fitting"), pack("raxel_core.model.config").PRESET_CONFIGS["small"]
    base = fitting.activation_bytes(config, fitting.sequence_tokens(96, 160, 17, 1))
    for larger in ((128, 160, 17, 1), (96, 192, 17, 1), (96, 160, 21, 1), (96, 160, 17, 2)):
        assert fitting.activation_bytes(config, fitting.sequence_tokens(*larger)) > base


def test_the_token_count_of_the_paper_s_clip_is_the_design_s(pack):
    assert pack("nodes.fitting").sequence_tokens(480, 832, 81, 0) == 32760 + 8190
    assert pack("nodes.fitting").sequence_tokens(480, 832, 81, 1) == 32760 + 8190 + 1560 + 390
