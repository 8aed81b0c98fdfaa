"""What a COLMAP model says of cameras and images, and the trajectory that it is.

Images are world-to-camera with OpenCV axes, a quaternion (w, x, y, z) and a translation without unit; lenses are in pixels
with pixel centres at +0.5, as ours. Images have names and no times: they are played in the natural order of their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.rotation import matrix_from_quaternion, quaternion_wxyz
from ..geometry.trajectory import Trajectory, invert_rigid
from .lenses import MODELS, bending, check_bending, to_first_size
from .order import by_name
from .source import Source, check_size
from .values import finite

FPS = 30.0
"""Of images, which have names and no times."""

Array = NDArray[np.float64]


class ColmapCamera(NamedTuple):
    """One line of cameras.txt."""

    id: int
    model: str
    width: int
    height: int
    params: tuple[float, ...]


class ColmapImage(NamedTuple):
    """One image of images.txt, without its points."""

    id: int
    pose: tuple[float, ...]
    """Quaternion (w, x, y, z) and translation, world-to-camera."""
    camera: int
    name: str


def trajectory_of_model(
    source: Source, cameras: Mapping[int, ColmapCamera] | None, images: Sequence[ColmapImage]
) -> Trajectory:
    """The path of a model's images.

    Args:
        source: for its notes, and what the user says.
        cameras: by their ids; None where only images are there, then the user must say the lens.
        images: in the file's order.
    """
    images = _wanted(source, images)
    if not images:
        raise RaxelError("the model holds no image, so there is no path in it")
    _check_ids([image.id for image in images], "image")
    images = sorted(images, key=lambda image: image.id)  # COLMAP writes them in no order
    images = [images[index] for index in by_name(source, [image.name for image in images])]
    c2w = _c2w(np.array([image.pose for image in images]))
    if cameras is None:
        K, width, height = source.lens(len(images))
        return Trajectory(c2w, K, width, height, source.fps(FPS), "relative")
    lenses = _lenses(source, cameras, images)
    sizes = [(cameras[image.camera].width, cameras[image.camera].height) for image in images]
    K = to_first_size(source, np.stack([lenses[image.camera] for image in images]), sizes)
    return Trajectory(c2w, K, *sizes[0], source.fps(FPS), "relative")


def model_of_trajectory(trajectory: Trajectory) -> tuple[list[ColmapCamera], list[ColmapImage]]:
    """Cameras and images of a path: one camera for each lens there is, images named frame_00001.png and so on."""
    cameras: dict[tuple[float, ...], ColmapCamera] = {}
    images = []
    w2c = trajectory.w2c
    quaternions = quaternion_wxyz(w2c[:, :3, :3])
    for index, K in enumerate(trajectory.K):
        lens = (float(K[0, 0]), float(K[1, 1]), float(K[0, 2]), float(K[1, 2]))
        new = ColmapCamera(len(cameras) + 1, "PINHOLE", trajectory.width, trajectory.height, lens)
        camera = cameras.setdefault(lens, new)
        pose = (*(quaternions[index] + 0.0).tolist(), *(w2c[index, :3, 3] + 0.0).tolist())
        images.append(ColmapImage(index + 1, pose, camera.id, picture_name(index)))
    return list(cameras.values()), images


def picture_name(index: int) -> str:
    """Name of the picture of camera ``index`` (from 0) in files that must name one."""
    return f"frame_{index + 1:05d}.png"


def checked_camera(camera: ColmapCamera, what: str) -> ColmapCamera:
    """The camera; RaxelError, which begins with ``what``, for a picture size or number that no camera has."""
    check_size(camera.width, camera.height)
    finite(np.array(camera.params), what)
    return camera


def by_id(cameras: Sequence[ColmapCamera]) -> dict[int, ColmapCamera]:
    """Cameras by their ids; RaxelError where one stands twice."""
    _check_ids([camera.id for camera in cameras], "camera")
    return {camera.id: camera for camera in cameras}


def _check_ids(ids: Sequence[int], kind: str) -> None:
    seen: set[int] = set()
    for id in ids:
        if id in seen:
            raise RaxelError(f"two {kind}s have the id {id}; every {kind} of a model has its own")
        seen.add(id)


def _wanted(source: Source, images: Sequence[ColmapImage]) -> list[ColmapImage]:
    """Those of the camera whose id the user names, if any."""
    if source.ask.camera is None:
        return list(images)
    found = [image for image in images if str(image.camera) == source.ask.camera.strip()]
    if not found:
        there = ", ".join(str(id) for id in sorted({image.camera for image in images})[:20])
        raise RaxelError(f"no image is of the camera {source.ask.camera[:20]!r}; there are {there or 'none'}")
    return found


def _c2w(poses: Array) -> Array:
    """Camera-to-world (F, 4, 4) of world-to-camera quaternions and translations (F, 7)."""
    norms = np.linalg.norm(poses[:, :4], axis=1)
    if norms.min() < 1e-6:
        raise RaxelError(f"image {int(norms.argmin()) + 1} by name has a quaternion of length 0")
    w2c = np.tile(np.eye(4), (len(poses), 1, 1))
    w2c[:, :3, :3] = matrix_from_quaternion(poses[:, :4] / norms[:, None])
    w2c[:, :3, 3] = poses[:, 4:]
    return invert_rigid(w2c)


def _lenses(
    source: Source, cameras: Mapping[int, ColmapCamera], images: Sequence[ColmapImage]
) -> dict[int, Array]:
    """K of every camera that an image has; the worst bend is noted or refused."""
    missing = next((image for image in images if image.camera not in cameras), None)
    if missing is not None:
        raise RaxelError(
            f"the image {missing.name[-60:]!r} is of camera {missing.camera}, which the cameras file lacks"
        )
    used = list({image.camera: cameras[image.camera] for image in images}.values())
    K = {camera.id: _K(camera) for camera in used}
    check_bending(source, max(_bending(cameras, K) for cameras in _by_model(used)))
    return K


def _by_model(cameras: Sequence[ColmapCamera]) -> Iterable[list[ColmapCamera]]:
    groups: dict[str, list[ColmapCamera]] = {}
    for camera in cameras:
        groups.setdefault(camera.model, []).append(camera)
    return groups.values()


def _K(camera: ColmapCamera) -> Array:
    """K (3, 3) of the pinhole that a camera is without its distortion."""
    model = MODELS.get(camera.model)
    if model is None:
        raise RaxelError(
            f"camera {camera.id} is of the model {camera.model[:40]!r}, which is no lens; make pinhole pictures of it first"
        )
    focal, (cx, cy) = camera.params[: model.focals], camera.params[model.focals : model.focals + 2]
    if min(focal) <= 0:
        raise RaxelError(f"camera {camera.id} has a focal length of {min(focal):g} px; it must be above 0")
    return np.array([[focal[0], 0, cx], [0, focal[-1], cy], [0, 0, 1.0]])


def _bending(cameras: Sequence[ColmapCamera], K: Mapping[int, Array]) -> float:
    """How far the one of these cameras of one model that bends most does."""
    model = MODELS[cameras[0].model]
    parameters = np.array([camera.params[model.focals + 2 :] for camera in cameras])
    sizes = np.array([(camera.width, camera.height) for camera in cameras])
    return float(
        bending(model.distort, parameters, np.stack([K[camera.id] for camera in cameras]), sizes).max()
    )
