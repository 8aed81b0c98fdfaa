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
    assert (fitted.num_frames - 1) / fitted.fps == pytest.approx((preset.num_frames - 1) / preset.fps)
    assert "21 frames instead of 23" in words
    assert "160x96 instead of 170x100" in words


def test_a_path_that_fits_is_left_alone_and_nothing_is_said(pack):
    preset = pack("raxel_core.geometry.presets").preset_trajectory("static", frames=17, width=160, height=96)
    fitted, words = pack("nodes.fitting").fitted_trajectory(preset, 17, 160, 96)
    assert fitted is preset
    assert words == ""


@pytest.mark.parametrize(("cameras", "frames"), [(9, 17), (9, 10), (4, 0), (1, 5)])
def test_a_path_shorter_than_the_clip_is_refused_with_both_numbers(pack, cameras, frames):
    path = pack("raxel_core.geometry.presets").preset_trajectory("pan_left", frames=cameras)
    with pytest.raises(
        pack("raxel_core.errors").RaxelError, match=rf"{cameras} cameras.* {max(frames, 5)} frames"
    ):
        pack("nodes.fitting").fitted_trajectory(path, frames, 160, 96)


def test_a_path_that_would_fill_the_memory_is_refused_before_it_is_drawn(pack):
    path = pack("raxel_core.geometry.presets").preset_trajectory("static", frames=10000)
    with pytest.raises(
        pack("raxel_core.errors").RaxelError, match=r"9997 frames at 4096x4096 .* more than 4 GB"
    ):
        pack("nodes.fitting").fitted_trajectory(path, 0, 4096, 4096)


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


def test_takes_that_fit_are_let_through_and_more_are_refused_with_the_number_that_fits(pack):
    check, error = pack("nodes.fitting").check_takes, pack("raxel_core.errors").RaxelError
    check(16, 1 << 30)
    check(1, 1 << 40)  # one take is what the user asked for
    with pytest.raises(error, match=r"17 takes would hold 17\.0 GB .* more than 16 GB; ask for 16 or fewer"):
        check(17, 1 << 30)


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_single_cameras_are_any_number_and_keep_their_ends(pack, frames):
    path = pack("raxel_core.geometry.presets").preset_trajectory("arc_left", frames=7, width=96, height=64)
    fitted, words = pack("nodes.fitting").fitted_trajectory(path, frames, 0, 0, single_cameras=True)
    assert fitted.num_frames == frames
    assert words == ""
    assert fitted.c2w[0] == pytest.approx(path.c2w[0])
    assert frames == 1 or fitted.c2w[-1] == pytest.approx(path.c2w[-1])


def test_more_single_cameras_than_the_path_has_are_refused(pack):
    path = pack("raxel_core.geometry.presets").preset_trajectory("arc_left", frames=3)
    with pytest.raises(pack("raxel_core.errors").RaxelError, match="3 cameras, fewer than the 4"):
        pack("nodes.fitting").fitted_trajectory(path, 4, 0, 0, single_cameras=True)
