"""The text of the editor: round trips, its schema, and one sentence for every kind of wrong text, quickly."""

import json
import time
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import raxel_path, read_trajectory

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs/path.schema.json").read_text())
TEXTS = ROOT / "tests/fixtures/path_texts"
PATHS = sorted((ROOT / "tests/fixtures/paths").glob("*.json"))
WRONG = json.loads((TEXTS / "wrong.json").read_text())
KEY = '{"frame":0,"position":[0,0,0],"rotation":[1,0,0,0]}'
HEAD = '{"format":"raxel-path","version":1,"frames":81,"keys":['


def documents():
    return [json.loads(file.read_text())["document"] for file in PATHS]


def refusal(text):
    start = time.perf_counter()
    with pytest.raises(RaxelError) as caught:
        raxel_path.read(text)
    assert time.perf_counter() - start < 2
    assert len(str(caught.value)) < 200 and "\n" not in str(caught.value)
    return str(caught.value)


def test_a_new_node_holds_the_text_that_javascript_holds():
    assert (TEXTS / "default.json").read_text() == raxel_path.DEFAULT_PATH


def test_the_new_nodes_path_is_an_arc_of_thirty_degrees_that_starts_and_stops_softly():
    path = raxel_path.read(raxel_path.DEFAULT_PATH)
    trajectory = path.trajectory()
    np.testing.assert_array_equal(trajectory.c2w[0], np.eye(4))
    to_subject = np.array(path.subject) - trajectory.c2w[:, :3, 3]
    distance = np.linalg.norm(to_subject, axis=1)
    np.testing.assert_allclose(distance, 1, atol=0.02)
    np.testing.assert_allclose(trajectory.c2w[:, :3, 2], to_subject / distance[:, None], atol=1e-9)
    np.testing.assert_allclose(np.degrees(np.arccos(trajectory.c2w[-1, 2, 2])), 30, atol=1e-6)
    speed = np.linalg.norm(np.diff(trajectory.c2w[:, :3, 3], axis=0), axis=1)
    assert max(speed[0], speed[-1]) < 0.1 * speed.max()


def test_the_example_of_the_page_aims_at_its_subject():
    page = (ROOT / "docs/path-json.md").read_text()
    example = page.split("```json\n")[1].split("```")[0]
    jsonschema.validate(json.loads(example), SCHEMA)
    trajectory = raxel_path.read(example).trajectory()
    seen = np.einsum("fji,fj->fi", trajectory.c2w[:, :3, :3], [0, 0, 1] - trajectory.c2w[:, :3, 3])
    np.testing.assert_allclose(seen[:, :2], 0, atol=1e-4)


@pytest.mark.parametrize("document", documents())
def test_what_is_written_reads_back_the_same_and_obeys_the_schema(document):
    jsonschema.validate(document, SCHEMA)
    path = raxel_path.read(json.dumps(document))
    text = raxel_path.write(path)
    jsonschema.validate(json.loads(text), SCHEMA)
    assert raxel_path.read(text) == path
    assert raxel_path.write(raxel_path.read(text)) == text


@pytest.mark.parametrize(("text", "says"), WRONG, ids=[f"{i}: {row[1][:40]}" for i, row in enumerate(WRONG)])
def test_wrong_texts_are_refused_with_the_sentence_that_javascript_says(text, says):
    assert says in refusal(text)


@pytest.mark.parametrize(("text", "says"), WRONG, ids=[f"{i}: {row[1][:40]}" for i, row in enumerate(WRONG)])
def test_the_schema_refuses_them_too(text, says):
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    beyond_a_schema = ("nested", "must come after", "its length is", "within 0 and 48")
    if any(part in says for part in beyond_a_schema) or "9" * 100 in text or "999]" in text:
        return
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_hostile_texts_are_refused_quickly():
    assert "characters" in refusal(HEAD + ",".join([KEY] * 1_000_000) + "]}")
    assert "900000 keys, at most 1000" in refusal(HEAD + ",".join(["1"] * 900_000) + "]}")
    assert "1001 keys, at most 1000" in refusal(HEAD + ",".join([KEY] * 1001) + "]}")
    assert "nested more than 64 levels" in refusal("[" * 100_000)
    assert "nested more than 64 levels" in refusal("[" * 100_000 + "]" * 100_000)
    assert "nested more than 64 levels" in refusal('{"a":' * 100_000)
    assert "not valid JSON" in refusal('"' + '\\"' * 900_000)
    assert 'no "format"' in refusal("9" * 1_999_000)
    assert "empty" in refusal(" " * 2_000_000)
    assert "2000001 characters" in refusal("x" * 2_000_001)
    assert "whole number" in refusal(HEAD.replace("81", '"' + "<script>" * 1000 + '"') + KEY + "]}")
    assert "must be text" in refusal(None)


def test_unknown_entries_are_ignored_and_a_byte_order_mark_is_fine():
    text = "\ufeff" + raxel_path.DEFAULT_PATH.replace('"edited"', '"note": [{"by": "me"}], "edited"', 1)
    assert raxel_path.read(text) == raxel_path.read(raxel_path.DEFAULT_PATH)


def test_a_rotation_that_is_only_rounded_becomes_exact():
    exact = "0.9914448613738104,0,-0.13052619222005157,0"
    path = raxel_path.read(raxel_path.DEFAULT_PATH.replace(exact, "0.9914,0,-0.1305,0"))
    assert abs(np.linalg.norm(path.keys[1].rotation) - 1) < 1e-15


def test_a_saved_path_is_a_camera_file(tmp_path):
    (tmp_path / "shot.json").write_text(raxel_path.DEFAULT_PATH)
    trajectory = read_trajectory(tmp_path / "shot.json")
    np.testing.assert_array_equal(trajectory.c2w, raxel_path.read(raxel_path.DEFAULT_PATH).trajectory().c2w)
    (tmp_path / "broken.json").write_text(raxel_path.DEFAULT_PATH.replace("81", "0"))
    with pytest.raises(RaxelError, match=r'^broken\.json: "frames" must be'):
        read_trajectory(tmp_path / "broken.json")
