"""The host moves our model in parts, out and in again, beside other models; not one bit of a result changes.

`TestActs` (inside/helper_nodes/memory.py) says what happens before every step, through the host's own functions.
"""

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from host_client import failure
from test_running import SHOOT, fresh, messages_of, node, shipped, with_file
from test_sampling import kept, quick

from raxel_core.engine.checkpoint import RaxelModel, load_model, save_model
from raxel_core.engine.files import read_header
from raxel_core.engine.manifest import QUANTISED, Quantization
from raxel_core.engine.quantize import quantize_file
from raxel_core.model import RaxelTransformer

STEPS, BLOCKS, MIB = 4, 14, 1 << 20
NAME = "medium.safetensors"


@pytest.fixture(scope="module")
def medium(host):
    """A random model of 14 blocks, 190 MB in bf16, which computes in float32 on the CPU; its path."""
    small = load_model(shipped(host, "raxel-small.safetensors"))
    config = replace(small.config, dim=512, ffn_dim=2048, num_layers=BLOCKS, num_heads=8)
    torch.manual_seed(0)
    path = host.folder / "models" / "raxel" / NAME
    save_model(path, RaxelModel(RaxelTransformer(config).bfloat16(), config, small.info))
    with_file(host, "medium-vae.safetensors", shipped(host, "raxel-small-vae.safetensors").read_bytes())
    return path


@pytest.fixture
def ended(host):
    """Whatever a test arranged is over when it ends."""
    yield
    host.run({"end": {"class_type": "TestEnd", "inputs": {}}})


def job(twin, name=NAME, steps=STEPS):
    """A small shot along a path, some steps long."""
    prompt = quick(twin(SHOOT))
    node(prompt, "LoadRaxelModel")["model_name"] = name
    node(prompt, "JointSampler")["video_steps"] = steps
    return prompt


def with_acts(prompt, acts, state=""):
    """The prompt with something happening before each step of its sampler."""
    inputs = {"model": node(prompt, "JointSampler")["model"], "acts": json.dumps(acts), "state": state}
    prompt["acts"] = {"class_type": "TestActs", "inputs": inputs}
    node(prompt, "JointSampler")["model"] = ["acts", 0]
    return prompt


@pytest.fixture(scope="module")
def resident(host, twin, medium):
    """What the model gives when nothing happens."""
    return kept(host, job(twin))["images_0"]


def acted(host, twin, acts, state=""):
    """The pictures, and what the host held of our model after every step's preparation, in blocks beside the globals."""
    pictures = kept(host, with_acts(job(twin), acts, state))["images_0"]
    report = json.loads((host.folder / "output" / "acts.json").read_text())
    return pictures, report


def ours(entries):
    (entry,) = [entry for entry in entries if entry["kind"] == "RaxelPatcher"]
    return entry


def others(entries):
    return [entry["loaded"] for entry in entries if entry["kind"] != "RaxelPatcher"]


def held(step, when="after"):
    """What the host believes that our model has on the device, as a share of all its weights."""
    entry = ours(step[when])
    return entry["loaded"] / entry["size"]


def test_a_model_that_is_streamed_whole_gives_the_same_bits(host, twin, resident, ended):
    pictures, report = acted(host, twin, [{"blocks": 0}] * STEPS)
    assert torch.equal(pictures, resident)
    assert len(report) == STEPS
    assert all(0 < held(step) < 0.2 for step in report), "the globals alone"


def test_the_host_takes_and_gives_between_steps_and_the_bits_stay(host, twin, resident, ended):
    """Room for all, then for some; a partial unload and a whole one by the host's free_memory, in one run."""
    pictures, report = acted(host, twin, [{"blocks": BLOCKS}, {"blocks": 6}, {"free": 60}, {"unload": True}])
    assert torch.equal(pictures, resident)
    whole, six, freed, emptied = report
    assert held(whole) == 1
    assert held(six, "acted") == 1, "the host unloads nothing on the CPU by itself"
    assert 0.4 < held(six) < 0.6
    assert 0 < held(freed, "acted") < held(six), "freed in part"
    assert emptied["acted"] == [], "the host holds nothing"
    assert held(freed) == held(emptied) == held(six)


