"""WAN_CAMERA_EMBEDDING against a pixel-by-pixel twin of what it is said to hold, and read back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from raxel_core.errors import RaxelError
from raxel_core.formats.bridges.clip import clip_of
from raxel_core.formats.bridges.wan import trajectory_from_wan, wan_embedding, with_core_lens
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg
from raxel_core.geometry.trajectory import Trajectory


def handheld(**changes):
    path = preset_trajectory("handheld", frames=9, width=48, height=32, amount=20, seed=3, **changes)
    return Trajectory(path.c2w @ path.c2w[4], path.K, 48, 32, 24.0, "relative")


def test_every_number_is_what_a_loop_over_pixels_says():
    path = handheld(hfov_deg=70)
    embedding = wan_embedding(path)
    assert embedding.shape == (1, 24, 3, 32, 48) and embedding.dtype == torch.float32
    told = np.linalg.inv(path.c2w[0]) @ path.c2w
    for frame in range(9):
        latent, place = divmod(frame + 3, 4)
        for row, column in ((0, 0), (31, 47), (13, 5)):
            local = np.linalg.inv(path.K[frame]) @ [column + 0.5, row + 0.5, 1]
            direction = told[frame, :3, :3] @ local / np.linalg.norm(local)
            moment = np.cross(told[frame, :3, 3], direction)
            found = embedding[0, place::4, latent, row, column]
            np.testing.assert_allclose(found, [*moment, *direction], atol=1e-6)


def test_the_first_camera_fills_the_first_latent_frame():
    embedding = wan_embedding(handheld())[0].unflatten(0, (6, 4))
    assert (embedding[:, :, 0] == embedding[:, :1, 0]).all()
    assert (embedding[:3, :, 0] == 0).all()


def test_one_frame_is_one_latent_frame():
    assert wan_embedding(preset_trajectory("static", frames=1, width=32, height=16)).shape == (
        1,
        24,
        1,
        16,
        32,
    )


@pytest.mark.parametrize("name", ["arc_left", "handheld", "crane_up", "spiral", "dolly_zoom", "lens_zoom_in"])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (48, 80), (208, 112)])
def test_reading_gives_back_the_path(name, width, height):
    path = preset_trajectory(name, frames=9, width=width, height=height, hfov_deg=50)
    read = trajectory_from_wan(wan_embedding(path), fps=30)
    np.testing.assert_allclose(read.c2w, path.c2w, atol=1e-6)
    np.testing.assert_allclose(read.K, path.K, rtol=1e-6)
    assert (read.width, read.height, read.fps, read.scale) == (width, height, 30, "relative")


@settings(max_examples=40, deadline=None)
@given(
    hfov_deg=st.floats(2, 160),
    seed=st.integers(0, 999),
    left=st.floats(-20, 20),
    top=st.floats(-20, 20),
    stretch=st.floats(0.5, 2),
)
def test_reading_copes_with_any_lens(hfov_deg, seed, left, top, stretch):
    path = preset_trajectory(
        "handheld", frames=5, width=64, height=48, hfov_deg=hfov_deg, amount=10, seed=seed
    )
    path = path.resized(64, round(48 * stretch)).cropped(left, top, 56, 40)
    read = trajectory_from_wan(wan_embedding(path))
    assert rotation_angle_deg(read.c2w[:, :3, :3], path.c2w[:, :3, :3]).max() < 0.01
    np.testing.assert_allclose(read.c2w[:, :3, 3], path.c2w[:, :3, 3], atol=1e-4)
    np.testing.assert_allclose(read.K, path.K, rtol=2e-4, atol=0.02)


def test_half_precision_is_read_too():
    path = preset_trajectory("arc_left", frames=5, width=64, height=48)
    read = trajectory_from_wan(wan_embedding(path).half())
    assert rotation_angle_deg(read.c2w[:, :3, :3], path.c2w[:, :3, :3]).max() < 0.05


def test_core_s_lens_is_half_of_a_covering_16_to_9_picture():
    assert with_core_lens(handheld().resized(832, 480)).K[0, 0, 0] == pytest.approx(
        832 / 2 * 480 * 16 / 9 / 832
    )
    wide = with_core_lens(handheld().resized(832, 480)).K[0]
    np.testing.assert_allclose([wide[0, 0], wide[1, 1]], [426.667, 240], atol=1e-3)
    tall = with_core_lens(handheld().resized(480, 832)).K[0]
    np.testing.assert_allclose([tall[0, 0], tall[1, 1]], [739.556, 416], atol=1e-3)


@pytest.mark.parametrize(
    ("embedding", "words"),
    [
        (None, "tensor, got NoneType"),
        (torch.zeros(24, 1, 8, 8), r"\[24, 1, 8, 8\]"),
        (torch.zeros(2, 24, 1, 8, 8), "of one path"),
        (torch.zeros(1, 24, 1, 8, 8, dtype=torch.int64), "floating point"),
        (torch.zeros(1, 24, 2, 8, 8), "length 1, here they go from 0 to 0"),
        (torch.full((1, 24, 1, 8, 8), float("nan")), "finite"),
        (torch.full((1, 24, 1, 8, 8), 3**-0.5), "do not spread|no pinhole camera"),
    ],
)
def test_what_are_no_rays_is_refused_in_a_sentence(embedding, words):
    with pytest.raises(RaxelError, match=words):
        trajectory_from_wan(embedding)


def test_rays_of_noise_are_no_pinhole_camera():
    noise = torch.nn.functional.normalize(torch.randn(6, 4, 2, 16, 16), dim=0)
    noise[3:] = torch.nn.functional.normalize(noise[3:], dim=0)
    with pytest.raises(RaxelError, match="no pinhole camera"):
        trajectory_from_wan(noise.flatten(0, 1)[None])


def test_other_lengths_and_giants_are_refused_before_anything_is_made(monkeypatch):
    with pytest.raises(RaxelError, match="4n \\+ 1 frames, the path has 16; ask for 13"):
        wan_embedding(preset_trajectory("static", frames=16))
    monkeypatch.setattr(torch, "empty", None)
    with pytest.raises(RaxelError, match="more than 4 GB"):
        wan_embedding(preset_trajectory("static", frames=9, width=8192, height=8192))


def test_a_path_is_fitted_to_a_clip_with_its_duration_and_the_roundings_are_told():
    path = preset_trajectory("truck_right", frames=33, width=832, height=480, fps=16, easing="linear")
    fitted, notes = clip_of(path, 500, 0, 20, size_step=16, length_step=4)
    assert (fitted.width, fitted.height, fitted.num_frames) == (496, 480, 17)
    assert (fitted.num_frames - 1) / fitted.fps == pytest.approx((path.num_frames - 1) / path.fps)
    np.testing.assert_allclose(fitted.c2w[-1], path.c2w[-1])
    assert notes == [
        "17 frames instead of 20 (lengths are 4n + 1)",
        "496x480 instead of 500x480 (sizes are multiples of 16)",
    ]
    assert clip_of(path, 0, 0, 0)[0] is path


def test_a_single_camera_becomes_a_clip_that_stands_still():
    still = preset_trajectory("static", frames=1)
    fitted, notes = clip_of(still, 0, 0, 81)
    assert fitted.num_frames == 81 and not notes and np.ptp(fitted.c2w, axis=0).max() == 0
