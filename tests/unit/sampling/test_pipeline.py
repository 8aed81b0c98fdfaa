"""Frames in, frames out: with a network that knows the answer, and with a random one for seeds, takes and refusals."""

import dataclasses

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan

from raxel_core.engine.vae import DiffusersVAE
from raxel_core.errors import RaxelError
from raxel_core.sampling import (
    SOLVERS,
    Preview,
    SamplingOptions,
    joint,
    pose_from_video,
    poses_of_stills,
    stills_from_cameras,
    video_from_trajectory,
)

QUICK = SamplingOptions(video_steps=3, ray_steps=2)
every_solver = pytest.mark.parametrize("solver", SOLVERS)


@pytest.fixture(scope="module")
def wan_vae():
    torch.manual_seed(0)
    return DiffusersVAE(AutoencoderKLWan(base_dim=8).eval())


def take(raxels, frames):
    return dataclasses.replace(raxels, images=raxels.images[list(frames)])


@every_solver
def test_a_perfect_network_tells_the_path_of_a_clip(oracle, cells, codec, frames, path, solver):
    truth = codec.encode_rays(path())
    options = SamplingOptions(ray_steps=5, solver=solver)
    shot = pose_from_video(oracle({"video_r": truth}), cells, frames(9), 12.0, options)
    assert torch.allclose(shot.raxels.images, codec.decode_rays(truth).images, atol=1e-5)
    assert torch.equal(shot.images, frames(9)) and not shot.rays_known
    assert (shot.raxels.width, shot.raxels.height, shot.raxels.fps, shot.raxels.metric) == (
        64,
        32,
        12.0,
        True,
    )


@every_solver
def test_a_perfect_network_shoots_the_clip_along_a_path(oracle, cells, codec, frames, path, solver):
    truth = codec.encode_video(frames(9))
    model, options = oracle({"video_z": truth}), SamplingOptions(video_steps=6, solver=solver)
    shot = video_from_trajectory(model, cells, frames(2, seed=1), path(), options)
    assert torch.allclose(shot.images, codec.decode_video(truth), atol=1e-5)
    assert torch.equal(shot.raxels.images, path().images) and shot.rays_known
    latents, _ = model.network.calls[0]
    assert torch.equal(latents["source_z"], codec.encode_stills(frames(2, seed=1)))
    assert torch.equal(latents["video_r"], codec.encode_rays(path()))
    assert torch.equal(latents["source_r"], codec.encode_still_rays(take(path(), [0, 8])))


@every_solver
def test_a_perfect_network_invents_the_clip_and_its_path(oracle, cells, codec, frames, path, solver):
    data = {"video_z": codec.encode_video(frames(9)), "video_r": codec.encode_rays(path())}
    options = SamplingOptions(video_steps=6, ray_steps=4, solver=solver)
    shot = joint(oracle(data), cells, frames(1), 9, 16.0, options)
    assert torch.allclose(shot.images, codec.decode_video(data["video_z"]), atol=1e-5)
    assert torch.allclose(shot.raxels.images, codec.decode_rays(data["video_r"]).images, atol=1e-5)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_perfect_network_tells_the_camera_of_every_still_in_their_order(
    oracle, cells, codec, frames, path, order
):
    cameras = take(path(), [0, 4, 8])
    truth = codec.encode_still_rays(take(cameras, order))
    shot = poses_of_stills(oracle({"source_r": truth}), cells, frames(3)[list(order)], QUICK)
    expected = codec.decode_still_rays(codec.encode_still_rays(cameras)).images
    assert torch.allclose(shot.raxels.images, expected[list(order)], atol=1e-5)
    assert torch.equal(shot.images, frames(3)[list(order)]) and not shot.rays_known


@pytest.mark.parametrize("cameras", [1, 2, 6])
def test_a_perfect_network_makes_one_image_for_each_camera(oracle, cells, codec, frames, path, cameras):
    asked, truth = take(path(), range(cameras)), codec.encode_stills(frames(cameras, seed=3))
    model = oracle({"target_z": truth})
    shot = stills_from_cameras(model, cells, frames(1), asked, QUICK)
    assert torch.allclose(shot.images, codec.decode_stills(truth), atol=1e-5)
    assert len(shot.images) == cameras and torch.equal(shot.raxels.images, asked.images) and shot.rays_known
    latents, levels = model.network.calls[0]
    assert torch.equal(latents["source_r"], codec.encode_still_rays(take(asked, [0])))
    assert torch.equal(latents["target_r"], codec.encode_still_rays(asked))
    assert levels == {"source_z": 0, "target_z": 1, "source_r": 0, "target_r": 0}


