"""A small random model in every format that Raxel reads, and latents for it."""

import json
from dataclasses import replace

import pytest
import torch

from bench.gguf_files import stored, write_gguf
from raxel_core.engine.checkpoint import CheckpointInfo, RaxelModel, read_record, save_model
from raxel_core.engine.files import read_header
from raxel_core.engine.manifest import QUANTISED, Quantization
from raxel_core.engine.quantize import quantize_file
from raxel_core.model import PRESET_CONFIGS, RaxelTransformer

BLOCKS = 5
FORMATS = ("bf16", "fp32", "int8", "fp8", "nf4", "gguf")


@pytest.fixture(scope="session")
def model_files(tmp_path_factory):
    """Format -> file of the same network."""
    folder = tmp_path_factory.mktemp("formats")
    config = replace(PRESET_CONFIGS["tiny"], num_layers=BLOCKS)
    torch.manual_seed(0)
    network = RaxelTransformer(config)
    for tensor in network.state_dict().values():
        torch.nn.init.normal_(tensor, std=tensor.shape[-1] ** -0.5)
    files = {name: folder / f"{name}.safetensors" for name in ("fp32", "bf16", "int8", "fp8", "nf4")}
    save_model(files["fp32"], RaxelModel(network, config, CheckpointInfo("formats")))
    quantize_file(files["fp32"], files["bf16"], None)
    for name in ("int8", "fp8", "nf4"):
        quantize_file(files["fp32"], files[name], Quantization(name, keep_last=1))
    record = json.loads(read_header(files["bf16"]).metadata["raxel"])
    del record["crc32"], record["record_crc32"]
    tensors = {
        name: stored(value, "Q8_0" if QUANTISED.fullmatch(name) else "BF16")[0]
        for name, value in network.state_dict().items()
    }
    record |= {"format_version": 1}
    files["gguf"] = write_gguf(folder / "q8_0.gguf", tensors, "raxel", {"raxel": json.dumps(record)})
    assert all(read_record(read_header(path)).config == config for path in files.values())
    return files


@pytest.fixture
def inputs():
    """Arguments of a network for a short clip beside one still."""
    torch.manual_seed(1)
    shapes = {"source_z": (1, 8, 12), "video_z": (2, 8, 12), "source_r": (1, 4, 6), "video_r": (2, 4, 6)}
    latents = {name: torch.randn(1, 16, *shape) for name, shape in shapes.items()}
    return latents, {name: torch.tensor(0.0 if "source" in name else 0.5) for name in latents}
