"""glTF 2.0 (.glb, .gltf): cameras of 3D programs, read and written.

World right-handed with y up in metres; a camera looks along its node's -z with +y up, and has a vertical angle of view
``yfov`` in radians and a shape ``aspectRatio``, but no size in pixels. Animation is in seconds; a file knows no frames.
What Raxel writes has a copy of every field in ``extras.raxel``. It is believed only while it agrees with the animation, so
that a camera that another program moved is read as moved.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from . import gltf_writer, raxel_json
from .axes import from_y_up
from .format import Format
from .gltf_data import Gltf, is_glb
from .gltf_motion import Target, Track, chain_above, parents_of, tracks_of, world_matrices
from .rates import frames_of_keys
from .scene import (
    FRAME_TOLERANCE,
    check_work,
    choose_camera,
    finite_number,
    lenses,
    size_of_shape,
    without_scale,
)
from .source import Source, check_frames
from .values import printable

Array = NDArray[np.float64]

DEFAULT_FPS = 24.0
"""Of a camera that stands still, and of keys that lie on no usual rate's frames."""
SAME = 3e-6
"""Largest difference, in shares of the path's reach, between an animation in single precision and its exact copy."""


def read(source: Source) -> Trajectory:
    """The camera of a file; the first of several, or the one that is asked for."""
    gltf = Gltf(source)
    parents = parents_of(gltf)
    node = choose_camera(_camera_nodes(gltf), lambda node: _names(gltf, parents, node), source)
    camera = gltf.item("nodes", node)["camera"]
    chain = chain_above(parents, node)
    tracks = tracks_of(gltf, chain, camera, source)
    exact = _exact_copy(gltf, source)
    with np.errstate(all="ignore"):  # numbers that overflow are refused as not finite
        times, fps = _frames(tracks, exact, source)
        snap = FRAME_TOLERANCE / fps
        c2w = from_y_up(without_scale(world_matrices(gltf, chain, tracks, times, snap), source))
        slopes, aspects = _lens(gltf.item("cameras", camera), camera, tracks, times, snap)
    if exact is not None:
        if _agrees(exact, c2w, slopes, aspects):
            return exact
        source.note("the camera was changed since Raxel wrote this file; it is read as it is now")
    return _measured(c2w, slopes, aspects, fps, source)


def _measured(c2w: Array, slopes: Array, aspects: Array | None, fps: float, source: Source) -> Trajectory:
    """The trajectory of what the file shows: square pixels, the vertical angle kept."""
    width, height = source.size() if aspects is None else size_of_shape(float(aspects[0]), source)
    focal = height / 2 / slopes
    K = lenses(focal, focal, width / 2, height / 2, len(c2w))
    return Trajectory(c2w, K, width, height, fps, "metric")


def _camera_nodes(gltf: Gltf) -> list[int]:
    """Nodes that carry a perspective camera."""
    found, flat = [], 0
    for index in range(len(gltf.items("nodes"))):
        node = gltf.item("nodes", index)
        if "camera" not in node:
            continue
        if isinstance(gltf.item("cameras", node["camera"]).get("perspective"), dict):
            found.append(index)
        else:
            flat += 1
    if flat and not found:
        raise RaxelError("the file's camera is orthographic; Raxel reads perspective cameras")
    return found


def _names(gltf: Gltf, parents: dict[int, int], node: int) -> list[str]:
    """What a camera goes by: its node's name, its lens's, and those of the nodes that it hangs on, the nearest first."""
    first, *above = (gltf.item("nodes", index) for index in chain_above(parents, node))
    lens = gltf.item("cameras", first["camera"])
    named = [str(item["name"]) for item in (lens, *above) if "name" in item]
    return [str(first.get("name", f"camera {node}")), *named]


