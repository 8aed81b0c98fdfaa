"""A tiny work folder, made once."""

import pytest

from tests.unit.training.tiny_run import make_cache, new_work, run


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Autoencoder and latents of six clips."""
    return make_cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def unkilled(cache, tmp_path_factory):
    """A finished run in one process that nobody disturbed."""
    work = new_work(cache, tmp_path_factory.mktemp("runs") / "unkilled")
    done = run(work)
    assert done.returncode == 0, done.stderr
    return work
