"""What moves in a glTF file: the nodes above a camera, and animation samplers (glTF specification 2.0, 3.5, 3.11 and C).

Transforms are column-major in the file, quaternions scalar last, times in seconds. A lens is animated by
``KHR_animation_pointer``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.rotation import matrix_from_quaternion, slerp
from .gltf_data import Gltf
from .scene import MAX_DEPTH, finite_numbers, product
from .source import Source
from .values import printable

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Target = tuple[str, int, str]
"""("nodes", 3, "rotation") or ("cameras", 0, "yfov")."""

REST = {"translation": [0.0, 0.0, 0.0], "rotation": [0.0, 0.0, 0.0, 1.0], "scale": [1.0, 1.0, 1.0]}
POINTER = re.compile(r"/(nodes|cameras)/(\d{1,9})/(?:perspective/)?(\w+)")
WIDTH = {"translation": 3, "rotation": 4, "scale": 3, "yfov": 1, "aspectRatio": 1}


@dataclass(frozen=True, eq=False)
class Track:
    """One animated property."""

    keys: Array
    """(n,) seconds, rising."""
    values: Array
    """(n, width); of CUBICSPLINE (n, 3, width): the tangent coming in, the value, the tangent going out."""
    interpolation: str

    def at(self, times: Array, snap: float) -> Array:
        """Values (N, width) at seconds (N,); a key within ``snap`` seconds counts as exactly there.

        Without the snap a STEP key that single precision puts just behind its frame would come a frame late.
        """
        low, high, u = self._between(times, snap)
        if self.interpolation == "CUBICSPLINE":
            span = (self.keys[high] - self.keys[low])[:, None]
            start, end = self.values[low], self.values[high]
            u = u[:, None]
            return (
                (2 * u**3 - 3 * u**2 + 1) * start[:, 1]
                + span * (u**3 - 2 * u**2 + u) * start[:, 2]
                + (3 * u**2 - 2 * u**3) * end[:, 1]
                + span * (u**3 - u**2) * end[:, 0]
            )
        return self.values[low] + u[:, None] * (self.values[high] - self.values[low])

    def turns_at(self, times: Array, snap: float) -> Array:
        """Rotations (N, 3, 3) at seconds (N,): LINEAR turns at constant speed along the shortest way."""
        if self.interpolation == "CUBICSPLINE":
            return _rotations(self.at(times, snap))
        low, high, u = self._between(times, snap)
        turns = _rotations(self.values)
        return slerp(turns[low], turns[high], u)

    def _between(self, times: Array, snap: float) -> tuple[Indices, Indices, Array]:
        """The keys at or before and after each time, and how far between them it lies, 0..1."""
        times = np.clip(times, self.keys[0], self.keys[-1])
        low = np.clip(np.searchsorted(self.keys, times + snap, side="right") - 1, 0, None)
        high = np.minimum(low + 1, len(self.keys) - 1).astype(np.intp)
        span = self.keys[high] - self.keys[low]
        past = times - self.keys[low]
        on_key = (past <= snap) | (span <= 0) | (self.interpolation == "STEP")
        return low, high, np.where(on_key, 0, np.clip(past / np.where(span > 0, span, 1), 0, 1))


def parents_of(gltf: Gltf) -> dict[int, int]:
    """The node that each node hangs on; none for those at the top."""
    parents: dict[int, int] = {}
    for index in range(len(gltf.items("nodes"))):
        children = gltf.item("nodes", index).get("children", [])
        for child in children if isinstance(children, list) else []:
            gltf.item("nodes", child)
            if child in parents:
                raise RaxelError(f"node {child} hangs on two others; a glTF's nodes form a tree")
            parents[child] = index
    return parents


def chain_above(parents: dict[int, int], node: int) -> list[int]:
    """A node and its parents, the root last."""
    chain = [node]
    while chain[-1] in parents:
        chain.append(parents[chain[-1]])
        if len(chain) > MAX_DEPTH:
            raise RaxelError(f"the camera hangs on more than {MAX_DEPTH} nodes, or on itself")
    return chain


def tracks_of(gltf: Gltf, nodes: list[int], camera: int, source: Source) -> dict[Target, Track]:
    """The tracks that move these nodes or this camera's lens. Animations add up unless two move the same thing."""
    used: dict[Target, Track] = {}
    for index in range(len(gltf.items("animations"))):
        animation = gltf.item("animations", index)
        found = _tracks(gltf, animation, nodes, camera)
        if found.keys() & used.keys():
            name = printable(str(animation.get("name", index)))
            source.note(f"animation {name} moves the same camera as one before it; it was left out")
            continue
        used.update(found)
    return used


def world_matrices(
    gltf: Gltf, chain: list[int], tracks: dict[Target, Track], times: Array, snap: float
) -> Array:
    """Node-to-world matrices (N, 4, 4) of the first of a chain at seconds (N,), scale included."""
    world = product(
        _local(gltf.item("nodes", index), index, tracks, times, snap) for index in reversed(chain)
    )
    return np.broadcast_to(world, (len(times), 4, 4))


