"""docs/formats.md says of every format what the format itself says."""

from pathlib import Path

from raxel_core.formats import FORMATS
from raxel_core.report.formats import formats_table
from raxel_core.report.readme import inserted

PAGE = Path(__file__).parents[3] / "docs/formats.md"


def test_the_page_has_the_table_that_the_command_writes():
    text = PAGE.read_text()
    assert inserted(text, "formats", formats_table()) == text, "run python -m raxel_core.report.formats"


def test_every_format_has_a_row_with_its_files():
    rows = formats_table().splitlines()[2:]
    assert len(rows) == len(FORMATS)
    for row, format in zip(rows, FORMATS.values(), strict=True):
        assert f"| `{format.name}` |" in row and row.count("|") == 7
        assert all(f"`{ending}`" in row for ending in format.endings if ending != "/")
