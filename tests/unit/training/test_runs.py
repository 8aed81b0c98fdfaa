"""`raxel train` as a process: killed at any moment and resumed, in two processes, with samples; always the same losses."""

import random
import signal
import subprocess
import time

import pytest
import torch
from PIL import Image

from raxel_core.cli import main
from tests.unit.training.tiny_run import (
    STEPS,
    command,
    environment,
    losses,
    new_work,
    run,
    write_recipe,
)


def kill(work, ready) -> None:
    """Start a run, and kill it as soon as `ready()`."""
    process = subprocess.Popen(
        command(work), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    end = time.monotonic() + 600
    while not ready() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.0005)
    process.kill()
    said = process.communicate()[0].decode()
    assert process.returncode == -signal.SIGKILL, f"the run ended before it could be killed: {said}"


def test_a_run_that_is_killed_at_any_moment_resumes_to_the_same_losses_and_weights(cache, unkilled, tmp_path):
    work = new_work(cache, tmp_path / "killed")
    moment = random.randint(1, STEPS - 2)
    kill(work, lambda: (work / "run/metrics.jsonl").exists() and len(losses(work)) >= moment)
    reached = len(losses(work))
    kill(work, lambda: list(work.glob(".run*.part")))
    left = list(work.glob(".run*.part"))
    assert run(work).returncode == 0
    assert losses(work) == losses(unkilled), f"killed after step {reached}, then while writing {left}"
    assert [step for step, _ in losses(work)] == list(range(1, STEPS + 1))
    for name in ("run.safetensors", "run-state.safetensors"):
        assert (work / name).read_bytes() == (unkilled / name).read_bytes()
    assert not list(work.glob(".*"))


@pytest.mark.parametrize("sharded", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_two_processes_have_the_losses_of_one(cache, unkilled, tmp_path, sharded):
    work = new_work(cache, tmp_path / "two")
    done = run(work, processes=2, ACCELERATE_USE_FSDP=str(sharded).lower())
    assert done.returncode == 0, done.stderr
    steps, two = zip(*losses(work), strict=True)
    assert list(steps) == list(range(1, STEPS + 1))
    assert two == pytest.approx([loss for _, loss in losses(unkilled)], rel=1e-5)


@pytest.mark.slow
def test_shards_in_bf16_draw_samples_and_lose_little_precision(cache, unkilled, tmp_path):
    work = new_work(cache, tmp_path / "bf16", "gradient_checkpointing: true\n  sample_every: 4")
    recipe = (work / "recipe.yaml").read_text()
    (work / "recipe.yaml").write_text(recipe.replace("precision: fp32", "precision: bf16"))
    done = run(work, processes=2, ACCELERATE_USE_FSDP="true")
    assert done.returncode == 0, done.stderr
    assert [loss for _, loss in losses(work)] == pytest.approx(
        [loss for _, loss in losses(unkilled)], rel=5e-3
    )
    assert len(list((work / "run/samples").glob("*.png"))) == 4


@pytest.mark.slow
def test_a_sharded_state_goes_on_in_one_process(cache, unkilled, tmp_path):
    work = new_work(cache, tmp_path / "sharded", steps=3)
    assert run(work, processes=2, ACCELERATE_USE_FSDP="true").returncode == 0
    write_recipe(cache, work)
    assert run(work).returncode == 0
    assert [loss for _, loss in losses(work)] == pytest.approx(
        [loss for _, loss in losses(unkilled)], rel=1e-5
    )


def test_samples_and_event_files_change_no_loss(cache, unkilled, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    work = new_work(cache, tmp_path / "watched", f"sample_every: {STEPS // 2}")
    threads = torch.get_num_threads()
    assert main([*command(work, "--tensorboard")[3:]]) == 0
    torch.set_num_threads(threads)
    assert losses(work) == losses(unkilled)
    pictures = sorted((work / "run/samples").glob("*.png"))
    assert [path.name for path in pictures][:2] == [
        f"{STEPS // 2:07d}-path.png",
        f"{STEPS // 2:07d}-video.png",
    ]
    assert len(pictures) == 4 and Image.open(pictures[1]).size == (6 * 64, 2 * 32)
    events = EventAccumulator(str(work / "run/tensorboard"))
    events.Reload()
    seen = events.Scalars("loss")
    assert [event.step for event in seen] == list(range(1, STEPS + 1))
    assert [event.value for event in seen] == pytest.approx([loss for _, loss in losses(work)], rel=1e-6)


def test_a_batch_that_processes_cannot_share_is_refused(cache, tmp_path, capsys):
    work = new_work(cache, tmp_path / "uneven", "accumulate: 3")
    assert main([*command(work)[3:]]) == 2
    said = capsys.readouterr().err.splitlines()
    assert "a batch of 4 does not divide into 1 processes times accumulate 3" in said[-1]