def _local(node: dict[str, Any], index: int, tracks: dict[Target, Track], times: Array, snap: float) -> Array:
    """Node-to-parent matrices (N, 4, 4), or (1, 4, 4) of a node at rest."""
    moving = {name: tracks.get(("nodes", index, name)) for name in REST}
    if "matrix" in node:
        if any(moving.values()):
            raise RaxelError(
                f"node {index} has a matrix and is animated; glTF animates only nodes without one"
            )
        return (
            finite_numbers(node["matrix"], 16, f"the matrix of node {index}")
            .reshape(1, 4, 4)
            .transpose(0, 2, 1)
        )
    rest = {
        name: finite_numbers(node.get(name, value), len(value), f"the {name} of node {index}")[None]
        for name, value in REST.items()
    }
    place, turn, size = (moving[name] for name in REST)
    R = _rotations(rest["rotation"]) if turn is None else turn.turns_at(times, snap)
    scale = rest["scale"] if size is None else size.at(times, snap)
    translation = rest["translation"] if place is None else place.at(times, snap)
    local = np.zeros((max(len(R), len(scale), len(translation)), 4, 4))
    local[:, :3, :3] = R * scale[:, None, :]
    local[:, :3, 3] = translation
    local[:, 3, 3] = 1
    return local


def _tracks(gltf: Gltf, animation: dict[str, Any], nodes: list[int], camera: int) -> dict[Target, Track]:
    channels, samplers = animation.get("channels", []), animation.get("samplers", [])
    if not isinstance(channels, list) or not isinstance(samplers, list):
        raise RaxelError("an animation's channels and samplers must be lists")
    found: dict[Target, Track] = {}
    for channel in channels:
        target = _target(channel)
        if target is None or not (target[1] in nodes if target[0] == "nodes" else target[1] == camera):
            continue
        sampler = channel.get("sampler")
        if type(sampler) is not int or not 0 <= sampler < len(samplers):
            raise RaxelError(
                f"an animation points to sampler {sampler!r:.20}, it has {len(samplers)} of them"
            )
        found[target] = _track(gltf, samplers[sampler], target)
    return found


def _target(channel: Any) -> Target | None:
    """What a channel moves, if it is a place, a turn, a size or a lens."""
    target = channel.get("target") if isinstance(channel, dict) else None
    if not isinstance(target, dict):
        return None
    kind, index, name = "nodes", target.get("node"), target.get("path")
    if name == "pointer":
        extensions = target.get("extensions")
        pointer = extensions.get("KHR_animation_pointer") if isinstance(extensions, dict) else None
        parts = POINTER.fullmatch(str(pointer.get("pointer"))) if isinstance(pointer, dict) else None
        if parts is None:
            return None
        kind, index, name = parts[1], int(parts[2]), parts[3]
    if type(index) is not int or not isinstance(name, str) or name not in WIDTH:
        return None
    return (kind, index, name) if (kind == "nodes") == (name in REST) else None


def _track(gltf: Gltf, sampler: Any, target: Target) -> Track:
    if not isinstance(sampler, dict):
        raise RaxelError("an animation's sampler must be an object")
    what = f"the {target[2]} of {target[0][:-1]} {target[1]}"
    keys, values = gltf.array(sampler.get("input")), gltf.array(sampler.get("output"))
    kind = sampler.get("interpolation", "LINEAR")
    if kind not in ("LINEAR", "STEP", "CUBICSPLINE"):
        raise RaxelError(f"{what} is animated by {kind!r:.30}; glTF has LINEAR, STEP and CUBICSPLINE")
    rows = len(keys) * (3 if kind == "CUBICSPLINE" else 1)
    if keys.shape[1] != 1 or not len(keys) or values.shape != (rows, WIDTH[target[2]]):
        raise RaxelError(
            f"{what} has {len(keys)} keys and {values.shape[0]} values of {values.shape[1]} numbers"
        )
    if not (np.isfinite(keys).all() and np.isfinite(values).all()):
        raise RaxelError(f"{what} is animated with numbers that are not finite")
    if np.any(np.diff(keys[:, 0]) <= 0):
        bad = int(np.argmax(np.diff(keys[:, 0]) <= 0)) + 1
        raise RaxelError(f"{what}: key {bad} is not later than the key before it")
    return Track(keys[:, 0], values.reshape(len(keys), 3, -1) if kind == "CUBICSPLINE" else values, kind)


def _rotations(quaternions_xyzw: Array) -> Array:
    """Rotations (n, 3, 3) of quaternions (n, 4) as glTF stores them; a zero one is refused."""
    norms = np.linalg.norm(quaternions_xyzw, axis=1, keepdims=True)
    if norms.min() < 1e-6:
        raise RaxelError(f"rotation {int(norms.argmin())} of {len(norms)} is a quaternion of zeros")
    return matrix_from_quaternion(np.roll(quaternions_xyzw / norms, 1, axis=1))
