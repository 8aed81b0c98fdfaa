"""USD ASCII written: one camera with a matrix a frame, its film, the picture size as RenderSettings.

Lengths are centimetres, USD's own default: a tenth of one is a millimetre, so lens and film are in millimetres for programs
that follow the rule as for those that do not. Frame 0 is time code 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..geometry.trajectory import Trajectory
from .axes import to_y_up
from .source import Ask

Array = NDArray[np.float64]

CENTIMETRES = 100.0
CONFIDENCE = "raxel:confidence"
"""An attribute of our own, which other programs show and keep."""


def write(trajectory: Trajectory, ask: Ask) -> str:
    """A layer with the camera at /Raxel/Camera; ``ask.film_width_mm`` is the width of its film."""
    fps = _exact(trajectory.fps)
    width, height = trajectory.width, trajectory.height
    aspect = _exact(float(trajectory.K[0, 1, 1] / trajectory.K[0, 0, 0]))
    return f"""#usda 1.0
(
    customLayerData = {{
        dictionary raxel = {{
            string scale = "{trajectory.scale}"
        }}
    }}
    defaultPrim = "Raxel"
    doc = "Written by Raxel: centimetres, y up, frame 0 at time code 0"
    endTimeCode = {trajectory.num_frames - 1}
    framesPerSecond = {fps}
    metersPerUnit = 0.01
    renderSettingsPrimPath = "/Render/Settings"
    startTimeCode = 0
    timeCodesPerSecond = {fps}
    upAxis = "Y"
)

def Xform "Raxel"
{{
    def Camera "Camera"
    {{
{_camera(trajectory, ask.film_width_mm)}
    }}
}}

def Scope "Render"
{{
    def RenderSettings "Settings"
    {{
        rel camera = </Raxel/Camera>
        uniform float pixelAspectRatio = {aspect}
        uniform int2 resolution = ({width}, {height})
    }}
}}
"""


def _camera(trajectory: Trajectory, film_width_mm: float) -> str:
    """The attributes of the camera."""
    K, size = trajectory.K, np.array([trajectory.width, trajectory.height])
    focal = K[:, 0, 0] * film_width_mm / size[0]
    film_height = focal * size[1] / K[:, 1, 1]
    offset = (size / 2 - K[:, :2, 2]) / K[:, [0, 1], [0, 1]] * focal[:, None]
    lines = [
        "float2 clippingRange = (1, 1000000)",
        _numbers("float focalLength", focal),
        _numbers("float horizontalAperture", np.full(1, film_width_mm)),
        _numbers("float horizontalApertureOffset", offset[:, 0]),
        'token projection = "perspective"',
        _numbers("float verticalAperture", film_height),
        _numbers("float verticalApertureOffset", -offset[:, 1]),
        _samples("matrix4d xformOp:transform", (_matrix(c2w) for c2w in _worlds(trajectory))),
        'uniform token[] xformOpOrder = ["xformOp:transform"]',
    ]
    if trajectory.confidence is not None:
        lines.append(_samples(f"custom float {CONFIDENCE}", map(_exact, trajectory.confidence)))
    return "\n".join(" " * 8 + line for line in lines)


def _worlds(trajectory: Trajectory) -> Array:
    worlds = to_y_up(trajectory.c2w) + 0.0  # no minus zeros
    worlds[:, :3, 3] *= CENTIMETRES
    return worlds


def _matrix(c2w: Array) -> str:
    """A matrix as USD writes it: transposed, translation in the last row."""
    return "( " + ", ".join(f"({', '.join(map(_exact, row))})" for row in c2w.T) + " )"


def _numbers(name: str, values: Array) -> str:
    """One value where none of them differs by more than rounding, else a sample for every frame."""
    values = values + 0.0
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return f"{name} = {_exact(values[0])}"
    return _samples(name, map(_exact, values))


def _samples(name: str, values: Iterable[str]) -> str:
    rows = "".join(f"{' ' * 12}{frame}: {value},\n" for frame, value in enumerate(values))
    return f"{name}.timeSamples = {{\n{rows}{' ' * 8}}}"


def _exact(value: float) -> str:
    """The shortest text that reads back as the same number."""
    return (
        np.format_float_positional(value, trim="-")
        if 1e-5 < abs(value) < 1e15
        else f"{float(value)!r}".removesuffix(".0")
    )
