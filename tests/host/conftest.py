"""Starts one real ComfyUI for all host tests, with this repository as its only pack. README.md beside this file says more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from host_client import Host, Socket, find_interpreter, free_port  # noqa: E402

WORKFLOWS = sorted(path.stem for path in (ROOT / "example_workflows").glob("*.json"))
SKIPPED: list[str] = []


def comfyui_dir() -> Path:
    return Path(os.environ.get("COMFYUI_DIR") or Path.home() / "comfy" / "ComfyUI")


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in Path(item.path).parents:
            item.add_marker(pytest.mark.host)


def pytest_terminal_summary(terminalreporter):
    for reason in SKIPPED:
        terminalreporter.write_line(f"HOST TESTS SKIPPED: {reason}", yellow=True, bold=True)


def skip_all(reason: str):
    if reason not in SKIPPED:
        SKIPPED.append(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def interpreter():
    """A Python that can run the host, or a skip that says what is missing."""
    folder = comfyui_dir()
    if not (folder / "main.py").is_file():
        skip_all(f"no ComfyUI in {folder}; set COMFYUI_DIR")
    venvs = (folder / ".venv", folder / "venv", ROOT / ".venv-host")
    chosen = os.environ.get("COMFYUI_PYTHON")
    candidates = [chosen] if chosen else [*(str(venv / "bin" / "python") for venv in venvs), sys.executable]
    found, reasons = find_interpreter(candidates)
    if found is None:
        skip_all(
            f"no Python can run {folder}/main.py ({reasons}); see tests/host/README.md, or set COMFYUI_PYTHON"
        )
    return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The host's base folder: the pack linked in, a model, and the files that the example workflows load."""
    folder = tmp_path_factory.mktemp("comfyui")
    for name in ("custom_nodes", "input", "output", "temp", "user", "models/raxel", "models/loras"):
        (folder / name).mkdir(parents=True)
    (folder / "custom_nodes" / "raxel").symlink_to(ROOT, target_is_directory=True)
    helpers = HERE / "inside" / "helper_nodes"
    (folder / "custom_nodes" / "helper_nodes").symlink_to(helpers, target_is_directory=True)
    if not (ROOT / "models" / "raxel-small.safetensors").is_file():
        write_untrained_model(folder / "models" / "raxel")
    write_stand_ins(folder / "input")
    return folder


@pytest.fixture(scope="session")
def host(interpreter, folder):
    """A running ComfyUI on the CPU."""
    port = free_port()
    command = [interpreter.path, str(comfyui_dir() / "main.py"), "--cpu", "--port", str(port), "--log-stdout"]
    command += [
        "--base-directory",
        str(folder),
        "--database-url",
        "sqlite:///:memory:",
        "--disable-api-nodes",
    ]
    command += ["--disable-all-custom-nodes", "--whitelist-custom-nodes", "raxel", "helper_nodes"]
    with (folder / "comfy.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=comfyui_dir(), stdout=log, stderr=subprocess.STDOUT, env=interpreter.environment
        )
    host = Host(folder, port, process)
    try:
        host.wait_until_up(180)
        yield host
    finally:
        host.stop()


@pytest.fixture
def socket(host):
    socket = Socket(host)
    yield socket
    socket.close()


@pytest.fixture
def twin():
    """The API form of an example workflow, by its name."""
    return lambda name: json.loads((HERE / "workflows" / f"{name}.json").read_text())


def write_untrained_model(folder: Path) -> None:
    """A random tiny model and a random VAE of width 8 under the shipped names: enough to run, not to be right."""
    import torch
    from diffusers import AutoencoderKLWan

    from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, save_model
    from raxel_core.engine.vae import save_vae
    from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

    torch.manual_seed(0)
    config = PRESET_CONFIGS["tiny"]
    info = CheckpointInfo("untrained", height=64, width=96, frames=9)
    save_model(folder / "raxel-small.safetensors", RaxelModel(RaxelTransformer(config), config, info))
    save_vae(folder / "raxel-small-vae.safetensors", AutoencoderKLWan(base_dim=8).eval())


def write_stand_ins(folder: Path) -> None:
    """A drifting gradient as clip and still, where the repository holds no demo files for the pack to offer."""
    import av
    from PIL import Image

    y, x = np.mgrid[:120, :200]
    frames = [
        np.stack([(x + 3 * t) % 256, (y * 2) % 256, (x + y) % 256], -1).astype(np.uint8) for t in range(24)
    ]
    for number, name in ((0, "still"), (-1, "still_2")):
        if not (ROOT / "demo" / f"{name}.png").is_file():
            Image.fromarray(frames[number]).save(folder / f"raxel_example_{name}.png")
    if not (ROOT / "demo" / "clip.mp4").is_file():
        with av.open(str(folder / "raxel_example_clip.mp4"), "w") as container:
            stream = container.add_stream("libx264", rate=8)
            stream.width, stream.height, stream.pix_fmt = 200, 120, "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
            container.mux(stream.encode())
