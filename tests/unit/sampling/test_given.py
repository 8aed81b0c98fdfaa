"""Given cameras hold, stills stand where they are put, and it does not matter from which camera a path is told."""

import dataclasses
from itertools import permutations

import pytest
import torch

from raxel_core.engine.latents import LatentCodec
from raxel_core.geometry.anchor import Anchor, reach
from raxel_core.model import PRESET_CONFIGS
from raxel_core.sampling import (
    SamplingOptions,
    joint,
    pose_from_video,
    stills_from_cameras,
    video_from_trajectory,
)

QUICK = SamplingOptions(video_steps=4, ray_steps=2)


def take(raxels, frames):
    return dataclasses.replace(raxels, images=raxels.images[list(frames)])


def told_from(raxels, frame, scale_mode="metric"):
    """The same cameras in the frame of one of them; a path of unknown scale is measured by its reach from there."""
    seen = Anchor.at(raxels, frame).seen(raxels)
    return seen if scale_mode == "metric" else seen.rescaled(seen.alpha, reach(seen))


def recorded(model):
    """The latents and sigmas of every call of a real network."""
    calls = []
    handle = model.network.register_forward_pre_hook(
        lambda module, args: calls.append((args[0], {name: float(level) for name, level in args[1].items()}))
    )
    return calls, handle


def half_told(oracle, codec, raxels, canonical=0):
    """A model that knows the whole path, told from the canonical camera."""
    seen = told_from(raxels, canonical)
    still = codec.encode_still_rays(take(seen, [canonical]))
    return oracle({"video_r": codec.encode_rays(seen), "source_r": still})


@pytest.mark.parametrize("given", [(0,), (8,), (0, 1, 2, 3), (3, 7), tuple(range(9))])
def test_with_a_perfect_network_the_cameras_that_are_not_given_come_out_right(
    oracle, codec, cells, frames, path, given
):
    model = half_told(oracle, codec, path())
    shot = pose_from_video(model, cells, frames(9), 8.0, QUICK, raxels=path(), given_frames=given)
    rest = [frame for frame in range(9) if frame not in given]
    decoded = codec.decode_rays(codec.encode_rays(path())).images
    assert torch.equal(shot.raxels.images[list(given)], path().images[list(given)])
    assert torch.allclose(shot.raxels.images[rest], decoded[rest], atol=1e-5)


def test_what_all_predicted_cameras_get_wrong_together_is_put_right_by_one_given_camera(
    oracle, codec, cells, frames, path
):
    model = half_told(oracle, codec, path(), canonical=7)  # the network tells the path from the wrong camera
    shot = pose_from_video(model, cells, frames(9), 8.0, QUICK, raxels=path(), given_frames=[3])
    plain = pose_from_video(model, cells, frames(9), 8.0, QUICK)
    off = [float((run.raxels.images - path().images).square().mean().sqrt()) for run in (shot, plain)]
    coarse = float(
        (codec.decode_rays(codec.encode_rays(path())).images - path().images).square().mean().sqrt()
    )
    assert off[0] < 1.1 * coarse and off[1] > 1.5 * coarse


@pytest.mark.parametrize("given", [(0,), (0, 8), (2, 3, 5)])
@pytest.mark.parametrize("solver", ["euler", "dpmpp_2m", "ab2"])
def test_given_cameras_hold_exactly_whatever_the_network_says(tiny, cells, frames, path, given, solver):
    options = SamplingOptions(video_steps=5, ray_steps=4, solver=solver)
    pose = pose_from_video(tiny, cells, frames(9), 8.0, options, raxels=path(), given_frames=given)
    shot = video_from_trajectory(tiny, cells, frames(1), path(), options, given_frames=given)
    for run in (pose, shot):
        assert torch.equal(run.raxels.images[list(given)], path().images[list(given)])
        assert not run.rays_known and run.raxels.num_frames == 9


