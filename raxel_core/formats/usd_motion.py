"""What moves in a USD layer: attributes over time, and the transform operations above a camera (UsdGeomXformable).

USD multiplies rows by matrices, so a ``matrix4d`` is the transpose of ours. Operations are listed outermost first: a point
goes through the last one first. Values between samples are linear; before the first and after the last they stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.rotation import axis_rotation, matrix_from_quaternion, slerp
from .scene import product
from .usd_text import Layer, Prim
from .values import printable

Array = NDArray[np.float64]
Shape = tuple[int, ...]

OPERATION = "xformOp:"
INVERSE, RESET = "!invert!", "!resetXformStack!"
SHAPES: dict[str, Shape] = {"translate": (3,), "scale": (3,), "transform": (4, 4), "orient": (4,)}
AXES = {"X": 0, "Y": 1, "Z": 2}


@dataclass(frozen=True, eq=False)
class Curve:
    """One attribute over time."""

    times: Array
    """(n,) time codes, rising; one of them for a value that does not change."""
    values: Array
    """(n, ...)."""

    def at(self, times: Array) -> Array:
        """Values (N, ...) at time codes (N,); matrices and numbers go straight from sample to sample."""
        low, high, u = self.between(times)
        step = u.reshape(-1, *[1] * (self.values.ndim - 1))
        return self.values[low] + step * (self.values[high] - self.values[low])

    def between(self, times: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
        """The samples before and after each time, and how far between them it lies, 0..1."""
        low = np.clip(np.searchsorted(self.times, times, side="right") - 1, 0, None)
        high = np.minimum(low + 1, len(self.times) - 1).astype(np.intp)
        span = self.times[high] - self.times[low]
        return (
            low,
            high,
            np.where(span > 0, np.clip(times - self.times[low], 0, None) / np.where(span > 0, span, 1), 0),
        )


def curve(layer: Layer, prim: Prim, name: str, shape: Shape) -> Curve | None:
    """An attribute's samples, else its one value, else None. Raises RaxelError for values of another shape."""
    what = f"{printable(name, 60)} of {printable(prim.name)}"
    if f"{name}.spline" in prim.attributes:
        raise RaxelError(f"{what} is animated by a spline; export it with a sample for every frame")
    samples = f"{name}.timeSamples"
    if samples in prim.attributes:
        times, rows = _samples(layer, prim.attributes[samples], shape, what)
        if times:
            order = np.argsort(times, kind="stable")
            values = _numbers(rows, (len(times), *shape), what)
            return Curve(_numbers(times, (len(times),), what)[order], values[order])
    if name not in prim.attributes:
        return None
    value = layer.value(prim.attributes[name])
    return None if value == "None" else Curve(np.zeros(1), _numbers([value], (1, *shape), what))


def operations(layer: Layer, prim: Prim) -> list[str]:
    """Names of a prim's transform operations, outermost first; without a list there are none."""
    at = prim.attributes.get("xformOpOrder")
    order = [] if at is None else layer.value(at)
    if not isinstance(order, list) or not all(isinstance(name, str) for name in order) or len(order) > 100:
        raise RaxelError(f"the xformOpOrder of {printable(prim.name)} is no list of at most 100 names")
    return order


def curves_above(layer: Layer, camera: Prim) -> list[tuple[str, Curve]]:
    """Every operation from the world down to the camera, outermost first, and how it changes."""
    found: list[tuple[str, Curve]] = []
    for prim in camera.lineage():
        order = operations(layer, prim)
        start = max((i for i, name in enumerate(order) if name == RESET), default=-1) + 1
        # A pivot and its inverse are two operations of one curve.
        curves = {name: _operation(layer, prim, name) for name in dict.fromkeys(order[start:])}
        found = [(name, curves[name]) for name in order[start:]] + found
        if start:
            break
    return found


def world_matrices(steps: list[tuple[str, Curve]], times: Array) -> Array:
    """Camera-to-world matrices (N, 4, 4) at time codes (N,), scale included."""
    world = product(
        _step(name, values, times if len(values.times) > 1 else times[:1]) for name, values in steps
    )
    return np.broadcast_to(world, (len(times), 4, 4))


def _step(name: str, values: Curve, times: Array) -> Array:
    """One operation, or its inverse, as matrices (N, 4, 4)."""
    step = _matrices(name.removeprefix(INVERSE), values, times)
    if not name.startswith(INVERSE):
        return step
    if np.abs(np.linalg.det(step)).min() < 1e-30:
        raise RaxelError(f"{printable(name, 60)} has no inverse")
    return np.asarray(np.linalg.inv(step), dtype=np.float64)


