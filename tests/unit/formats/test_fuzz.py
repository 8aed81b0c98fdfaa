"""Whatever stands in a file: every reader returns cameras or says one sentence, at once and without filling the memory.

``RAXEL_FUZZ=2000 pytest tests/unit/formats/test_fuzz.py`` tries so many other examples of each kind.
"""

import json
import os
import re
import struct
import tempfile
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raxel_core.errors import RaxelError
from raxel_core.formats import FORMATS, Ask, read_file, write_trajectory
from raxel_core.formats.source import Source
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.trajectory import Trajectory

MOST_BYTES, MOST_SECONDS = 40_000_000, 20.0
"""Of Python objects, and of time, for a file of a few KB."""
READERS = [format for format in FORMATS.values() if format.read]
WRITERS = [format for format in FORMATS.values() if format.write]
HELPED = Ask(size=(832, 480), hfov_deg=60.0, fps=16.0)
EXAMPLES = int(os.environ.get("RAXEL_FUZZ", 0))
fuzz = settings(
    max_examples=EXAMPLES or 40, deadline=None, suppress_health_check=list(HealthCheck), database=None,
    derandomize=not EXAMPLES,
)  # fmt: skip

WORDS = [
    "nan", "inf", "-inf", "NaN", "Infinity", "1e308", "-1e308", "1e-320", "0", "-1", "1", "1e12", "9" * 25, "9" * 5000,
    "1e999999", "0x10", "1_0", "null", "true", "{}", "[]", "[[", "]]", '"', "'", "#", "//", "-", ".", "e", "\u2028", "\x0b",
    "\r", "\r\n", "\n", "\t", " ", ",", ";", ":", "=", "{", "}", "(", ")", "\0", "é", "\uff11", "😀", "http://", "OPENCV", "PINHOLE",
    "#usda 1.0", "def Camera", "timeSamples", "frames", "camera", "x,y,z,qw,qx,qy,qz", "raxel-trajectory", "-0.0", "4294967295",
]  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(WORDS) | st.floats().map(repr) | st.integers(0, 20).map(str), max_size=80
).map(lambda words: " ".join(words).replace(" \n ", "\n").encode())
TABLES = st.integers(1, 21).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from(["0", "1", "2", "0.5", "nan", "1e308", "-1e12", "x", "1e-320"]), min_size=columns, max_size=columns),
        max_size=12,
    )
).map(lambda rows: "\n".join(" ".join(row) for row in rows).encode())  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([10**400, 1e308, "1e5"]),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)  # fmt: skip


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    """Name of a format -> names below its folder -> contents, as Raxel writes them."""
    folder = tmp_path_factory.mktemp("valid")
    zoom = preset_trajectory("dolly_zoom", 5, 832, 480, fps=24)
    path = Trajectory(zoom.c2w, zoom.K, 832, 480, 24, "metric", np.linspace(0, 1, 5))
    found = {}
    for format in WRITERS:
        name = format.endings[0] if format.endings[0][0] != "." else f"camera{format.endings[0]}"
        file = write_trajectory(folder / format.name / "x", path, format.name) if name == "/" else None
        if file is None:
            (folder / format.name).mkdir()
            file = write_trajectory(folder / format.name / name, path, format.name)
        inside = [file] if file.is_file() else [entry for entry in file.rglob("*") if entry.is_file()]
        home = file.parent if file.is_file() else file
        found[format.name] = {entry.relative_to(home).as_posix(): entry.read_bytes() for entry in inside}
    return found


