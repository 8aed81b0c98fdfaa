"""Whatever happens to a model file, before it is opened, while it is in use or while it is written: it is noticed and named."""

import random
import re
import shutil

import pytest
import torch

from bench.corruption import matrix
from bench.corruption_disk import can_mount, largest_file, limited, on_a_disk_that_fills, on_a_small_disk
from bench.corruption_files import DAMAGES, flip_in_weights, raxel_files, wan_files
from bench.corruption_ways import (
    MEANWHILE,
    RAXEL,
    damaged_between_steps,
    damaged_while_converted,
    damaged_while_quantised,
    damaged_within_a_step,
    verify,
)
from raxel_core.engine.quantize import quantize_file
from raxel_core.errors import RaxelError

FORMATS = ("bf16", "int8", "nf4", "fp8", "gguf")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Small matrices: threads would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("intact")
    return {**raxel_files(folder), **wan_files(folder)}


def refused(path, read):
    with pytest.raises(RaxelError) as caught:
        read()
    assert path.name in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_intact_is_read_in_every_way(files, format):
    for read in RAXEL.values():
        read(files[format])


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("format", FORMATS)
def test_damage_is_refused_in_one_sentence_that_names_the_file(tmp_path, files, format, damage):
    for seed, read in enumerate(RAXEL.values()):
        path = tmp_path / str(seed) / files[format].name
        path.parent.mkdir()
        shutil.copy(files[format], path)
        DAMAGES[damage](path, random.Random(seed))
        refused(path, lambda read=read, path=path: read(path))


@pytest.mark.parametrize("format", FORMATS)
def test_verify_exits_with_2_and_the_name_of_the_block(tmp_path, files, format):
    path = tmp_path / files[format].name
    shutil.copy(files[format], path)
    flip_in_weights(path, random.Random(format))
    assert re.search(
        r"is damaged in block '[\w.]+': its bytes do not match", refused(path, lambda: verify(path))
    )


USES = [(damaged_within_a_step, format) for format in FORMATS]
USES += [
    (damaged_between_steps, "int8"),
    (damaged_while_quantised, "bf16"),
    (damaged_while_quantised, "gguf"),
]


@pytest.mark.parametrize("damage", MEANWHILE)
@pytest.mark.parametrize(("use", "format"), USES)
def test_a_file_that_changes_while_it_is_used_is_noticed(tmp_path, files, format, damage, use):
    path = tmp_path / files[format].name
    shutil.copy(files[format], path)
    dice = random.Random(format + damage)
    refused(path, lambda: use(path, lambda: MEANWHILE[damage](path, tmp_path / "other", dice)))


@pytest.mark.parametrize("damage", MEANWHILE)
@pytest.mark.parametrize("format", ["Wan bf16", "Wan gguf"])
def test_a_wan_that_changes_while_a_model_is_made_of_it_is_noticed(tmp_path, files, format, damage):
    path = tmp_path / files[format].name
    shutil.copy(files[format], path)
    dice = random.Random(damage)
    refused(
        path, lambda: damaged_while_converted(path, lambda: MEANWHILE[damage](path, tmp_path / "other", dice))
    )


@pytest.mark.parametrize("format", ["bf16", "int8", "gguf", "Wan bf16"])
@pytest.mark.parametrize("write", [limited, on_a_small_disk, on_a_disk_that_fills])
def test_a_full_disk_leaves_no_file_under_the_new_name(tmp_path, files, format, write):
    if write is not limited and not can_mount(tmp_path):
        pytest.skip("needs root, to mount a small disk")
    words = refused(
        tmp_path / "out.safetensors",
        lambda: write(files[format], tmp_path / "out.safetensors", random.Random(3)),
    )
    assert "choose another place" in words


def test_quantising_goes_on_after_a_full_disk_with_what_was_written(tmp_path, files):
    out = tmp_path / "out.safetensors"
    with pytest.raises(RaxelError, match="choose another place"), largest_file(8_000_000):
        quantize_file(files["gguf"], out, None)
    assert not out.exists()
    result = quantize_file(files["gguf"], out, None)
    quantize_file(files["gguf"], tmp_path / "at once.safetensors", None)
    assert result.resumed > 0 and out.read_bytes() == (tmp_path / "at once.safetensors").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["at once.safetensors", "out.safetensors"]


@pytest.mark.slow
def test_nothing_is_missed_in_the_whole_matrix(tmp_path):
    _, rows = matrix(2, tmp_path)
    assert [line for row in rows for line in row.missed] == []
