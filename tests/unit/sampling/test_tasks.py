"""Euler and the three tasks on flows whose answer is known."""

import pytest
import torch

from raxel_core.sampling import tasks
from raxel_core.sampling.schedule import sigmas
from raxel_core.sampling.solvers import euler


def straight_flow(data):
    """The exact velocity towards known data: (x - data) / sigma; given parts are where they are."""

    def denoise(latents, levels):
        return {
            n: (x - data[n]) / levels[n] if levels[n] else torch.zeros_like(x) for n, x in latents.items()
        }

    return denoise


def recording(denoise, log):
    def record(latents, levels):
        log.append((dict(levels), {name: x.clone() for name, x in latents.items()}))
        return denoise(latents, levels)

    return record


@pytest.fixture
def data():
    torch.manual_seed(0)
    shapes = {"source_z": (1, 4, 8), "video_z": (3, 4, 8), "source_r": (1, 2, 4), "video_r": (3, 2, 4)}
    return {name: torch.randn(1, 16, *shape) for name, shape in shapes.items()}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("steps", [1, 3])
def test_euler_is_exact_on_a_straight_flow(data, steps):
    noise = {name: torch.randn_like(x) for name, x in data.items()}
    done = euler(straight_flow(data), noise, {name: sigmas(steps, 2.0) for name in data})
    assert all(torch.allclose(done[name], data[name], atol=1e-5) for name in data)


def test_eulers_error_halves_when_steps_double():
    """dx / dsigma = x has x(0) = x(1) / e."""
    start = {"video_z": torch.ones(1, dtype=torch.float64)}
    errors = []
    for steps in (64, 128, 256):
        end = euler(lambda latents, levels: dict(latents), start, {"video_z": sigmas(steps, 1.0)})["video_z"]
        errors.append(abs(float(end) - torch.e**-1))
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05) and errors[1] / errors[2] == pytest.approx(
        2, rel=0.05
    )


def test_the_shorter_clock_finishes_first_and_then_stays_clean(data):
    log, noise = [], {name: torch.randn_like(x) for name, x in data.items()}
    clocks = {"video_z": sigmas(5, 1.0), "video_r": sigmas(2, 1.0)}
    given = {**noise, "source_z": data["source_z"], "source_r": data["source_r"]}
    euler(recording(straight_flow(data), log), given, clocks)
    assert [round(levels["video_z"], 6) for levels, _ in log] == [1.0, 0.8, 0.6, 0.4, 0.2]
    assert [levels["video_r"] for levels, _ in log] == [1.0, 0.5, 0.0, 0.0, 0.0]
    assert all(torch.allclose(latents["video_r"], data["video_r"], atol=1e-5) for _, latents in log[2:])


def test_progress_counts_all_steps_and_shows_the_clean_estimate(data):
    seen, noise = [], {name: torch.randn_like(x) for name, x in data.items()}

    def on_step(step, total, denoised):
        seen.append((step, total))
        assert all(torch.allclose(denoised()[name], data[name], atol=1e-5) for name in data)

    euler(straight_flow(data), noise, {name: sigmas(3, 1.0) for name in data}, on_step)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_what_progress_raises_ends_the_run_at_that_step(data):
    class Interrupt(BaseException):
        pass

    def stop(step, total, denoised):
        raise Interrupt

    log = []
    with pytest.raises(Interrupt):
        euler(recording(straight_flow(data), log), data, {"video_z": sigmas(9, 1.0)}, stop)
    assert len(log) == 1


def test_pose_from_video_finds_the_rays_and_leaves_the_pictures(data):
    log = []
    denoise = recording(straight_flow(data), log)
    rays = tasks.pose_from_video(denoise, data["source_z"], data["video_z"], sigmas(2, 1.0), seeded())
    assert torch.allclose(rays, data["video_r"], atol=1e-5)
    for levels, latents in log:
        assert levels["source_z"] == levels["video_z"] == 0 and levels["source_r"] == levels["video_r"] > 0
        assert all(torch.equal(latents[name], data[name]) for name in ("source_z", "video_z"))


def test_video_from_trajectory_finds_the_clip_and_leaves_the_rays(data):
    log = []
    given = (data["source_z"], data["source_r"], data["video_r"])
    clip = tasks.video_from_trajectory(recording(straight_flow(data), log), *given, sigmas(4, 3.0), seeded())
    assert torch.allclose(clip, data["video_z"], atol=1e-5)
    for levels, latents in log:
        assert levels["video_z"] > 0 and not any(s for name, s in levels.items() if name != "video_z")
        assert all(torch.equal(latents[name], data[name]) for name in data if name != "video_z")


def test_joint_finds_both_from_the_still_alone(data):
    log = []
    denoise = recording(straight_flow(data), log)
    clip, rays = tasks.joint(denoise, data["source_z"], 3, sigmas(4, 3.0), sigmas(2, 1.0), seeded())
    assert torch.allclose(clip, data["video_z"], atol=1e-5) and torch.allclose(
        rays, data["video_r"], atol=1e-5
    )
    assert len(log) == 4 and all(levels["source_z"] == 0 for levels, _ in log)
    assert [levels["source_r"] for levels, _ in log] == [1.0, 0.5, 0.0, 0.0]


def test_every_noisy_part_starts_from_noise_of_its_own(data):
    log = []
    denoise = recording(straight_flow(data), log)
    tasks.joint(denoise, data["source_z"], 3, sigmas(1, 1.0), sigmas(1, 1.0), seeded())
    start = log[0][1]
    for name in ("video_z", "source_r", "video_r"):
        assert abs(float(start[name].mean())) < 0.2 and float(start[name].std()) == pytest.approx(1, abs=0.2)
    assert not torch.equal(start["source_r"], start["video_r"][:, :, :1])


def test_noise_depends_on_the_seed_alone(data):
    torch.manual_seed(1)
    first = tasks.ray_noise(data["video_z"], seeded(7))
    torch.manual_seed(2)
    assert torch.equal(first, tasks.ray_noise(data["video_z"], seeded(7)))
    assert not torch.equal(first, tasks.ray_noise(data["video_z"], seeded(8)))
