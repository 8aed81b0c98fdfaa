"""Loads the repository as ComfyUI would, as one package, but without a host. Its raxel_core is its own copy of the classes."""

import importlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def pack():
    spec = spec_from_file_location("raxel_pack", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    sys.modules["raxel_pack"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["raxel_pack"])
    return lambda name: importlib.import_module(f"raxel_pack.{name}")
