"""What any file or folder is, as plain values: one kind, one line of advice, and for a Raxel model all that its header says.

Only first bytes and headers are read, whatever the size of the file; checksums are compared when asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from ..errors import RaxelError
from ..model import PRESET_CONFIGS, RaxelConfig
from .checkpoint import ARCHITECTURE, Record, check_tensors, read_record
from .checksums import probe, verify
from .files import Header, cannot_read, check_is_file, read_header, read_tensors
from .gguf import MAGIC, check_formats, read_gguf
from .kinds import identify, is_wan_part, kind_of_shapes, wan_shapes
from .manifest import weight_formats
from .signatures import Kind, sniff
from .vae import vae_checksums
from .wan_paths import model_files, read_json
from .wan_source import wan_tensors

OTHER = Kind(
    "a file of some other kind", "Raxel has no use for it; if it should be a model, download it again"
)
EMPTY = Kind("an empty file (0 bytes)", "download it again")
NO_MODEL = Kind("a folder without a model in it", "name the .safetensors file itself")


def describe(path: Path) -> dict[str, Any]:
    """Kind, advice and details of a file or folder.

    Raises:
        RaxelError: there is no such file, or it is a damaged one of its kind.
    """
    if path.is_dir() or path.suffix == ".json":
        return {"file": str(path), **_of_several(path)}
    header = _header(path)
    if isinstance(header, Kind):
        return {"file": str(path), **_said(header), "bytes": path.stat().st_size}
    facts = {"file": str(path), **_said(identify(header)), **_sizes([header])}
    if "raxel" in header.metadata:
        check_formats(header)
        record = read_record(header)
        network = check_tensors(header, record)
        facts |= _model(record, weight_formats(header, record))
        facts["parameters"] = sum(value.numel() for value in network.state_dict().values())
    return facts


def verify_file(path: Path) -> str:
    """Compare every checksum of a Raxel file or of a VAE that we wrote, or probe the weights of a file without any; says what was done.

    Raises:
        RaxelError: a block or tensor is damaged, or nothing can be verified in such a file.
    """
    is_several = path.is_dir() or path.suffix == ".json"
    headers = [read_header(file) for file in (model_files([path]) if is_several else [path])]
    header = headers[0]
    if len(headers) == 1 and "raxel" in header.metadata:
        record = read_record(header)
        check_tensors(header, record)
        verify(header, record.crc32)
        if record.crc32 is None:
            where = "this GGUF" if header.is_gguf else "format version 1"
            return f"no checksums in {where}: weights probed for zeros and values that are not finite"
        return f"{len(record.crc32)} of {len(record.crc32)} blocks match their checksums"
    if len(headers) == 1 and (crc32 := vae_checksums(header)):
        verify(header, crc32)
        return f"{len(crc32)} of {len(crc32)} blocks match their checksums"
    if not any(is_wan_part(wan_shapes(part)) for part in headers):
        raise RaxelError(
            f"{path} is {identify(header).what}, which has no checksums; nothing can be verified: leave out --verify."
        )
    for part in headers:
        names = wan_tensors(part)
        for name, tensor in read_tensors(part, names):
            probe(part, names[name], tensor, trained=True, format=part.formats.get(name))
    return "no checksums in a file of Wan's: weights probed for zeros and values that are not finite"


def variant(config: RaxelConfig) -> str:
    """The name of a config where it has one, else its sizes."""
    known = next((name for name, preset in PRESET_CONFIGS.items() if preset == config), None)
    sizes = f"width {config.dim}, {config.num_layers} blocks, {config.num_heads} heads"
    switches = [f"{config.attention} attention"] * (config.attention != "decoupled")
    switches += [f"{config.rays} rays"] * (config.rays != "raxels")
    sizes = ", ".join([sizes, *switches])
    return f"{known} ({sizes})" if known else sizes


def _header(path: Path) -> Header | Kind:
    """The header of a file of tensors, GGUF in any quantisation, or the kind of another file."""
    check_is_file(path)
    try:
        if path.stat().st_size == 0:
            return EMPTY
        with path.open("rb") as file:
            start = file.read(9)
        if start.startswith(MAGIC):
            return read_gguf(path)
        return sniff(path) or (read_header(path) if start[8:] == b"{" else OTHER)
    except OSError as error:
        raise cannot_read(path, error) from error


def _of_several(path: Path) -> dict[str, Any]:
    """A folder or a JSON file: perhaps the shards of a model."""
    if path.is_dir():
        try:
            files = model_files([path])
        except RaxelError:
            return _said(NO_MODEL)
    else:
        fields = read_json(path)
        if "weight_map" not in fields:
            return _said(_json_kind(fields))
        files = model_files([path])
    headers = [read_header(file) for file in files]
    if len(headers) == 1:
        return {**_said(identify(headers[0])), **_sizes(headers)}
    kind = kind_of_shapes({name: shape for header in headers for name, shape in wan_shapes(header).items()})
    return {**_said(Kind(f"{kind.what} ({len(files)} files)", kind.advice)), **_sizes(headers)}


def _json_kind(fields: dict[str, Any]) -> Kind:
    if "nodes" in fields and "links" in fields:
        return Kind("a ComfyUI workflow", "open it in ComfyUI")
    if fields.get("format") == "raxel-trajectory":
        return Kind("a camera path", "give it to `raxel generate --trajectory`")
    if "_class_name" in fields:
        return Kind("a config of diffusers", "the model is the .safetensors file beside it")
    return Kind("a JSON file of some other kind", "Raxel has no use for it")


def _said(kind: Kind) -> dict[str, Any]:
    return {"kind": kind.what, "advice": kind.advice}


def _sizes(headers: list[Header]) -> dict[str, Any]:
    shapes = [header.shape_of(name) for header in headers for name in header.tensors]
    return {
        "bytes": sum(header.path.stat().st_size for header in headers),
        "tensors": len(shapes),
        "parameters": sum(prod(shape) for shape in shapes),
        "types": sorted({header.type_of(name) for header in headers for name in header.tensors}),
    }


def _model(record: Record, formats: Mapping[str, str]) -> dict[str, Any]:
    info, quantization = record.info, record.quantization
    words = quantization.in_words() if quantization else ", ".join(sorted(set(formats.values())))
    return {
        "name": info.name,
        "format_version": record.version,
        "architecture": ARCHITECTURE,
        "variant": variant(record.config),
        "quantization": words or None,
        "config": record.config.to_dict(),
        "height": info.height,
        "width": info.width,
        "frames": info.frames,
        "alpha": info.alpha,
        "scale_mode": info.scale_mode,
        "checksums": len(record.crc32 or {}),
        "training": info.training,
    }
