"""Whatever another pack hands over: cameras, or one sentence. Nothing else, however wrong it is."""

import json
import warnings

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from raxel_core.errors import RaxelError
from raxel_core.formats.bridges.camera_ctrl import rows_of, trajectory_of_rows, trajectory_of_text
from raxel_core.formats.bridges.depth_anything import matrices_of_text, trajectory_of_views, views_of
from raxel_core.formats.bridges.recam_master import poses_of, trajectory_of_poses
from raxel_core.formats.bridges.wan import trajectory_from_wan, wan_embedding
from raxel_core.formats.load3d import path_through, read_load3d, write_load3d
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.trajectory import Trajectory

PATH = preset_trajectory("handheld", frames=5, width=16, height=16, amount=20)
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.sampled_from([0, 1, -1, 1e-320, 1e300, -1e18, 2**70, True, None, "1", float("nan")]),
)
VALUES = st.recursive(
    st.one_of(NUMBERS, st.text(max_size=5), st.binary(max_size=3)),
    lambda parts: st.one_of(
        st.lists(parts, max_size=5), st.dictionaries(st.text(max_size=5), parts, max_size=3)
    ),
    max_leaves=20,
)


def as_list(cameras):
    """The node always hands over a list."""
    return cameras if isinstance(cameras, list) and cameras else [cameras]


GOOD = {
    "rows": (trajectory_of_rows, rows_of(PATH)),
    "poses": (trajectory_of_poses, poses_of(PATH).tolist()),
    "extrinsics": (trajectory_of_views, views_of(PATH).extrinsics.tolist()),
    "intrinsics": (
        lambda K: trajectory_of_views(views_of(PATH).extrinsics, K),
        views_of(PATH).intrinsics.tolist(),
    ),
    "a camera": (read_load3d, write_load3d(PATH, 3)),
    "cameras": (
        lambda cameras: path_through(as_list(cameras), frames=9),
        [write_load3d(PATH, i) for i in range(3)],
    ),
    "poses as text": (lambda rows: trajectory_of_text(json.dumps(rows)), rows_of(PATH)),
    "views as text": (
        lambda views: trajectory_of_views(matrices_of_text(json.dumps(views), "extrinsics")),
        json.loads(views_of(PATH).extrinsics_json),
    ),
}
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def cameras_or_a_sentence(read, *values):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = read(*values)
    except RaxelError as error:
        assert "\n" not in str(error) and len(str(error)) < 250, str(error)
        return
    assert isinstance(found, Trajectory) and np.isfinite(found.c2w).all() and np.isfinite(found.K).all()


@pytest.mark.parametrize("name", [name for name in GOOD if "text" not in name])
@FUZZ
@given(value=VALUES)
def test_anything_at_all_is_cameras_or_a_sentence(name, value):
    cameras_or_a_sentence(GOOD[name][0], value)


@pytest.mark.parametrize("name", GOOD)
@FUZZ
@given(data=st.data())
def test_good_values_with_one_part_exchanged_are_cameras_or_a_sentence(name, data):
    read, good = GOOD[name]
    value = part = json.loads(json.dumps(good))
    while True:
        key = data.draw(st.sampled_from(list(part) if isinstance(part, dict) else list(range(len(part)))))
        if not isinstance(part[key], dict | list) or not part[key] or data.draw(st.integers(0, 3)) == 0:
            break
        part = part[key]
    part[key] = data.draw(NUMBERS if "text" in name else VALUES)
    cameras_or_a_sentence(read, value)


@FUZZ
@given(text=st.one_of(st.text(max_size=50), VALUES.map(lambda value: json.dumps(repr(value)))))
def test_any_text_is_cameras_or_a_sentence(text):
    cameras_or_a_sentence(trajectory_of_text, text)
    cameras_or_a_sentence(lambda words: trajectory_of_views(matrices_of_text(words, "extrinsics")), text)


@FUZZ
@given(
    shape=st.lists(st.sampled_from([0, 1, 2, 3, 4, 24]), max_size=6).filter(
        lambda sides: np.prod(sides) < 10_000
    ),
    scale=st.sampled_from([0.0, 1e-30, 1.0, 1e30, float("nan"), float("inf")]),
    dtype=st.sampled_from(
        [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool]
    ),
    read=st.sampled_from(
        [trajectory_from_wan, trajectory_of_poses, trajectory_of_views, trajectory_of_rows, read_load3d]
    ),
)
def test_any_tensor_is_cameras_or_a_sentence(shape, scale, dtype, read):
    tensor = (
        torch.nan_to_num(torch.randn(shape) * scale, nan=0.0)
        if dtype == torch.int64
        else torch.randn(shape) * scale
    )
    cameras_or_a_sentence(read, tensor.to(dtype))


@FUZZ
@given(
    place=st.tuples(st.integers(0, 23), st.integers(0, 1), st.integers(0, 15), st.integers(0, 15)),
    value=st.floats(width=32),
    latents=st.integers(1, 2),
)
def test_an_embedding_with_one_number_exchanged_is_cameras_or_a_sentence(place, value, latents):
    embedding = wan_embedding(PATH)[:, :, :latents].clone()
    channel, latent, row, column = place
    embedding[0, channel, min(latent, latents - 1), row, column] = value
    cameras_or_a_sentence(trajectory_from_wan, embedding)
