"""Starts one real ComfyUI for all host tests, with this repository as its only pack. README.md beside this file says more."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import host_folder  # noqa: E402
from host_client import Socket, host_interpreter, running_host  # noqa: E402

WORKFLOWS = sorted(path.stem for path in (ROOT / "example_workflows").glob("*.json"))


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in Path(item.path).parents:
            item.add_marker(pytest.mark.host)


@pytest.fixture(scope="session")
def interpreter():
    """A Python that can run the host, or a skip that says what is missing."""
    found, missing = host_interpreter()
    if found is None:
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The host's base folder, with two nodes of the tests beside the pack."""
    helpers = {"helper_nodes": HERE / "inside" / "helper_nodes"}
    return host_folder.prepare(tmp_path_factory.mktemp("comfyui"), helpers)


@pytest.fixture(scope="session")
def host(interpreter, folder):
    """A running ComfyUI on the CPU."""
    with running_host(interpreter, folder) as host:
        yield host


@pytest.fixture
def socket(host):
    socket = Socket(host)
    yield socket
    socket.close()


@pytest.fixture(scope="session")
def twin():
    """The API form of an example workflow, by its name."""
    return lambda name: json.loads((HERE / "workflows" / f"{name}.json").read_text())