def look_at(files, format, whole=None):
    """Files go through one reader and through the one that their content asks for."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(content)
        path = Path(folder) / whole if whole else Path(folder)
        tracemalloc.start()
        begin = time.perf_counter()
        try:
            for ask in (HELPED, Ask()):
                check(lambda ask=ask: format.read(Source(path, ask)))
                check(lambda ask=ask: read_file(path, ask).trajectory)
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < MOST_BYTES and time.perf_counter() - begin < MOST_SECONDS


def check(read):
    """Cameras, or one sentence."""
    try:
        trajectory = read()
    except RaxelError as error:
        words = str(error)
        assert words and "\n" not in words and "\r" not in words and len(words) < 300, words
        assert words.isprintable(), repr(words)
    else:
        assert isinstance(trajectory, Trajectory)
        assert np.isfinite(trajectory.hfov_deg).all() and np.isfinite(trajectory.scene_scale())


def damaged(content, changes, other):
    """Bytes changed, cut out, put in and mixed at places that are shares of the length."""
    raw = bytes(content)
    for share, kind, value, word in changes:
        at = int(share * len(raw))
        if kind == "flip" and raw:
            at = min(at, len(raw) - 1)
            raw = raw[:at] + bytes([raw[at] ^ 1 << value % 8]) + raw[at + 1 :]
        elif kind == "cut":
            raw = raw[:at] + raw[at + value :]
        elif kind == "end":
            raw = raw[:at]
        elif kind == "word":
            raw = raw[:at] + word.encode() + raw[at:]
        elif kind == "number":
            raw = replaced(raw, rb"-?\d+(?:\.\d+)?(?:e-?\d+)?", at, word)
        elif kind == "integer":
            raw = raw[:at] + struct.pack("<q", value**9)[: value % 8 + 1] + raw[at + value % 8 + 1 :]
        else:
            lines = raw.split(b"\n")
            at, end = int(share * (len(lines) - 1)), len(lines) - 1 - value % len(lines)
            lines[at], lines[end] = (lines[end], lines[at]) if kind == "swap" else (lines[at], lines[at])
            raw = b"\n".join(lines)
    return raw + (other[: len(other) // 2] if changes and changes[0][1] == "swap" and value % 5 == 0 else b"")


def replaced(raw, pattern, at, word):
    """The first match behind a place, replaced."""
    found = re.compile(pattern).search(raw, at)
    return raw if found is None else raw[: found.start()] + word.encode() + raw[found.end() :]


KINDS = st.sampled_from(["flip", "cut", "end", "word", "number", "number", "integer", "swap", "twice"])
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), KINDS, st.integers(0, 99), st.sampled_from(WORDS)), min_size=1, max_size=6
)
named = pytest.mark.parametrize("format", READERS, ids=lambda format: format.name)
written = pytest.mark.parametrize("format", WRITERS, ids=lambda format: format.name)


@named
def test_any_bytes_and_texts_are_cameras_or_get_a_sentence(format):
    @fuzz
    @given(st.binary(max_size=300) | TEXTS | TABLES, st.sampled_from([e for f in READERS for e in f.endings]))
    def looks(content, ending):
        name = f"camera{ending}" if ending[0] == "." else ending.replace("/", "images.txt")
        look_at({name: content}, format, name)

    looks()


@named
def test_any_json_is_cameras_or_gets_a_sentence(format):
    @fuzz
    @given(VALUES)
    def looks(document):
        look_at({"transforms.json": json.dumps(document).encode()}, format, "transforms.json")

    looks()


@written
def test_damaged_files_are_cameras_or_get_a_sentence(format, valid):
    files = valid[format.name]

    @fuzz
    @given(st.sampled_from(sorted(files)), CHANGES, st.sampled_from(sorted(valid)))
    def looks(name, changes, mixed):
        other = next(iter(valid[mixed].values()))
        spoilt = {**files, name: damaged(files[name], changes, other)}
        look_at(spoilt, format, None if "/" in format.endings else name)

    looks()


def places(document, path=()):
    """Ways to every value of a JSON document."""
    yield path
    for key, value in (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    ):
        yield from places(value, (*path, key))


def with_value(document, path, value):
    if not path:
        return value
    changed = dict(document) if isinstance(document, dict) else list(document)
    changed[path[0]] = with_value(document[path[0]], path[1:], value)
    return changed


@pytest.mark.parametrize(
    "format",
    [format for format in WRITERS if format.endings[0].endswith((".json", ".gltf"))],
    ids=lambda format: format.name,
)
def test_json_with_other_values_in_it_is_cameras_or_gets_a_sentence(format, valid):
    (name, content), *_ = valid[format.name].items()
    document = json.loads(content)
    ways = list(places(document))

    @fuzz
    @given(st.sampled_from(ways), VALUES, st.sampled_from(ways), VALUES)
    def looks(way, value, second, other):
        changed = with_value(document, way, value)
        with suppress(KeyError, IndexError, TypeError, ValueError):  # the second may have gone with the first
            changed = with_value(changed, second, other)
        look_at({name: json.dumps(changed).encode()}, format, name)

    looks()
