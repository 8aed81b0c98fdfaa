"""What a run tells a network that streams its blocks: fetch ahead until the last step, give room before every decode."""

import pytest
import torch

from raxel_core.engine.checkpoint import RaxelModel
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer
from raxel_core.sampling import (
    SamplingOptions,
    joint,
    pose_from_video,
    stills_from_cameras,
    video_from_trajectory,
)
from raxel_core.sampling.pipeline import poses_of_stills

from .conftest import FRAMES, HEIGHT, WIDTH


class Diary(torch.nn.Module):
    """A network that notes what it is told."""

    device = torch.device("cpu")

    def __init__(self, notes):
        super().__init__()
        self.notes, self.prefetch_next = notes, False

    def forward(self, latents, sigmas, context=None):
        self.notes.append("ahead" if self.prefetch_next else "alone")
        return {name: torch.zeros_like(x) for name, x in latents.items()}

    def release(self):
        self.notes.append("release")

    def unload(self):
        self.notes.append("unload")


@pytest.fixture
def notes():
    return []


@pytest.fixture
def model(info, notes):
    return RaxelModel(Diary(notes), PRESET_CONFIGS["tiny"], info)


@pytest.fixture
def noting(cells, notes, monkeypatch):
    """The autoencoder, which notes its decodes."""
    real = cells.decode
    monkeypatch.setattr(cells, "decode", lambda latents: (notes.append("decode"), real(latents))[1])
    return cells


STILLS = torch.rand(1, HEIGHT, WIDTH, 3)


def test_blocks_are_fetched_ahead_in_every_step_but_the_last(model, noting, notes):
    joint(model, noting, STILLS, FRAMES, 8.0, SamplingOptions(video_steps=4, ray_steps=3))
    assert notes[:4] == ["ahead", "ahead", "ahead", "alone"]


def test_with_guidance_both_calls_of_the_last_step_go_alone(model, noting, notes):
    text = {"context": torch.ones(1, 1, 64), "negative": torch.zeros(1, 1, 64)}
    joint(model, noting, STILLS, FRAMES, 8.0, SamplingOptions(video_steps=2, ray_steps=2, cfg=3.0, **text))
    assert notes[:4] == ["ahead", "ahead", "alone", "alone"]


def test_a_single_step_fetches_nothing_ahead(model, noting, notes):
    pose_from_video(model, noting, torch.rand(FRAMES, HEIGHT, WIDTH, 3), 8.0, SamplingOptions(ray_steps=1))
    assert notes[0] == "alone"


def test_a_run_that_is_interrupted_fetches_nothing_ahead_any_more(model, noting):
    def stop(step, total, preview):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        joint(model, noting, STILLS, FRAMES, 8.0, SamplingOptions(video_steps=4), on_step=stop)
    assert model.network.prefetch_next is False


def every_task(model, vae, path):
    options = SamplingOptions(video_steps=2, ray_steps=2)
    clip = torch.rand(FRAMES, HEIGHT, WIDTH, 3)
    return {
        "pose": lambda: pose_from_video(model, vae, clip, 8.0, options),
        "generate": lambda: video_from_trajectory(model, vae, STILLS, path, options),
        "joint": lambda: joint(model, vae, STILLS, FRAMES, 8.0, options),
        "poses of stills": lambda: poses_of_stills(model, vae, STILLS, options),
        "stills from cameras": lambda: stills_from_cameras(model, vae, STILLS, path, options),
    }


@pytest.mark.parametrize("task", ["pose", "generate", "joint", "poses of stills", "stills from cameras"])
def test_slots_and_scratch_are_given_back_before_a_result_is_decoded(task, model, noting, notes, path):
    every_task(model, noting, path())[task]()
    last_call = max(i for i, note in enumerate(notes) if note in ("ahead", "alone"))
    after = notes[last_call + 1 :]
    assert "decode" in after and after.index("release") < after.index("decode")


def test_where_a_decode_runs_out_of_memory_the_whole_network_makes_room_once(
    model, cells, notes, monkeypatch
):
    real, failures = cells.decode, iter([True])

    def decode(latents):
        notes.append("decode")
        if notes.count("alone") and next(failures, False):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return real(latents)

    monkeypatch.setattr(cells, "decode", decode)
    joint(model, cells, STILLS, FRAMES, 8.0, SamplingOptions(video_steps=2, ray_steps=2))
    assert notes[notes.index("alone") + 1 :][:4] == ["release", "decode", "unload", "decode"]


def test_a_network_whose_weights_just_lie_there_is_told_nothing(info, cells):
    torch.manual_seed(0)
    plain = RaxelModel(RaxelTransformer(PRESET_CONFIGS["tiny"]).eval(), PRESET_CONFIGS["tiny"], info)
    joint(plain, cells, STILLS, FRAMES, 8.0, SamplingOptions(video_steps=2, ray_steps=2))
    assert not hasattr(plain.network, "prefetch_next")
