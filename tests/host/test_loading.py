"""The host takes the pack in without a murmur, and serves everything that belongs to a node."""

import json
import re
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import ROOT, WORKFLOWS

NODES = [
    "LoadRaxelModel", "RaxelLoadLora", "TrajectoryPreset", "RaxelTrajectoryEditor", "RaxelFromCamera", "JointSampler",
    "RaxelsToPoses", "RaxelPreviewTrajectory", "RaxelCompareTrajectories", "RaxelClosedLoop", "RaxelSaveTrajectory",
    "RaxelLoadTrajectory", "RaxelTransformTrajectory", "RaxelJoinTrajectories", "RaxelStabilizeTrajectory",
    "RaxelToWanCamera", "RaxelFromWanCamera", "RaxelToCameraCtrl", "RaxelFromCameraCtrl", "RaxelToReCamMaster",
    "RaxelFromReCamMaster", "RaxelToDepthAnything3", "RaxelFromDepthAnything3", "RaxelToLoad3D", "RaxelFromLoad3D",
    "RaxelToRayImages",
]  # fmt: skip
BRIDGES = NODES[NODES.index("RaxelToWanCamera") :]


@pytest.fixture(scope="module")
def definitions(host):
    return {name: host.get(f"/object_info/{name}")[name] for name in NODES}


def inputs_of(definition):
    return {**definition["input"].get("required", {}), **definition["input"].get("optional", {})}


def test_the_log_of_the_start_holds_no_complaint_about_the_pack(host):
    lines = host.log.split("got prompt", 1)[0].splitlines()  # other tests then ask for what is refused
    assert any("seconds: " in line and line.endswith("custom_nodes/raxel") for line in lines), host.log
    start = next(i for i, line in enumerate(lines) if "Import times for custom nodes" in line)
    complaints = [
        line
        for line in lines
        if "raxel" in line.lower()
        and any(word in line.lower() for word in ("warn", "error", "fail", "traceback", "skip "))
    ]
    assert not complaints
    assert "IMPORT FAILED" not in "\n".join(lines[start : start + 4])


def test_every_node_is_offered_under_its_category(definitions):
    places = dict.fromkeys(NODES, "Raxel") | dict.fromkeys(BRIDGES, "Raxel/bridges")
    assert {name: d["category"] for name, d in definitions.items()} == places
    assert all(d["python_module"] == "custom_nodes.raxel" for d in definitions.values())


def test_nodes_of_the_host_keep_their_names(host):
    everything = host.get("/object_info")
    ours = {name for name, d in everything.items() if d["python_module"] == "custom_nodes.raxel"}
    assert ours == set(NODES)


def test_the_small_model_is_in_the_menu_and_its_vae_is_not(definitions):
    _, options = inputs_of(definitions["LoadRaxelModel"])["model_name"]
    assert "raxel-small.safetensors" in options["options"]
    assert not [name for name in options["options"] if "-vae" in name]


def test_new_inputs_of_the_loader_are_folded_and_mean_what_it_did_without_them(definitions):
    """Workflows and prompts of the first release have none of them."""
    given = inputs_of(definitions["LoadRaxelModel"])
    assert list(given) == ["model_name", "quantize", "vram_gb", "attention", "compile"]
    defaults = {name: spec[1].get("default") for name, spec in given.items() if name != "model_name"}
    assert defaults == {"quantize": "as stored", "vram_gb": 0.0, "attention": "auto", "compile": False}
    assert all(given[name][1]["advanced"] for name in defaults)
    assert set(definitions["LoadRaxelModel"]["input"]["optional"]) == set(defaults)


def test_the_model_folder_is_one_of_the_host_s(host):
    assert "raxel" in host.get("/models")


