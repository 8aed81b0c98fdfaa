"""The five tasks on a flow that leads to known data: what is given stays, what is not is found, on its own clock."""

import pytest
import torch

from raxel_core.sampling import tasks
from raxel_core.sampling.noise import Noise
from raxel_core.sampling.schedule import sigmas
from raxel_core.sampling.solvers import euler, integrate


@pytest.fixture
def data():
    torch.manual_seed(0)
    shapes = {
        "source_z": (2, 4, 8),
        "target_z": (5, 4, 8),
        "video_z": (3, 4, 8),
        "source_r": (2, 2, 4),
        "target_r": (5, 2, 4),
        "video_r": (3, 2, 4),
    }
    return {name: torch.randn(1, 16, *shape) for name, shape in shapes.items()}


@pytest.fixture
def log():
    return []


@pytest.fixture
def solve(data, log):
    """Euler towards the data; every call of the network is logged."""

    def denoise(latents, levels):
        log.append((dict(levels), {name: x.clone() for name, x in latents.items()}))
        return {
            n: (x - data[n]) / levels[n] if levels[n] else torch.zeros_like(x) for n, x in latents.items()
        }

    return lambda latents, clocks: integrate(euler, denoise, latents, clocks)


def check_log(log, data, given, steps):
    """Given segments are clean and as they were; all others are noisy at first."""
    assert len(log) == steps
    for levels, latents in log:
        assert all(levels[name] == 0 and torch.equal(latents[name], data[name]) for name in given)
    assert all(level == 1 for name, level in log[0][0].items() if name not in given)


def test_pose_from_video_finds_the_rays(solve, data, log):
    rays = tasks.pose_from_video(solve, Noise(0), data["source_z"], data["video_z"], sigmas(2, 1.0))
    assert torch.allclose(rays, data["video_r"], atol=1e-5)
    check_log(log, data, {"source_z", "video_z"}, 2)


def test_video_from_trajectory_finds_the_clip(solve, data, log):
    given = [data[name] for name in ("source_z", "source_r", "video_r")]
    clip = tasks.video_from_trajectory(solve, Noise(0), *given, sigmas(4, 3.0))
    assert torch.allclose(clip, data["video_z"], atol=1e-5)
    check_log(log, data, {"source_z", "source_r", "video_r"}, 4)


def test_joint_finds_both_and_the_rays_finish_early(solve, data, log):
    clip, rays = tasks.joint(solve, Noise(0), data["source_z"], 3, sigmas(4, 3.0), sigmas(2, 1.0))
    assert torch.allclose(clip, data["video_z"], atol=1e-5)
    assert torch.allclose(rays, data["video_r"], atol=1e-5)
    check_log(log, data, {"source_z"}, 4)
    assert [levels["source_r"] for levels, _ in log] == [1.0, 0.5, 0.0, 0.0]


def test_poses_of_stills_finds_the_rays_without_any_clip(solve, data, log):
    rays = tasks.poses_of_stills(solve, Noise(0), data["source_z"], sigmas(2, 1.0))
    assert torch.allclose(rays, data["source_r"], atol=1e-5)
    check_log(log, data, {"source_z"}, 2)
    assert set(log[0][1]) == {"source_z", "source_r"}


def test_stills_from_cameras_finds_one_image_for_each_camera(solve, data, log):
    given = [data[name] for name in ("source_z", "source_r", "target_r")]
    images = tasks.stills_from_cameras(solve, Noise(0), *given, sigmas(3, 3.0))
    assert torch.allclose(images, data["target_z"], atol=1e-5)
    check_log(log, data, {"source_z", "source_r", "target_r"}, 3)
    assert set(log[0][1]) == {"source_z", "target_z", "source_r", "target_r"}


def test_every_noisy_part_starts_from_noise_of_its_own(solve, data, log):
    tasks.joint(solve, Noise(0), data["source_z"], 3, sigmas(1, 1.0), sigmas(1, 1.0))
    start = log[0][1]
    for name in ("video_z", "source_r", "video_r"):
        assert abs(float(start[name].mean())) < 0.2 and float(start[name].std()) == pytest.approx(1, abs=0.2)
    assert not torch.equal(start["source_r"], start["video_r"][:, :, :2])


def test_noise_depends_on_the_seed_alone(data):
    torch.manual_seed(1)
    first = Noise(7).rays(data["video_z"])
    torch.manual_seed(2)
    assert torch.equal(first, Noise(7).rays(data["video_z"]))
    assert not torch.equal(first, Noise(8).rays(data["video_z"]))
    assert Noise(7, ray_channels=24).rays(data["video_z"]).shape == (1, 24, 3, 2, 4)
