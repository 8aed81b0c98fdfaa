"""Camera paths in and out: a named move as a path, and a path as files in ComfyUI's output folder."""

from __future__ import annotations

from pathlib import PurePosixPath

from comfy_api.latest import io

from ..raxel_core.formats import FORMATS, Ask, raxel_json, write_text, write_trajectory
from ..raxel_core.geometry.presets import EASINGS, PRESETS, preset_trajectory
from ..raxel_core.geometry.rays import FILM_WIDTH_MM, hfov_from_mm
from ..raxel_core.geometry.trajectory import Trajectory
from .folders import next_output
from .host import metadata_of, say
from .types import CATEGORY, TrajectorySocket, advanced, schema

LENS_UNITS = ("hfov degrees", "mm")
FILES: dict[str, tuple[tuple[str, str], ...]] = {
    "JSON and RealEstate10K": (("json", ".json"), ("realestate10k", ".txt")),
    "JSON": (("json", ".json"),),
    "RealEstate10K": (("realestate10k", ".txt"),),
    "COLMAP": (("colmap", "colmap"),),
    "COLMAP text": (("colmap_text", "colmap_text"),),
    "nerfstudio transforms.json": (("nerfstudio", "transforms.json"),),
    "nerfstudio camera_path.json": (("camera_path", "camera_path.json"),),
    "glTF (.glb)": (("gltf", ".glb"),),
    "glTF text (.gltf)": (("gltf_text", ".gltf"),),
    "USD (.usda)": (("usd", ".usda"),),
    "Blender and After Effects JSON": (("blender", "blender.json"),),
    "Nuke .chan": (("chan", ".chan"),),
    "CSV": (("csv", ".csv"),),
    "CameraCtrl JSON": (("cameractrl", "cameractrl.json"),),
    "MotionCtrl JSON": (("motionctrl", "motionctrl.json"),),
    "Tanks and Temples .log": (("tanks", ".log"),),
    "TUM": (("tum", ".tum"),),
}
"""Menu entry -> formats of raxel_core, and how the names of their files end. Entries are only ever added, at the end."""


class TrajectoryPreset(io.ComfyNode):
    """A named camera move."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The move, its amount, its timing and its lens."""
        return schema(
            node_id="TrajectoryPreset",
            display_name="Trajectory Preset",
            category=CATEGORY,
            description="Makes a camera path from a named move. Amounts are degrees or subject distances, never a speed: "
            "the path ends at the same place for any number of frames.",
            search_aliases=[
                "camera move",
                "camera preset",
                "pan tilt zoom dolly truck orbit",
                "camera motion",
            ],
            inputs=[
                io.Combo.Input(
                    "preset",
                    options=list(PRESETS),
                    default="arc_left",
                    tooltip="The move. pan, tilt and roll turn the camera; truck, pedestal and dolly move it; arc and orbit circle "
                    "the subject; lens_zoom changes the lens. zoom_in and zoom_out are the paper's names for a dolly.",
                ),
                io.Float.Input(
                    "amount",
                    default=0.0,
                    min=-3600.0,
                    max=3600.0,
                    step=0.01,
                    tooltip="How far: degrees for turns, arcs and lens zooms, subject distances for moves. 0 takes the preset's own "
                    "amount; a negative amount goes the other way.",
                ),
                io.Int.Input(
                    "frames",
                    default=81,
                    min=1,
                    max=10000,
                    tooltip="Number of cameras. The model wants 4n + 1 of them: 5, 9, 13, 17 ... 81.",
                ),
                io.Float.Input(
                    "fps",
                    default=16.0,
                    min=1.0,
                    max=240.0,
                    step=0.1,
                    tooltip="Frames per second of the path, kept in exported files.",
                ),
                io.Int.Input(
                    "width",
                    default=832,
                    min=32,
                    max=8192,
                    step=32,
                    tooltip="Width in pixels of the pictures that the cameras take.",
                ),
                io.Int.Input(
                    "height",
                    default=480,
                    min=32,
                    max=8192,
                    step=32,
                    tooltip="Height in pixels of the pictures that the cameras take.",
                ),
                io.Float.Input(
                    "lens",
                    default=60.0,
                    min=1.0,
                    max=1200.0,
                    step=0.1,
                    tooltip="The lens at the start, in the unit chosen below. 60 degrees is about 31 mm.",
                ),
                io.Combo.Input(
                    "lens_unit",
                    options=list(LENS_UNITS),
                    default=LENS_UNITS[0],
                    tooltip="hfov degrees: horizontal angle of view, 1 to 170. mm: focal length on 36 mm wide film.",
                ),
                io.Float.Input(
                    "subject_distance",
                    default=1.0,
                    min=0.001,
                    max=10000.0,
                    step=0.01,
                    tooltip="Distance from the first camera to the subject: the radius of arcs, and the unit of moves. "
                    "For the shipped model 1 to 3: it counts in the units of its rooms.",
                ),
                io.Combo.Input(
                    "easing",
                    options=list(EASINGS),
                    default="ease_in_out",
                    tooltip="How the move starts and stops.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**32 - 1,
                    tooltip="Only for the handheld preset: which sway.",
                    control_after_generate=False,
                ),
                TrajectorySocket.Input(
                    "start",
                    optional=True,
                    tooltip="An earlier path: this move continues from its last camera and lens, and is appended to it.",
                ),
            ],
            outputs=[TrajectorySocket.Output(display_name="trajectory", tooltip="The camera path.")],
        )

    @classmethod
    def execute(
        cls,
        preset: str,
        amount: float,
        frames: int,
        fps: float,
        width: int,
        height: int,
        lens: float,
        lens_unit: str,
        subject_distance: float,
        easing: str,
        seed: int,
        start: Trajectory | None = None,
    ) -> io.NodeOutput:
        """One call of ``preset_trajectory``."""
        hfov_deg = float(hfov_from_mm(lens)) if lens_unit == "mm" else lens
        return io.NodeOutput(
            preset_trajectory(
                preset,
                frames=frames,
                width=width,
                height=height,
                fps=fps,
                amount=amount or None,
                hfov_deg=hfov_deg,
                subject_distance=subject_distance,
                easing=easing,
                seed=seed,
                start=start,
            )
        )


