"""The loss and the noise levels: what each task is given, and what it is asked for."""

import pytest
import torch

from raxel_core.training.config import Training
from raxel_core.training.objective import (
    COSINE_WEIGHT,
    LossWeights,
    Shifts,
    TaskMix,
    add_noise,
    flow_loss,
    sample_sigmas,
)


def clean_latents(batch: int = 4) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        "source_z": torch.randn(batch, 16, 1, 4, 4, generator=generator),
        "video_z": torch.randn(batch, 16, 3, 4, 4, generator=generator),
        "source_r": torch.randn(batch, 16, 1, 2, 2, generator=generator),
        "video_r": torch.randn(batch, 16, 3, 2, 2, generator=generator),
    }


def noise_like(clean: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return {name: torch.randn(x.shape, generator=generator) for name, x in clean.items()}


def test_each_task_is_given_what_its_name_says() -> None:
    generator = torch.Generator().manual_seed(1)
    pose = sample_sigmas(TaskMix(1, 0, 0), 64, Shifts(), generator)
    assert pose["video_z"].eq(0).all() and pose["video_r"].gt(0).all() and pose["source_r"].gt(0).all()
    shoot = sample_sigmas(TaskMix(0, 1, 0), 64, Shifts(), generator)
    assert shoot["video_r"].eq(0).all() and shoot["video_z"].gt(0).all()
    joint = sample_sigmas(TaskMix(0, 0, 1), 64, Shifts(), generator)
    assert joint["video_r"].gt(0).all() and joint["video_z"].gt(0).all()
    assert all(sigmas["source_z"].eq(0).all() for sigmas in (pose, shoot, joint))


def test_a_step_against_the_velocity_undoes_the_noise() -> None:
    clean = clean_latents()
    sigmas = sample_sigmas(TaskMix(0, 0, 1), 4, Shifts(), torch.Generator().manual_seed(2))
    noisy, velocity = add_noise(clean, sigmas, noise_like(clean))
    for name, x in clean.items():
        back = noisy[name] - sigmas[name].view(-1, 1, 1, 1, 1) * velocity[name]
        assert torch.allclose(back, x, atol=1e-5)


def test_the_true_velocity_costs_nothing_and_its_opposite_costs_eq_4() -> None:
    clean = clean_latents()
    sigmas = sample_sigmas(TaskMix(0, 0, 1), 4, Shifts(), torch.Generator().manual_seed(2))
    _, velocity = add_noise(clean, sigmas, noise_like(clean))
    loss, errors = flow_loss(velocity, velocity, sigmas)
    assert loss.abs() < 1e-5 and all(total == 0 for total, _ in errors.values())
    # By hand, for one noisy segment: mean (2u)^2 + lambda (1 - (-1)).
    only = {"video_r": velocity["video_r"]}
    loss, _ = flow_loss({"video_r": -only["video_r"]}, only, sigmas)
    assert torch.allclose(loss, 4 * only["video_r"].square().mean() + 2 * COSINE_WEIGHT, rtol=1e-5)


def test_what_is_given_costs_nothing_however_wrong_the_prediction() -> None:
    clean = clean_latents()
    sigmas = sample_sigmas(TaskMix(1, 0, 0), 4, Shifts(), torch.Generator().manual_seed(2))
    _, velocity = add_noise(clean, sigmas, noise_like(clean))
    wrong = {**velocity, "video_z": velocity["video_z"] + 100, "source_z": velocity["source_z"] + 100}
    assert flow_loss(wrong, velocity, sigmas)[0] < 1e-5


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got 1\.5"):
        TaskMix(1.0, 0.5, 0.0)


def test_without_the_cosine_term_the_loss_is_the_squared_error() -> None:
    torch.manual_seed(0)
    velocity = {"video_z": torch.randn(2, 4, 1, 2, 2), "video_r": torch.randn(2, 4, 1, 1, 1)}
    predicted = {name: torch.randn_like(u) for name, u in velocity.items()}
    sigmas = {name: torch.ones(2) for name in velocity}
    loss, errors = flow_loss(predicted, velocity, sigmas, LossWeights(cosine=0.0))
    assert torch.isclose(loss, errors["z"][0] / errors["z"][1] + errors["r"][0] / errors["r"][1])
    assert float(flow_loss(predicted, velocity, sigmas)[0]) > float(loss)


def test_a_cosine_weight_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cosine_weight must be 0 or more, got -1"):
        Training(cosine_weight=-1)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_power_of_sigma_weighs_rays_alone_and_two_is_the_error_of_the_clean_estimate(power) -> None:
    clean = clean_latents()
    sigmas = {name: torch.full((4,), 0.3) for name in clean}
    noisy, velocity = add_noise(clean, sigmas, noise_like(clean))
    wrong = {name: torch.randn_like(u) for name, u in velocity.items()}

    def loss(names, **options) -> float:
        mine = [{n: part[n] for n in names} for part in (wrong, velocity, sigmas)]
        return float(flow_loss(*mine, LossWeights(cosine=0, **options))[0])

    assert loss(["video_z"], ray_sigma_power=power) == loss(["video_z"])
    by_hand = 0.3**power * (wrong["video_r"] - velocity["video_r"]).square().mean()
    assert loss(["video_r"], ray_sigma_power=power) == pytest.approx(float(by_hand), rel=1e-5)
    estimate = noisy["video_r"] - 0.3 * wrong["video_r"]
    if power == 2:
        assert by_hand == pytest.approx(float((estimate - clean["video_r"]).square().mean()), rel=1e-4)


def test_a_shift_puts_noise_levels_of_rays_where_the_clock_of_that_shift_has_its_steps() -> None:
    from raxel_core.sampling.schedule import sigmas as clock

    drawn = sample_sigmas(TaskMix(0, 0, 1), 20_000, Shifts(joint_ray=8.0), torch.Generator().manual_seed(2))[
        "video_r"
    ]
    quantiles = drawn.quantile(torch.linspace(1, 0, 11))
    assert torch.allclose(quantiles[1:-1].double(), clock(10, 8.0)[1:-1], atol=0.02)
    assert drawn.max() < 1  # with the clip unknown, no ray is pure noise
