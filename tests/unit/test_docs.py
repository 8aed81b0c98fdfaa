"""What the pages say exists: files behind links, options behind words."""

import argparse
import re
from pathlib import Path

import pytest

from raxel_core.cli import build_parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "models").glob("*.md"))]


def options_of(parser):
    """Every --option of every subcommand, and of theirs."""
    options = {
        option for action in parser._actions for option in action.option_strings if option.startswith("--")
    }
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            options = options.union(*(options_of(subparser) for subparser in action.choices.values()))
    return options - {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_repository_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} points at {target}"


def test_every_page_stands_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, f"{page.name} is not in docs/README.md"


def test_the_command_page_names_every_option_and_no_other():
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    said = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) - {"--help"}
    assert said == options_of(build_parser())
