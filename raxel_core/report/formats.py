"""The table of camera file formats in docs/formats.md, from the formats themselves: ``python -m raxel_core.report.formats``."""

from __future__ import annotations

import sys
from pathlib import Path

from ..formats import FORMATS
from ..formats.format import HOLDS, Format
from ..media import replacing
from .readme import inserted

HEAD = ("format", "name", "files", "", "holds, beside positions and rotations", "axes and units")


def formats_table() -> str:
    """Markdown, a line a format."""
    lines = [HEAD, ["---"] * len(HEAD), *(_row(format) for format in FORMATS.values())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(format: Format) -> list[str]:
    files = ", ".join("a folder" if ending == "/" else f"`{ending}`" for ending in format.endings)
    ways = " and ".join(word for word, way in (("read", format.read), ("written", format.write)) if way)
    return [format.title, f"`{format.name}`", files, ways, _holds(format), format.axes]


def _holds(format: Format) -> str:
    if format.holds == HOLDS.keys():
        return "everything"
    return ", ".join(part for part in HOLDS if part in format.holds) or "nothing"


def main() -> None:
    """``python -m raxel_core.report.formats docs/formats.md`` writes the table between its two markers there."""
    document = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/formats.md")
    text = inserted(document.read_text(encoding="utf-8"), "formats", formats_table())
    with replacing(document) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
