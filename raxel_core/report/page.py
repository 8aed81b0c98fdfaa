"""The page that shows a run: one HTML file beside the clips and pictures that it shows, no script, nothing fetched."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from .table import Table


@dataclass(frozen=True)
class Medium:
    """A clip or picture with what it is, in words."""

    file: str
    """Relative to the page; .mp4 is shown as a video, all else as a picture."""
    caption: str
    wide: bool = False
    """Takes a row of its own."""


@dataclass(frozen=True)
class Section:
    """One task on the page."""

    title: str
    story: str
    """What was given and what came out, in a sentence or two."""
    media: Sequence[Medium] = ()
    notes: Sequence[str] = ()
    """What had to be done to the input, what to trust."""
    links: Sequence[tuple[str, str]] = field(default=())
    """(words, file) of what else was written."""


STYLE = """
:root { color-scheme: dark; --ground: #111318; --card: #191c23; --line: #2a2f3a; --text: #e8ebf0; --quiet: #9aa3b4;
  --accent: #ffb454; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 20px 80px; }
h1 { font-size: clamp(26px, 4vw, 38px); margin: 0 0 6px; letter-spacing: -.01em; }
h2 { font-size: 21px; margin: 0 0 4px; }
p { margin: 0 0 12px; max-width: 72ch; } .quiet, figcaption { color: var(--quiet); } .quiet { font-size: 14px; }
section { margin-top: 28px; padding: 22px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.media { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); gap: 16px; margin: 16px 0; }
figure { margin: 0; } figcaption { font-size: 13.5px; margin-top: 6px; }
figure.wide { grid-column: 1 / -1; }
video, img { width: 100%; display: block; border-radius: 8px; background: #000; }
.scroll { overflow-x: auto; margin: 16px 0 8px; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--quiet); font-weight: 500; }
td { font-variant-numeric: tabular-nums; }
ul { margin: 8px 0; padding-left: 20px; color: var(--quiet); font-size: 14px; }
.links { display: flex; flex-wrap: wrap; gap: 8px; }
.links a { color: var(--text); text-decoration: none; font-size: 13.5px; padding: 4px 11px; border: 1px solid var(--line);
  border-radius: 99px; }
.links a:hover, .links a:focus-visible { border-color: var(--accent); color: var(--accent); }
"""


def render_page(
    title: str, lead: str, sections: Sequence[Section], table: Table, reading: Sequence[str]
) -> str:
    """The whole page as text.

    Args:
        title: heading.
        lead: the paragraph below it.
        sections: the tasks, in order.
        table: the numbers of all of them.
        reading: how to read the table, a paragraph each.
    """
    numbers = "".join(f'<p class="quiet">{html.escape(line)}</p>' for line in reading)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n<body><main>\n"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(lead)}</p>\n"
        + "\n".join(_section(section) for section in sections)
        + f'\n<section><h2>Numbers</h2><div class="scroll">{table.as_html()}</div>{numbers}</section>\n'
        "</main></body></html>\n"
    )


def _section(section: Section) -> str:
    media = "".join(_figure(medium) for medium in section.media)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in section.notes)
    links = "".join(f'<a href="{quote(file)}">{html.escape(words)}</a>' for words, file in section.links)
    return (
        f"<section><h2>{html.escape(section.title)}</h2><p>{html.escape(section.story)}</p>"
        f'<div class="media">{media}</div>'
        + (f"<ul>{notes}</ul>" if notes else "")
        + (f'<div class="links">{links}</div>' if links else "")
        + "</section>"
    )


def _figure(medium: Medium) -> str:
    source, caption = quote(medium.file), html.escape(medium.caption)
    if medium.file.endswith(".mp4"):
        shown = (
            f'<video src="{source}" controls loop muted autoplay playsinline aria-label="{caption}"></video>'
        )
    else:
        shown = f'<a href="{source}"><img src="{source}" alt="{caption}"></a>'
    wide = ' class="wide"' if medium.wide else ""
    return f"<figure{wide}>{shown}<figcaption>{caption}</figcaption></figure>"
