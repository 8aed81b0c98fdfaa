"""GGUF: the same tensors at the same places, and the same values to the last bit, as the `gguf` package finds."""

import dataclasses
import json
import re
import struct

import gguf
import numpy as np
import pytest
import torch

from bench.corruption_files import CONFIG, mixed, random_network, write_raxel_gguf
from bench.corruption_ways import call, stream
from bench.gguf_files import QUANTISED, blocks, meaning, stored, write_gguf
from raxel_core.engine.checkpoint import CheckpointInfo, load_model, record_metadata
from raxel_core.engine.convert import Start, init_from_wan
from raxel_core.engine.describe import describe, verify_file
from raxel_core.engine.files import read_header, read_tensor
from raxel_core.engine.gguf import TYPES
from raxel_core.engine.lora import read_lora
from raxel_core.engine.quant.ggml import CHUNK, GGML, dequantized
from raxel_core.errors import RaxelError
from raxel_core.model import RaxelConfig, RaxelTransformer

PLAIN = RaxelConfig(
    dim=256, ffn_dim=512, num_layers=2, num_heads=2, text_dim=256, freq_dim=32, ray_branch=False
)

RAXEL = dataclasses.replace(PLAIN, ray_branch=True)


def test_the_table_of_types_is_llama_cpps():
    known = {kind.value: (kind.name, *gguf.GGML_QUANT_SIZES[kind]) for kind in gguf.GGML_QUANT_SIZES}
    assert known == TYPES


