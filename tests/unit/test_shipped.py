"""What `comfy node publish` would send to the Registry: enough to run, nothing for developers, nothing that scanners dislike.

The list is git's, less .comfyignore, as comfy-cli makes it; comfy-cli itself is not needed.
"""

import ast
import importlib
import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MB = 1 << 20
FORBIDDEN_MODULES = {
    "subprocess", "pickle", "marshal", "shelve", "dill", "cloudpickle", "ctypes", "socket", "pty", "runpy", "code", "requests",
    "httpx", "ftplib", "smtplib", "telnetlib", "urllib.request", "http.client", "multiprocessing",
}  # fmt: skip
RIGHTLY = {
    ("raxel_core/engine/offload/memory.py", "ctypes")
}  # how much RAM Windows has left; glibc's malloc_trim
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
FORBIDDEN_METHODS = {
    "system",
    "popen",
    "urlopen",
    "urlretrieve",
    "unpickle",
    "load_module",
    "execv",
    "execve",
    "spawnv",
}
FORBIDDEN_SCRIPT = re.compile(
    r"\beval\s*\(|\bnew Function\b|\bFunction\s*\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|"
    r"\bimportScripts\b|\bwindow\.\w+\s*=[^=]|\bglobalThis\.\w+\s*=[^=]|\batob\s*\(|document\.cookie|new WebSocket|XMLHttpRequest|"
    r"srcdoc|javascript:"
)
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
LONGEST_LINE = 600
"""A line of a style sheet is long; a minified file is one line."""


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is no git checkout, so nobody can publish from it")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def shipped() -> list[str]:
    patterns = [line.strip() for line in (ROOT / ".comfyignore").read_text().splitlines()]
    patterns = [line for line in patterns if line and not line.startswith("#")]

    def ignored(name: str) -> bool:
        parts = name.split("/")
        folders = ["/".join(parts[:count]) + "/" for count in range(1, len(parts))]
        return any(p in folders if p.endswith("/") else fnmatch(name, p) for p in patterns)

    return [name for name in tracked() if not ignored(name)]


def of_kind(names: list[str], *endings: str) -> list[Path]:
    return [ROOT / name for name in names if name.endswith(endings)]


def test_nothing_for_developers_is_shipped(shipped):
    tops = {name.split("/")[0] for name in shipped}
    assert not tops & {
        "tests",
        "bench",
        "scripts",
        "recipes",
        "demo_output",
        ".ci",
        ".github",
        "Makefile",
        "node_modules",
    }
    assert not [
        name for name in shipped if Path(name).name.startswith(("test_", "conftest")) or ".test." in name
    ]
    assert not of_kind(
        shipped, ".pyc", ".so", ".pyd", ".sh", ".bat", ".exe", ".zip", ".whl", ".ipynb", ".map", ".ts"
    )
    assert not [name for name in shipped if (ROOT / name).is_symlink()], "the Registry refuses links"
    assert not {"install.py", "prestartup_script.py", "uninstall.py"} & set(shipped), "these draw scanners"


def test_all_that_the_pack_needs_is_shipped(shipped):
    needed = {
        "__init__.py", "LICENSE", "README.md", "pyproject.toml", "requirements.txt", "nodes/extension.py", "web/raxel.js",
        "models/raxel-small.safetensors", "models/raxel-small-vae.safetensors", "docs/path-json.md",
    }  # fmt: skip
    inputs = re.findall(r'": "([\w.]+)",', (ROOT / "nodes" / "folders.py").read_text())
    assert {"clip.mp4", "still.png", "still_2.png"} == set(inputs)
    needed |= {f"demo/{name}" for name in inputs}
    needed |= {
        f"locales/{language}/{file}.json"
        for language in ("en", "zh")
        for file in ("main", "nodeDefs", "settings")
    }
    workflows = [Path(name) for name in shipped if fnmatch(name, "example_workflows/*.json")]
    assert len(workflows) == 9
    needed |= {path.with_suffix(".jpg").as_posix() for path in workflows}
    assert needed - set(shipped) == set()


def test_the_download_is_small(shipped):
    sizes = {name: (ROOT / name).stat().st_size for name in shipped}
    assert sum(sizes.values()) < 40 * MB
    assert not [
        name for name, size in sizes.items() if size > MB and not name.startswith(("models/", "docs/images/"))
    ]


