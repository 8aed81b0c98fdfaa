"""USD ASCII (.usda): cameras of 3D programs, read and written. Binary USD is refused with the way to convert it.

World right-handed, y or z up as the layer says, in units of ``metersPerUnit``; a camera looks along its own -z with +y up.
Its film and focal length are in tenths of a unit, of which only their ratio matters here. Frames are whole time codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RaxelError
from ..geometry.trajectory import Trajectory
from . import usd_writer
from .axes import from_y_up, from_z_up
from .format import HOLDS, Format
from .scene import check_work, choose_camera, finite_number, lenses, size_of_shape, without_scale
from .source import Source, check_frames
from .usd_motion import INVERSE, Curve, curve, curves_above, world_matrices
from .usd_text import Layer, Prim
from .values import printable

Array = NDArray[np.float64]

HEADER = b"#usda"
BINARY, ZIP = b"PXR-USDC", b"PK\x03\x04"
LENS = {
    "focalLength": 50.0,
    "horizontalAperture": 20.955,
    "verticalAperture": 15.2908,
    "horizontalApertureOffset": 0.0,
    "verticalApertureOffset": 0.0,
}
"""A camera's attributes and what they are where nobody says (UsdGeomCamera)."""
STAGE = ("upAxis", "metersPerUnit", "timeCodesPerSecond", "framesPerSecond", "startTimeCode", "endTimeCode")
DEFAULT_RATE, DEFAULT_UNIT_M = 24.0, 0.01
"""Of a stage that does not say (USD: 24 time codes per second, centimetres)."""
WANTED = re.compile(
    rf"(?:xformOp:[\w:]+|{'|'.join(LENS)}|{usd_writer.CONFIDENCE})(?:\.timeSamples|\.spline)?"
    r"|xformOpOrder|projection|resolution|pixelAspectRatio|subLayers|customLayerData|" + "|".join(STAGE)
)


@dataclass(frozen=True)
class Stage:
    """What a layer says of itself."""

    up: str
    metres_per_unit: float
    codes_per_frame: float
    fps: float
    shot: tuple[float, float] | None
    """First and last time code, where the layer says both."""
    raxel: dict[str, Any]
    """What Raxel wrote into the layer; empty for other programs' files."""


def read(source: Source) -> Trajectory:
    """The camera of a layer; the first of several, or the one that is asked for."""
    if source.data[:5] != HEADER:
        kind = "zipped" if source.data[:4] == ZIP else "binary"
        raise RaxelError(
            f"this is {kind} USD; convert it to text first: usdcat {printable(source.path.name, 60)} -o camera.usda"
        )
    layer = Layer(source.text, lambda name: WANTED.fullmatch(name) is not None)
    stage = _stage(layer, source)
    camera = _camera(layer, source)
    steps = curves_above(layer, camera)
    lens = {
        name: curve(layer, camera, name, ()) or Curve(np.zeros(1), np.full(1, rest))
        for name, rest in LENS.items()
    }
    codes = _codes(stage, [values for _, values in steps] + list(lens.values()), source)
    # An inverse takes twice as long.
    moving = sum(1 + name.startswith(INVERSE) for name, values in steps if len(values.times) > 1)
    check_work(len(codes), moving)
    with np.errstate(all="ignore"):  # numbers that overflow are refused as not finite
        worlds = without_scale(world_matrices(steps, codes), source)
        worlds[:, :3, 3] *= stage.metres_per_unit
        c2w = from_z_up(worlds) if stage.up == "Z" else from_y_up(worlds)
        film = {name: values.at(codes) for name, values in lens.items()}
        K, size = _lens(layer, film, bool(stage.raxel), source)
    sure = curve(layer, camera, usd_writer.CONFIDENCE, ())
    scale = "relative" if stage.raxel.get("scale") == "relative" else "metric"
    return Trajectory(c2w, K, *size, stage.fps, scale, None if sure is None else sure.at(codes))


def _stage(layer: Layer, source: Source) -> Stage:
    told = {name: layer.value(at) for name, at in layer.metadata.items()}
    if "subLayers" in told:
        source.note(
            "the file builds on other files (subLayers), which are not read; flatten it with usdcat if need be"
        )
    up = told.get("upAxis", "Y")
    if up not in ("Y", "Z"):
        raise RaxelError(f'upAxis must be "Y" or "Z", got {up!r:.20}')
    unit = _positive(told, "metersPerUnit", DEFAULT_UNIT_M)
    if "metersPerUnit" not in told:
        source.note("the file does not say its unit of length; taken for centimetres, as USD does")
    codes = _positive(
        told, "timeCodesPerSecond", _positive(told, "framesPerSecond", source.ask.fps or DEFAULT_RATE)
    )
    if "timeCodesPerSecond" not in told and "framesPerSecond" not in told:
        source.note(f"the file does not say how fast it plays; taken for {codes:g} frames per second")
    fps = _positive(told, "framesPerSecond", codes)
    # A time code is a frame. Only where codes are finer, by a whole number, do several of them make one.
    finer = codes / fps if codes > fps and (codes / fps) % 1 == 0 else 1.0
    shot = None
    if "startTimeCode" in told and "endTimeCode" in told:
        first, last = (finite_number(told[name], name) for name in ("startTimeCode", "endTimeCode"))
        shot = (first, last) if first <= last else None
    custom = told.get("customLayerData")
    raxel = custom.get("raxel") if isinstance(custom, dict) else None
    return Stage(up, unit, finer, codes / finer, shot, raxel if isinstance(raxel, dict) else {})


