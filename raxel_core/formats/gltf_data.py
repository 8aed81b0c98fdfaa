"""The data of a glTF 2.0 file (glTF specification 2.0, 3.6 and 4): its JSON, and numbers out of its binary buffers.

Buffers lie in the GLB itself, in ``data:`` addresses, or in files beside it; those are never looked for outside its folder.
"""

from __future__ import annotations

import base64
import binascii
import struct
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from .parsing import parse_json
from .source import Source, decoded
from .values import printable

Array = NDArray[np.float64]

MAGIC = b"glTF"
JSON_CHUNK, BINARY_CHUNK = b"JSON", b"BIN\0"
MAX_VALUES = 8_000_000
"""Most numbers that are taken out of buffers for one camera, so that many accessors of the same bytes cannot fill the memory."""
DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


class Gltf:
    """A glTF file's JSON, checked as it is walked, and its accessors."""

    def __init__(self, source: Source) -> None:
        self.folder = source.path.parent
        self.root, self.chunk = (
            _split(source.data, source.path.name) if is_glb(source) else (source.document, b"")
        )
        if not isinstance(self.root, dict) or not isinstance(self.root.get("asset"), dict):
            raise RaxelError('this glTF has no "asset"; was it cut off?')
        version = str(self.root["asset"].get("version"))
        if version.split(".")[0] != "2":
            raise RaxelError(f"this is glTF {printable(version, 20)}; Raxel reads glTF 2, export it as such")
        self._arrays: dict[int, Array] = {}
        self._values = 0

    def items(self, name: str) -> list[Any]:
        """A list at the top of the file; empty where there is none."""
        found = self.root.get(name, [])
        if not isinstance(found, list):
            raise RaxelError(f'"{name}" must be a list, got {type(found).__name__}')
        return found

    def item(self, name: str, index: Any) -> dict[str, Any]:
        """One object of such a list, by a number that stands somewhere in the file."""
        found = self.items(name)
        if type(index) is not int or not 0 <= index < len(found):
            raise RaxelError(f"the file points to {name} {index!r:.20}, it has {len(found)} of them")
        if not isinstance(found[index], dict):
            raise RaxelError(f"{name} {index} must be an object, got {type(found[index]).__name__}")
        return found[index]

    def array(self, index: Any) -> Array:
        """The numbers of an accessor, (count, width); normalised whole numbers become -1..1 or 0..1."""
        accessor = self.item("accessors", index)
        if index not in self._arrays:
            self._arrays[index] = self._decoded(accessor, index)
        return self._arrays[index]

    def _decoded(self, accessor: dict[str, Any], index: int) -> Array:
        dtype, width = DTYPES.get(_key(accessor, "componentType")), WIDTHS.get(_key(accessor, "type"))
        if dtype is None or width is None:
            raise RaxelError(f"accessor {index} is of a kind that animations do not have")
        if "sparse" in accessor or "bufferView" not in accessor:
            raise RaxelError(f"accessor {index} is sparse; export the animation without sparse accessors")
        count = _whole(accessor, "count", f"accessor {index}")
        self._values += count * width
        if self._values > MAX_VALUES:
            raise RaxelError(
                f"the camera's animation holds more than {MAX_VALUES} numbers; cut it into parts"
            )
        data = self._view(accessor, np.dtype(dtype).itemsize * width, count, index)
        with np.errstate(invalid="ignore"):  # a signalling NaN, which is refused later as not finite
            values = np.frombuffer(data, dtype).reshape(count, width).astype(np.float64)
        if dtype == "<f4":
            return values
        if accessor.get("normalized") is not True:
            raise RaxelError(f"accessor {index} holds whole numbers that are not normalised")
        return np.maximum(values / np.iinfo(dtype).max, -1)

    def _view(self, accessor: dict[str, Any], element: int, count: int, index: int) -> bytes:
        """The bytes of an accessor, its elements side by side."""
        view = self.item("bufferViews", accessor["bufferView"])
        if view.get("extensions"):
            raise RaxelError("the file's animation is compressed; export it without compression")
        stride = _whole(view, "byteStride", "a buffer view") or element
        start = _whole(accessor, "byteOffset", f"accessor {index}")
        length = start + stride * max(count - 1, 0) + element * bool(count)
        if stride < element or length > _whole(view, "byteLength", "a buffer view"):
            raise RaxelError(f"accessor {index} of {count} elements is larger than its buffer view")
        offset = start + _whole(view, "byteOffset", "a buffer view")
        data = self._bytes(view.get("buffer"), offset, length - start)
        if stride == element:
            return data
        return b"".join(data[i * stride : i * stride + element] for i in range(count))

    def _bytes(self, number: Any, offset: int, length: int) -> bytes:
        uri = self.item("buffers", number).get("uri")
        if uri is None:
            data = self.chunk[offset : offset + length]
        elif not isinstance(uri, str):
            raise RaxelError(f"buffer {number} must have its address as text, got {type(uri).__name__}")
        elif uri.startswith("data:"):
            data = self._inline(uri)[offset : offset + length]
        else:
            data = _file_part(self.folder, uri, offset, length)
        if len(data) < length:
            raise RaxelError(
                f"buffer {number} ends at byte {offset + len(data)} of {offset + length}; cut off?"
            )
        return data

    @cached_property
    def _decoded_addresses(self) -> dict[str, bytes]:
        return {}

    def _inline(self, uri: str) -> bytes:
        if uri not in self._decoded_addresses:
            head, _, body = uri.partition(",")
            if not head.endswith(";base64"):
                raise RaxelError("the file has a data: address that is not base64")
            try:
                self._decoded_addresses[uri] = base64.b64decode(body, validate=True)
            except (binascii.Error, ValueError) as error:
                raise RaxelError("the file has a data: address that is not valid base64; cut off?") from error
        return self._decoded_addresses[uri]


