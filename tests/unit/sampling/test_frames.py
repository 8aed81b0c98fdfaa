"""Frames as users write them, on the command line and in nodes."""

import pytest

from raxel_core.errors import RaxelError
from raxel_core.sampling.frames import parse_frames


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("0, 40, 80", (0, 40, 80)),
        ("0-4, 16", (0, 1, 2, 3, 4, 16)),
        ("16,0 - 2", (16, 0, 1, 2)),
        ("7", (7,)),
        ("5-5", (5,)),
        (" 8 ,0 ", (8, 0)),
    ],
)
def test_numbers_and_ranges_come_out_in_the_order_written(text, frames):
    assert parse_frames(text, "source_frames") == frames


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_written_is_no_wish(text):
    assert parse_frames(text, "source_frames") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0; 8", "holds '0; 8'; write whole numbers and ranges"),
        ("0,,8", "holds ''"),
        ("0, 8,", "holds ''"),
        ("-1", "holds '-1'"),
        ("1.5", "holds '1.5'"),
        ("first", "holds 'first'"),
        ("0 8", "holds '0 8'"),
        ("٣", "holds"),
        ("8-0", "range 8-0, which goes backwards; write 0-8"),
        ("0-8, 4", "names frame 4 twice"),
        ("0-99999999999", "end before 100,000"),
        ("123456789012345678901234567890", "end before 100,000"),
    ],
)
def test_anything_else_is_refused_with_the_name_of_the_input(text, words):
    with pytest.raises(RaxelError, match=r"^given_frames ") as error:
        parse_frames(text, "given_frames")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_many_ranges_are_refused_before_they_take_memory():
    with pytest.raises(RaxelError, match="twice"):
        parse_frames(",".join(["0-99999"] * 10_000), "given_frames")
