"""Tables that commands print: the same rows for the terminal, a README and a page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Cells as text; the first column names the row, the others are set flush right."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """A Markdown table with its columns aligned, readable as plain text too."""
        cells = [[cell.replace("|", "\\|") for cell in row] for row in (self.header, *self.rows)]
        widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(self.header))]

        def line(row: Sequence[str]) -> str:
            padded = [
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            return f"| {' | '.join(padded)} |"

        rule = [
            "-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths)
        ]
        return "\n".join([line(cells[0]), line(rule), *(line(row) for row in cells[1:])])

    def as_html(self) -> str:
        """A table element, everything escaped."""

        def line(tag: str, row: Sequence[str]) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"

        body = "".join(line("td", row) for row in self.rows)
        return f"<table><thead>{line('th', self.header)}</thead><tbody>{body}</tbody></table>"


def number(value: float | None, digits: int = 2) -> str:
    """A number with so many decimals; a dash where there is none."""
    return "-" if value is None or value != value else f"{value:.{digits}f}"
