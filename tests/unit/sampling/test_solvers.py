"""Euler, DPM++ 2M and Adams-Bashforth 2 on flows whose answer is known in closed form."""

import itertools
import math

import pytest
import torch
from diffusers import DPMSolverMultistepScheduler

from raxel_core.sampling.schedule import sigmas
from raxel_core.sampling.solvers import SOLVERS, dpmpp_2m, euler, integrate

SPREAD, MEAN = 0.5, 2.0
"""Of the Gaussian data below."""


def straight_flow(data):
    """The exact velocity towards known data: (x - data) / sigma; given parts are where they are."""

    def denoise(latents, levels):
        return {
            n: (x - data[n]) / levels[n] if levels[n] else torch.zeros_like(x) for n, x in latents.items()
        }

    return denoise


def gaussian_flow(latents, levels):
    """Velocity for data of a normal distribution: noise - E[data | x], with x = (1 - s) data + s noise."""
    velocity = {}
    for name, x in latents.items():
        s = levels[name]
        variance = ((1 - s) * SPREAD) ** 2 + s**2
        centred = x - (1 - s) * MEAN
        data = MEAN + (1 - s) * SPREAD**2 / variance * centred
        velocity[name] = s / variance * centred - data
    return velocity


def gaussian_at(s, noise):
    """Where `gaussian_flow` has taken noise at sigma s: the flow keeps (x - mean) / spread."""
    return (1 - s) * MEAN + (((1 - s) * SPREAD) ** 2 + s**2) ** 0.5 * noise


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


def noise_like(data):
    return {name: torch.randn_like(x) for name, x in data.items()}


every = pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)


@every
@pytest.mark.parametrize("steps", [1, 3, 6])
def test_a_straight_flow_ends_exactly_at_the_data(solver, data, steps):
    clocks = {name: sigmas(steps, 2.0) for name in data}
    done = integrate(solver, straight_flow(data), noise_like(data), clocks)
    assert all(torch.allclose(done[name], data[name], atol=1e-5) for name in data)


@pytest.mark.parametrize(("name", "order"), [("euler", 1.0), ("dpmpp_2m", 1.8), ("ab2", 2.0)])
def test_the_error_falls_with_the_order_of_the_solver_on_two_clocks_at_once(name, order):
    """Doubling the steps divides the error by 2 ** order; DPM++ 2M pays a logarithm for the ends of the clock."""
    start = {"video_z": torch.tensor([1.5, -0.7], dtype=torch.float64)}
    start["video_r"] = start["video_z"].clone()
    errors = []
    for steps in (160, 320, 640):
        clocks = {"video_z": sigmas(steps, 1.5), "video_r": sigmas(steps // 2, 1.0)}
        end = integrate(SOLVERS[name], gaussian_flow, start, clocks)
        errors.append([float((end[part] - gaussian_at(0, start[part])).abs().max()) for part in start])
    for part in range(2):
        for coarse, fine in itertools.pairwise(errors):
            assert math.log2(coarse[part] / fine[part]) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("dpmpp_2m", 2), ("ab2", 2)])
def test_away_from_pure_noise_and_pure_data_the_order_is_a_whole_number(name, order):
    noise, errors = torch.tensor([1.5, -0.7], dtype=torch.float64), []
    for steps in (80, 160, 320):
        clock = torch.linspace(0.9, 0.1, steps + 1, dtype=torch.float64)
        end = integrate(
            SOLVERS[name], gaussian_flow, {"video_z": gaussian_at(0.9, noise)}, {"video_z": clock}
        )
        errors.append(float((end["video_z"] - gaussian_at(0.1, noise)).abs().max()))
    for coarse, fine in itertools.pairwise(errors):
        assert math.log2(coarse / fine) == pytest.approx(order, abs=0.05)