def test_the_network_sees_the_given_cameras_once_its_rays_are_clean(tiny, codec, cells, frames, path):
    calls, handle = recorded(tiny)
    video_from_trajectory(tiny, cells, frames(1), path(), QUICK, given_frames=[0, 6])
    handle.remove()
    clean = [latents for latents, levels in calls if levels["video_r"] == 0]
    assert len(calls) == 4 and len(clean) == 2
    seen, meant = (
        codec.decode_rays(clean[0]["video_r"]).images,
        codec.decode_rays(codec.encode_rays(path())).images,
    )
    assert torch.allclose(seen[[0, 6]], meant[[0, 6]], atol=1e-5) and not torch.allclose(
        seen, meant, atol=0.1
    )
    still = codec.decode_still_rays(clean[0]["source_r"]).images
    assert torch.allclose(still, meant[:1], atol=1e-5)


def test_the_order_of_given_frames_changes_nothing(tiny, cells, frames, path):
    runs = [
        video_from_trajectory(tiny, cells, frames(1), path(), QUICK, given_frames=order).images
        for order in permutations((0, 5, 7))
    ]
    assert all(torch.equal(run, runs[0]) for run in runs)


def test_what_stands_in_frames_that_are_not_given_changes_nothing(tiny, cells, frames, path):
    torn = path()
    torn.images[[1, 2, 3, 4, 6, 7]] = float("nan")
    how = {"given_frames": (0, 5, 8)}
    for run in (
        lambda raxels: pose_from_video(tiny, cells, frames(9), 8.0, QUICK, raxels=raxels, **how),
        lambda raxels: video_from_trajectory(tiny, cells, frames(1), raxels, QUICK, **how),
    ):
        whole, half = run(path()), run(torn)
        assert torch.equal(whole.images, half.images) and torch.equal(whole.raxels.images, half.raxels.images)


def test_giving_all_frames_is_giving_the_path(tiny, cells, frames, path):
    plain = video_from_trajectory(tiny, cells, frames(1), path(), QUICK)
    named = video_from_trajectory(tiny, cells, frames(1), path(), QUICK, given_frames=range(9))
    assert torch.equal(plain.images, named.images) and named.rays_known


@pytest.mark.parametrize("scale_mode", ["metric", "relative"])
@pytest.mark.parametrize("places", [(4,), (8, 0), (2, 7, 5)])
def test_the_same_shot_told_from_another_camera_gives_the_network_the_same(
    oracle, cells, frames, path, info, scale_mode, places
):
    info = dataclasses.replace(info, scale_mode=scale_mode)
    codec = LatentCodec(PRESET_CONFIGS["tiny"], info, cells)
    seen = []
    for frame in (0, 4, 7):
        model = oracle(info=info)
        told = told_from(path(), frame, scale_mode)
        shot = video_from_trajectory(model, cells, frames(len(places)), told, QUICK, source_frames=places)
        assert shot.raxels is told
        seen.append(model.network.calls[0][0])
    for inputs in seen[1:]:
        assert all(torch.allclose(inputs[name], seen[0][name], atol=1e-4) for name in inputs)
    still = codec.decode_still_rays(seen[0]["source_r"]).images[0]  # the first still's camera is the identity
    assert torch.allclose(
        still, codec.decode_still_rays(codec.encode_still_rays(take(path(), [0]))).images[0], atol=1e-5
    )


def test_each_still_gets_the_camera_of_its_frame(oracle, codec, cells, frames, path):
    model = oracle()
    video_from_trajectory(model, cells, frames(3), path(), QUICK, source_frames=[6, 0, 8])
    latents, anchored = model.network.calls[0][0], told_from(path(), 6)
    assert torch.allclose(latents["source_r"], codec.encode_still_rays(take(anchored, [6, 0, 8])), atol=1e-6)
    assert torch.equal(latents["source_z"], codec.encode_stills(frames(3)))


@pytest.mark.parametrize(("count", "places"), [(1, [0]), (2, [0, 8]), (3, [0, 4, 8]), (4, [0, 3, 5, 8])])
def test_stills_without_a_place_stand_evenly_along_the_path(
    oracle, codec, cells, frames, path, count, places
):
    model = oracle()
    video_from_trajectory(model, cells, frames(count), path(), QUICK)
    assert torch.equal(model.network.calls[0][0]["source_r"], codec.encode_still_rays(take(path(), places)))


