"""LoRAs that are added while a block computes are LoRAs that were merged into the weights."""

import pytest
import torch
from safetensors.torch import save_file

from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.lora import apply_lora, read_lora
from raxel_core.engine.offload import layers
from raxel_core.engine.offload.placed import open_model

from .conftest import BLOCKS
from .test_streaming import hold_blocks, same

DIM, FFN = 64, 128


@pytest.fixture(scope="module")
def lora_files(tmp_path_factory):
    """One of factors in every attention and feed-forward, one of differences, of biases and norms as well."""
    folder = tmp_path_factory.mktemp("loras")
    torch.manual_seed(5)
    factors, differences = {}, {}
    for i in range(BLOCKS):
        block = f"diffusion_model.blocks.{i}"
        for module, out, size in (
            ("self_attn.q", DIM, DIM),
            ("cross_attn.o", DIM, DIM),
            ("ffn.0", FFN, DIM),
            ("ffn.2", DIM, FFN),
        ):
            factors[f"{block}.{module}.lora_down.weight"] = torch.randn(4, size)
            factors[f"{block}.{module}.lora_up.weight"] = torch.randn(out, 4) / 20
            factors[f"{block}.{module}.alpha"] = torch.tensor(2.0)
        differences[f"{block}.self_attn.q.diff"] = torch.randn(DIM, DIM) / 20
        differences[f"{block}.self_attn.q.diff_b"] = torch.randn(DIM) / 5
        differences[f"{block}.norm3.diff"] = torch.randn(DIM) / 5
        differences[f"{block}.self_attn.norm_k.diff"] = torch.randn(DIM) / 5
    save_file(factors, folder / "factors.safetensors")
    save_file(differences, folder / "differences.safetensors")
    return [folder / "factors.safetensors", folder / "differences.safetensors"]


@pytest.mark.parametrize("name", ["fp32", "bf16", "int8", "nf4"])
def test_loras_of_a_placed_network_are_those_of_apply_lora_bit_for_bit(model_files, lora_files, inputs, name):
    plain, placed = load_model(model_files[name]), open_model(model_files[name])
    network = placed.network.with_loras([(read_lora(lora_files[0], placed.config), 0.7)])
    network = network.with_loras([(read_lora(lora_files[1], placed.config), -1.5)])
    with torch.no_grad():
        without = plain.network(*inputs)
        apply_lora(plain, lora_files[0], 0.7)
        one = plain.network(*inputs)
        apply_lora(plain, lora_files[1], -1.5)
        both = plain.network(*inputs)
    assert not same(without, one) and not same(one, both)
    for blocks in (0, 2, 5):
        hold_blocks(network, blocks)
        assert same(network(*inputs), both)
        assert same(placed.network(*inputs), without)  # which shares its weights
    network.close()


def test_a_large_change_is_added_some_rows_at_a_time(model_files, lora_files, inputs, monkeypatch):
    placed = open_model(model_files["fp32"])
    network = placed.network.with_loras([(read_lora(lora_files[0], placed.config), 1.0)])
    wanted = network(*inputs)
    monkeypatch.setattr(layers, "CHUNK_BYTES", 4 * DIM * 5)
    found = network(*inputs)
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value)
    network.close()


def test_a_lora_of_strength_0_changes_nothing_and_takes_no_scratch(model_files, lora_files, inputs):
    placed = open_model(model_files["bf16"])
    silent = placed.network.with_loras([(read_lora(lora_files[0], placed.config), 0.0)])
    assert same(silent(*inputs), placed.network(*inputs))
    assert silent.working_bytes == placed.network.working_bytes
    loud = placed.network.with_loras([(read_lora(lora_files[0], placed.config), 1.0)])
    assert loud.working_bytes > silent.working_bytes
    loud.close()


def test_loras_share_the_weights_and_their_place(model_files, lora_files):
    placed = open_model(model_files["bf16"])
    network = placed.network.with_loras([(read_lora(lora_files[0], placed.config), 1.0)])
    placed.network.hold()
    assert network.resident_bytes == placed.network.total_bytes == network.total_bytes
    network.unload()
    assert placed.network.resident_bytes == 0
    network.close()