def _operation(layer: Layer, prim: Prim, name: str) -> Curve:
    plain = name.removeprefix(INVERSE)
    if not plain.startswith(OPERATION) or (_kind(plain) not in SHAPES and not _turns(plain)):
        raise RaxelError(f"{printable(prim.name)} is moved by '{printable(name)}', which Raxel does not know")
    found = curve(layer, prim, plain, SHAPES.get(_kind(plain), (3,) if len(_turns(plain)) == 3 else ()))
    if found is None:
        raise RaxelError(
            f"{printable(prim.name)} lists '{printable(name)}' and gives it no value; flatten the file (usdcat)"
        )
    return found


def _kind(operation: str) -> str:
    """translate, of ``xformOp:translate:pivot``."""
    return operation.split(":")[1]


def _turns(operation: str) -> str:
    """The axes of a rotation in the order in which they turn: XYZ, or one letter; empty for what is none."""
    kind = _kind(operation)
    axes = kind.removeprefix("rotate")
    single, triple = axes in AXES, len(axes) == 3 and set(axes) == set(AXES)
    return axes if kind.startswith("rotate") and (single or triple) else ""


def _matrices(operation: str, values: Curve, times: Array) -> Array:
    """One operation as matrices (N, 4, 4) that act on columns."""
    kind, matrices = _kind(operation), np.tile(np.eye(4), (len(times), 1, 1))
    if kind == "transform":
        return _transforms(values, times)
    if kind == "translate":
        matrices[:, :3, 3] = values.at(times)
    elif kind == "scale":
        matrices[:, [0, 1, 2], [0, 1, 2]] = values.at(times)
    elif kind == "orient":
        matrices[:, :3, :3] = _slerped(_rotations(values.values), values, times)
    else:
        axes, angles = _turns(operation), values.at(times).reshape(len(times), -1)
        for axis in axes:  # three angles are always those about x, y and z; the name is the order of turning
            angle = angles[:, AXES[axis] if len(axes) == 3 else 0]
            matrices[:, :3, :3] = axis_rotation(AXES[axis], angle) @ matrices[:, :3, :3]
    return matrices


def _transforms(values: Curve, times: Array) -> Array:
    """Matrices between samples. Those of rigid samples turn: a straight line from one to the next would shear them."""
    columns = Curve(values.times, values.values.transpose(0, 2, 1))
    matrices = columns.at(times)
    R = columns.values[:, :3, :3]
    if np.abs(R @ R.transpose(0, 2, 1) - np.eye(3)).max() < 1e-6 and np.linalg.det(R).min() > 0:
        matrices[:, :3, :3] = _slerped(R, columns, times)
    return matrices


def _slerped(R: Array, values: Curve, times: Array) -> Array:
    low, high, u = values.between(times)
    return slerp(R[low], R[high], u)


def _rotations(quaternions_wxyz: Array) -> Array:
    norms = np.linalg.norm(quaternions_wxyz, axis=1, keepdims=True)
    if norms.min() < 1e-6:
        raise RaxelError(f"rotation {int(norms.argmin())} of {len(norms)} is a quaternion of zeros")
    return matrix_from_quaternion(quaternions_wxyz / norms)


def _samples(layer: Layer, at: int, shape: Shape, what: str) -> tuple[list[float], object]:
    """Times and values of time samples; blocked ones (None) are left out."""
    plain = layer.plain_samples(at, int(np.prod(shape)))
    if plain is not None:
        return plain[0], np.reshape(plain[1], (len(plain[0]), *shape))
    samples = layer.value(at)
    if not isinstance(samples, dict) or not all(isinstance(time, float) for time in samples):
        raise RaxelError(f"{what} has time samples that are no samples; was the file cut off?")
    told = {time: value for time, value in samples.items() if value != "None"}
    return list(told), list(told.values())


def _numbers(value: object, shape: Shape, what: str) -> Array:
    try:
        numbers = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RaxelError(f"{what} holds something that is not a number") from error
    if numbers.shape != shape:
        raise RaxelError(
            f"{what} has values of shape {list(numbers.shape[1:])!s:.40}, {list(shape[1:])} is wanted"
        )
    if not np.isfinite(numbers).all() or np.abs(numbers).max() > 1e300:
        raise RaxelError(f"{what} holds a value that is not a finite number")
    return numbers