def _frames(tracks: dict[Target, Track], exact: Trajectory | None, source: Source) -> tuple[Array, float]:
    """Seconds (F,) of the frames, and their rate."""
    moving = len({target[:2] for target in tracks})
    check_work(max((len(track.keys) for track in tracks.values()), default=0), moving)
    keys = np.unique(np.concatenate([track.keys for track in tracks.values()])) if tracks else np.zeros(1)
    if exact is not None:
        fps = exact.fps
    elif len(keys) < 2:
        fps = source.ask.fps or DEFAULT_FPS
    else:
        fps = frames_of_keys(keys, source, DEFAULT_FPS)
    steps = (keys[-1] - keys[0]) * fps + FRAME_TOLERANCE
    if not steps < 1e12:
        raise RaxelError(f"the animation lasts {keys[-1] - keys[0]:g} seconds; cut it into parts")
    check_frames(int(steps) + 1)
    check_work(int(steps) + 1, moving)
    if steps % 1 > 2 * FRAME_TOLERANCE:
        source.note(f"the animation ends between two frames; its last {steps % 1 / fps:.3g} s are left out")
    return keys[0] + np.arange(int(steps) + 1) / fps, fps


def _lens(
    camera: dict[str, Any], index: int, tracks: dict[Target, Track], times: Array, snap: float
) -> tuple[Array, Array | None]:
    """Tangent of half the vertical angle (F,), and width by height (F,) where the file says."""

    def values(name: str) -> Array | None:
        track = tracks.get(("cameras", index, name))
        if track is not None:
            return track.at(times, snap)[:, 0]
        rest = camera["perspective"].get(name)
        return None if rest is None else np.full(len(times), finite_number(rest, f"the camera's {name}"))

    yfov, aspects = values("yfov"), values("aspectRatio")
    if yfov is None:
        raise RaxelError(f'camera {index} has no "yfov", the vertical angle of its lens')
    if not ((yfov > 1e-4) & (yfov < np.pi - 1e-4)).all():
        bad = float(yfov[np.argmin((yfov > 1e-4) & (yfov < np.pi - 1e-4))])
        raise RaxelError(f"the camera's yfov must be within 0 and pi (radians), got {bad:g}")
    return np.tan(yfov / 2), aspects


def _exact_copy(gltf: Gltf, source: Source) -> Trajectory | None:
    """What Raxel put into the file beside the animation; None for other programs' files."""
    extras = gltf.root.get("extras")
    copy = extras.get("raxel") if isinstance(extras, dict) else None
    if copy is None:
        return None
    try:
        return raxel_json.read(json.dumps(copy))
    except RaxelError as error:
        source.note(f"Raxel's copy in the file is left out, it is damaged: {printable(str(error), 150)}")
        return None


def _agrees(exact: Trajectory, c2w: Array, slopes: Array, aspects: Array | None) -> bool:
    """Whether the animation shows the same cameras as the exact copy, but for single precision."""
    if len(c2w) != exact.num_frames:
        return False
    reach = 1 + float(np.abs(exact.c2w[:, :3, 3]).max())
    fx, fy = exact.K[:, 0, 0], exact.K[:, 1, 1]
    shape = (exact.width / exact.height) * (fy / fx)
    return bool(
        np.abs(c2w[:, :3, :3] - exact.c2w[:, :3, :3]).max() < SAME
        and np.abs(c2w[:, :3, 3] - exact.c2w[:, :3, 3]).max() < SAME * reach
        and np.abs(slopes * 2 * fy / exact.height - 1).max() < SAME
        and (aspects is None or np.abs(aspects / shape - 1).max() < SAME)
    )


def recognises_text(source: Source) -> bool:
    """Whether a JSON is glTF: it says which version of the asset format it is in."""
    if source.looks != "json" or not isinstance(source.document, dict):
        return False
    asset = source.document.get("asset")
    return isinstance(asset, dict) and "version" in asset


HOLDS = frozenset({"fps", "lens", "zoom", "scale"})
"""For every program. Raxel itself finds the rest again in the file's extras."""
AXES = "camera-to-world, world y up, camera x right, y up, z back; metres"

ENTRY = Format(
    name="gltf",
    title="glTF binary",
    endings=(".glb",),
    read=read,
    write=gltf_writer.write_glb,
    recognises=is_glb,
    holds=HOLDS,
    axes=AXES,
)
TEXT_ENTRY = Format(
    name="gltf_text",
    title="glTF text",
    endings=(".gltf",),
    read=read,
    write=gltf_writer.write_text,
    recognises=recognises_text,
    holds=HOLDS,
    axes=AXES,
)
