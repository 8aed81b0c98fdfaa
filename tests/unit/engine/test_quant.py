"""Quantised matrices: how near they stay, that bitsandbytes reads ours bit for bit, and that no copy of a matrix is made."""

import bitsandbytes.functional as bnb
import pytest
import torch

from raxel_core.engine.quant import FORMATS, fp8, int8, nf4, rows
from raxel_core.errors import RaxelError

OURS = ["int8", "fp8", "nf4"]
FLOATS = [torch.float32, torch.bfloat16, torch.float16]
SHAPES = [(1, 64), (48, 192), (320, 5120)]  # the last one goes in chunks


def matrix(shape=(48, 192), dtype=torch.float32, seed=0):
    """Normal numbers whose rows are of very different size, and a row of zeros."""
    dice = torch.Generator().manual_seed(seed)
    sizes = torch.logspace(-6, 1, shape[0])[:, None]
    weight = torch.randn(shape, generator=dice) * sizes
    weight[-1] = 0
    return weight.to(dtype)


def dequantized(name, parts, shape, dtype=torch.float32):
    out = torch.full(shape, torch.nan, dtype=dtype)
    FORMATS[name].dequantize(parts, out)
    return out


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_parts_have_the_types_and_shapes_that_were_promised(name, shape):
    parts = FORMATS[name].quantize(matrix(shape))
    assert {suffix: (part.dtype, tuple(part.shape)) for suffix, part in parts.items()} == FORMATS[name].parts(
        shape
    )
    assert all(part.is_contiguous() for part in parts.values())


@pytest.mark.parametrize("dtype", FLOATS)
def test_an_int8_number_is_off_by_half_a_scale_at_most_and_uses_all_127_steps(dtype):
    weight = matrix(dtype=dtype)
    parts = FORMATS["int8"].quantize(weight)
    scale = parts["_scale"].float()[:, None]
    error = (dequantized("int8", parts, weight.shape) - weight.float()).abs()
    assert (error <= scale * 0.5000001).all()
    peaks = parts[""].int().abs().amax(1)
    assert (peaks[:-1] >= 126).all() and (peaks <= 127).all()  # 126 where the scale was rounded up


def test_an_fp8_number_is_the_nearest_with_three_bits_of_mantissa():
    weight = matrix()
    parts = FORMATS["fp8"].quantize(weight)
    scale = parts["_scale"].float()[:, None]
    every = torch.arange(127, dtype=torch.uint8).view(torch.float8_e4m3fn).float()  # 0 up to 448
    wanted = weight.abs() / scale
    nearest = (wanted[..., None] - every).abs().amin(2)
    error = (dequantized("fp8", parts, weight.shape).abs() / scale - wanted).abs()
    assert torch.allclose(error, nearest, atol=1e-4)
    assert (parts[""].float().abs().amax(1)[:-1] >= 416).all()  # 448, or below where the scale was rounded up


def test_an_nf4_number_is_the_nearest_of_the_codebook():
    weight = matrix()
    parts = FORMATS["nf4"].quantize(weight)
    blocks = weight.view(-1, 64)
    shares = blocks / blocks.abs().amax(1, keepdim=True).clamp_min(1e-30)
    nearest = (shares[..., None] - torch.tensor(nf4.CODE)).abs().argmin(2)
    packed = parts[""].view(-1, 32)
    assert torch.equal(torch.stack([packed >> 4, packed & 15], dim=2).view(-1, 64).long(), nearest)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", OURS)
def test_every_float_type_gets_the_float32_numbers_rounded_once(name, dtype):
    shape = (320, 5120)
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(1)) / 50
    parts = FORMATS[name].quantize(weight)
    exact = dequantized(name, parts, shape)
    assert torch.equal(dequantized(name, parts, shape, dtype), exact.to(dtype))


@pytest.mark.parametrize("name", OURS)
def test_the_numbers_of_a_row_do_not_depend_on_other_rows(name):
    """So the pieces in which a matrix is worked on cannot show."""
    weight = matrix((320, 5120))
    whole, part = FORMATS[name].quantize(weight)[""], FORMATS[name].quantize(weight[100:164])[""]
    assert torch.equal(whole[100:164].view(torch.uint8), part.view(torch.uint8))


def test_the_scale_is_the_next_bf16_that_is_not_smaller():
    values = torch.rand(100_000, generator=torch.Generator().manual_seed(0)).add_(1e-3)
    up = rows.rounded_up(values)
    assert up.dtype == torch.bfloat16 and (up.float() >= values).all()
    below = torch.nextafter(up, torch.zeros_like(up))
    assert (below.float() < values).all()
    exact = torch.tensor([0.5, 1.0, 2.0**-20])
    assert torch.equal(rows.rounded_up(exact).float(), exact)


