"""For every format in the table: what it holds comes back to 1e-6, what it does not hold it says, and it knows its own files."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from raxel_core.formats import FORMATS, Ask, read_file, write_trajectory
from raxel_core.formats.format import HOLDS, present
from raxel_core.geometry.rotation import rotation_angle_deg
from raxel_core.geometry.trajectory import Trajectory

TWO_WAYS = [format for format in FORMATS.values() if format.read and format.write]
CLOSE = 1e-6
RATES = [8, 12, 12.5, 16, 23.976, 24, 24000 / 1001, 25, 30000 / 1001, 30, 48, 50, 60, 120]
QUARTERS = Rotation.create_group("O").as_matrix()
"""The 24 turns that map axes onto axes: straight up, straight down, half turns, where angles are at their worst."""
law = settings(
    max_examples=50, deadline=10_000, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)


@st.composite
def trajectories(draw, features=None, fewest=1):
    """Cameras anywhere, with those parts of HOLDS that are drawn or named."""
    features = draw(st.sets(st.sampled_from(sorted(HOLDS)))) if features is None else features
    count, rng = draw(st.integers(fewest, 9)), np.random.default_rng(draw(st.integers(0, 2**32)))
    width = draw(st.integers(64, 4096))
    height = draw(st.integers(max(64, width // 4), min(4096, width * 4)))
    c2w = np.tile(np.eye(4), (count, 1, 1))
    turns = Rotation.random(count, rng=rng).as_matrix()
    sharp = draw(st.lists(st.integers(0, 24), min_size=count, max_size=count))
    c2w[:, :3, :3] = [QUARTERS[at] if at < 24 else turn for at, turn in zip(sharp, turns, strict=True)]
    c2w[:, :3, 3] = rng.normal(size=(count, 3)) * draw(st.sampled_from([0.0, 1e-3, 1.0, 1e5]))
    K = np.tile(np.diag([1.0, 1.0, 1.0]), (count, 1, 1))
    zoom = rng.uniform(0.5, 2, size=count) if "zoom" in features else 1
    K[:, 0, 0] = K[:, 1, 1] = draw(st.floats(0.2, 5)) * width * zoom
    K[:, 1, 1] *= draw(st.floats(0.5, 0.9)) if "pixels" in features else 1
    K[:, :2, 2] = np.array([width, height]) / 2
    K[:, :2, 2] += rng.uniform(1, 8, size=2) if "centre" in features else 0
    K[:, 0, 1] = 3.0 if "skew" in features else 0
    return Trajectory(
        c2w, K, width, height, draw(st.sampled_from(RATES)), "metric" if "scale" in features else "relative",
        np.round(rng.uniform(size=count), 5) if "confidence" in features else None,
    )  # fmt: skip


def differences(truth, again):
    """Which of HOLDS are not the same in both; lenses are compared as shares of their pictures."""
    size = np.array([truth.width, truth.height]), np.array([again.width, again.height])
    focal = [path.K[:, [0, 1], [0, 1]] / of for path, of in zip((truth, again), size, strict=True)]
    centre = [path.K[:, :2, 2] / of for path, of in zip((truth, again), size, strict=True)]
    same = np.isclose(*focal, rtol=CLOSE, atol=0)
    zooms = [value / value[0] for value in focal]
    aspects = [path.K[:, 1, 1] / path.K[:, 0, 0] for path in (truth, again)]
    sure = [np.ones(0) if path.confidence is None else path.confidence for path in (truth, again)]
    equal = {
        "size": (size[0] == size[1]).all(),
        "fps": abs(1 / truth.fps - 1 / again.fps) < CLOSE,
        "lens": same[0].any(),
        "zoom": np.isclose(*zooms, rtol=CLOSE, atol=0).any(axis=1).all(),
        "centre": np.allclose(*centre, rtol=0, atol=CLOSE),
        "pixels": same.all() or np.allclose(*aspects, rtol=CLOSE, atol=0),
        "skew": np.allclose(truth.K[:, 0, 1] / truth.width, again.K[:, 0, 1] / again.width, atol=CLOSE),
        "scale": truth.scale == again.scale,
        "confidence": sure[0].shape == sure[1].shape and np.allclose(*sure, rtol=0, atol=CLOSE),
    }
    assert equal.keys() == HOLDS.keys()
    return {part for part, is_equal in equal.items() if not is_equal}


def assert_same_places(truth, again):
    assert again.num_frames == truth.num_frames
    reach = max(1.0, np.abs(truth.c2w[:, :3, 3]).max())
    np.testing.assert_allclose(again.c2w[:, :3, 3], truth.c2w[:, :3, 3], rtol=0, atol=CLOSE * reach)
    assert rotation_angle_deg(again.c2w[:, :3, :3], truth.c2w[:, :3, :3]).max() < CLOSE


def there_and_back(tmp_path_factory, format, trajectory, ask):
    """What is read of what is written; the content alone must tell the format."""
    name = format.endings[0] if format.endings[0][0] != "." else f"camera{format.endings[0]}"
    file = tmp_path_factory.mktemp("trip") / name.replace("/", "model")
    write_trajectory(file, trajectory, format.name)
    reading = read_file(file, ask)
    assert reading.format is format
    assert all(len(note) < 250 and "\n" not in note for note in reading.notes)
    return reading.trajectory


@pytest.mark.parametrize("format", TWO_WAYS, ids=lambda format: format.name)
def test_what_a_format_holds_comes_back(format, tmp_path_factory):
    @law
    @given(trajectories())
    def holds(truth):
        lone_fps = truth.fps if truth.num_frames == 1 else None  # times of one camera tell no rate
        again = there_and_back(tmp_path_factory, format, truth, Ask(hfov_deg=41.5, fps=lone_fps))
        assert_same_places(truth, again)
        assert differences(truth, again) <= (present(truth) | {"size"}) - format.holds

    holds()


@pytest.mark.parametrize("format", TWO_WAYS, ids=lambda format: format.name)
def test_with_the_size_told_lenses_come_back_in_pixels(format, tmp_path_factory):
    @law
    @given(trajectories(features={"zoom"} & format.holds))
    def lenses(truth):
        hfov_deg = None if "lens" in format.holds else float(truth.hfov_deg[0])
        ask = Ask(size=(truth.width, truth.height), hfov_deg=hfov_deg, fps=truth.fps)
        again = there_and_back(tmp_path_factory, format, truth, ask)
        assert (again.width, again.height) == (truth.width, truth.height)
        np.testing.assert_allclose(again.K, truth.K, rtol=CLOSE, atol=CLOSE * truth.width)

    lenses()


@pytest.mark.parametrize("format", TWO_WAYS, ids=lambda format: format.name)
def test_what_a_format_says_that_it_loses_is_lost(format, tmp_path_factory):
    """And no more: a path with everything comes back without exactly what `losses` names, or, in a glTF, with everything.

    Its `holds` tells what other programs read; an exact copy for Raxel travels along.
    """

    @law
    @given(trajectories(features=set(HOLDS), fewest=2))
    def loses(truth):
        again = there_and_back(tmp_path_factory, format, truth, Ask((5000, 3000), hfov_deg=2.5, fps=7.25))
        lost = set(HOLDS) - format.holds
        assert differences(truth, again) == (set() if format.name.startswith("gltf") else lost)
        facts = {"width": truth.width, "height": truth.height, "fps": truth.fps}
        assert format.losses(truth) == [HOLDS[part].format(**facts) for part in HOLDS if part in lost]

    loses()


def test_every_name_and_ending_leads_to_one_format():
    for format in FORMATS.values():
        assert format.name == format.name.lower() and format.axes and format.title
        assert format.holds <= HOLDS.keys()
    assert FORMATS["json"].holds == FORMATS["csv"].holds == HOLDS.keys(), "two formats hold everything"
