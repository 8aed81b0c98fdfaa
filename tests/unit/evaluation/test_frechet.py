"""Frechet distances against SciPy's matrix root and torchmetrics."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torchmetrics.image.fid import _compute_fid

from raxel_core.errors import RaxelError
from raxel_core.evaluation.frechet import FrechetMeter, frechet_distance, load_extractor


def features(seed: int, count: int, width: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, width)) @ rng.normal(size=(width, width)) + rng.normal(size=width)


@pytest.mark.parametrize("counts", [(200, 150), (4, 5)], ids=["many", "fewer than features"])
def test_the_distance_is_that_of_scipys_root_and_of_torchmetrics(counts: tuple[int, int]) -> None:
    a, b = features(0, counts[0]), features(1, counts[1])
    Sa, Sb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(Sa + Sb - 2 * np.real(sqrtm(Sa @ Sb)))
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-4)
    theirs = [torch.from_numpy(x) for x in (a.mean(0), Sa, b.mean(0), Sb)]
    assert frechet_distance(a, b) == pytest.approx(float(_compute_fid(*theirs)), rel=1e-4)


def test_a_set_is_at_no_distance_from_itself_and_a_shift_counts_squared() -> None:
    a = features(2, 300)
    assert abs(frechet_distance(a, a)) < 1e-9
    assert frechet_distance(a + 3, a) == pytest.approx(9 * a.shape[1])


def test_without_an_extractor_there_is_no_number() -> None:
    meter = FrechetMeter(None)
    meter.add([torch.rand(5, 8, 8, 3)], [torch.rand(5, 8, 8, 3)])
    assert meter.distances() == {"fid": None, "fvd": None}


def test_frames_are_measured_one_by_one_and_clips_whole() -> None:
    shapes = []

    def mean_colour(frames: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(frames.shape[:2]))
        return frames.mean(dim=(1, 2, 3))

    clips = [torch.rand(5, 8, 8, 3, generator=torch.Generator().manual_seed(i)) for i in range(4)]
    meter = FrechetMeter(mean_colour)
    meter.add(clips, [clip + 1 for clip in clips])
    assert set(shapes) == {(5, 1), (1, 5)}
    assert meter.distances() == {"fid": pytest.approx(3, abs=1e-5), "fvd": pytest.approx(3, abs=1e-5)}


def test_what_cannot_be_used_is_one_sentence() -> None:
    with pytest.raises(RaxelError, match=r"package\.module:function"):
        load_extractor("torch.nn")
    with pytest.raises(RaxelError, match="PYTHONPATH"):
        load_extractor("no_such_module:features")
    with pytest.raises(RaxelError, match="no function"):
        load_extractor("math:pi")
    meter = FrechetMeter(lambda frames: frames)
    with pytest.raises(RaxelError, match=r"\[1, D\]"):
        meter.add([torch.rand(5, 8, 8, 3)], [])
    with pytest.raises(RaxelError, match="2 or more"):
        frechet_distance(features(0, 1), features(1, 5))
