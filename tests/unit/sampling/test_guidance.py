"""Guidance is off where it changes nothing, costs one forward each where it does, and follows its formula."""

import dataclasses

import pytest
import torch

from raxel_core.sampling import (
    SamplingOptions,
    joint,
    pose_from_video,
    stills_from_cameras,
    video_from_trajectory,
)
from raxel_core.sampling.guidance import guided, imposed
from raxel_core.sampling.noise import Noise

TEXT, OTHER = torch.zeros(1, 3, 64), torch.ones(1, 3, 64)
ONE_STEP = SamplingOptions(video_steps=1, ray_steps=1)


def network(latents, levels, context):
    """Velocities that depend on everything: the text, each segment, and how noisy the rays are."""
    told = 0.0 if context is None else float(context.mean())
    rays = sum(float(x.sum()) * (1 + levels[name]) for name, x in latents.items() if name.endswith("_r"))
    return {name: x * 0.5 + told + rays for name, x in latents.items()}


LATENTS = {"video_z": torch.full((1, 1, 1, 2, 2), 2.0), "video_r": torch.full((1, 1, 1, 1, 1), 0.25)}
CLEAN_RAYS, NOISY_RAYS = {"video_z": 0.7, "video_r": 0.0}, {"video_z": 0.7, "video_r": 0.5}


def velocity(options, levels=CLEAN_RAYS, follows_cameras=True, seed=0):
    return guided(network, options, Noise(seed), follows_cameras)(LATENTS, levels)


def test_text_guidance_leads_from_the_negative_to_the_positive_text():
    done = velocity(SamplingOptions(cfg=3.0, context=TEXT, negative=OTHER))
    towards, away = network(LATENTS, CLEAN_RAYS, TEXT), network(LATENTS, CLEAN_RAYS, OTHER)
    for name in LATENTS:
        assert torch.allclose(done[name], away[name] + 3 * (towards[name] - away[name]))


def test_camera_guidance_adds_what_the_rays_change_and_leaves_the_rays_alone():
    done = velocity(SamplingOptions(camera_guidance=2.0), seed=4)
    noise = Noise(4).like(LATENTS["video_r"], LATENTS["video_r"].shape)
    told = network(LATENTS, CLEAN_RAYS, None)
    blind = network({**LATENTS, "video_r": noise}, {"video_z": 0.7, "video_r": 1.0}, None)
    assert torch.allclose(done["video_z"], told["video_z"] + 2 * (told["video_z"] - blind["video_z"]))
    assert torch.equal(done["video_r"], told["video_r"])


def test_both_guidances_add_up():
    options = SamplingOptions(cfg=3.0, context=TEXT, negative=OTHER, camera_guidance=2.0)
    text = velocity(dataclasses.replace(options, camera_guidance=0.0))["video_z"]
    camera = velocity(dataclasses.replace(options, cfg=1.0))["video_z"]
    plain = velocity(SamplingOptions(context=TEXT))["video_z"]
    assert torch.allclose(velocity(options)["video_z"], text + camera - plain)


def test_camera_guidance_waits_until_the_rays_are_clean_and_needs_given_cameras():
    plain = velocity(SamplingOptions(), NOISY_RAYS)
    options = SamplingOptions(camera_guidance=2.0)
    assert torch.equal(velocity(options, NOISY_RAYS)["video_z"], plain["video_z"])
    blind = velocity(options, follows_cameras=False)
    assert torch.equal(blind["video_z"], velocity(SamplingOptions())["video_z"])


def forwards(model):
    return len(model.network.calls)


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({}, 1),
        ({"cfg": 7.0}, 1),  # both texts are the null context
        ({"cfg": 7.0, "context": TEXT, "negative": TEXT.clone()}, 1),
        ({"cfg": 1.0, "context": TEXT, "negative": OTHER}, 1),
        ({"cfg": 7.0, "context": TEXT}, 2),
        ({"cfg": 0.0, "context": TEXT, "negative": OTHER}, 2),
        ({"camera_guidance": 1.0}, 2),
        ({"camera_guidance": 1.0, "cfg": 2.0, "negative": OTHER}, 3),
    ],
)
def test_a_forward_more_is_only_run_where_it_changes_something(oracle, cells, frames, path, options, calls):
    model = oracle()
    video_from_trajectory(model, cells, frames(1), path(), dataclasses.replace(ONE_STEP, **options))
    assert forwards(model) == calls


def test_camera_guidance_is_for_tasks_with_given_cameras(oracle, cells, frames, path):
    options = dataclasses.replace(ONE_STEP, camera_guidance=1.0)
    for expected, run in (
        (1, lambda model: pose_from_video(model, cells, frames(5), 8.0, options)),
        (1, lambda model: joint(model, cells, frames(1), 5, 8.0, options)),
        (2, lambda model: stills_from_cameras(model, cells, frames(1), path(), options)),
    ):
        model = oracle()
        run(model)
        assert forwards(model) == expected


def test_the_network_reads_the_text_that_is_given_and_the_null_context_without(oracle, cells, frames, path):
    for text in (None, TEXT):
        model = oracle()
        options = dataclasses.replace(ONE_STEP, context=text)
        video_from_trajectory(model, cells, frames(1), path(), options)
        assert model.network.contexts[0] is text


def test_guidance_that_is_off_changes_no_bit(tiny, cells, frames, path):
    def run(**options):
        return video_from_trajectory(
            tiny, cells, frames(1), path(), SamplingOptions(video_steps=3, **options)
        ).images

    plain = run()
    assert torch.equal(run(cfg=7.0), plain)
    assert torch.equal(run(context=tiny.network.null_context[None]), plain)
    assert not torch.equal(run(camera_guidance=1.0), plain)
    assert not torch.equal(run(context=OTHER), plain)
    assert not torch.equal(run(context=OTHER, cfg=2.0), run(context=OTHER))


def test_guidance_is_the_same_on_every_run(tiny, cells, frames, path):
    options = SamplingOptions(seed=3, video_steps=3, camera_guidance=1.5, cfg=2.0, context=OTHER)
    runs = [video_from_trajectory(tiny, cells, frames(1), path(), options).images for _ in range(2)]
    assert torch.equal(*runs)


def test_an_imposed_estimate_is_where_one_step_to_the_end_leads():
    wanted = torch.full_like(LATENTS["video_r"], 7.0)

    def plain(latents, levels):
        return network(latents, levels, None)

    held = imposed(plain, lambda rays: {"video_r": wanted})
    done = held(LATENTS, NOISY_RAYS)
    assert torch.allclose(LATENTS["video_r"] - 0.5 * done["video_r"], wanted)
    assert torch.equal(done["video_z"], plain(LATENTS, NOISY_RAYS)["video_z"])
    assert torch.equal(held(LATENTS, CLEAN_RAYS)["video_r"], plain(LATENTS, CLEAN_RAYS)["video_r"])
