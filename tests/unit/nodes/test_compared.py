"""What the page is told of a comparison is the comparison, and JSON as browsers read it."""

import json
from dataclasses import replace

import numpy as np
import pytest


@pytest.fixture
def told(pack):
    """A path, what came of it (bent, half as long, in part doubtful), and what the page gets of both."""
    compare, presets = pack("raxel_core.evaluation.compare"), pack("raxel_core.geometry.presets")
    compared = pack("nodes.compared")
    path = presets.preset_trajectory("arc_left", 9, subject_distance=2.0)
    found = presets.preset_trajectory("arc_left", 5, amount=20, subject_distance=2.0)
    found = replace(found, confidence=np.array([1, 0.2, 0.9, 0.9, 0.9]))
    result = compare.compare(path, found, "scale", 2.0)
    return path, result, compare.Tolerance(5.0, 0.1), compared


def test_paths_and_errors_are_frame_by_frame_those_of_the_requested_path(told):
    path, result, tolerance, compared = told
    requested, achieved = compared.paths_seen(result)
    errors = compared.errors_seen(result, tolerance)
    assert requested["frames"] == achieved["frames"] == errors["frames"] == path.num_frames
    for name in ("rotation_deg", "position", "confidence"):
        assert len(errors[name]) == len(requested["cameras"]) == len(achieved["cameras"])
    np.testing.assert_allclose(errors["rotation_deg"], result.rotation_deg, rtol=1e-6, atol=1e-9)
    apart = np.array(requested["cameras"])[:, :3] - np.array(achieved["cameras"])[:, :3]
    np.testing.assert_allclose(errors["position"], np.linalg.norm(apart, axis=1) / 2.0, atol=1e-6)
    assert errors["within_tolerance"] is False and errors["kept"] is True and errors["seed"] is None


def test_browsers_can_read_it_and_seeds_keep_all_their_digits(told):
    _, result, tolerance, compared = told
    for entry in (
        compared.errors_seen(result, tolerance, 1, 2**64 - 1, False),
        compared.errors_seen(None, tolerance, 2, 7, False),
    ):
        assert json.loads(json.dumps(entry, allow_nan=False)) == entry
    assert compared.errors_seen(result, tolerance, 1, 2**64 - 1)["seed"] == "18446744073709551615"


def test_a_very_long_path_is_thinned_out_like_its_cameras(pack, told):
    _, _, tolerance, compared = told
    compare, presets = pack("raxel_core.evaluation.compare"), pack("raxel_core.geometry.presets")
    path = presets.preset_trajectory("arc_left", 5000)
    result = compare.compare(path, presets.preset_trajectory("arc_left", 5000, amount=20))
    errors, (requested, _) = compared.errors_seen(result, tolerance), compared.paths_seen(result)
    assert len(errors["rotation_deg"]) == len(requested["cameras"]) == 2000 and errors["frames"] == 5000
    assert errors["rotation_deg"][-1] == pytest.approx(result.rotation_deg[-1], rel=1e-6)
