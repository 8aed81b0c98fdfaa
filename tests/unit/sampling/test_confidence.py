"""How far to trust a path: what must lower it, what must not, and that asking changes no path."""

from dataclasses import replace

import pytest
import torch

from raxel_core.engine.checkpoint import RaxelModel
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.sampling import (
    SamplingOptions,
    joint,
    pose_from_video,
    poses_of_stills,
    video_from_trajectory,
)
from raxel_core.sampling.confidence import LOW, Evidence, confidence_from, doubt

NUMBERS = ("reconstruction", "surprise", "jump", "disorder")
CONSTANTS = {"bias": 4.0, "apart": -2.0, "turned": -1.0, "usual": {name: [0.0, 1.0] for name in NUMBERS}}
WIDE = CONSTANTS | {"usual": {name: [0.0, 1e6] for name in NUMBERS}}
"""Constants that find no clip unusual."""


def evidence(apart=1.0, turned=5.0, **unusual):
    return Evidence(
        torch.full((5,), float(apart)), torch.full((5,), float(turned)), dict.fromkeys(NUMBERS, 0.0) | unusual
    )


def calibrated(model, constants=WIDE):
    return RaxelModel(model.network, model.config, replace(model.info, confidence=constants))


@pytest.mark.parametrize("worse", [{"apart": 3.0}, {"turned": 20.0}, *({name: 1.5} for name in NUMBERS)])
def test_whatever_speaks_against_a_path_lowers_its_confidence(worse):
    better = confidence_from(evidence(), CONSTANTS)
    assert all(b < a for a, b in zip(better, confidence_from(evidence(**worse), CONSTANTS), strict=True))


def test_a_clip_like_95_percent_of_the_usual_ones_loses_nothing():
    assert confidence_from(evidence(jump=1.0, surprise=-3.0), CONSTANTS) == confidence_from(
        evidence(), CONSTANTS
    )


def test_the_more_unusual_the_less_confidence_down_to_none():
    values = [confidence_from(evidence(surprise=s), CONSTANTS)[0] for s in (1.0, 1.1, 1.5, 3.0, 30.0)]
    assert values == sorted(values, reverse=True) and values[-1] < 1e-6


@pytest.mark.parametrize(
    "broken", [{"apart": float("nan")}, {"surprise": float("nan")}, {"jump": float("inf")}]
)
def test_what_is_no_number_gives_no_confidence(broken):
    assert confidence_from(evidence(**broken), CONSTANTS) == (0.0,) * 5


def test_a_warning_is_one_line_with_the_number_and_only_where_confidence_is_low():
    words = doubt([LOW / 2] * 9)
    assert words is not None and f"confidence {LOW / 2:.2f}" in words and "\n" not in words
    assert doubt([LOW] * 9) is None


def test_the_first_step_agreeing_with_the_last_is_trusted_and_two_that_differ_are_not(
    oracle, tiny, cells, codec, frames, path
):
    clip = frames(9)
    known = {"video_r": codec.encode_rays(path()), "source_r": codec.encode_still_rays(path())[:, :, :1]}
    sure = pose_from_video(calibrated(oracle(known)), cells, clip, 16.0, SamplingOptions())
    unsure = pose_from_video(calibrated(tiny), cells, clip, 16.0, SamplingOptions())
    assert sum(unsure.raxels.confidence) < sum(sure.raxels.confidence)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_asking_for_confidence_changes_no_bit_of_a_path(tiny, cells, frames, steps):
    options = SamplingOptions(seed=3, ray_steps=steps)
    plain, asked = (
        pose_from_video(model, cells, frames(9), 16.0, options).raxels for model in (tiny, calibrated(tiny))
    )
    assert torch.equal(plain.images, asked.images)
    assert plain.confidence is None and len(asked.confidence) == 9
    again = pose_from_video(calibrated(tiny), cells, frames(9), 16.0, options).raxels
    assert again.confidence == asked.confidence


def test_a_clip_unlike_the_usual_ones_is_not_trusted_however_sure_the_path(
    oracle, cells, codec, frames, path
):
    known = {"video_r": codec.encode_rays(path()), "source_r": codec.encode_still_rays(path())[:, :, :1]}
    strict = WIDE | {"usual": {name: [-60.0, -50.0] for name in NUMBERS}}
    shot = pose_from_video(calibrated(oracle(known), strict), cells, frames(9), 16.0, SamplingOptions())
    assert max(shot.raxels.confidence) < 0.01


def test_given_cameras_stay_sure(tiny, cells, frames, path):
    options = SamplingOptions(video_steps=2)
    clip = pose_from_video(
        calibrated(tiny), cells, frames(9), 16.0, options, raxels=path(), given_frames=[0, 4]
    )
    made = video_from_trajectory(calibrated(tiny), cells, frames(1), path(), options, given_frames=[0, 4])
    for shot in (clip, made):
        values = shot.raxels.confidence
        assert values[0] == values[4] == 1 and max(values[1:4]) < 1
    known = video_from_trajectory(calibrated(tiny), cells, frames(1), path(), options)
    assert known.rays_known and known.raxels.confidence is None


def test_a_path_that_comes_with_a_new_clip_has_a_confidence_and_one_of_stills_has_none(tiny, cells, frames):
    shot = joint(calibrated(tiny), cells, frames(1), 9, 16.0, SamplingOptions(video_steps=2))
    assert len(shot.raxels.confidence) == 9 and all(0 <= value <= 1 for value in shot.raxels.confidence)
    assert poses_of_stills(calibrated(tiny), cells, frames(2), SamplingOptions()).raxels.confidence is None


def test_cameras_are_read_with_no_more_confidence_than_the_model_has(path):
    exact = path()
    assert estimate_trajectory(exact).confidence.min() > 0.999
    told = tuple(0.1 * frame for frame in range(9))
    assert estimate_trajectory(replace(exact, confidence=told)).confidence == pytest.approx(told, abs=1e-6)
