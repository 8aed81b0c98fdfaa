"""The preview shows frames beside the path, and whichever of the two there is."""

import numpy as np
import pytest
import torch


@pytest.fixture
def preview(pack):
    path = pack("raxel_core.geometry.presets").preset_trajectory("arc_left", frames=5, width=160, height=96)
    make = pack("nodes.preview").Preview

    def picture(frames=None, with_path=False):
        return pack("nodes.preview").preview_picture(make(frames, path if with_path else None))

    return picture


def test_frames_stand_left_of_the_path(preview):
    red = torch.tensor([1.0, 0, 0]).expand(1, 12, 20, 3)
    both = np.asarray(preview(red, with_path=True)).astype(int)
    half = both.shape[1] // 2
    assert (both[:, : half - 4] == (255, 0, 0)).all()
    assert (both[:, half + 4 :].std(axis=(0, 1)) > 1).any(), "the path is drawn"
    assert not (both[:, half + 4 :] == (255, 0, 0)).all(axis=2).any()


def test_frames_alone_and_a_path_alone_are_half_as_wide(preview):
    frames = torch.rand(1, 12, 20, 3)
    wide, left, right = preview(frames, True), preview(frames), preview(None, True)
    assert left.width == right.width
    assert wide.width == 2 * left.width + 4


def test_without_frames_and_path_there_is_no_picture(preview):
    assert preview() is None


def test_of_a_clip_first_and_last_frame_are_among_four(preview):
    shades = torch.linspace(0, 1, 21)[:, None, None, None].expand(21, 12, 20, 3)
    picture = np.asarray(preview(shades)).astype(int)
    rows, columns = picture.shape[0] // 4, picture.shape[1] // 4
    assert [int(picture[y * rows, x * columns, 0]) for y in (1, 3) for x in (1, 3)] == pytest.approx(
        [0, 89, 166, 255], abs=1
    )


@pytest.mark.parametrize("shape", [(1, 60, 8), (5, 8, 60)])
def test_frames_keep_their_shape(preview, shape):
    white = np.asarray(preview(torch.ones(*shape, 3))).min(axis=2) == 255
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    if shape[0] == 1:
        drawn = (np.ptp(columns) + 1) / (np.ptp(rows) + 1)
        assert drawn == pytest.approx(shape[2] / shape[1], rel=0.05)
    assert white.any()


def test_values_beyond_the_range_of_pictures_are_cut_and_not_wrapped(preview):
    picture = np.asarray(preview(torch.full((1, 12, 20, 3), 7.0)))
    assert (picture[:-1, :-1] == 255).all()