def test_every_input_and_output_has_a_tooltip(definitions):
    for name, definition in definitions.items():
        for input_name, spec in inputs_of(definition).items():
            assert len(spec[1].get("tooltip", "")) > 10, f"{name}.{input_name}"
        assert all(definition["output_tooltips"]), name
        assert len(definition["description"]) > 30, name


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_input_and_output_is_translated_and_nothing_else(host, definitions, language):
    words = host.get("/i18n")[language]["nodeDefs"]
    assert set(NODES) <= set(words)
    for name, definition in definitions.items():
        assert words[name]["display_name"] and words[name]["description"]
        assert set(words[name]["inputs"]) == set(inputs_of(definition)), name
        assert set(words[name].get("outputs", {})) == {str(i) for i in range(len(definition["output"]))}, name
        for input_name, texts in words[name]["inputs"].items():
            assert texts["name"] and texts["tooltip"], f"{name}.{input_name}"
            spec = inputs_of(definition)[input_name]
            assert set(texts.get("options", {})) <= set(spec[1].get("options", [])), f"{name}.{input_name}"


def test_english_texts_are_those_of_the_nodes(host, definitions):
    words = host.get("/i18n")["en"]["nodeDefs"]
    for name, definition in definitions.items():
        assert words[name]["display_name"] == definition["display_name"]
        assert words[name]["description"] == definition["description"]
        for input_name, spec in inputs_of(definition).items():
            assert words[name]["inputs"][input_name]["tooltip"] == spec[1]["tooltip"], f"{name}.{input_name}"


@pytest.mark.parametrize("name", NODES)
def test_the_help_page_names_every_input_and_output(host, definitions, name):
    page = host.raw(f"/extensions/raxel/docs/{name}.md").decode()
    assert page.startswith(f"# {definitions[name]['display_name']}")
    for word in [*inputs_of(definitions[name]), *definitions[name]["output_name"]]:
        assert f"**{word}**" in page, word


@pytest.mark.parametrize("name", NODES)
def test_the_help_page_is_there_in_chinese_too_and_its_picture_is_served(host, name):
    title = host.get("/i18n")["zh"]["nodeDefs"][name]["display_name"]
    page = host.raw(f"/extensions/raxel/docs/{name}/zh.md").decode()
    assert page.startswith(f"# {title}\n")
    (picture,) = re.findall(r"\]\((images/[^)]+)\)", page)
    assert host.raw(f"/extensions/raxel/docs/{picture}")[:2] == b"\xff\xd8"


def test_the_pack_adds_one_script_to_the_page(host):
    scripts = [path for path in host.get("/extensions") if "raxel" in path]
    assert scripts == ["/extensions/raxel/raxel.js"]


def test_modules_are_served_as_scripts(host):
    for name in ("i18n.mjs", "live/attach.mjs", "editor/document.mjs"):
        with urllib.request.urlopen(f"http://127.0.0.1:{host.port}/extensions/raxel/{name}") as answer:
            assert "javascript" in answer.headers["Content-Type"], name


@pytest.mark.parametrize("language", ["en", "zh"])
def test_settings_and_sockets_are_told_in_both_languages(host, language):
    words = host.get("/i18n")[language]
    assert words["settings"]["Raxel_Sampler_LiveView"]["name"]
    assert words["settingsCategories"]["Raxel"] and words["dataTypes"]["RAXEL_TRAJECTORY"]


def test_nodes_are_found_by_other_words_where_the_host_can(definitions):
    """ComfyUI 0.3.64 knows no search aliases; a host that does gets some for every node."""
    known = [d for d in definitions.values() if "search_aliases" in d]
    assert all(d["search_aliases"] for d in known)


def test_the_workflows_are_offered_with_their_pictures(host):
    assert sorted(host.get("/workflow_templates")["raxel"]) == WORKFLOWS
    for name in WORKFLOWS:
        base = f"/api/workflow_templates/raxel/{quote(name)}"
        assert json.loads(host.raw(f"{base}.json"))["version"] == 0.4
        assert host.raw(f"{base}.jpg")[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("raxel_example_clip.mp4", "clip.mp4"),
        ("raxel_example_still.png", "still.png"),
        ("raxel_example_still_2.png", "still_2.png"),
    ],
)
def test_the_files_that_the_workflows_load_lie_in_the_input_folder(host, name, source):
    shipped = ROOT / "demo" / source
    assert (host.folder / "input" / name).is_file()
    if shipped.is_file():
        assert (host.folder / "input" / name).read_bytes() == shipped.read_bytes()
        assert host.log.count(f"copied {name}") == 1


def test_the_pack_ships_no_requirement_that_the_host_would_have_to_install():
    lines = Path(ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if line.strip() and not line.startswith("#")] == []
