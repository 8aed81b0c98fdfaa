"""Frames in, frames out: with a network that knows the answer, and with a real one for its refusals and its seeds."""

import dataclasses

import pytest
import torch
from diffusers import AutoencoderKLWan

from raxel_core.engine import latents as codec
from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel
from raxel_core.engine.vae import DiffusersVAE
from raxel_core.errors import RaxelError
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import raxels_from_trajectory
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer
from raxel_core.sampling import joint, pose_from_video, video_from_trajectory
from raxel_core.sampling.pipeline import _at_stills, _for_model

INFO = CheckpointInfo("test", z_mean=(0.0,) * 16, z_std=(1.0,) * 16, r_std=(0.2,) * 16)
HEIGHT, WIDTH = 32, 64


class Oracle(torch.nn.Module):
    """A network that knows the clean latents and keeps what it was asked."""

    device = torch.device("cpu")

    def __init__(self, data):
        super().__init__()
        self.data, self.calls = data, []

    def forward(self, latents, sigmas):
        self.calls.append((latents, {name: float(sigma) for name, sigma in sigmas.items()}))
        clean = {name: self.data.get(name, x) for name, x in latents.items()}
        return {n: (x - clean[n]) / sigmas[n] if sigmas[n] > 0 else x for n, x in latents.items()}


@pytest.fixture(scope="module")
def vae():
    torch.manual_seed(0)
    return DiffusersVAE(AutoencoderKLWan(base_dim=8).eval())


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    network = RaxelTransformer(PRESET_CONFIGS["tiny"]).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return RaxelModel(network, network.config, INFO)


def oracle(data, info=INFO):
    return RaxelModel(Oracle(data), PRESET_CONFIGS["tiny"], info)


def frames(count, seed=0):
    return torch.rand(count, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(seed))


def path(count=9, **how):
    return raxels_from_trajectory(
        preset_trajectory("arc_left", frames=count, width=WIDTH, height=HEIGHT), **how
    )


def test_with_a_perfect_network_pose_from_video_returns_the_decoded_path(vae):
    truth = path(scale=1.0)
    video_r = codec.encode_rays(INFO, vae, truth)
    raxels = pose_from_video(oracle({"video_r": video_r}), vae, frames(9), 12.0, seed=0, ray_steps=1)
    assert torch.allclose(raxels.images, codec.decode_rays(INFO, vae, video_r).images, atol=1e-4)
    assert (raxels.width, raxels.height, raxels.fps, raxels.metric) == (WIDTH, HEIGHT, 12.0, True)


def test_with_a_perfect_network_a_shot_along_a_path_is_the_decoded_clip(vae):
    video_z = codec.encode_video(INFO, vae, frames(9))
    model, raxels = oracle({"video_z": video_z}), path(scale=1.0)
    shot = video_from_trajectory(model, vae, frames(2, seed=1), raxels, seed=0, video_steps=3)
    assert torch.allclose(shot, codec.decode_video(INFO, vae, video_z), atol=1e-4)
    latents, _ = model.network.calls[0]
    assert torch.equal(latents["source_z"], codec.encode_stills(INFO, vae, frames(2, seed=1)))
    assert torch.equal(latents["video_r"], codec.encode_rays(INFO, vae, raxels))
    ends = dataclasses.replace(raxels, images=raxels.images[[0, 8]])  # two stills: first and last frame
    assert torch.equal(latents["source_r"], codec.encode_still_rays(INFO, vae, ends))


def test_with_a_perfect_network_joint_returns_the_decoded_clip_and_path(vae):
    data = {
        "video_z": codec.encode_video(INFO, vae, frames(9)),
        "video_r": codec.encode_rays(INFO, vae, path()),
    }
    shot, raxels = joint(oracle(data), vae, frames(1), 9, 16.0, seed=0, video_steps=4, ray_steps=2)
    assert torch.allclose(shot, codec.decode_video(INFO, vae, data["video_z"]), atol=1e-4)
    assert torch.allclose(raxels.images, codec.decode_rays(INFO, vae, data["video_r"]).images, atol=1e-4)


@pytest.mark.parametrize(("alpha", "scale"), [(0.5, 1.0), (0.25, 1.0), (0.5, 4.0), (0.8, 0.3)])
def test_a_path_reaches_a_metric_model_in_its_own_units(alpha, scale):
    expected = path(alpha=INFO.alpha, scale=1.0)
    given = _for_model(oracle({}), path(alpha=alpha, scale=scale))
    assert torch.allclose(given.images, expected.images, atol=1e-4) and (given.alpha, given.scale) == (
        0.5,
        1.0,
    )


