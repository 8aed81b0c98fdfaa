"""What all tests share: how they are dealt out to two processes (`-n 2`, pytest-xdist), and what the last lines say."""

from __future__ import annotations

from pathlib import Path

import pytest

SERVERS = ("host", "browser")
"""Folders whose tests drive a real ComfyUI."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests of one file go to one process; those that drive a ComfyUI all go to one, so that its servers start once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "servers" if folder_of(nodeid) in SERVERS else nodeid.split("::")[0]

    return ByFile(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """In one of two processes those that drive a ComfyUI come first, in the other those that train: they take longest."""
    result = yield
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.nodeid))
    return result


def _turn(nodeid: str) -> int:
    first = [*(f"tests/{folder}/" for folder in SERVERS), "tests/unit/training/"]
    return next((turn for turn, start in enumerate(first) if nodeid.startswith(start)), len(first))


def folder_of(nodeid: str) -> str:
    """tests/FOLDER/test_file.py::test_name -> FOLDER."""
    return Path(nodeid.split("::")[0]).parts[1]


def pytest_terminal_summary(terminalreporter):
    """Say loudly what was skipped for want of a ComfyUI or a Chromium, and what tests have to tell."""
    reasons = {}
    for report in terminalreporter.stats.get("skipped", []):
        folder = folder_of(report.nodeid)
        if folder in SERVERS and isinstance(report.longrepr, tuple):
            reasons[folder.upper(), report.longrepr[2].removeprefix("Skipped: ")] = None
    for folder, reason in reasons:
        terminalreporter.write_line(f"{folder} TESTS SKIPPED: {reason}", yellow=True, bold=True)
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, line in report.user_properties if report.when == "call" else ():
            if name == "told":
                terminalreporter.write_line(f"{folder_of(report.nodeid)}: {line}")
