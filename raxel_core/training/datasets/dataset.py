"""A folder of real clips as the training and the evaluation see it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ...errors import RaxelError
from ...geometry.trajectory import Trajectory
from ..render import Clip
from . import clips, nerfstudio, realestate10k
from .lens import check_lens, common_lens, seen_through
from .scale import FILE, read_scales
from .scene import Entry, Scene
from .windows import SPLITS, Window, cut, number_of, segments, split_of

log = logging.getLogger(__name__)

FINDERS = {"nerfstudio": nerfstudio.find, "realestate10k": realestate10k.find, "clips": clips.find}
LAYOUTS = ("auto", *FINDERS)
SCALES = ("metric", "normalised")
BLACK = 4  # mean of 0..255 at which a picture counts as black


class Dataset:
    """Clips of a folder; holds the pictures of none, and the cameras of the one read last.

    Args:
        folder: of the data set.
        layout: one of LAYOUTS, "auto" settled.
        entries: its clips.
        scale: "metric", "normalised", or a file of factors; see `scale`.
    """

    def __init__(self, folder: Path, layout: str, entries: list[Entry], scale: str | Path = "metric") -> None:
        self.folder, self.layout, self.entries = folder, layout, entries
        self.normalised = scale == "normalised"
        self.factors = None if self.normalised else _factors(folder, scale)
        self._last: tuple[int, Scene] | None = None

    def __len__(self) -> int:
        return len(self.entries)

    def name(self, index: int) -> str:
        """A clip's place in the folder."""
        return self.entries[index].name

    def split(self, index: int) -> str:
        """train, validation or test: by a hash of the name, or of the source that it was cut from."""
        entry = self.entries[index]
        return split_of(entry.group or entry.name)

    def scene(self, index: int) -> Scene:
        """Cameras of a clip and where its pictures are; a RaxelError tells why it cannot be used."""
        if self._last is None or self._last[0] != index:
            scene = self.entries[index].read()
            check_lens(scene.trajectory.K, scene.pictures.size)
            scaled = _scaled(scene.trajectory, self.factor(index))
            kind = "relative" if self.normalised else "metric"
            self._last = index, replace(scene, trajectory=replace(scaled, scale=kind))
        return self._last[1]

    def factor(self, index: int) -> float:
        """What translations of a clip are multiplied by; a RaxelError for a clip that the file of factors leaves out."""
        if self.factors is None:
            return 1.0
        if (name := self.name(index)) not in self.factors:
            raise RaxelError(
                f"there is no factor for {name} among the {len(self.factors)} of the scales file"
            )
        return self.factors[name]

    def windows(
        self, frames: int, split: str = "all", strides: Sequence[int] = (1,), seed: int = 0, most: int = 0
    ) -> Iterator[Window]:
        """Clips of `frames` frames, scene after scene in an order that the seed decides; see `windows.cut`.

        Scenes that cannot be used are left out; the log says how many, `raxel check-dataset` says why.
        """
        if split not in SPLITS:
            raise RaxelError(f"there is no split {split!r}; choose one of {', '.join(SPLITS)}")
        chosen = [i for i in range(len(self)) if split in ("all", self.split(i))]
        left_out = []
        for index in sorted(chosen, key=lambda i: number_of(seed, self.name(i))):
            name = self.name(index)
            try:
                scene = self.scene(index)
            except RaxelError as error:
                left_out.append(f"{name}: {error}")
                continue
            runs = segments(scene.trajectory, scene.pictures.present)
            for start, stride in cut(runs, frames, strides, seed, name, most):
                yield Window(index, name, start, stride)
        if left_out:
            log.warning(
                "%d of %d clips cannot be used; the first is %s", len(left_out), len(chosen), left_out[0]
            )

    def read(self, index: int, frames: int, height: int, width: int, start: int = 0, stride: int = 1) -> Clip:
        """Decode one clip: cut about the principal point, scaled, seen through one lens.

        Returns:
            pictures (F, height, width, 3) uint8 and their cameras from the identity on, in the data set's scale. Raises
            RaxelError, which names the clip, where there are too few frames, or a picture is missing or damaged.
        """
        try:
            return self._read(index, range(start, start + (frames - 1) * stride + 1, stride), height, width)
        except RaxelError as error:
            raise RaxelError(f"{self.name(index)}: {error}") from None

    def _read(self, index: int, cameras: range, height: int, width: int) -> Clip:
        scene = self.scene(index)
        if cameras[-1] >= scene.trajectory.num_frames:
            raise RaxelError(f"{scene.trajectory.num_frames} frames, {cameras[-1] + 1} are wanted")
        path = _taken(scene.trajectory, cameras)
        focal, boxes = common_lens(path.K, scene.pictures.size, height, width)
        pictures = [
            seen_through(picture, box, height, width)
            for picture, box in zip(scene.pictures.read(cameras), boxes, strict=True)
        ]
        if max(picture.mean() for picture in pictures) < BLACK:
            raise RaxelError(f"all pictures from frame {cameras[0]} to {cameras[-1]} are black")
        K = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        c2w = path.canonical(0).c2w.copy()
        if self.normalised:
            c2w[:, :3, 3] /= path.scene_scale()
        fps = path.fps / cameras.step
        seen = replace(path, c2w=c2w, K=np.tile(K, (len(cameras), 1, 1)), width=width, height=height, fps=fps)
        return Clip(torch.from_numpy(np.stack(pictures)), seen)


def open_dataset(folder: Path | str, layout: str = "auto", scale: str | Path = "metric") -> Dataset:
    """Find the clips of a folder; nothing of them is read yet.

    Args:
        folder: where they are.
        layout: one of LAYOUTS; "auto" goes by what lies in the folder.
        scale: "metric", "normalised", or a file of factors.

    Raises RaxelError where there is no such folder, or nothing in it that the layout knows.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise RaxelError(f"there is no folder {folder}; name the folder of a data set")
    if layout not in LAYOUTS:
        raise RaxelError(f"there is no layout {layout!r}; choose one of {', '.join(LAYOUTS)}")
    kinds = FINDERS if layout == "auto" else (layout,)
    found = {kind: FINDERS[kind](folder) for kind in kinds}
    # The layout that finds pictures for most; of equals the first in the table, which says more.
    best = max(
        found, key=lambda kind: (sum(entry.pictures is not None for entry in found[kind]), len(found[kind]))
    )
    if not found[best]:
        kinds = "of any layout" if layout == "auto" else f"in the layout {layout}"
        raise RaxelError(
            f"{folder} holds no clip {kinds} that Raxel knows; docs/datasets.md shows what it reads"
        )
    return Dataset(folder, best, found[best], scale)


def _factors(folder: Path, scale: str | Path) -> dict[str, float] | None:
    if scale != "metric":
        return read_scales(Path(scale).expanduser())
    return read_scales(folder / FILE) if (folder / FILE).exists() else None


def _scaled(trajectory: Trajectory, factor: float) -> Trajectory:
    c2w = trajectory.c2w.copy()
    c2w[:, :3, 3] *= factor
    return replace(trajectory, c2w=c2w)


def _taken(trajectory: Trajectory, cameras: range) -> Trajectory:
    return replace(trajectory, c2w=trajectory.c2w[cameras], K=trajectory.K[cameras])
