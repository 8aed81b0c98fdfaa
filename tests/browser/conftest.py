"""A real ComfyUI under two frontends, a real Chromium, and an empty page for every test. README.md beside this file says more."""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "host"), str(HERE)]

import host_folder  # noqa: E402
from comfy_page import EVERYWHERE, STOCK, ComfyPage, Variant, frontend_folder  # noqa: E402
from host_client import Interpreter, host_interpreter, running_host  # noqa: E402

ARTIFACTS = HERE / "artifacts"
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items):
    """Browser tests come last, as Playwright keeps an event loop open, and variant by variant, so that pages can be kept."""
    ours = [item for item in items if HERE in Path(item.path).parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    others = [item for item in items if item not in set(ours)]
    items[:] = others + sorted(ours, key=lambda item: EVERYWHERE.index(variant_of(item)))


def variant_of(item) -> Variant:
    return item.callspec.params.get("variant", STOCK) if hasattr(item, "callspec") else STOCK


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and HERE in Path(item.path).parents:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    if find_spec("playwright") is None:
        pytest.skip("no playwright in this Python (pip install playwright; it needs no browser of its own)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
        ]
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


def neighbours() -> dict[str, Path]:
    """Other packs that stand beside ours in this run: RAXEL_NEIGHBOURS=/path/of/pack:/path/of/another."""
    paths = [Path(path) for path in os.environ.get("RAXEL_NEIGHBOURS", "").split(os.pathsep) if path]
    return {path.name: path.resolve() for path in paths}


def with_their_needs(interpreter: Interpreter) -> Interpreter:
    """The interpreter, with RAXEL_NEIGHBOURS_PYTHONPATH behind its own import path."""
    paths = [interpreter.environment["PYTHONPATH"], os.environ.get("RAXEL_NEIGHBOURS_PYTHONPATH", "")]
    return replace(
        interpreter,
        environment=interpreter.environment | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )


@pytest.fixture(scope="session")
def hosts(tmp_path_factory):
    """``hosts(frontend)``: one running ComfyUI a frontend, started when it is first asked for."""
    with ExitStack() as stack:
        running = {}

        def host(frontend: str):
            if frontend not in running:
                interpreter, missing = host_interpreter()
                if interpreter is None:
                    pytest.skip(missing)
                root = frontend_folder(frontend)
                if frontend != "stock" and root is None:
                    pytest.skip(
                        "no newest frontend in .venv-host-frontend (make frontend-package; offline it cannot)"
                    )
                folder = host_folder.prepare(tmp_path_factory.mktemp(f"comfyui_{frontend}"), neighbours())
                options = ["--front-end-root", str(root)] if root else []
                running[frontend] = stack.enter_context(
                    running_host(with_their_needs(interpreter), folder, *options)
                )
                assert "(IMPORT FAILED)" not in running[frontend].log, running[frontend].log
            return running[frontend]

        yield host


@pytest.fixture(scope="session")
def pages(browser, hosts):
    """``pages(variant)``: the one open page, loaded anew when another variant is asked for or ``pages.drop()`` was called."""
    pages = Pages(browser, hosts)
    yield pages
    pages.drop()


class Pages:
    """Holds the page; a load takes seconds, so a test that leaves its page in order hands it on."""

    def __init__(self, browser, hosts) -> None:
        self.browser, self.hosts = browser, hosts
        self.contexts: dict[str, object] = {}  # one browser profile a frontend: its scripts are compiled once
        self.open: ComfyPage | None = None

    def __call__(self, variant: Variant) -> ComfyPage:
        if self.open is not None and self.open.variant != variant:
            self.drop()
        if self.open is None:
            self.open = ComfyPage(
                self.context(variant.frontend).new_page(), self.hosts(variant.frontend), variant
            )
            self.open.open()
        else:
            self.open.empty()
        return self.open

    def context(self, frontend: str):
        if frontend not in self.contexts:
            size = {"width": 1600, "height": 1000}
            self.contexts[frontend] = self.browser.new_context(viewport=size, accept_downloads=True)
        return self.contexts[frontend]

    def drop(self) -> None:
        if self.open is not None:
            self.open.page.close()
        self.open = None


@pytest.fixture
def variant(request) -> Variant:
    """Frontend and renderer of this test; ``comfy_page.on(...)`` chooses others than the stock one."""
    return getattr(request, "param", STOCK)


@pytest.fixture
def comfy(pages, variant, request):
    """ComfyUI's page with an empty workflow. At the end a picture is kept, and the page must not have complained."""
    try:
        page = pages(variant)
    except BaseException:
        pages.drop()
        raise
    page.name = re.sub(r"[^A-Za-z0-9]+", "_", request.node.name).strip("_")
    yield page
    page.picture()
    complaints = page.complaints
    if complaints or request.node.stash.get(FAILED, False):
        pages.drop()
    assert not complaints, complaints


@pytest.fixture
def report(request):
    """``report(line)``: a measured number for the end of pytest's output."""
    return lambda line: request.node.user_properties.append(("told", line))
