"""Words that only newer hosts know are left out on older ones; everything else reaches the host, misspellings included."""

import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import pytest


@dataclass
class OldSchema:
    node_id: str
    inputs: list = field(default_factory=list)


@dataclass
class NewSchema(OldSchema):
    search_aliases: list = field(default_factory=list)
    has_intermediate_output: bool = False


@pytest.fixture
def types(pack, monkeypatch):
    """nodes/types.py beside a host with only the names that it takes from there."""
    pack("nodes.seeds")
    api, latest = ModuleType("comfy_api"), ModuleType("comfy_api.latest")
    latest.io = SimpleNamespace(Custom=lambda name: name, Input=object, Schema=OldSchema)
    monkeypatch.setitem(sys.modules, "comfy_api", api)
    monkeypatch.setitem(sys.modules, "comfy_api.latest", latest)
    monkeypatch.delitem(sys.modules, "raxel_pack.nodes.types", raising=False)
    yield pack("nodes.types")
    sys.modules.pop("raxel_pack.nodes.types", None)


DESCRIBED = {"node_id": "A", "search_aliases": ["dolly"], "has_intermediate_output": True}


def test_an_old_host_gets_what_it_knows(types):
    assert types.schema(**DESCRIBED) == OldSchema("A")


def test_a_new_host_gets_everything(types, monkeypatch):
    monkeypatch.setattr(types.io, "Schema", NewSchema)
    assert types.schema(**DESCRIBED) == NewSchema("A", [], ["dolly"], True)


def test_a_misspelt_word_is_not_swallowed(types):
    with pytest.raises(TypeError):
        types.schema(node_id="A", inputz=[])
