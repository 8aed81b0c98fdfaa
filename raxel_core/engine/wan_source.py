"""A plain Wan 2.1 text-to-video transformer on disk, whoever wrote it: its tensors one by one under Wan's own names.

One file or several (diffusers' shards), with any of the known prefixes, in bf16, fp16, fp32 or fp8. fp8 with scales is
multiplied out; both of ComfyUI's ways of storing scales are known:
    `blocks.0.ffn.0.scale_weight` beside `...weight`, and a marker `scaled_fp8` somewhere in the file
    `blocks.0.ffn.0.weight_scale`, and a `...comfy_quant` that says the format in JSON, or the header's `_quantization_metadata`
Everything that the headers tell is checked before any weights are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import RaxelError
from ..model import PRESET_CONFIGS, RaxelConfig, RaxelTransformer
from .checksums import hollow_sentence, is_finite, is_hollow
from .files import DTYPE_NAMES, WEIGHT_DTYPES, Header, read_tensor
from .kinds import wan_relative
from .quant.ggml import dequantized
from .wan_names import wan_names

FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)
SCALES = (".scale_weight", ".weight_scale")
NOT_FOR_US = (".scale_input", ".input_scale", ".comfy_quant", "scaled_fp8")  # of activations, and marks
MARKS_OF_SCALES = (".comfy_quant", "scaled_fp8")
PLAIN_FP8 = ("float8_e4m3fn", "float8_e5m2")
HEAD_DIM = 128  # width of an attention head of every Wan 2.1

Place = tuple[Header, str]
"""A tensor's file, and its name there."""


@dataclass(frozen=True)
class WanSource:
    """Where every tensor of one Wan transformer lies."""

    config: RaxelConfig  # ray_branch False
    tensors: Mapping[str, Place]  # by Wan's names
    scales: Mapping[str, Place]  # of fp8 weights, by the names of these weights

    def tensor(self, name: str) -> Tensor:
        """One tensor, as it is stored or multiplied out to float32; RaxelError where its values show damage."""
        header, stored = self.tensors[name]
        value = read_tensor(header, stored)
        if is_hollow(name, value):
            raise RaxelError(hollow_sentence(header, stored))
        if stored in header.formats:
            value = dequantized(header.formats[stored], value, header.shape_of(stored))
        if name in self.scales:
            scale = read_tensor(*self.scales[name]).float()
            if is_hollow("scale", scale):
                raise RaxelError(hollow_sentence(*self.scales[name]))
            value = value.float().mul_(scale if scale.numel() == 1 else scale.view(-1, 1))
        if not is_finite(value):
            raise RaxelError(
                f"{header.path}: {stored!r} holds values that are not finite; download it again."
            )
        return value


def wan_source(headers: Sequence[Header], config: RaxelConfig | None = None) -> WanSource:
    """Find every tensor of a Wan transformer in these files.

    Args:
        headers: of all its files.
        config: what it must be; None finds it out from the shapes.

    Raises:
        RaxelError: it is another model or incomplete, has a tensor twice, or is stored in another way.
    """
    places = _places(headers)
    shapes = {name: _shape(place) for name, place in places.items()}
    relative = wan_relative(shapes)
    if relative:
        raise RaxelError(f"{headers[0].path} is {relative}")
    for header in headers:
        _check_formats_in_metadata(header)
    config = config or _config(headers[0], shapes)
    tensors, scales = _split(places)
    _check_complete(headers, config, tensors)
    _check_stored(tensors, scales)
    if scales or any(name.endswith(MARKS_OF_SCALES) for name in places):
        _check_no_scale_lost(tensors, scales)
    return WanSource(config, tensors, scales)


def wan_tensors(header: Header) -> dict[str, str]:
    """Name in the file -> Wan's name, of the transformer's weights and scales; a checkpoint's VAE and text encoder are left out."""
    return {name: wan for name, wan in _own_names(header).items() if not wan.endswith(NOT_FOR_US)}


def _own_names(header: Header) -> dict[str, str]:
    names = [name for name in header.tensors if name.startswith("model.diffusion_model.")]
    return wan_names(names or header.tensors)


def _places(headers: Sequence[Header]) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for header in headers:
        for name, wan in _own_names(header).items():
            if wan in places:
                raise RaxelError(
                    f"{wan!r} stands in {places[wan][0].path} and again in {header.path}; leave one out."
                )
            places[wan] = (header, name)
    return places


def _shape(place: Place) -> tuple[int, ...]:
    return place[0].shape_of(place[1])