def test_the_shipped_files_alone_are_imported(shipped, tmp_path, monkeypatch):
    folder = tmp_path / "custom_nodes" / "raxel"
    for name in shipped:
        if name.endswith(".py"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    spec = spec_from_file_location(
        "shipped_raxel", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    package = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "shipped_raxel", package)
    spec.loader.exec_module(package)
    for name in ("exchange", "fitting", "live", "preview", "seeds", "text", "wiring"):
        module = importlib.import_module(f"shipped_raxel.nodes.{name}")
        assert Path(module.__file__).is_relative_to(folder)
    for name in [name for name in sys.modules if name.startswith("shipped_raxel.")]:
        del sys.modules[name]


def test_no_python_file_starts_programs_runs_text_or_opens_the_net(shipped):
    found = []
    for path in of_kind(shipped, ".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            file = path.relative_to(ROOT).as_posix()
            bad = [name for name in names if name in FORBIDDEN_MODULES and (file, name) not in RIGHTLY]
            found += [f"{place} imports {name}" for name in bad]
            if isinstance(node, ast.Call):
                called = node.func
                if isinstance(called, ast.Name) and called.id in FORBIDDEN_CALLS:
                    found.append(f"{place} calls {called.id}")
                if isinstance(called, ast.Attribute) and called.attr in FORBIDDEN_METHODS:
                    found.append(f"{place} calls .{called.attr}")
                if ast.unparse(called) == "torch.load":
                    found.append(f"{place} unpickles")
    assert found == []


def test_no_script_runs_text_writes_markup_or_reaches_beyond_the_host(shipped):
    scripts = of_kind(shipped, ".js", ".mjs")
    assert [path.name for path in scripts if path.suffix == ".js"] == ["raxel.js"], (
        "the host imports every .js"
    )
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        code = re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", text, flags=re.S)
        assert not (hit := FORBIDDEN_SCRIPT.search(code)), f"{path.name}: {hit and hit[0]}"
        assert not re.findall(r"[\"'`]https?://(?!www\.w3\.org/2000/svg)[^\"'`]*", code), path.name
        assert max(map(len, text.splitlines())) <= LONGEST_LINE, f"{path.name} looks minified"
        outside = [
            name for name in re.findall(r'(?:from|import\()\s*"([^"]+)"', code) if not name.startswith(".")
        ]
        assert set(outside) <= {"/scripts/app.js", "/scripts/api.js"}, f"{path.name} imports {outside}"


def test_every_imported_script_is_shipped(shipped):
    names = set(shipped)
    for path in of_kind(shipped, ".js", ".mjs"):
        for name in re.findall(r'^[^/\n*]*(?:from|import\()\s*"(\.[^"]+)"', path.read_text(), flags=re.M):
            target = (path.parent / name).resolve().relative_to(ROOT).as_posix()
            assert target in names, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("language", ["", "zh"])
def test_every_node_has_a_help_page_with_a_picture_that_is_small(shipped, language):
    nodes = json.loads((ROOT / "locales" / "en" / "nodeDefs.json").read_text())
    for node in nodes:
        page = ROOT / "web" / "docs" / (f"{node}/{language}.md" if language else f"{node}.md")
        assert page.relative_to(ROOT).as_posix() in shipped
        pictures = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
        assert pictures, page
        for words, target in pictures:
            picture = ROOT / "web" / "docs" / target
            assert len(words) > 4 and f"web/docs/{target}" in shipped, f"{page}: {target}"
            assert picture.stat().st_size < 60_000, target


def test_a_translated_help_page_names_what_the_english_one_names(shipped):
    pages = [path for path in of_kind(shipped, ".md") if path.parent == ROOT / "web" / "docs"]
    assert len(pages) == 26
    for page in pages:
        other = (page.with_suffix("") / "zh.md").read_text(encoding="utf-8")
        tables = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
        names = {name for line in tables for name in re.findall(r"\*\*(\w+)\*\*", line.split("|")[1])}
        assert not [name for name in names if f"**{name}**" not in other], page.name


def test_the_registry_can_read_the_pack_s_description():
    tomllib = pytest.importorskip("tomllib")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, comfy = settings["project"], settings["tool"]["comfy"]
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,99}", project["name"]) and "comfyui" not in project["name"].lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["version"]) and project["license"] == "Apache-2.0"
    assert project["description"] and project["urls"]["Repository"].startswith("https://")
    assert comfy["PublisherId"] and comfy["DisplayName"] == "Raxel"
    assert re.fullmatch(r">=\d+\.\d+\.\d+", comfy["requires-comfyui"]), (
        "other forms are dropped without a word"
    )
    assert "web" not in comfy, "with WEB_DIRECTORY every script would be imported twice"
    known = {"NVIDIA CUDA", "AMD ROCm", "Intel Arc", "Apple Metal"}
    gpus = [c.split(" :: ")[-1] for c in project["classifiers"] if c.startswith("Environment ::")]
    assert set(gpus) <= known, "one unknown entry voids the list"


def test_the_host_installs_nothing_for_us():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if line.strip() and not line.startswith("#")] == []