@pytest.mark.parametrize(
    "state",
    ["LOW_VRAM", "NO_VRAM", *(pytest.param(s, marks=pytest.mark.slow) for s in ("NORMAL_VRAM", "HIGH_VRAM"))],
)
def test_a_card_too_small_for_the_model_is_filled_and_never_overfilled(host, twin, resident, ended, state):
    """The host's own arithmetic of cards; a model of another pack comes in between and goes again."""
    pictures, report = acted(
        host, twin, [{"unload": True, "blocks": 11}, {}, {"other": 40}, {"drop": True}], state
    )
    assert torch.equal(pictures, resident)
    first, second, beside, _ = report
    assert held(first) == held(second)
    if state == "NO_VRAM":
        assert held(first) < 0.2
    elif state == "LOW_VRAM":
        assert 0.7 < held(first) < 0.85
        assert held(beside, "acted") < held(first), "the other model has pushed blocks out"
    assert others(beside["acted"]) and held(beside) <= held(first)


def test_interrupted_in_the_middle_of_a_streamed_step_the_next_run_gives_the_same_bits(
    host, twin, resident, socket, ended
):
    prompt = with_acts(fresh(job(twin, steps=1000)), [{"blocks": 0}] * 1000)
    prompt_id = host.queue(prompt)
    steps = 0
    for message in messages_of(socket, prompt_id):
        if isinstance(message, dict) and message["type"] == "progress":
            steps += 1
            if steps == 3:
                threading.Thread(target=host.post, args=("/interrupt", {})).start()
    assert [kind for kind, _ in host.result(prompt_id)["status"]["messages"]][-1] == "execution_interrupted"
    assert steps < 100
    pictures, _ = acted(host, twin, [{"blocks": 2}] * STEPS)
    assert torch.equal(pictures, resident)


@pytest.mark.parametrize("cycles", [5, pytest.param(22, marks=pytest.mark.slow)])
def test_loaded_and_unloaded_again_and_again_nothing_grows(host, twin, resident, cycles):
    """Memory, threads and open files of the server, seen from outside; a model is 190 MB, a thread and a file."""
    prompt, seen = job(twin, steps=1), []
    for cycle in range(cycles):
        node(prompt, "JointSampler")["seed"] = 1000 + cycle
        host.run(prompt)
        free_until_below(host, of_process(host.process.pid)["rss"] - 100 * MIB)
        seen.append(of_process(host.process.pid))
    first, last = seen[1], seen[-1]
    assert last["rss"] - first["rss"] < 60 * MIB, seen
    assert last["fds"] <= first["fds"] and last["threads"] <= first["threads"] + 1, seen


