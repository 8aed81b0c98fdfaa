"""A rendered clip with exact cameras, and folders of it in every layout."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from raxel_core.formats import write_trajectory
from raxel_core.geometry.trajectory import Trajectory
from raxel_core.media import write_mp4, write_png
from raxel_core.training.render import Clip, render_frames, sample_clip
from raxel_core.training.world import stack_scenes

FRAMES, HEIGHT, WIDTH = 9, 64, 96


def moving() -> list[int]:
    """Numbers of clips whose camera moves, and does not only turn."""
    sampled = ((index, sample_clip("train", 0, index, FRAMES, HEIGHT, WIDTH)[0]) for index in range(20))
    return [index for index, path in sampled if path.scene_scale() < 0.999 or path.scene_scale() > 1.001]


def rendered(index: int | None = None, change=lambda path: path) -> Clip:
    """A clip of 9 frames, 64 x 96; `change` may give its cameras other lenses or another size."""
    index = moving()[0] if index is None else index
    path, scene = sample_clip("train", 0, index, FRAMES, HEIGHT, WIDTH)
    path = change(path)
    return Clip(render_frames(stack_scenes([scene]), [path])[0], path)


def write_pictures(folder: Path, frames: torch.Tensor, names) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for picture, name in zip(frames, names, strict=True):
        write_png(folder / name, picture.numpy())


def write_video(path: Path, frames: torch.Tensor, fps: float = 16.0) -> None:
    write_mp4(path, frames.float() / 255, fps, crf=6)


def write_transforms(file: Path, path: Trajectory, factor: int = 1, per_frame=False, **head) -> dict:
    """nerfstudio's file: OpenGL axes, lens in pixels of pictures `factor` times as large."""
    opengl = path.c2w @ np.diag([1.0, -1.0, -1.0, 1.0])
    frames = [
        {"file_path": f"images/frame_{i + 1:05d}.png", "transform_matrix": c2w.tolist()}
        for i, c2w in enumerate(opengl)
    ]
    lenses = [
        {
            "fl_x": K[0, 0] * factor,
            "fl_y": K[1, 1] * factor,
            "cx": K[0, 2] * factor,
            "cy": K[1, 2] * factor,
            "w": path.width * factor,
            "h": path.height * factor,
        }
        for K in path.K
    ]
    if per_frame:
        frames = [{**frame, **lens} for frame, lens in zip(frames, lenses, strict=True)]
    document = {**({} if per_frame else lenses[0]), "camera_model": "OPENCV", **head, "frames": frames}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document))
    return document


def frame_names(count: int = FRAMES) -> list[str]:
    return [f"frame_{i + 1:05d}.png" for i in range(count)]


def realestate10k(root: Path, clip: Clip, name: str = "0a1b") -> None:
    """Text, and pictures named by its timestamps."""
    path = replace(clip.trajectory, fps=30.0)
    root.mkdir(parents=True, exist_ok=True)
    write_trajectory(root / f"{name}.txt", path)
    times = [round(i * 1e6 / 30) for i in range(path.num_frames)]
    write_pictures(root / name, clip.frames, [f"{time}.png" for time in times])


def nerfstudio(root: Path, clip: Clip, name: str = "scene", **how) -> None:
    write_transforms(root / name / "transforms.json", clip.trajectory, **how)
    write_pictures(root / name / "images", clip.frames, frame_names(len(clip.frames)))


def video_and_json(root: Path, clip: Clip, name: str = "walk") -> None:
    root.mkdir(parents=True, exist_ok=True)
    write_trajectory(root / f"{name}.json", clip.trajectory)
    write_video(root / f"{name}.mp4", clip.frames)


LAYOUTS = {"realestate10k": realestate10k, "nerfstudio": nerfstudio, "clips": video_and_json}


@pytest.fixture(scope="session")
def clip() -> Clip:
    return rendered(moving()[0])


@pytest.fixture(scope="session")
def other_clip() -> Clip:
    return rendered(moving()[1])


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The functions of this file, and LAYOUTS: layout -> function that writes one scene."""
    return SimpleNamespace(**globals())


def psnr_db(a: torch.Tensor, b: torch.Tensor) -> float:
    """Of two uint8 clips."""
    error = (a.float() - b.float()).square().mean().clamp(min=1e-3)
    return float(10 * torch.log10(255**2 / error))
