"""A confidence is worth its name: it is what happens, on average; and the shipped model knows what it does not know."""

import math
from pathlib import Path

import pytest
import torch

from raxel_core.engine import load_model, load_vae
from raxel_core.errors import RaxelError
from raxel_core.evaluation.calibration import Tried, calibrate, fit, score, try_clips
from raxel_core.sampling.confidence import Evidence, confidence_from
from raxel_core.training.render import Clip, render_clips

MODELS = Path(__file__).resolve().parents[3] / "models"
NUMBERS = ("reconstruction", "surprise", "jump", "disorder")
TRUTH = (3.0, -1.5, -0.5)


def made_up(clips, seed=0):
    """Clips whose frames are right with the probability that TRUTH says."""
    generator = torch.Generator().manual_seed(seed)
    rand = lambda *shape: torch.rand(*shape, generator=generator, dtype=torch.float64)  # noqa: E731
    tried = []
    for _ in range(clips):
        apart, turned = 8 * rand(1) * torch.linspace(0, 1, 17), 40 * rand(1) * torch.linspace(0, 1, 17)
        chance = (TRUTH[0] + TRUTH[1] * apart.log1p() + TRUTH[2] * turned.log1p()).sigmoid()
        right = rand(17) < chance
        unusual = {name: float(rand(1)) for name in NUMBERS}
        tried.append(Tried(Evidence(apart, turned, unusual), torch.where(right, 2.0, 12.0)[1:]))
    return tried


def test_the_fit_finds_the_probabilities_that_made_the_data():
    constants = fit(made_up(600))
    found = [constants[name] for name in ("bias", "apart", "turned")]
    assert found == pytest.approx(TRUTH, abs=0.35)


def test_confidence_is_the_share_of_right_frames_on_clips_that_were_not_fitted():
    measured = score(made_up(300, seed=1), fit(made_up(300)))
    assert measured["confidence"] == pytest.approx(measured["right"], abs=0.05)
    assert measured["gap"] < 0.06
    assert measured["error_of_surer_half_deg"] < 0.8 * measured["error_of_other_half_deg"]


def test_constants_are_plain_json_numbers_and_too_few_clips_are_refused():
    found = calibrate(made_up(16))
    assert all(
        type(found[name]) is float and math.isfinite(found[name]) for name in ("bias", "apart", "turned")
    )
    assert set(found["usual"]) == set(NUMBERS)
    with pytest.raises(RaxelError, match="at least 8 clips, got 7"):
        calibrate(made_up(7))


@pytest.fixture(scope="module")
def shipped():
    """The shipped model on four clips of validation, and its constants (fitted to these, where its file has none)."""
    model, vae = (
        load_model(MODELS / "raxel-small.safetensors"),
        load_vae(MODELS / "raxel-small-vae.safetensors"),
    )
    info = model.info
    clips = render_clips("validation", 101, range(4), info.frames, info.height, info.width)
    tried = try_clips(model, vae, clips)
    constants = info.confidence or fit(tried)

    def of(changed):
        return [mean_confidence(one, constants) for one in try_clips(model, vae, changed)]

    return clips, [mean_confidence(one, constants) for one in tried], of


def mean_confidence(tried, constants):
    values = confidence_from(tried.evidence, constants)
    return sum(values) / len(values)


def mean(values):
    return sum(values) / len(values)


def noise(frames, generator):
    return torch.randint(0, 256, frames.shape, generator=generator, dtype=torch.uint8)


def shuffled(frames, generator):
    return frames[torch.randperm(len(frames), generator=generator)]


def grainy(frames, generator):
    grain = 60 * torch.randn(frames.shape, generator=generator)
    return (frames + grain).clamp(0, 255).to(torch.uint8)


@pytest.mark.parametrize("spoil", [noise, shuffled, grainy])
def test_the_shipped_model_is_not_sure_of_spoilt_clips(shipped, spoil):
    clips, confidence, of = shipped
    generator = torch.Generator().manual_seed(0)
    spoilt = of([Clip(spoil(clip.frames, generator), clip.trajectory) for clip in clips[:2]])
    assert mean(spoilt) < 0.5 * mean(confidence)
    assert spoil is not noise or max(spoilt) < 0.05