def _positive(told: dict[str, Any], name: str, default: float) -> float:
    value = finite_number(told.get(name, default), name)
    if not 1e-9 < value < 1e9:
        raise RaxelError(f"{name} must be a positive number, got {value:g}")
    return value


def _camera(layer: Layer, source: Source) -> Prim:
    """The camera prim to read."""
    cameras = [prim for prim in layer.prims if prim.type == "Camera" and prim.kind == "def"]
    seeing = [camera for camera in cameras if not _orthographic(layer, camera)]
    if cameras and not seeing:
        raise RaxelError("the file's camera is orthographic; Raxel reads perspective cameras")
    elsewhere = any(prim.refers for prim in layer.prims) or "subLayers" in layer.metadata
    if not cameras and elsewhere:
        raise RaxelError(
            f"the file refers to others and has no camera itself; flatten it first: usdcat --flatten {printable(source.path.name, 60)}"
        )
    camera = choose_camera(
        seeing, lambda camera: [camera.path, *(prim.name for prim in camera.lineage())], source
    )
    if any(prim.refers for prim in camera.lineage()):
        source.note("part of what the camera hangs on lies in other files or variants, which are not read")
    return camera


def _orthographic(layer: Layer, camera: Prim) -> bool:
    at = camera.attributes.get("projection")
    return at is not None and layer.value(at) == "orthographic"


def _codes(stage: Stage, curves: list[Curve], source: Source) -> Array:
    """Time codes (F,) of the frames: those of the stage's shot, else from the first to the last sample."""
    moving = [values.times for values in curves if len(values.times) > 1]
    sampled = (min(t[0] for t in moving), max(t[-1] for t in moving)) if moving else None
    first, last = stage.shot or sampled or (0.0, 0.0)
    if sampled and (sampled[0] > last or sampled[1] < first):
        source.note(
            f"the file's shot ({first:g} to {last:g}) is not where the camera moves; all its samples are read"
        )
        first, last = sampled
    elif sampled and (sampled[0] < first or sampled[1] > last):
        source.note(f"the camera's samples outside of the file's shot ({first:g} to {last:g}) are left out")
    count = (last - first) / stage.codes_per_frame + 1 + 1e-6
    check_frames(int(min(count, 1e15)))
    codes = (first + np.arange(int(count)) * stage.codes_per_frame).astype(np.float64)
    if any(_fall_between(times, codes) for times in moving):
        source.note("samples between frames are left out")
    return codes


def _fall_between(times: Array, codes: Array) -> bool:
    """Whether samples within the shot lie between its frames."""
    inside = times[(times >= codes[0]) & (times <= codes[-1])]
    after = np.clip(np.searchsorted(codes, inside), 0, len(codes) - 1)
    gaps = np.minimum(np.abs(inside - codes[after]), np.abs(inside - codes[np.maximum(after - 1, 0)]))
    return bool(gaps.max(initial=0.0) > 1e-3)


def _lens(layer: Layer, film: dict[str, Array], exact: bool, source: Source) -> tuple[Array, tuple[int, int]]:
    """K (F, 3, 3), and the picture size. The film's width rules where its shape is not the picture's, as in most programs."""
    focal, across, down, right, up = (film[name] for name in LENS)
    for name in ("focalLength", "horizontalAperture", "verticalAperture"):
        if not film[name].min() > 1e-12:
            raise RaxelError(f"the camera's {name} must be above 0, got {film[name].min():g}")
    resolution, pixel_aspect = _resolution(layer)
    shape = float(across[0] / down[0])
    width, height = size = resolution or size_of_shape(shape / pixel_aspect, source)
    fx = width * focal / across
    fy = height * focal / down if exact else fx * pixel_aspect
    if not exact and resolution and abs(width * pixel_aspect / height / shape - 1) > 0.01:
        source.note(
            f"the film is {shape:.4g} times as wide as high, the picture {width}x{height}; the width is kept"
        )
    # The film moves right and up under the lens, so the lens's axis hits it further left and lower.
    K = lenses(fx, fy, width / 2 - right / focal * fx, height / 2 + up / focal * fy, len(focal))
    return K, size


def _resolution(layer: Layer) -> tuple[tuple[int, int] | None, float]:
    """Picture size and width by height of a pixel, from the file's one RenderSettings; None where there is none."""
    found = [prim for prim in layer.prims if prim.type in ("RenderSettings", "RenderProduct")]
    told = [prim for prim in found if "resolution" in prim.attributes]
    if not told:
        return None, 1.0
    size = layer.value(told[0].attributes["resolution"])
    if not isinstance(size, list) or len(size) != 2 or not all(isinstance(n, float) and 1 <= n <= 32768 and n % 1 == 0 for n in size):  # fmt: skip
        raise RaxelError(f"the resolution must be two whole numbers of pixels, got {size!r:.40}")
    at = told[0].attributes.get("pixelAspectRatio")
    aspect = 1.0 if at is None else finite_number(layer.value(at), "pixelAspectRatio")
    return (int(size[0]), int(size[1])), aspect if 1e-3 < aspect < 1e3 else 1.0


def recognises(source: Source) -> bool:
    """Whether a file begins as USD does, in text or, by name, in one of its binary kinds."""
    if source.looks == "folder":
        return False
    start = source.data[:8]
    return start.startswith((HEADER, BINARY)) or (start.startswith(ZIP) and source.name.endswith(".usdz"))


ENTRY = Format(
    name="usd",
    title="USD ASCII",
    endings=(".usda", ".usd"),
    read=read,
    write=usd_writer.write,
    recognises=recognises,
    holds=frozenset(HOLDS) - {"skew"},
    axes="camera-to-world, world y up, camera x right, y up, z back; centimetres, film in millimetres",
)