def of_process(pid):
    """Resident bytes, threads and open files of a process."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return {"rss": int(status["VmRSS"].split()[0]) << 10, "threads": int(status["Threads"]), "fds": files}


def free_until_below(host, most, seconds=40):
    """Ask the host to free until it has: it overlooks /free while it is just between a run and its wait for the next."""
    end = time.monotonic() + seconds
    while of_process(host.process.pid)["rss"] > most:
        assert time.monotonic() < end
        host.post("/free", {"unload_models": True, "free_memory": True})
        time.sleep(0.5)


def test_a_budget_streams_what_does_not_fit_and_says_so_under_the_node(host, twin, resident, medium):
    prompt = job(twin)
    node(prompt, "LoadRaxelModel")["vram_gb"] = 0.1
    assert torch.equal(kept(host, prompt)["images_0"], resident)
    said = [line for line in host.log.splitlines() if "blocks resident" in line][-1]
    assert f"of {BLOCKS} blocks resident" in said and "of 0.1 GB" in said and " 0 streamed" not in said


def test_every_run_says_under_its_node_where_the_weights_are(host, twin, socket):
    for _ in range(2):
        prompt_id = host.queue(fresh(quick(twin(SHOOT))))
        texts = [
            m for m in messages_of(socket, prompt_id) if isinstance(m, bytes) and b"blocks resident" in m
        ]
        assert len(texts) == 1 and b"0 streamed" in texts[0]


def test_a_budget_too_small_for_anything_gets_its_sentence(host, twin, medium):
    prompt = job(twin)
    node(prompt, "LoadRaxelModel")["vram_gb"] = 0.01
    words = failure(host.result(host.queue(prompt)))
    assert "the budget is 0.01 GB" in words and "\n" not in words


def test_weights_quantised_while_they_are_read_give_about_the_same_pictures(host, twin, resident):
    prompt = job(twin)
    node(prompt, "LoadRaxelModel")["quantize"] = "int8"
    pictures = kept(host, prompt)["images_0"]
    difference = (pictures - resident).abs().mean()
    assert 0 < difference < 0.05
    assert "Load Raxel Model: makes int8 of the weights, which takes about" in host.log


def write_gguf(path, source):
    """A Raxel model with its matrices in Q8_0, by llama.cpp's own package."""
    import gguf

    header, model = read_header(source), load_model(source)
    writer = gguf.GGUFWriter(path, "raxel")
    record = json.loads(header.metadata["raxel"])
    del record["crc32"], record["record_crc32"]  # of other bytes
    writer.add_string("raxel", json.dumps(record))
    for name, value in model.network.state_dict().items():
        kind = gguf.GGMLQuantizationType["Q8_0" if QUANTISED.fullmatch(name) else "F32"]
        writer.add_tensor(name, gguf.quants.quantize(value.numpy(), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_quantised_files_and_a_gguf_run_in_a_python_without_the_packages_that_know_them(host, twin):
    """The host has neither bitsandbytes nor gguf; eight bits change the pictures little, four more."""
    source, differences = shipped(host, "raxel-small.safetensors"), {}
    plain = kept(host, job(twin, source.name, steps=3))["images_0"]
    for name in ("int8.safetensors", "nf4.safetensors", "q8.gguf"):
        path = host.folder / "models" / "raxel" / name
        if path.suffix == ".gguf":
            write_gguf(path, source)
        else:
            path.unlink(missing_ok=True)
            quantize_file(source, path, Quantization(path.stem))
        with_file(
            host, f"{path.stem}-vae.safetensors", shipped(host, "raxel-small-vae.safetensors").read_bytes()
        )
        pictures = kept(host, job(twin, name, steps=3))["images_0"]
        differences[path.stem] = float((pictures - plain).abs().mean())
    assert 0 < differences["q8"] < 0.02 and 0 < differences["int8"] < 0.02, differences
    assert differences["int8"] < differences["nf4"] < 0.1, differences


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"attention": "sage"}, "needs the package sageattention"),
        ({"attention": "dream"}, "there is no attention 'dream'"),
        ({"quantize": "int3"}, "int3"),
    ],
)
def test_what_cannot_be_had_gets_its_sentence(host, twin, medium, wish, words):
    prompt = job(twin)
    node(prompt, "LoadRaxelModel").update(wish)
    said = failure(host.result(host.queue(prompt)))
    assert words in said and "\n" not in said


@pytest.mark.slow
def test_other_attention_and_compiled_blocks_give_the_same_pictures_within_rounding(host, twin, resident):
    for wish in ({"attention": "math"}, {"compile": True}):
        prompt = job(twin)
        node(prompt, "LoadRaxelModel").update(wish)
        torch.testing.assert_close(kept(host, prompt)["images_0"], resident, atol=1e-3, rtol=0)


def test_a_file_replaced_in_the_middle_of_a_run_stops_it_with_one_sentence(host, twin, medium, ended):
    with_file(host, "replaced.safetensors", medium.read_bytes())
    with_file(host, "replaced-vae.safetensors", shipped(host, "raxel-small-vae.safetensors").read_bytes())
    acts = [{"blocks": 0}, {}, {"spoil": "replaced.safetensors"}, {}]
    prompt = with_acts(fresh(job(twin, "replaced.safetensors")), acts)
    words = failure(host.result(host.queue(prompt)))
    assert "replaced.safetensors was changed while its model is in use" in words and "\n" not in words