def test_source_cameras_of_new_stills_are_those_that_are_named(oracle, codec, cells, frames, path):
    model = oracle()
    stills_from_cameras(model, cells, frames(2), path(), QUICK, source_frames=[5, 2])
    latents, anchored = model.network.calls[0][0], told_from(path(), 5)
    assert torch.allclose(latents["source_r"], codec.encode_still_rays(take(anchored, [5, 2])), atol=1e-6)
    assert torch.allclose(latents["target_r"], codec.encode_still_rays(anchored), atol=1e-6)


def test_given_cameras_and_a_still_in_the_middle_meet_in_the_callers_frame(
    oracle, codec, cells, frames, path
):
    model = half_told(oracle, codec, path(), canonical=4)
    model.network.data["video_z"] = codec.encode_video(frames(9))
    shot = video_from_trajectory(
        model, cells, frames(1), path(), QUICK, source_frames=[4], given_frames=[4, 8]
    )
    assert torch.equal(shot.raxels.images[[4, 8]], path().images[[4, 8]])
    rest, anchor = [0, 1, 2, 3, 5, 6, 7], Anchor.at(path(), 4)
    decoded = anchor.unseen(codec.decode_rays(codec.encode_rays(anchor.seen(path()))))
    assert torch.allclose(shot.raxels.images[rest], decoded.images[rest], atol=1e-5)


@pytest.mark.parametrize("places", [(0,), (4,), (8, 2)])
def test_in_joint_a_still_and_its_frame_have_one_camera(tiny, codec, cells, frames, places):
    calls, handle = recorded(tiny)
    joint(tiny, cells, frames(len(places)), 9, 8.0, QUICK, source_frames=places)
    handle.remove()
    clean = next(latents for latents, levels in calls if levels["video_r"] == 0)
    clip, still = codec.decode_rays(clean["video_r"]), codec.decode_still_rays(clean["source_r"])
    assert torch.allclose(clip.images[list(places)], still.images, atol=1e-5)


def test_in_joint_the_path_is_told_from_the_first_frame_wherever_the_still_stands(
    oracle, codec, cells, frames, path
):
    model = half_told(oracle, codec, path(), canonical=8)
    model.network.data["video_z"] = codec.encode_video(frames(9))
    shot = joint(model, cells, frames(1), 9, 8.0, QUICK, source_frames=[8])
    decoded = codec.decode_rays(codec.encode_rays(path())).images
    assert Anchor.at(shot.raxels, 0).R.sub(torch.eye(3)).abs().max() < 1e-4
    assert torch.allclose(shot.raxels.images, decoded, atol=0.05)


@pytest.mark.parametrize(("alpha", "scale"), [(0.5, 1.0), (0.25, 1.0), (0.5, 4.0), (0.8, 0.3)])
def test_a_path_reaches_a_metric_model_in_its_own_units(oracle, codec, cells, frames, path, alpha, scale):
    model = oracle()
    video_from_trajectory(model, cells, frames(1), path(alpha=alpha, scale=scale), QUICK)
    assert torch.allclose(model.network.calls[0][0]["video_r"], codec.encode_rays(path()), atol=1e-3)


def test_a_relative_model_keeps_the_scale_of_the_path(oracle, cells, frames, path, info):
    relative = dataclasses.replace(info, scale_mode="relative", alpha=0.4)
    model = oracle(info=relative)
    video_from_trajectory(model, cells, frames(1), path(alpha=0.5, scale=3.0), QUICK)
    expected = LatentCodec(PRESET_CONFIGS["tiny"], relative, cells).encode_rays(path(alpha=0.4, scale=3.0))
    assert torch.allclose(model.network.calls[0][0]["video_r"], expected, atol=1e-5)
    shot = pose_from_video(model, cells, frames(9), 8.0, QUICK, raxels=path(scale=3.0), given_frames=[0])
    assert shot.raxels.scale == 3.0 and not shot.raxels.metric