def is_glb(source: Source) -> bool:
    """Whether a file is glTF's binary kind."""
    return source.looks != "folder" and source.data[:4] == MAGIC


def glb(document: str, binary: bytes) -> bytes:
    """A GLB of a JSON text and its buffer; both are padded to four bytes as the format wants."""
    text = document.encode()
    chunks = [
        (JSON_CHUNK, text + b" " * (-len(text) % 4)),
        (BINARY_CHUNK, binary + b"\0" * (-len(binary) % 4)),
    ]
    body = b"".join(struct.pack("<I", len(data)) + kind + data for kind, data in chunks)
    return MAGIC + struct.pack("<II", 2, 12 + len(body)) + body


def _split(data: bytes, name: str) -> tuple[Any, bytes]:
    """The JSON and the binary chunk of a GLB."""
    if len(data) < 20:
        raise RaxelError(f"this GLB has only {len(data)} bytes; it was cut off")
    version, length = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise RaxelError(f"this is version {version} of GLB; Raxel reads version 2, export it as such")
    if length > len(data):
        raise RaxelError(f"this GLB should have {length} bytes and has {len(data)}; it was cut off")
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<I4s", data, at)
        if at + 8 + size > length:
            raise RaxelError(f"a part of this GLB ends {at + 8 + size - length} bytes behind its end")
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    if JSON_CHUNK not in chunks:
        raise RaxelError("this GLB holds no JSON; was it cut off?")
    return parse_json(decoded(chunks[JSON_CHUNK], name)), chunks.get(BINARY_CHUNK, b"")


def _file_part(folder: Path, uri: str, offset: int, length: int) -> bytes:
    """Some bytes of a file beside the glTF; addresses that lead out of its folder are refused."""
    name = unquote(uri)
    try:
        plain = not any(sign in name for sign in ":\\\0")
        path = (folder / name).resolve() if plain else folder
        if not plain or not path.is_relative_to(folder.resolve()):
            raise RaxelError(
                f"the buffer '{printable(name, 60)}' is not in the file's folder; put it there, or export a GLB"
            )
        if not path.is_file():
            raise RaxelError(
                f"the buffer '{printable(name, 60)}' is missing beside the file; copy it there, or export a GLB"
            )
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, RaxelError):
            raise
        raise RaxelError(
            f"the buffer '{printable(name, 60)}' cannot be read; export a GLB, which holds its own"
        ) from error


def _key(item: dict[str, Any], name: str) -> Any:
    """A value to look up in a table; what cannot be looked up becomes None."""
    value = item.get(name)
    return value if isinstance(value, int | str) else None


def _whole(item: dict[str, Any], name: str, what: str) -> int:
    value = item.get(name, 0)
    if type(value) is not int or not 0 <= value < 2**40:
        raise RaxelError(f'{what}: "{name}" must be a whole number, got {value!r:.30}')
    return value
