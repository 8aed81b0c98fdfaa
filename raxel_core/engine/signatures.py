"""What a file is by its first bytes, for files that hold no tensors that Raxel could read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEAD = 512  # bytes that are looked at
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


def sniff(path: Path) -> Kind | None:
    """The kind of a file whose first bytes tell that it is neither safetensors nor GGUF; None where they do not."""
    with path.open("rb") as file:
        start = file.read(HEAD)
    if start[4:9] == b"\0\0\0\0{":  # safetensors, whose first bytes, a length, may be those of a pickle
        return None
    for magic, kind in FIXED.items():
        if start.startswith(magic):
            return kind
    if start[4:8] == b"ftyp":
        return CLIP
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return WEB_PAGE if text.startswith((b"<!doctype", b"<!--", b"<html", b"<head", b"<?xml")) else None
