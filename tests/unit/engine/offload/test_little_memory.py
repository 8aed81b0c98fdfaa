"""A process that really is not given any more memory, in the middle of a run."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of address space as Linux has them")

SCRIPT = """
import json, resource, sys
from pathlib import Path

import torch

from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, save_model
from raxel_core.engine.offload.placed import open_model
from raxel_core.model import RaxelConfig, RaxelTransformer
from raxel_core.sampling.run import velocity_of
from raxel_core.sampling.schedule import sigmas
from raxel_core.sampling.solvers import euler, integrate

path, spare = Path(sys.argv[1]), int(sys.argv[2])
config = RaxelConfig(dim=384, ffn_dim=1536, num_layers=10, num_heads=6, text_dim=32, text_len=4, gate_init=1.0)
torch.manual_seed(0)
if not path.exists():
    network = RaxelTransformer(config).bfloat16()
    for tensor in [*network.parameters(), *network.buffers()]:
        torch.nn.init.normal_(tensor.data, std=tensor.shape[-1] ** -0.5)
    save_model(path, RaxelModel(network, config, CheckpointInfo("little memory")))
    del network
model = open_model(path)
network = model.network
network.place()
start = {name: torch.randn(1, 16, 6, side, side) for name, side in (("video_z", 40), ("video_r", 20))}
clock = {name: sigmas(4, 3.0) for name in start}
steps = []


def run(limited):
    def on_step(step, total, clean):
        steps.append(step)
        if limited and step == 2:  # what is there already may stay, and so much may come
            size = next(l for l in open("/proc/self/status") if l.startswith("VmSize"))
            limit = int(size.split()[1]) * 1024 + spare
            resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))

    return integrate(euler, lambda x, s: velocity_of(model)(x, s, None), start, clock, on_step)


wanted = run(False)
before = len(network.plan.resident)
steps.clear()
found = run(True)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(json.dumps({
    "steps": steps, "mishaps": network.placing.mishaps, "before": before, "after": len(network.plan.resident),
    "equal": all(torch.equal(found[n], wanted[n]) for n in wanted),
    "activations": network.activation_bytes({n: x.shape for n, x in start.items()}),
    "resident": sum(network.block_bytes),
}))
"""


def run(folder, spare):
    environment = {"PATH": "/usr/bin:/bin", "MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            textwrap.dedent(SCRIPT),
            folder / "model.safetensors",
            str(spare),
        ],
        env=environment | {"PYTHONPATH": str(Path(__file__).resolve().parents[4])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_run_whose_process_gets_no_more_memory_goes_on_from_the_same_step_to_the_same_bits(tmp_path):
    told = run(tmp_path, spare=2 << 20)
    assert told["activations"] > 4 << 20  # more than is left, less than half of the weights
    assert told["activations"] < told["resident"] / 2
    assert told["steps"] == [1, 2, 3, 4]
    assert (told["mishaps"], told["before"], told["after"]) == (1, 10, 5)
    assert told["equal"]