class RaxelSaveTrajectory(io.ComfyNode):
    """Writes a camera path into ComfyUI's output folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The path, where to, and in which formats."""
        return schema(
            node_id="RaxelSaveTrajectory",
            display_name="Save Trajectory (Raxel)",
            category=CATEGORY,
            description="Saves a camera path into ComfyUI's output folder: Raxel JSON, COLMAP, nerfstudio, glTF, USD, Nuke .chan, CSV and "
            "more. What a format cannot hold is said under the node.",
            search_aliases=[
                "export camera",
                "save camera path",
                "camera to json",
                "realestate10k",
                "colmap",
                "nuke chan",
                "gltf camera",
                "usd camera",
                "blender camera",
            ],
            is_output_node=True,
            inputs=[
                TrajectorySocket.Input("trajectory", tooltip="The camera path to save."),
                io.String.Input(
                    "filename_prefix",
                    default="raxel/path",
                    tooltip="Name of the files below ComfyUI's output folder; a counter is added. May hold %year%, %month%, %day%.",
                ),
                io.Combo.Input(
                    "format",
                    options=list(FILES),
                    default=next(iter(FILES)),
                    tooltip="JSON keeps everything, and the workflow. What each of the others is and keeps: docs/formats.md.",
                ),
                advanced(
                    io.Float.Input(
                        "film_width_mm",
                        optional=True,
                        default=FILM_WIDTH_MM,
                        min=0.1,
                        max=1000.0,
                        step=0.01,
                        tooltip="Width of the film in millimetres, for formats that tell lenses in millimetres. 36 is full frame.",
                    )
                ),
            ],
            outputs=[],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
        )

    @classmethod
    def execute(
        cls,
        trajectory: Trajectory,
        filename_prefix: str,
        format: str,
        film_width_mm: float = FILM_WIDTH_MM,
    ) -> io.NodeOutput:
        """Write each file whole or not at all, and say where, and what it does not hold."""
        folder, stem, subfolder = next_output(filename_prefix)
        names = []
        for kind, tail in FILES[format]:
            names.append(f"{stem}{tail}")
            if kind == "json":
                metadata = metadata_of(cls.hidden.prompt, cls.hidden.extra_pnginfo)
                write_text(folder / names[-1], raxel_json.write(trajectory, metadata=metadata))
            else:
                write_trajectory(folder / names[-1], trajectory, kind, Ask(film_width_mm=film_width_mm))
        places = ", ".join((PurePosixPath("output") / subfolder / name).as_posix() for name in names)
        say("Save Trajectory", f"{trajectory.num_frames} cameras in {places}{_lost(trajectory, format)}")
        saved = [{"filename": name, "subfolder": subfolder, "type": "output"} for name in names]
        return io.NodeOutput(ui={"raxel_trajectory": saved})


def _lost(trajectory: Trajectory, choice: str) -> str:
    """What none of the files keeps, in words."""
    formats = [FORMATS[kind] for kind, _ in FILES[choice]]
    lost = [
        words
        for words in formats[0].losses(trajectory)
        if all(words in f.losses(trajectory) for f in formats)
    ]
    return f"; not kept: {'; '.join(lost)}" if lost else ""
