"""What a file is by its first bytes, for files that are no safetensors at all."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEAD = 64 * 1024  # bytes that are looked at
PICKLE_ADVICE = "it can run code and is not read: download the .safetensors version"


@dataclass(frozen=True)
class Kind:
    """The two halves of one line: what a file is, and what to do with it."""

    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.what}; {self.advice}."


FIXED = {
    b"version https://git-lfs": Kind(
        "a Git LFS pointer, not the file itself", "run `git lfs pull` or download it again"
    ),
    b"PK\x03\x04": Kind("a PyTorch or zip file (.pt, .ckpt, .zip)", PICKLE_ADVICE),
    **{b"\x80" + bytes([n]): Kind("a Python pickle (.pt, .ckpt)", PICKLE_ADVICE) for n in (2, 3, 4, 5)},
    b"\x89PNG": Kind("a picture", "give it to `raxel generate` or `raxel joint`"),
    b"\xff\xd8\xff": Kind("a picture", "give it to `raxel generate` or `raxel joint`"),
    b"\x1aE\xdf\xa3": Kind("a clip", "give it to `raxel pose`"),
}
WEB_PAGE = Kind("a web page that was saved under a model's name", "download the file itself")
CLIP = Kind("a clip", "give it to `raxel pose`")

GGUF_NUMBERS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
GGUF_STRING, GGUF_ARRAY = 8, 9
GGUF_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 32: "BF16",
}  # fmt: skip


def sniff(path: Path) -> Kind | None:
    """The kind of a file whose first bytes tell that it is no safetensors file; None where they do not."""
    with path.open("rb") as file:
        start = file.read(HEAD)
    if start[4:9] == b"\0\0\0\0{":  # safetensors, whose first bytes, a length, may be those of a pickle
        return None
    if start.startswith(b"GGUF"):
        return _gguf(start)
    for magic, kind in FIXED.items():
        if start.startswith(magic):
            return kind
    if start[4:8] == b"ftyp":
        return CLIP
    text = start[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return WEB_PAGE if text.startswith((b"<!doctype", b"<!--", b"<html", b"<head", b"<?xml")) else None


def _gguf(start: bytes) -> Kind:
    """Architecture and quantisation from the first entries of a GGUF header; never reads beyond `start`."""
    fields = gguf_fields(start)
    architecture = str(fields.get("general.architecture", "unknown"))[:40]
    number = fields.get("general.file_type")
    quantisation = (
        GGUF_FILE_TYPES.get(number, f"file type {number}") if isinstance(number, int) else "unknown"
    )
    what = f"a GGUF file (architecture {architecture}, quantisation {quantisation})"
    return Kind(what, "Raxel does not read GGUF: download the .safetensors version")


def gguf_fields(start: bytes) -> dict[str, Any]:
    """Numbers and strings of a GGUF header (version 2 or 3), as many as these first bytes hold."""
    fields: dict[str, Any] = {}
    cursor = _Cursor(start, 4)
    try:
        version, _, count = (cursor.number(form) for form in ("<I", "<Q", "<Q"))
        for _ in range(min(count, 1000) if version in (2, 3) else 0):
            name, value = cursor.string(), cursor.value(cursor.number("<I"))
            fields[name] = value
    except (struct.error, KeyError, IndexError):
        pass  # beyond the first bytes, or damaged: what was read so far stands
    return fields


class _Cursor:
    """Reads a GGUF header from bytes; struct.error where they end."""

    def __init__(self, data: bytes, place: int):
        self.data, self.place = data, place

    def number(self, form: str) -> Any:
        (value,) = struct.unpack_from(form, self.data, self.place)
        self.place += struct.calcsize(form)
        return value

    def string(self) -> str:
        length = self.number("<Q")
        if length > len(self.data) - self.place:
            raise struct.error("a string ends outside")
        self.place += length
        return self.data[self.place - length : self.place].decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == GGUF_STRING:
            return self.string()
        if kind != GGUF_ARRAY:
            return self.number(GGUF_NUMBERS[kind])
        inner, count = self.number("<I"), self.number("<Q")
        read: Callable[[], Any] = (
            self.string if inner == GGUF_STRING else lambda: self.number(GGUF_NUMBERS[inner])
        )
        for _ in range(count):  # ends with the bytes at the latest: every entry takes one or more
            read()
        return None
