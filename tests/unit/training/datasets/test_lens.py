"""Cutting about the principal point: what comes out is what a camera with the new lens would have seen."""

from dataclasses import replace

import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.geometry.rays import intrinsics
from raxel_core.training.datasets import open_dataset
from raxel_core.training.datasets.lens import check_lens, common_lens

SIZE = (9, 32, 48)


def large(path, change):
    """The path at 192 x 128 pixels with lenses changed by `change(i, K)`, in place."""
    path = path.resized(192, 128)
    K = path.K.copy()
    for i in range(len(K)):
        change(i, K[i])
    return replace(path, K=K)


def stretched(i, K):
    K[0] *= 1.4


def off_centre(i, K):
    K[0, 2] += 20
    K[1, 2] -= 11


def zooming(i, K):
    K[:2, :2] *= 1 + 0.05 * i


def wandering(i, K):
    stretched(i, K)
    zooming(i, K)
    K[0, 2] += 3 * i - 60
    K[1, 2] += 2 * i


@pytest.mark.parametrize("change", [stretched, off_centre, zooming, wandering])
def test_what_is_read_is_what_a_camera_with_the_lens_that_is_told_sees(change, make, tmp_path):
    """The scene is rendered again with the cameras that were read, and the two clips agree."""
    make.nerfstudio(tmp_path, make.rendered(change=lambda path: large(path, change)), per_frame=True)
    got = open_dataset(tmp_path).read(0, *SIZE)
    K = got.trajectory.K
    assert np.allclose(K, K[0]) and np.allclose(K[0, 0, 0], K[0, 1, 1])
    assert np.allclose(K[0, :2, 2], [24, 16])

    def seen(offset):
        lens = K + np.array([[0, 0, offset], [0, 0, 0], [0, 0, 0]])
        return make.rendered(change=lambda path: replace(path, K=lens, width=48, height=32)).frames

    exact = make.psnr_db(got.frames, seen(0.0))
    assert exact > 27
    assert exact > make.psnr_db(got.frames, seen(0.3)) + 1, "a third of a pixel goes unnoticed"


def test_a_plain_lens_loses_nothing_but_what_the_shape_costs():
    K = intrinsics(60.0, 160, 90)[None]
    focal, boxes = common_lens(K, (160, 90), 32, 48)
    assert boxes[0] == (12.5, 0, 147.5, 90)
    assert focal == pytest.approx(K[0, 0, 0] * 32 / 90)


def lens(fx=100.0, fy=100.0, cx=48.0, cy=32.0, skew=0.0):
    return np.array([[[fx, skew, cx], [0, fy, cy], [0, 0, 1]]])


@pytest.mark.parametrize(
    ("K", "sentence"),
    [
        (lens(fx=0.9, fy=0.9), "angle of view of 17"),
        (lens(fx=5000, fy=5000), "angle of view of 0.7 degrees"),
        (lens(fx=210), "2.10 times as long as wide"),
        (lens(skew=3), "skewed"),
        (lens(cx=0.5, cy=-3), "principal point"),
    ],
)
def test_a_lens_that_no_camera_has_is_refused(K, sentence):
    with pytest.raises(RaxelError, match=sentence):
        check_lens(K, (96, 64))
    check_lens(lens(), (96, 64))


def test_a_zoom_that_would_cost_more_than_half_of_the_width_is_refused():
    K = np.concatenate([lens(), lens(fx=210, fy=210)])
    with pytest.raises(RaxelError, match=r"1/2.1 of its width, less than 1/2"):
        common_lens(K, (96, 64), 64, 96)