def _config(header: Header, shapes: Mapping[str, tuple[int, ...]]) -> RaxelConfig:
    """Sizes from shapes: those of a known Wan where the width is known."""
    layers = {name.split(".")[1] for name in shapes if name.startswith("blocks.")}
    try:
        width, channels = shapes["patch_embedding.weight"][:2]
        (ffn_dim, _), (_, text_dim) = shapes["blocks.0.ffn.0.weight"], shapes["text_embedding.0.weight"]
        (_, freq_dim) = shapes["time_embedding.0.weight"]
    except (KeyError, ValueError) as error:
        lost = f" ({error} is missing)" if isinstance(error, KeyError) else ""
        raise RaxelError(
            f"{header.path} is only a part of a Wan transformer{lost}; name all its files, their index or their folder."
        ) from None
    for known in PRESET_CONFIGS.values():
        if known.dim == width and not known.ray_branch:
            return known
    if width % HEAD_DIM:
        raise RaxelError(
            f"{header.path} has width {width}, which is no multiple of Wan's heads of {HEAD_DIM}."
        )
    return RaxelConfig(
        dim=width, ffn_dim=ffn_dim, num_layers=len(layers), num_heads=width // HEAD_DIM, in_channels=channels,
        text_dim=text_dim, freq_dim=freq_dim, ray_branch=False,
    )  # fmt: skip


def _split(places: Mapping[str, Place]) -> tuple[dict[str, Place], dict[str, Place]]:
    """The tensors of the network, and the scales of its weights."""
    tensors, scales = {}, {}
    for name, place in places.items():
        ending = next((ending for ending in SCALES if name.endswith(ending)), None)
        if ending:
            scales[name.removesuffix(ending) + ".weight"] = place
        elif not name.endswith(NOT_FOR_US):
            tensors[name] = place
        elif name.endswith(".comfy_quant"):
            _check_format(place)
    return tensors, scales


def _check_formats_in_metadata(header: Header) -> None:
    try:
        layers = json.loads(header.metadata.get("_quantization_metadata", "{}")).get("layers", {})
        formats = {str(layer["format"]) for layer in layers.values()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        formats = {"an unknown format"}
    strange = sorted(formats - set(PLAIN_FP8))
    if strange:
        raise RaxelError(
            f"{header.path} is quantised as {strange[0][:40]}; choose a bf16, fp16 or plain fp8 file."
        )


def _check_format(place: Place) -> None:
    """Refuse fp8 that is more than values times scales (rotated, in blocks, packed)."""
    header, name = place
    try:
        if header.tensors[name].shape[0] > 4096:
            raise ValueError
        layer = json.loads(bytes(read_tensor(header, name).tolist()))
        plain = layer["format"] in PLAIN_FP8 and not layer.get("convrot")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        plain, layer = False, {}
    if not plain:
        kind = layer.get("format", "an unknown format") if isinstance(layer, dict) else "an unknown format"
        raise RaxelError(f"{header.path}: {name!r} says {kind}; choose a bf16, fp16 or plain fp8 file.")


def _check_complete(headers: Sequence[Header], config: RaxelConfig, tensors: Mapping[str, Place]) -> None:
    expected = {n: tuple(v.shape) for n, v in RaxelTransformer(config, device="meta").state_dict().items()}
    missing, extra = sorted(set(expected) - set(tensors)), sorted(set(tensors) - set(expected))
    names = ", ".join(str(header.path) for header in headers[:2]) + (", ..." if len(headers) > 2 else "")
    if missing:
        raise RaxelError(
            f"{names}: {len(missing)} of {len(expected)} tensors of this Wan are missing, {missing[0]!r} first; name all "
            "its files, or download it again."
        )
    if extra:
        raise RaxelError(
            f"{names}: {extra[0]!r} is no tensor of Wan 2.1 T2V ({len(extra)} such names); "
            "choose the plain model."
        )
    for name, shape in expected.items():
        if _shape(tensors[name]) != shape:
            raise RaxelError(
                f"{tensors[name][0].path}: {tensors[name][1]!r} has shape {_shape(tensors[name])}, expected {shape}; "
                "download it again."
            )


def _check_stored(tensors: Mapping[str, Place], scales: Mapping[str, Place]) -> None:
    for header, name in tensors.values():
        if header.tensors[name].dtype not in FLOATS and name not in header.formats:
            raise RaxelError(
                f"{header.path}: {name!r} is stored as {header.type_of(name)}, which needs its own dequantisation; "
                "choose a bf16, fp16 or fp8 file."
            )
    for weight, (header, name) in scales.items():
        shape = header.tensors[name].shape
        rows = _shape(tensors[weight])[0] if weight in tensors else 0
        if not rows or shape not in ((), (1,), (1, 1), (rows,), (rows, 1)):
            raise RaxelError(
                f"{header.path}: scale {name!r} has shape {shape}, one number or {rows} (one a row) are understood; "
                "choose a bf16, fp16 or plain fp8 file."
            )
        if header.tensors[name].dtype not in WEIGHT_DTYPES:
            raise RaxelError(
                f"{header.path}: scale {name!r} has type {DTYPE_NAMES[header.tensors[name].dtype]}, expected F32, F16 or "
                "BF16; download it again."
            )


def _check_no_scale_lost(tensors: Mapping[str, Place], scales: Mapping[str, Place]) -> None:
    """In a file with scales, every fp8 matrix has one: without it, its values mean nothing."""
    for name, (header, stored) in tensors.items():
        entry = header.tensors[stored]
        if entry.dtype.itemsize == 1 and len(entry.shape) == 2 and name not in scales:
            raise RaxelError(f"{header.path}: {stored!r} is scaled fp8 without its scale; download it again.")