@pytest.mark.parametrize("kind", QUANTISED)
def test_values_are_those_of_the_gguf_package_to_the_last_bit(kind):
    raw = blocks((3 * CHUNK // 2048 + 5, 2048), kind)  # more than one chunk, and a piece of one
    expected = meaning(raw, kind)
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        out = torch.full(expected.shape, torch.nan, dtype=dtype)
        GGML[kind.lower()].dequantize({"": torch.from_numpy(raw)}, out)
        assert torch.equal(out, expected.to(dtype))


@pytest.mark.parametrize("kind", QUANTISED)
@pytest.mark.filterwarnings("ignore:invalid value")  # numpy's, about NaN times 0
def test_any_bytes_are_decoded_as_the_gguf_package_decodes_them(kind):
    raw = np.random.default_rng(1).integers(0, 256, (64, GGML[kind.lower()].size * 4), dtype=np.uint8)
    found = dequantized(kind.lower(), torch.from_numpy(raw), meaning(raw, kind).shape)
    np.testing.assert_array_equal(found.numpy(), meaning(raw, kind).numpy())  # NaN where NaN is


def test_quantised_formats_say_what_they_store_and_that_they_are_only_read():
    assert GGML["q4_k"].parts((10, 512)) == {"": (torch.uint8, (10, 288))}
    with pytest.raises(RaxelError, match="blocks of 256 values, got rows of 300"):
        GGML["q4_k"].parts((10, 300))
    with pytest.raises(RaxelError, match="does not write it; choose int8"):
        GGML["q4_k"].quantize(torch.ones(2, 256))


@pytest.fixture(scope="module")
def wan():
    return mixed(random_network(PLAIN).state_dict())


def test_tensors_lie_where_the_gguf_package_finds_them(tmp_path, wan):
    path = write_gguf(tmp_path / "wan.gguf", wan[0], texts={"general.name": "Wän"})
    header, theirs = read_header(path), gguf.GGUFReader(path)
    assert [tensor.name for tensor in theirs.tensors] == list(header.tensors)
    for tensor in theirs.tensors:
        entry = header.tensors[tensor.name]
        assert (entry.start, entry.stop - entry.start) == (tensor.data_offset, tensor.n_bytes)
        assert header.shape_of(tensor.name) == tuple(reversed(tensor.shape.tolist()))
        assert header.type_of(tensor.name) == tensor.tensor_type.name
        raw = read_tensor(header, tensor.name)
        assert raw.view(torch.uint8).numpy().tobytes() == tensor.data.tobytes()
    assert header.metadata["general.name"] == "Wän" and header.is_gguf


def without(tensors, *names):
    return {name: value for name, value in tensors.items() if name not in names}


def as_it_is(path, files):
    return write_gguf(path, files)


def with_prefix(path, files):
    return write_gguf(path, {f"model.diffusion_model.{name}": value for name, value in files.items()}, "pig")


def folded(path, files):
    """As ComfyUI-GGUF folds: the patch embedding in two dimensions, a matrix in longer rows."""
    shapes = {"patch_embedding.weight": (256, 16, 1, 2, 2), "blocks.0.self_attn.q.weight": (256, 256)}
    (patch, kind), (matrix, quantised) = (files[name] for name in shapes)
    changed = {"patch_embedding.weight": (patch.reshape(128, -1), kind)}
    changed["blocks.0.self_attn.q.weight"] = (matrix.reshape(64, -1), quantised)
    return write_gguf(path, files | changed, original_shapes=shapes)


@pytest.mark.parametrize("layout", [as_it_is, with_prefix, folded])
def test_a_raxel_model_is_made_of_a_wan_gguf_with_the_same_values(tmp_path, wan, layout):
    path = layout(tmp_path / "wan.gguf", wan[0])
    init_from_wan([path], tmp_path / "raxel.safetensors", Start(dtype=torch.float32))
    found = load_model(tmp_path / "raxel.safetensors").network.state_dict()
    assert all(torch.equal(found[name], value) for name, value in wan[1].items())


def test_a_folder_with_one_gguf_is_that_gguf(tmp_path, wan):
    (tmp_path / "model").mkdir()
    write_gguf(tmp_path / "model" / "wan.gguf", wan[0])
    init_from_wan([tmp_path / "model"], tmp_path / "raxel.safetensors", Start())
    assert load_model(tmp_path / "raxel.safetensors").config.dim == 256


@pytest.mark.parametrize("kind", QUANTISED)
def test_a_scale_that_is_no_number_is_damage(tmp_path, wan, kind):
    files = dict(wan[0])
    name = next(name for name, (_, of) in files.items() if of == kind)
    raw = files[name][0].copy()
    raw.reshape(-1, GGML[kind.lower()].size)[3, QUANTISED[kind][-1] + 1] = 0x7C  # infinity or not a number
    path = write_gguf(tmp_path / "wan.gguf", files | {name: (raw, kind)})
    with pytest.raises(RaxelError, match=f"'{name}' holds values that are not finite"):
        init_from_wan([path], tmp_path / "raxel.safetensors", Start())
    with pytest.raises(RaxelError, match=f"'{name}' holds values that are not finite"):
        verify_file(path)
    assert not (tmp_path / "raxel.safetensors").exists()


def test_a_gguf_of_wan_is_known_and_probed(tmp_path, wan):
    facts = describe(write_gguf(tmp_path / "wan.gguf", wan[0]))
    assert facts["kind"].startswith(
        "Wan 2.1 T2V of width 256, without a ray branch (GGUF: BF16, F16, F32, Q4_K"
    )
    assert "raxel init-from-wan" in facts["advice"] and facts["types"][-1] == "Q8_0"
    assert facts["parameters"] == sum(value.numel() for value in wan[1].values())
    assert "probed for zeros" in verify_file(tmp_path / "wan.gguf")


def test_a_quantisation_that_is_not_read_is_named_with_those_that_are(tmp_path, wan):
    raw = gguf.quants.quantize(np.ones((256, 256), np.float32), gguf.GGMLQuantizationType.Q4_0)
    path = write_gguf(tmp_path / "wan.gguf", wan[0] | {"blocks.1.self_attn.q.weight": (raw, "Q4_0")})
    with pytest.raises(
        RaxelError, match=r"'blocks\.1\.self_attn\.q\.weight' as Q4_0, .* Q8_0, Q6_K, Q5_K or Q4_K"
    ):
        init_from_wan([path], tmp_path / "raxel.safetensors", Start())
    facts = describe(path)
    assert "Q4_0" in facts["kind"] and "choose one of these" in facts["advice"]


def test_other_ggufs_are_told_apart(tmp_path):
    other = {"blk.0.attn_q.weight": (np.ones((4, 4), np.float32), "F32")}
    facts = describe(write_gguf(tmp_path / "a.gguf", other, "llama"))
    assert facts["kind"] == "a GGUF file (architecture llama, F32)" and ".safetensors" in facts["advice"]
    vae = {"encoder.conv1.weight": (np.ones((96, 3, 3, 3, 3), np.float32), "F32"),
           "decoder.head.2.weight": (np.ones((3, 3), np.float32), "F32")}  # fmt: skip
    facts = describe(write_gguf(tmp_path / "b.gguf", vae, "pig"))
    assert facts["kind"] == "a Wan VAE (GGUF: F32)" and ".safetensors" in facts["advice"]
    with pytest.raises(RaxelError, match=r"is a Wan VAE \(GGUF: F32\), not a Raxel model"):
        load_model(tmp_path / "b.gguf")


def test_a_lora_as_gguf_is_refused_for_what_it_is(tmp_path):
    names = [f"blocks.0.self_attn.q.lora_{part}.weight" for part in "AB"]
    path = write_gguf(
        tmp_path / "lora.gguf", {name: stored(torch.ones(256, 256), "Q8_0")[0] for name in names}
    )
    with pytest.raises(RaxelError, match=r"is a GGUF file \(architecture wan, Q8_0\), not a LoRA"):
        read_lora(path, PLAIN)


def patched(file, before, after):
    """The bytes with one place changed."""
    assert file.count(before) == 1 and len(before) == len(after)
    return file.replace(before, after)


def info(name, sizes, kind, offset):
    name = name.encode()
    return (
        struct.pack("<Q", len(name))
        + name
        + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, kind, offset)
    )


ONE, TWO = info("one", (256, 2), 12, 0), info("two", (4,), 0, 288)
DAMAGES = {
    "cut in the header": (lambda file: file[:90], "cut short: 90 bytes of more than"),
    "cut in the tensors": (lambda file: file[:-17], r"cut short: [\d,]+ of [\d,]+ bytes"),
    "prolonged": (lambda file: file + bytes(32), "damaged: .* where its header promises"),
    "version 1": (lambda file: file[:4] + b"\1" + file[5:], "has GGUF version 1, .* 2 and 3"),
    "big-endian": (lambda file: file[:4] + b"\0\0\0\3" + file[8:], "big-endian"),
    "a billion tensors": (lambda file: file[:8] + struct.pack("<Q", 10**9) + file[16:], "damaged|cannot read|cut short"),
    "a billion values": (lambda file: file[:16] + struct.pack("<Q", 10**9) + file[24:], "damaged|cut short"),
    "type": (lambda file: patched(file, TWO, info("two", (4,), 77, 288)), "'two' in a way this Raxel cannot read"),
    "size": (lambda file: patched(file, TWO, info("two", (2**63,), 0, 288)), "'two' in a way this Raxel cannot read"),
    "larger": (lambda file: patched(file, TWO, info("two", (4 * 10**15,), 0, 288)), "cut short"),
    "row": (lambda file: patched(file, ONE, info("one", (255, 2), 12, 0)), "'one' has rows of 255 values, Q4_K has blocks of 256"),
    "overlap": (lambda file: patched(file, TWO, info("two", (4,), 0, 256)), "'two' starts at byte .* instead of"),
    "hole": (lambda file: patched(file, TWO, info("two", (4,), 0, 320)), "'two' starts at byte .* instead of"),
    "twice": (lambda file: patched(file, TWO, info("one", (4,), 0, 288)), "damaged header"),
    "name": (lambda file: patched(file, b"two", b"\xff\xfe\xfd"), "damaged header"),
    "kind of value": (lambda file: patched(file, b"general.alignment" + struct.pack("<II", 4, 32), b"general.alignment" + struct.pack("<II", 13, 32)), "damaged header"),
    "alignment": (lambda file: patched(file, b"general.alignment" + struct.pack("<II", 4, 32), b"general.alignment" + struct.pack("<II", 4, 33)), "damaged header"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_header_has_its_sentence(tmp_path, damage):
    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "wan")
    writer.add_custom_alignment(32)
    writer.add_tensor("one", blocks((2, 256), "Q4_K"), raw_dtype=gguf.GGMLQuantizationType.Q4_K)
    writer.add_tensor("two", np.ones(4, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert set(read_header(tmp_path / "x.gguf").tensors) == {"one", "two"}
    change, words = DAMAGES[damage]
    (tmp_path / "x.gguf").write_bytes(change((tmp_path / "x.gguf").read_bytes()))
    with pytest.raises(RaxelError, match=words) as caught:
        read_header(tmp_path / "x.gguf")
    assert str(tmp_path / "x.gguf") in str(caught.value) and "\n" not in str(caught.value)


def test_a_folded_shape_of_another_size_is_damage(tmp_path):
    tensors = {"one": (np.ones((4, 4), np.float32), "F32")}
    path = write_gguf(tmp_path / "x.gguf", tensors, original_shapes={"one": (4, 5)})
    with pytest.raises(RaxelError, match=r"'one' of shape \(4, 4\) cannot have had shape \(4, 5\)"):
        read_header(path)


@pytest.mark.parametrize("with_checksums", [False, True])
def test_a_raxel_gguf_loads_with_its_values_and_its_record(tmp_path, with_checksums):
    meant = write_raxel_gguf(tmp_path / "raxel.gguf", RAXEL, with_checksums=with_checksums)
    model = load_model(tmp_path / "raxel.gguf", dtype=torch.float32)
    found = model.network.state_dict()
    assert found.keys() == meant.keys() and model.info.name == "mixed" and model.config == RAXEL
    assert all(torch.equal(found[name], value) for name, value in meant.items())
    facts = describe(tmp_path / "raxel.gguf")
    assert facts["kind"] == "a Raxel model" and facts["types"][-1] == "Q8_0" and facts["name"] == "mixed"
    words = r"match their checksums" if with_checksums else "probed for zeros"
    assert re.search(words, verify_file(tmp_path / "raxel.gguf"))


def test_a_raxel_gguf_is_bf16_where_no_type_is_asked_for(tmp_path):
    meant = write_raxel_gguf(tmp_path / "raxel.gguf", RAXEL)
    found = load_model(tmp_path / "raxel.gguf").network.state_dict()
    assert all(torch.equal(found[name], value.bfloat16()) for name, value in meant.items())


def test_a_flipped_bit_in_a_raxel_gguf_names_its_block(tmp_path):
    write_raxel_gguf(tmp_path / "raxel.gguf", RAXEL)
    entry = read_header(tmp_path / "raxel.gguf").tensors["blocks.1.ffn.2.weight"]
    raw = bytearray((tmp_path / "raxel.gguf").read_bytes())
    raw[entry.stop - 1] ^= 4
    (tmp_path / "raxel.gguf").write_bytes(raw)
    for read in (load_model, verify_file):
        with pytest.raises(RaxelError, match=r"damaged in block 'blocks\.1': its bytes do not match"):
            read(tmp_path / "raxel.gguf")


def test_a_raxel_gguf_without_checksums_is_probed_for_zeros_and_scales_that_are_no_numbers(tmp_path):
    write_raxel_gguf(tmp_path / "raxel.gguf", RAXEL, with_checksums=False)
    header, raw = read_header(tmp_path / "raxel.gguf"), bytearray((tmp_path / "raxel.gguf").read_bytes())
    name = next(name for name, kind in header.formats.items() if kind == "q4_k")
    entry = header.tensors[name]
    raw[entry.start + 1] = 0x7C
    (tmp_path / "raxel.gguf").write_bytes(raw)
    with pytest.raises(RaxelError, match=f"'{name}' holds values that are not finite"):
        load_model(tmp_path / "raxel.gguf")
    raw[entry.start : entry.stop] = bytes(entry.stop - entry.start)
    (tmp_path / "raxel.gguf").write_bytes(raw)
    with pytest.raises(RaxelError, match=f"'{name}' is filled with zeros"):
        load_model(tmp_path / "raxel.gguf")


def test_a_raxel_gguf_streams_to_the_same_result_with_embeddings_quantised_too(tmp_path):
    files, meant = mixed(random_network(CONFIG).state_dict())
    for name in ("text_embedding.0.weight", "time_projection.1.weight", "null_context"):
        files[name], meant[name] = stored(meant[name], "Q8_0")
    record = json.loads(record_metadata(CONFIG, CheckpointInfo("mixed"), None, {})["raxel"])
    del record["crc32"]
    path = write_gguf(tmp_path / "raxel.gguf", files, "raxel", {"raxel": json.dumps(record)})
    plain = RaxelTransformer(CONFIG)
    plain.load_state_dict(meant)
    assert torch.equal(stream(path), call(plain))
