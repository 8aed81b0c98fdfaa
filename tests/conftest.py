"""What all tests share: how they are dealt out to two processes (`-n 2`, pytest-xdist), and what the last lines say."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SERVERS = ("host", "browser")
"""Folders whose tests drive a real ComfyUI."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Tests of one file go to one process; those that drive a ComfyUI all go to one, first of all, as they take longest."""
    if not hasattr(config, "workerinput"):
        return (yield)
    for item in items:
        item.add_marker(pytest.mark.xdist_group("servers" if folder_of(item) in SERVERS else str(item.path)))
    result = yield
    items.sort(key=lambda item: (*SERVERS, folder_of(item)).index(folder_of(item)))
    return result


def folder_of(item) -> str:
    return Path(item.path).relative_to(HERE).parts[0]


def pytest_terminal_summary(terminalreporter):
    """Say loudly what was skipped for want of a ComfyUI or a Chromium, and what tests have to tell."""
    reasons = {}
    for report in terminalreporter.stats.get("skipped", []):
        folder = Path(report.nodeid).parts[1] if report.nodeid.startswith("tests/") else ""
        if folder in SERVERS and isinstance(report.longrepr, tuple):
            reasons[folder.upper(), report.longrepr[2].removeprefix("Skipped: ")] = None
    for folder, reason in reasons:
        terminalreporter.write_line(f"{folder} TESTS SKIPPED: {reason}", yellow=True, bold=True)
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, line in report.user_properties if report.when == "call" else ():
            if name == "told":
                terminalreporter.write_line(f"{folder_of_node(report.nodeid)}: {line}")


def folder_of_node(nodeid: str) -> str:
    return Path(nodeid).parts[1]