@pytest.mark.parametrize("inference_mode", [False, True])
def test_the_same_seed_gives_the_same_result_and_another_seed_another(tiny, cells, frames, inference_mode):
    def run(seed):
        with torch.inference_mode(inference_mode):
            options = dataclasses.replace(QUICK, seed=seed)
            shot = joint(tiny, cells, frames(1), 5, 16.0, options, source_frames=[0])
        return torch.cat((shot.images.flatten(), shot.raxels.images.flatten()))

    first = run(5)
    torch.manual_seed(99)
    assert torch.equal(run(5), first) and not torch.equal(run(6), first)


def all_tasks(model, vae, frames, path, options, on_step=None):
    """Every task, and every way to give cameras; one tensor each."""
    how = {"on_step": on_step}
    shots = [
        pose_from_video(model, vae, frames(9), 8.0, options, **how),
        pose_from_video(model, vae, frames(9), 8.0, options, raxels=path(), given_frames=[0, 5], **how),
        video_from_trajectory(model, vae, frames(1), path(), options, **how),
        video_from_trajectory(model, vae, frames(2), path(), options, source_frames=[8, 3], **how),
        video_from_trajectory(model, vae, frames(1), path(), options, given_frames=[0, 8], **how),
        joint(model, vae, frames(2), 9, 8.0, options, source_frames=[4, 0], **how),
        poses_of_stills(model, vae, frames(3), options, **how),
        stills_from_cameras(model, vae, frames(1), path(), options, **how),
    ]
    return [torch.cat((shot.images.flatten(), shot.raxels.images.flatten())) for shot in shots]


@every_solver
def test_watching_a_run_changes_no_bit_of_any_task(tiny, cells, frames, path, solver):
    seen = []

    def watch(step, total, preview):
        shown = preview()
        assert isinstance(shown, Preview) and shown.frames.min() >= 0 and shown.frames.max() <= 1
        seen.append((step, total))

    options = dataclasses.replace(QUICK, solver=solver, camera_guidance=0.5)
    plain = all_tasks(tiny, cells, frames, path, options)
    watched = all_tasks(tiny, cells, frames, path, options, watch)
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))
    assert seen[:2] == [(1, 2), (2, 2)] and len(seen) == 2 + 2 + 3 + 3 + 3 + 3 + 2 + 3


@pytest.mark.parametrize("tokens", [1, 7, 1000])
def test_chunks_of_the_network_change_nothing_that_shows(tiny, cells, frames, path, tokens):
    options, usual = SamplingOptions(video_steps=4), tiny.network.ffn_chunk
    plain = joint(tiny, cells, frames(1), 9, 8.0, options)
    try:
        tiny.network.ffn_chunk = tokens
        parts = joint(tiny, cells, frames(1), 9, 8.0, options)
    finally:
        tiny.network.ffn_chunk = usual
    for part, whole in ((parts.images, plain.images), (parts.raxels.images, plain.raxels.images)):
        assert float((part - whole).norm() / whole.norm()) < 1e-5


