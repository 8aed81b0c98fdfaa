"""Put a table that a command wrote between its two markers in a Markdown file: ``python -m raxel_core.report.readme``."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import RaxelError
from ..media import replacing


def inserted(text: str, name: str, table: str) -> str:
    """``text`` with what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->`` replaced by the table.

    Raises RaxelError where a marker is missing.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise RaxelError(f"the text needs {begin} and then {end}, once each")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{table.strip()}\n{end}{rest.split(end)[1]}"


def main() -> None:
    """``python -m raxel_core.report.readme demo_output/table.md README.md demo``."""
    table, document, name = (*sys.argv[1:], "demo")[:3]
    text = Path(document).read_text(encoding="utf-8")
    with replacing(document) as part:
        part.write_text(inserted(text, name, Path(table).read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
