"""ReCamMaster's poses and Depth Anything 3's matrices: axes, units, and everything that other packs make of a matrix."""

import json

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.formats.bridges.depth_anything import matrices_of_text, trajectory_of_views, views_of
from raxel_core.formats.bridges.recam_master import poses_of, trajectory_of_poses
from raxel_core.geometry.presets import preset_trajectory


def moved(name, amount=None):
    return preset_trajectory(name, frames=9, amount=amount, easing="linear")


@pytest.mark.parametrize(
    ("name", "amount", "way"),
    [
        ("dolly_in", 2, (200, 0, 0)),
        ("truck_right", 2, (0, 200, 0)),
        ("pedestal_up", 2, (0, 0, 200)),
    ],
)
def test_unreal_goes_forward_along_x_right_along_y_and_up_along_z_in_centimetres(name, amount, way):
    poses = poses_of(moved(name, amount))
    assert poses.shape == (3, 4, 4)
    np.testing.assert_allclose(poses[-1, :3, 3], way, atol=1e-9)
    np.testing.assert_allclose(poses[:, :3, :3], np.tile(np.eye(3), (3, 1, 1)), atol=1e-12)


def test_unreal_turns_right_and_up_as_its_editor_says():
    """Rows of FRotationMatrix for yaw and for pitch (left-handed): to the right is towards +y, up is towards +z."""
    right = poses_of(moved("pan_right", 30))[-1, :3, 0]
    np.testing.assert_allclose(right, [np.cos(np.radians(30)), 0.5, 0], atol=1e-12)
    up = poses_of(moved("tilt_up", 30))[-1, :3, 0]
    np.testing.assert_allclose(up, [np.cos(np.radians(30)), 0, 0.5], atol=1e-12)


def test_poses_are_told_from_the_first_and_units_are_metres():
    path = preset_trajectory("truck_right", frames=3).then(moved("dolly_in", 1))
    path = path.at(np.arange(2, 11))
    np.testing.assert_allclose(poses_of(path, 3)[-1, :3, 3], [300, 0, 0], atol=1e-9)


def test_poses_give_back_the_path_at_every_frame():
    path = moved("arc_right", 40)
    read = trajectory_of_poses(poses_of(path), width=path.width, height=path.height)
    assert read.num_frames == 9 and read.scale == "metric"
    np.testing.assert_allclose(read.c2w[::4], path.c2w[::4], atol=1e-12)
    np.testing.assert_allclose(read.c2w, path.c2w, atol=0.03)
    few = trajectory_of_poses(list(poses_of(path)), fps=16, every_frame=False)
    assert (few.num_frames, few.fps) == (3, 4)


def test_other_lengths_are_refused():
    with pytest.raises(RaxelError, match="4n \\+ 1 frames, the path has 8; ask for 5"):
        poses_of(preset_trajectory("static", frames=8))


def test_matrices_are_world_to_camera_in_the_path_s_world_and_pixels():
    path = preset_trajectory("arc_left", frames=4, width=504, height=280).at([1, 2, 3])
    views = views_of(path)
    assert views.extrinsics.shape == (3, 4, 4) and views.intrinsics.shape == (3, 3, 3)
    point = np.array([0.2, -0.1, 3, 1])
    for c2w, w2c in zip(path.c2w, views.extrinsics.numpy(), strict=True):
        np.testing.assert_allclose(w2c @ point, np.linalg.inv(c2w) @ point, atol=1e-6)
    np.testing.assert_allclose(views.intrinsics.numpy(), path.K, rtol=1e-6)
    assert views.camera_params["extrinsics"].shape == (3, 1, 4, 4)
    assert views.camera_params["intrinsics"].shape == (3, 1, 3, 3)
    assert views.camera_params["image_size"] == (280, 504)


