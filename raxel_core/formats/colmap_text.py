"""COLMAP's text model: ``cameras.txt`` and ``images.txt``.

``CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]``; ``IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME`` and a line of the image's
points, which may be empty, and megabytes long: points are passed over, never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from ..errors import RaxelError
from .colmap_model import ColmapCamera, ColmapImage, checked_camera
from .lenses import MODELS
from .source import MAX_FRAMES, Source, check_frames, decoded
from .values import words_to_numbers

HEAD_BYTES = 8192
"""More than a line of an image has, so that a longer one is points."""
MAX_LINES = 4 * MAX_FRAMES
"""Most lines of an images.txt: two for each image, and as many of remarks."""
NUMBER_OF_IMAGES = re.compile(rb"#\s*Number of images:\s*(\d{1,9})\b")
"""A remark of COLMAP's, which tells a file that was cut off at the end of a line."""
COLUMNS = 10
"""Of an image: id, quaternion, translation, camera, name."""


def read_cameras(text: str) -> list[ColmapCamera]:
    """Cameras of a cameras.txt; RaxelError names the line that is wrong."""
    cameras = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            check_frames(len(cameras) + 1)
            cameras.append(_camera(line.split(), f"line {number} of cameras.txt"))
    return cameras


def _camera(words: list[str], what: str) -> ColmapCamera:
    if len(words) < 4:
        raise RaxelError(
            f"{what} has {len(words)} columns; a camera has its id, model, width, height and lens"
        )
    model = MODELS.get(words[1].upper())
    if model is not None and len(words) != 4 + model.count:
        raise RaxelError(
            f"{what} has {len(words) - 4} numbers for the lens, a {words[1].upper()} camera has {model.count}"
        )
    params = words_to_numbers(words[4:], what)
    width, height = _whole(words[2], what), _whole(words[3], what)
    camera = ColmapCamera(_whole(words[0], what), words[1].upper(), width, height, tuple(params.tolist()))
    return checked_camera(camera, what)


def read_images(file: BinaryIO, source: Source, name: str) -> list[ColmapImage]:
    """Images of an images.txt that is open for reading bytes, in its order; RaxelError names the line that is wrong.

    Args:
        file: at its beginning.
        source: for a note where the file says that it has more images.
        name: the file's, for sentences.
    """
    images: list[ColmapImage] = []
    points_follow, said = False, 0
    for number, head, whole in _lines(file):
        if b"\0" in head:
            raise RaxelError(f"{name} is a binary file, not camera text")
        words = head.split()
        if (match := NUMBER_OF_IMAGES.match(head)) is not None:
            said = int(match[1])
        if points_follow and (not whole or _are_points(words)):
            points_follow = False
        elif words and not words[0].startswith(b"#"):
            check_frames(len(images) + 1)
            if not whole:
                raise RaxelError(f"line {number} of {name} is too long for an image; is it an images.txt?")
            images.append(_image(head, f"line {number} of {name}"))
            points_follow = True
    if len(images) < said:
        source.note(f"{name} says that it has {said} images and has {len(images)}; was it cut off?")
    return images


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Every line's number, its first `HEAD_BYTES`, and whether that is all of it."""
    number = 0
    while head := file.readline(HEAD_BYTES):
        number += 1
        if number > MAX_LINES:
            raise RaxelError(f"an images.txt of more than {MAX_LINES} lines is not read; cut it into parts")
        whole = head.endswith(b"\n") or len(head) < HEAD_BYTES
        rest = head
        while not rest.endswith(b"\n") and (rest := file.readline(1 << 20)):
            pass
        yield number, head.removeprefix(b"\xef\xbb\xbf") if number == 1 else head, whole


def _are_points(words: list[bytes]) -> bool:
    """Whether a line is of points (x, y, id), and not the next image of a file that leaves the lines of points out."""
    if len(words) % 3:
        return False
    try:
        _ = [float(word) for word in words]
    except ValueError:
        return False
    return True


def _image(line: bytes, what: str) -> ColmapImage:
    words = decoded(line, what).split(maxsplit=COLUMNS - 1)
    if len(words) < COLUMNS:
        raise RaxelError(
            f"{what} has {len(words)} columns, an image has {COLUMNS}: id, quaternion, translation, camera, name"
        )
    pose = words_to_numbers(words[1:8], what)
    return ColmapImage(
        _whole(words[0], what), tuple(pose.tolist()), _whole(words[8], what), words[9].rstrip()
    )


def _whole(word: str, what: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 18):
        raise RaxelError(f"{what} has {word[:30]!r} where a whole number belongs")
    return int(word)


def write(cameras: Sequence[ColmapCamera], images: Sequence[ColmapImage]) -> dict[str, str]:
    """The model's files; its points file is empty, as COLMAP wants one."""
    return {
        "cameras.txt": _text(
            "Camera list with one line of data per camera:",
            "  CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]",
            (" ".join(map(str, (*camera[:4], *map(repr, camera.params)))) for camera in cameras),
        ),
        "images.txt": _text(
            "Image list with two lines of data per image:",
            "  IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME, then POINTS2D[] as (X, Y, POINT3D_ID)",
            (
                " ".join([str(image.id), *map(repr, image.pose), str(image.camera), image.name]) + "\n"
                for image in images
            ),
        ),
        "points3D.txt": _text(
            "3D point list with one line of data per point:",
            "  POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)",
            (),
        ),
    }


def _text(title: str, columns: str, lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in (f"# {title}", f"# {columns}", *lines))
