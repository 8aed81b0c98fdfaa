"""Imports point down: each floor may import itself and the floors below it, and the core never imports the host."""

import ast
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parent.parent / "raxel_core"
FLOORS = [  # ground first; names of one line stand side by side and leave each other alone
    ["geometry"],
    ["formats", "media", "model"],
    ["engine"],
    ["sampling"],
    ["training"],
    ["evaluation"],  # measures on the clips that training renders and holds out
    ["report"],
    ["commands"],
]
COMMAND = {"cli", "commands", "demo"}  # the raxel command in one room: its table of contents lists the demo
HEIGHT = {name: height for height, floor in enumerate(FLOORS) for name in floor}
BASEMENT = {"errors"}
HOST = {
    "comfy",
    "comfy_api",
    "comfy_extras",
    "comfy_execution",
    "folder_paths",
    "server",
    "nodes",
    "execution",
}


def floor_of(module: str) -> str:
    return "commands" if module in COMMAND else module


def floor_of_file(path: Path) -> str:
    return floor_of(path.relative_to(CORE).parts[0].removesuffix(".py"))


def imported_names(path: Path) -> list[str]:
    package = ("raxel_core", *path.relative_to(CORE).parts[:-1])
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            names += [f"{module}.{alias.name}" for alias in node.names]
    return names


SOURCES = sorted(CORE.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(CORE)))
def test_imports_point_down(path: Path) -> None:
    own = floor_of_file(path)
    for name in imported_names(path):
        parts = name.split(".")
        assert parts[0] not in HOST, f"{name} is the host's"
        if parts[0] != "raxel_core" or len(parts) == 1 or floor_of(parts[1]) == own or parts[1] in BASEMENT:
            continue
        assert own not in BASEMENT and own != "__init__", (
            f"{own} may import nothing of ours, yet imports {name}"
        )
        assert HEIGHT[floor_of(parts[1])] < HEIGHT[own], f"{name} is not below {own}"


def test_every_part_of_the_core_has_a_floor() -> None:
    parts = {floor_of_file(path) for path in SOURCES}
    assert parts - set(HEIGHT) <= BASEMENT | {"__init__", "__main__"}
