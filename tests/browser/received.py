"""What Python got: a Save Trajectory node behind an editor, and the cameras in its file."""

from __future__ import annotations

import numpy as np
from comfy_page import ComfyPage
from editor_page import Editor

from raxel_core.formats import read_trajectory


def save_behind(editor: Editor) -> str:
    """Wire a Save Trajectory node to the editor; its id."""
    comfy = editor.comfy
    node = comfy.add_node("RaxelSaveTrajectory", 900, 100)
    comfy.set_widget(node, "format", "JSON")
    comfy.connect(editor.node, 0, node, "trajectory")
    return node


def cameras_of(comfy: ComfyPage, entry: dict, node: str) -> np.ndarray:
    """[frames, 4, 4] camera-to-world and [frames] hfov in degrees, from the file that a run saved."""
    assert entry["status"]["status_str"] == "success", entry["status"]
    (saved,) = entry["outputs"][node]["raxel_trajectory"]
    return read_trajectory(comfy.host.saved(saved))


def assert_same_path(shown: np.ndarray, trajectory) -> None:
    """The page's cameras (``Editor.cameras``) are those that Python had, to 1e-6."""
    assert len(shown) == trajectory.num_frames
    w, x, y, z = shown[:, 3:7].T
    rotation = np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], -1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], -1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], -1),
        ],
        -2,
    )
    np.testing.assert_allclose(trajectory.c2w[:, :3, 3], shown[:, :3], atol=1e-6)
    np.testing.assert_allclose(trajectory.c2w[:, :3, :3], rotation, atol=1e-6)
    hfov = 2 * np.degrees(np.arctan(trajectory.width / 2 / trajectory.K[:, 0, 0]))
    np.testing.assert_allclose(hfov, shown[:, 7], atol=1e-5)
