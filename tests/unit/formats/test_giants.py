"""Files made to take hours or gigabytes: every reader refuses or reads them at once, in memory of the file's own order."""

import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import FORMATS, Ask, read_file
from raxel_core.formats.parsing import parse_json
from raxel_core.formats.source import Source

MOST_SECONDS = 20.0
"""Of one reader; most take less than one, but tests run side by side."""
TIMES_THE_FILE, AT_LEAST = 40, 50_000_000
"""Bytes of Python objects: a value of JSON in two bytes, such as ``{},``, is an object of 64."""
HELPED = Ask(size=(832, 480), hfov_deg=60.0, fps=16.0)
M = 1_000_000

GIANTS = {
    "brackets": ("", "[", 3 * M, ""),
    "braces": ("", '{"a":', M, ""),
    "ones": ("[", "1,", M, "1]"),
    "objects": ("[", "{},", 300_000, "1]"),
    "lists": ("[", "[],", 300_000, "1]"),
    "poses": ("[", "[" + "1," * 18 + "1],", 110_000, "1]"),
    "a number of JSON": ("[", "9", 5 * M, "]"),
    "digits": ("", "9", 5 * M, ""),
    "zeros": ("", "\0", 5 * M, ""),
    "ends of lines": ("", "\n", 5 * M, ""),
    "old ends of lines": ("", "1\r", 5 * M, ""),
    "vertical tabs": ("", "1\x0b", 5 * M, ""),
    "blanks": ("", " ", 5 * M, "1"),
    "one long line": ("", "1 ", 5 * M, ""),
    "wide letters": ("", "\U0001f600", 2 * M, ""),
    "keys": ("{", '"a":1,', 4 * M, '"b":1}'),
    "frames": ('{"frames":[', "{},", 300_000, "{}]}"),
    "camera_path": ('{"camera_path":[', "{},", 300_000, "{}]}"),
    "cameras": ('{"format":"raxel-trajectory","version":1,"frames":[', "{},", 300_000, "{}]}"),
    "rows": ("", "0 1 1 .5 .5 0 0 1 0 0 0 0 1 0 0 0 0 1 0\n", 300_000, ""),
    "quaternions": ("", "0 0 0 0 0 0 0 1\n", 300_000, ""),
    "a log": ("", "0 0 0\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n", 150_000, ""),
    "a table": ("x,y,z,qw,qx,qy,qz\n", "0,0,0,1,0,0,0\n", 300_000, ""),
    "a header": ("x,y,z,qw,qx,qy,qz,", "a,", 4000, "a\n"),
    "prims": ("#usda 1.0\n", 'def Xform "a" {\n', 300_000, ""),
    "brackets of USD": ("#usda 1.0\n(", "(", 3 * M, ""),
    "samples": ('#usda 1.0\ndef Camera "c" {\n float focalLength.timeSamples = {', "1: 2,", 300_000, "}\n}"),
    "a string of USD": ('#usda 1.0\n"', "a", 5 * M, ""),
    "comments": ("#usda 1.0\n", "# a\n", M, ""),
    "a glTF of chunks": ("glTF\x02\0\0\0", "\x7f", 5 * M, ""),
}
"""Name -> head, what is repeated, how often, end."""


@pytest.mark.parametrize("share", [0.1, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", GIANTS)
def test_a_giant_takes_neither_time_nor_memory(name, share, tmp_path):
    head, unit, count, end = GIANTS[name]
    content = (head + unit * int(count * share) + end).encode()
    Path(tmp_path / "x.txt").write_bytes(content)
    for format in FORMATS.values():
        begin = time.perf_counter()
        if format.read:
            with suppress(RaxelError):
                format.read(Source(tmp_path / "x.txt", HELPED))
        assert time.perf_counter() - begin < MOST_SECONDS, format.name
    tracemalloc.start()
    with suppress(RaxelError):
        read_file(tmp_path / "x.txt", HELPED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < max(AT_LEAST, TIMES_THE_FILE * len(content))


def test_json_of_millions_of_keys_is_refused_before_it_is_parsed():
    text = "{" + ",".join(f'"{number}":1' for number in range(2_000_001)) + "}"
    with pytest.raises(RaxelError, match="more than 2000000 keys"):
        parse_json(text)