@pytest.mark.parametrize("steps", [4, 12, 25])
def test_dpmpp_2m_is_the_one_of_diffusers(steps):
    theirs = DPMSolverMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, solver_order=2,
        lower_order_final=True, final_sigmas_type="zero",
    )  # fmt: skip
    theirs.set_timesteps(steps)
    start = {"video_z": torch.linspace(-2, 2, 9, dtype=torch.float64)[None]}
    x = start["video_z"].clone()
    for timestep, sigma in zip(theirs.timesteps, theirs.sigmas[:-1].tolist(), strict=True):
        velocity = gaussian_flow({"video_z": x}, {"video_z": sigma})["video_z"]
        x = theirs.step(velocity, timestep, x).prev_sample
    ours = integrate(dpmpp_2m, gaussian_flow, start, {"video_z": theirs.sigmas.double()})["video_z"]
    assert torch.allclose(ours, x, atol=1e-5)


def test_at_twenty_steps_the_second_order_solvers_are_closer_than_euler():
    noise = torch.linspace(-2, 2, 9, dtype=torch.float64)
    clocks, exact = {"video_z": sigmas(20, 3.0)}, gaussian_at(0, noise)
    error = {
        name: float(
            (integrate(solver, gaussian_flow, {"video_z": noise}, clocks)["video_z"] - exact).abs().max()
        )
        for name, solver in SOLVERS.items()
    }
    assert error["dpmpp_2m"] < error["euler"] / 3 and error["ab2"] < error["euler"] / 10


@every
def test_the_shorter_clock_finishes_first_and_then_stays_as_it_is(solver, data):
    log, noise = [], noise_like(data)
    clocks = {"video_z": sigmas(5, 1.0), "video_r": sigmas(2, 1.0)}
    given = {**noise, "source_z": data["source_z"], "source_r": data["source_r"]}
    done = integrate(solver, recording(straight_flow(data), log), given, clocks)
    assert [round(levels["video_z"], 6) for levels, _ in log] == [1.0, 0.8, 0.6, 0.4, 0.2]
    assert [levels["video_r"] for levels, _ in log] == [1.0, 0.5, 0.0, 0.0, 0.0]
    assert all(torch.equal(latents["video_r"], done["video_r"]) for _, latents in log[2:])
    assert all(torch.equal(done[name], data[name]) for name in ("source_z", "source_r"))


@every
def test_a_segment_runs_the_same_beside_any_other_clock(solver):
    noise = torch.randn(8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    alone = integrate(solver, gaussian_flow, {"video_r": noise}, {"video_r": sigmas(6, 2.0)})
    clocks = {"video_r": sigmas(6, 2.0), "video_z": sigmas(17, 5.0)}
    beside = integrate(solver, gaussian_flow, {"video_r": noise, "video_z": noise}, clocks)
    assert torch.equal(alone["video_r"], beside["video_r"])


def test_with_three_steps_or_fewer_dpmpp_2m_is_euler():
    """Steps from sigma 1 and to sigma 0 are Euler's, and the step after the first has no finite past."""
    noise = {"video_r": torch.randn(8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)}
    for steps in (1, 2, 3, 4):
        ends = [
            integrate(solver, gaussian_flow, noise, {"video_r": sigmas(steps, 1.0)})["video_r"]
            for solver in (euler, dpmpp_2m)
        ]
        assert torch.allclose(*ends, atol=1e-12) == (steps < 4)


@every
def test_progress_counts_all_steps_and_shows_the_clean_estimate(solver, data):
    seen = []

    def on_step(step, total, denoised):
        seen.append((step, total))
        assert all(torch.allclose(denoised()[name], data[name], atol=1e-5) for name in data)

    integrate(solver, straight_flow(data), noise_like(data), {name: sigmas(3, 1.0) for name in data}, on_step)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_what_progress_raises_ends_the_run_at_that_step(data):
    class Interrupt(BaseException):
        pass

    def stop(step, total, denoised):
        raise Interrupt

    log = []
    with pytest.raises(Interrupt):
        integrate(euler, recording(straight_flow(data), log), data, {"video_z": sigmas(9, 1.0)}, stop)
    assert len(log) == 1