def test_a_relative_model_keeps_the_scale_of_the_path():
    relative = dataclasses.replace(INFO, scale_mode="relative", alpha=0.4)
    given = _for_model(oracle({}, relative), path(alpha=0.5, scale=3.0))
    assert torch.allclose(given.images, path(alpha=0.4, scale=3.0).images) and given.scale == 3.0


@pytest.mark.parametrize(("count", "places"), [(1, [0]), (2, [0, 8]), (3, [0, 4, 8]), (4, [0, 3, 5, 8])])
def test_stills_stand_evenly_along_the_path(count, places):
    raxels = path()
    assert torch.equal(_at_stills(raxels, count).images, raxels.images[places])


@pytest.mark.parametrize("inference_mode", [False, True])
def test_the_same_seed_gives_the_same_result_and_another_seed_another(model, vae, inference_mode):
    def run(seed):
        with torch.inference_mode(inference_mode):
            shot, raxels = joint(model, vae, frames(1), 5, 16.0, seed=seed, video_steps=3, ray_steps=2)
        return torch.cat((shot.flatten(), raxels.images.flatten()))

    first = run(5)
    torch.manual_seed(99)
    assert torch.equal(run(5), first) and not torch.equal(run(6), first)


def test_watching_a_run_does_not_change_it_and_shows_every_step(model, vae):
    seen = []

    def watch(step, total, preview):
        picture = preview()
        assert picture.shape[2] == 3 and picture.min() >= 0 and picture.max() <= 1
        seen.append((step, total, tuple(picture.shape[:2])))

    plain = pose_from_video(model, vae, frames(5), 16.0, seed=1, ray_steps=3)
    watched = pose_from_video(model, vae, frames(5), 16.0, seed=1, ray_steps=3, on_step=watch)
    assert torch.equal(plain.images, watched.images)
    assert seen == [(step, 3, (HEIGHT // 2, WIDTH // 2)) for step in (1, 2, 3)]


def test_an_interrupt_passes_through(model, vae):
    def stop(step, total, preview):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        video_from_trajectory(model, vae, frames(1), path(), seed=0, on_step=stop)


NAN = float("nan")
REFUSED = {
    "odd size": (
        lambda m, v: pose_from_video(m, v, torch.rand(5, 48, 64, 3), 16.0, seed=0),
        "multiples of 32, got 64x48",
    ),
    "length": (lambda m, v: pose_from_video(m, v, frames(8), 16.0, seed=0), r"4n \+ 1 frames .* got 8"),
    "one frame": (lambda m, v: pose_from_video(m, v, frames(1), 16.0, seed=0), "got 1"),
    "no frames": (lambda m, v: pose_from_video(m, v, frames(0), 16.0, seed=0), r"got \[0, 32, 64, 3\]"),
    "alpha channel": (
        lambda m, v: joint(m, v, torch.rand(1, 32, 64, 4), 5, 16.0, seed=0),
        r"\[1, 32, 64, 4\]",
    ),
    "bytes": (lambda m, v: joint(m, v, (frames(1) * 255).byte(), 5, 16.0, seed=0), "uint8"),
    "nan": (
        lambda m, v: joint(m, v, frames(1) * NAN, 5, 16.0, seed=0),
        "the stills holds values that are not finite",
    ),
    "length of joint": (lambda m, v: joint(m, v, frames(1), 12, 16.0, seed=0), "got 12"),
    "no steps": (lambda m, v: joint(m, v, frames(1), 5, 16.0, seed=0, ray_steps=0), "got 0"),
    "shift": (lambda m, v: pose_from_video(m, v, frames(5), 16.0, seed=0, ray_shift=0.0), "got 0.0"),
    "other size": (
        lambda m, v: video_from_trajectory(m, v, torch.rand(1, 64, 64, 3), path(), seed=0),
        "64x32 pictures, the stills are 64x64",
    ),
    "path length": (lambda m, v: video_from_trajectory(m, v, frames(1), path(10), seed=0), "path .* got 10"),
    "too many stills": (
        lambda m, v: video_from_trajectory(m, v, frames(6), path(5), seed=0),
        "6 stills .* 5 frames",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_run_is_refused_in_words_before_any_work(model, case):
    run, words = REFUSED[case]
    with pytest.raises(RaxelError, match=words) as caught:
        run(model, None)  # no autoencoder: it must not be reached
    assert "\n" not in str(caught.value)


def test_a_model_that_breaks_down_says_so_instead_of_giving_cameras(vae):
    broken = oracle({"video_r": torch.full((1, 16, 2, 2, 4), NAN)})
    with pytest.raises(RaxelError, match="rays are not finite"):
        pose_from_video(broken, vae, frames(5), 16.0, seed=0)