def test_a_preview_shows_one_picture_and_one_camera_for_every_latent_frame(
    oracle, cells, codec, frames, path
):
    data = {"video_z": codec.encode_video(frames(9)), "video_r": codec.encode_rays(path())}
    shown = []
    joint(oracle(data), cells, frames(1), 9, 16.0, QUICK, on_step=lambda *step: shown.append(step[2]()))
    for preview in shown:
        assert preview.frames.shape == (3, HEIGHT // 8, WIDTH // 8, 3)
        assert preview.path.num_frames == 3
    means = torch.nn.functional.avg_pool2d(frames(9)[0].permute(2, 0, 1), 8).permute(1, 2, 0)
    assert torch.allclose(shown[-1].frames[0], means, atol=1e-3)


HEIGHT, WIDTH = 32, 64


def test_previews_decode_nothing_of_the_run(tiny, wan_vae, frames, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        DiffusersVAE,
        "decode",
        lambda self, z, decode=DiffusersVAE.decode: decoded.append(z.shape) or decode(self, z),
    )
    options = SamplingOptions(video_steps=6)
    joint(tiny, wan_vae, frames(1), 9, 16.0, options)
    plain = decoded.copy()
    decoded.clear()
    joint(tiny, wan_vae, frames(1), 9, 16.0, options, on_step=lambda *step: step[2]())
    extra = [shape for shape in decoded if shape not in plain]
    assert (
        len(decoded) - len(plain) == len(extra) <= 2
    )  # a probe for colours, one for rays: not one for each of six steps


def test_an_interrupt_passes_through(tiny, cells, frames, path):
    def stop(step, total, preview):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        video_from_trajectory(tiny, cells, frames(1), path(), QUICK, on_step=stop)


NAN = float("nan")


def broken_path(path, frame):
    raxels = path()
    raxels.images[frame, 0, 0, 0] = NAN
    return raxels


REFUSED = {
    "odd size": (
        lambda m, f, p: pose_from_video(m, None, torch.rand(5, 48, 64, 3), 16.0, QUICK),
        "multiples of 32, got 64x48",
    ),
    "length": (lambda m, f, p: pose_from_video(m, None, f(8), 16.0, QUICK), r"4n \+ 1 frames .* got 8"),
    "one frame": (lambda m, f, p: pose_from_video(m, None, f(1), 16.0, QUICK), "got 1"),
    "no frames": (lambda m, f, p: pose_from_video(m, None, f(0), 16.0, QUICK), r"got \[0, 32, 64, 3\]"),
    "alpha channel": (
        lambda m, f, p: joint(m, None, torch.rand(1, 32, 64, 4), 5, 16.0, QUICK),
        r"\[1, 32, 64, 4\]",
    ),
    "bytes": (lambda m, f, p: poses_of_stills(m, None, (f(1) * 255).byte(), QUICK), "uint8"),
    "nan": (
        lambda m, f, p: joint(m, None, f(1) * NAN, 5, 16.0, QUICK),
        "the stills holds values that are not finite",
    ),
    "length of joint": (lambda m, f, p: joint(m, None, f(1), 12, 16.0, QUICK), "got 12"),
    "no stills": (lambda m, f, p: stills_from_cameras(m, None, f(0), p(), QUICK), r"\[0, 32, 64, 3\]"),
    "other size": (
        lambda m, f, p: video_from_trajectory(m, None, torch.rand(1, 64, 64, 3), p(), QUICK),
        "64x32 pictures, the stills are 64x64",
    ),
    "other size of cameras": (
        lambda m, f, p: stills_from_cameras(m, None, torch.rand(1, 64, 64, 3), p(), QUICK),
        "64x32 pictures, the stills are 64x64",
    ),
    "path length": (lambda m, f, p: video_from_trajectory(m, None, f(1), p(10), QUICK), "path .* got 10"),
    "too many stills": (
        lambda m, f, p: video_from_trajectory(m, None, f(6), p(5), QUICK),
        "6 stills .* 5 frames",
    ),
    "too many stills in joint": (
        lambda m, f, p: joint(m, None, f(6), 5, 16.0, QUICK, source_frames=range(6)),
        "6 stills .* 5 frames",
    ),
    "nan in the path": (
        lambda m, f, p: video_from_trajectory(m, None, f(1), broken_path(p, 3), QUICK),
        "not finite numbers, in frame 3",
    ),
    "still outside": (
        lambda m, f, p: video_from_trajectory(m, None, f(1), p(), QUICK, source_frames=[9]),
        "source_frames .* 0 to 8, got 9",
    ),
    "still before the start": (
        lambda m, f, p: joint(m, None, f(1), 9, 8.0, QUICK, source_frames=[-1]),
        "0 to 8, got -1",
    ),
    "two stills at one frame": (
        lambda m, f, p: joint(m, None, f(2), 9, 8.0, QUICK, source_frames=[4, 4]),
        "source_frames names frame 4 twice",
    ),
    "a frame and a half": (
        lambda m, f, p: stills_from_cameras(m, None, f(1), p(), QUICK, source_frames=[1.5]),
        "0 to 8, got 1.5",
    ),
    "fewer places than stills": (
        lambda m, f, p: video_from_trajectory(m, None, f(3), p(), QUICK, source_frames=[0, 1]),
        "each of the 3 stills, got 2",
    ),
    "nothing given": (
        lambda m, f, p: video_from_trajectory(m, None, f(1), p(), QUICK, given_frames=[]),
        "given_frames names no frame",
    ),
    "given outside": (
        lambda m, f, p: video_from_trajectory(m, None, f(1), p(), QUICK, given_frames=[0, 12]),
        "given_frames .* 0 to 8, got 12",
    ),
    "given twice": (
        lambda m, f, p: pose_from_video(m, None, f(9), 8.0, QUICK, raxels=p(), given_frames=[2, 2]),
        "given_frames names frame 2 twice",
    ),
    "the still's camera is not given": (
        lambda m, f, p: video_from_trajectory(
            m, None, f(1), p(), QUICK, source_frames=[4], given_frames=[0, 8]
        ),
        "frame 4, whose camera is not given",
    ),
    "a path without given frames": (
        lambda m, f, p: pose_from_video(m, None, f(9), 8.0, QUICK, raxels=p()),
        "given_frames.* is missing",
    ),
    "given frames without a path": (
        lambda m, f, p: pose_from_video(m, None, f(9), 8.0, QUICK, given_frames=[0]),
        "a path is missing",
    ),
    "a path of another length": (
        lambda m, f, p: pose_from_video(m, None, f(9), 8.0, QUICK, raxels=p(5), given_frames=[0]),
        "5 cameras, the clip 9 frames",
    ),
    "a clip without a pace": (lambda m, f, p: pose_from_video(m, None, f(9), 0.0, QUICK), "fps .* got 0.0"),
    "a new clip without a pace": (lambda m, f, p: joint(m, None, f(1), 9, NAN, QUICK), "fps .* got nan"),
    "text of another width": (
        lambda m, f, p: joint(m, None, f(1), 9, 8.0, SamplingOptions(context=torch.zeros(1, 4, 4096))),
        "context is 4096 numbers wide, the model's text is 64",
    ),
    "negative text of another width": (
        lambda m, f, p: poses_of_stills(m, None, f(1), SamplingOptions(negative=torch.zeros(1, 4, 32))),
        "negative is 32 numbers wide",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_run_is_refused_in_words_before_any_work(oracle, frames, path, case):
    run, words = REFUSED[case]
    model = oracle()
    with pytest.raises(RaxelError, match=words) as caught:
        run(model, frames, path)  # no autoencoder: it must not be reached
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".") and not model.network.calls


def test_frame_numbers_may_be_numpys(oracle, cells, codec, frames, path):
    truth = oracle({"video_z": codec.encode_video(frames(9))})
    shots = [
        video_from_trajectory(truth, cells, frames(1), path(), QUICK, source_frames=places)
        for places in ([4], np.array([4]))
    ]
    assert torch.equal(shots[0].images, shots[1].images)


BAD_OPTIONS = {
    "no steps": ({"ray_steps": 0}, "got 0"),
    "too many steps": ({"video_steps": 1001}, "got 1001"),
    "half a step": ({"video_steps": 2.5}, "video_steps must be a whole number, got 2.5"),
    "half a seed": ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
    "shift": ({"ray_shift": 0.0}, "got 0.0"),
    "shift nan": ({"video_shift": NAN}, "got nan"),
    "solver": ({"solver": "heun"}, "'heun'; choose one of euler"),
    "cfg": ({"cfg": -1.0}, "cfg .* got -1.0"),
    "cfg nan": ({"cfg": NAN}, "cfg .* got nan"),
    "camera guidance": ({"camera_guidance": 1e9}, "camera_guidance .* 0 to 100"),
    "context shape": ({"context": torch.zeros(4, 64)}, r"context .* \[4, 64\]"),
    "two texts": ({"negative": torch.zeros(2, 4, 64)}, r"negative .* \[2, 4, 64\]"),
    "empty text": ({"context": torch.zeros(1, 0, 64)}, r"\[1, 0, 64\]"),
    "context of tokens": ({"context": torch.zeros(1, 4, 64, dtype=torch.int64)}, "int64"),
    "nan in the text": ({"context": torch.full((1, 4, 64), NAN)}, "context holds values that are not finite"),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_options_out_of_range_are_refused_with_the_number(case):
    values, words = BAD_OPTIONS[case]
    with pytest.raises(RaxelError, match=words) as caught:
        SamplingOptions(**values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("task", "segment", "shape"),
    [
        ("pose", "video_r", (1, 16, 3, 2, 4)),
        ("poses", "source_r", (1, 16, 2, 2, 4)),
        ("stills", "target_z", (1, 16, 9, 4, 8)),
    ],
)
def test_a_model_that_breaks_down_says_so_instead_of_giving_anything(
    oracle, cells, frames, path, task, segment, shape
):
    broken = oracle({segment: torch.full(shape, NAN)})
    run = {
        "pose": lambda: pose_from_video(
            broken, cells, frames(9), 16.0, QUICK, raxels=path(), given_frames=[3]
        ),
        "poses": lambda: poses_of_stills(broken, cells, frames(2), QUICK),
        "stills": lambda: stills_from_cameras(broken, cells, frames(1), path(), QUICK),
    }[task]
    with pytest.raises(RaxelError, match="are not finite numbers; check the model file"):
        run()