def test_fp8_is_decoded_by_its_bits_as_torch_decodes_it():
    every = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn)
    every = every[every.float().isfinite()].view(1, -1)
    assert torch.equal(fp8._256th(every).float() * 256, every.float())


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_bitsandbytes_reads_the_same_numbers_from_our_nf4(shape, dtype):
    parts = FORMATS["nf4"].quantize(matrix(shape))
    nested = bnb.QuantState(
        absmax=parts[".nested_absmax"], blocksize=256, code=bnb.create_dynamic_map(), dtype=torch.float32
    )
    state = bnb.QuantState(
        absmax=parts[".absmax"], shape=torch.Size(shape), blocksize=64, quant_type="nf4", dtype=dtype,
        code=bnb.get_4bit_type("nf4", device="cpu"), offset=parts[".nested_offset"][0], state2=nested,
    )  # fmt: skip
    theirs = bnb.dequantize_4bit(parts[""].reshape(-1, 1), state)
    assert torch.equal(dequantized("nf4", parts, shape, dtype), theirs)


def test_our_nf4_is_what_bitsandbytes_makes_of_the_same_weights():
    weight = torch.randn(256, 5120, generator=torch.Generator().manual_seed(3), dtype=torch.float32) / 50
    parts = FORMATS["nf4"].quantize(weight)
    packed, state = bnb.quantize_4bit(weight, blocksize=64, quant_type="nf4", compress_statistics=True)
    assert (
        parts[""].view(-1) == packed.view(-1)
    ).float().mean() > 0.9999  # the rest lies between two numbers
    assert (parts[".absmax"] == state.absmax).float().mean() > 0.99  # their mean is rounded otherwise
    assert torch.allclose(parts[".nested_absmax"], state.state2.absmax, rtol=1e-4)
    assert torch.allclose(parts[".nested_offset"], state.offset)


def test_the_codebooks_are_those_of_bitsandbytes():
    assert torch.equal(torch.tensor(nf4.CODE), bnb.get_4bit_type("nf4", device="cpu"))
    assert torch.equal(nf4.nested_code(), bnb.create_dynamic_map())


@pytest.mark.parametrize("dtype", FLOATS)
def test_without_bitsandbytes_nf4_gives_the_same_bits(monkeypatch, dtype):
    weight = matrix((320, 5120))
    parts = FORMATS["nf4"].quantize(weight)
    theirs = dequantized("nf4", parts, weight.shape, dtype)
    monkeypatch.setattr(nf4, "_kernel", lambda: None)
    assert torch.equal(dequantized("nf4", parts, weight.shape, dtype), theirs)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", OURS)
def test_the_same_weights_give_the_same_bytes_on_any_number_of_threads(name, threads):
    weight, before = matrix((320, 5120)), torch.get_num_threads()
    expected = FORMATS[name].quantize(weight)
    torch.set_num_threads(threads)
    try:
        found = FORMATS[name].quantize(weight)
    finally:
        torch.set_num_threads(before)
    assert all(
        torch.equal(found[suffix].view(torch.uint8), part.view(torch.uint8))
        for suffix, part in expected.items()
    )


def test_nf4_refuses_rows_that_its_blocks_do_not_fill():
    with pytest.raises(RaxelError, match="multiple of 64 numbers, got 100; choose int8"):
        FORMATS["nf4"].quantize(torch.ones(4, 100))


@pytest.mark.parametrize("kernel", ["bitsandbytes", "torch"])
@pytest.mark.parametrize("name", OURS)
def test_dequantising_needs_little_beside_its_result(monkeypatch, name, kernel):
    """The largest piece of memory that torch asks for on the way; the matrix itself in float32 has 64 MiB."""
    if kernel == "torch":
        monkeypatch.setattr(nf4, "_kernel", lambda: None)
    shape = (4096, 4096)
    parts = {
        suffix: torch.zeros(size, dtype=dtype) for suffix, (dtype, size) in FORMATS[name].parts(shape).items()
    }
    out = torch.empty(shape, dtype=torch.bfloat16)
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        FORMATS[name].dequantize(parts, out)
    largest = max((event.cpu_memory_usage for event in profile.events()), default=0)
    assert largest < 32 * 2**20


def test_the_largest_of_a_format_is_what_its_type_holds():
    assert torch.iinfo(torch.int8).max == int8.LARGEST and torch.finfo(torch.float8_e4m3fn).max == fp8.LARGEST