SHAPES = {
    "as they are": lambda E, K: (E, K),
    "3 x 4 and padded": lambda E, K: (E[:, :3], torch.nn.functional.pad(K, (0, 1, 0, 1))),
    "one view a batch": lambda E, K: (E[:, None], K[:, None]),
    "one batch of views": lambda E, K: (E[None], K[None]),
    "lists": lambda E, K: (E.tolist(), K.tolist()),
    "lists of tensors": lambda E, K: (list(E), list(K)),
    "arrays": lambda E, K: (E.numpy(), K.numpy()),
    "half precision": lambda E, K: (E.half(), K.half()),
    "bfloat16": lambda E, K: (E.bfloat16(), K.half()),
    "one lens for all": lambda E, K: (E, K[0]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_form_of_the_matrices_gives_back_the_path(shape):
    path = preset_trajectory("arc_left", frames=5, width=504, height=280)
    views = views_of(path)
    read = trajectory_of_views(*SHAPES[shape](views.extrinsics, views.intrinsics), fps=16)
    loose = 0.02 if "fl" in shape or "half" in shape else 1e-6
    np.testing.assert_allclose(read.c2w, path.c2w, atol=loose)
    np.testing.assert_allclose(read.K, path.K, rtol=max(loose / 10, 1e-6))
    assert (read.width, read.height, read.scale) == (504, 280, "relative")


def test_the_text_gives_back_the_path():
    path = preset_trajectory("spiral", frames=5, width=504, height=280)
    views = views_of(path)
    E, K = (
        matrices_of_text(text, name)
        for text, name in zip(views[2:4], ("extrinsics", "intrinsics"), strict=True)
    )
    read = trajectory_of_views(E, K)
    np.testing.assert_allclose(read.c2w, path.c2w, atol=1e-6)
    np.testing.assert_allclose(read.K, path.K, rtol=1e-6)


def test_another_size_covers_and_crops():
    views = views_of(preset_trajectory("static", frames=2, width=504, height=280))
    read = trajectory_of_views(views.extrinsics, views.intrinsics, width=280, height=280)
    assert read.K[0, 0, 0] == pytest.approx(float(views.intrinsics[0, 0, 0]))
    assert read.K[0, 0, 2] == 140


def test_without_a_lens_hfov_counts():
    read = trajectory_of_views(torch.eye(4)[None], hfov_deg=90)
    assert (read.width, read.height) == (832, 480) and read.hfov_deg[0] == pytest.approx(90)


EYE = torch.eye(4)[None]
TURNED = torch.from_numpy(Rotation.from_euler("y", 20, degrees=True).as_matrix()).float()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: trajectory_of_views(None), "NoneType|extrinsics must be"),
        (lambda: trajectory_of_views("text"), "extrinsics must be numbers"),
        (lambda: trajectory_of_views(torch.eye(3)[None]), r"\[cameras, 4, 4\], got \[1, 3, 3\]"),
        (lambda: trajectory_of_views(torch.zeros(2, 3, 4, 4)), r"got \[2, 3, 4, 4\]"),
        (lambda: trajectory_of_views(torch.zeros(0, 4, 4)), r"got \[0, 4, 4\]"),
        (lambda: trajectory_of_views(EYE * float("inf")), "finite"),
        (lambda: trajectory_of_views(EYE * torch.tensor([2.0, 2, 2, 1])), "scaled"),
        (lambda: trajectory_of_views(EYE * torch.tensor([1.0, 1, -1, 1])), "mirrored"),
        (lambda: trajectory_of_views(EYE, torch.eye(3)[None]), "mono and metric models give no lens"),
        (
            lambda: trajectory_of_views(EYE, torch.diag(torch.tensor([0.6, 0.9, 1]))[None]),
            "middle of a picture",
        ),
        (lambda: trajectory_of_views(EYE.repeat(3, 1, 1), torch.ones(2, 3, 3) * 200), "3 extrinsics and 2"),
        (lambda: trajectory_of_poses(np.zeros((2, 4, 4))), "rotation"),
        (lambda: trajectory_of_poses({"a": 1}), "camera poses"),
        (lambda: matrices_of_text("[]", "extrinsics"), "must hold"),
        (
            lambda: matrices_of_text('{"extrinsics": "Not available (mono/metric model)"}', "extrinsics"),
            "main or nested",
        ),
        (lambda: matrices_of_text('{"extrinsics": [{"image_0": null}]}', "extrinsics"), "view 0"),
        (lambda: matrices_of_text('{"extrinsics": [{"image_0": [[1, 2], [3]]}]}', "extrinsics"), "one size"),
        (lambda: matrices_of_text(json.dumps({"extrinsics": []}), "extrinsics"), "extrinsics must be"),
    ],
)
def test_what_is_no_camera_is_refused_in_a_sentence(call, words):
    with pytest.raises(RaxelError, match=words) as told:
        call()
    assert "\n" not in str(told.value) and len(str(told.value)) < 250
