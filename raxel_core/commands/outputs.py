"""What a run leaves on disk, and what is said about it."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RaxelError
from ..formats import raxel_json, write_text, write_trajectory
from ..geometry.rotation import rotation_angle_deg
from ..geometry.trajectory import Trajectory
from ..media import uncropped, write_gif, write_mp4, write_png, write_raxel_pictures
from ..report.plot import plot_trajectory
from .runs import Run

GIF_WIDTH = 256
"""Small clips are drawn larger in GIFs until they are about this wide."""

FILES = {
    "clip": "clip.mp4",
    "clip_gif": "clip.gif",
    "path": "path.json",
    "path_realestate10k": "path.txt",
    "plot": "path.png",
    "raxels": "raxels",
    "raxels_gif": "raxels.gif",
    "stills": "stills",
}
CLIP_FILES, STILLS_FILES = ("clip", "clip_gif"), ("stills",)


def checked_picture(file: Path) -> Path:
    """Where a picture is to go. RaxelError, before anything is read or drawn, for a name that is no PNG or leads nowhere."""
    if file.suffix.lower() != ".png":
        raise RaxelError(f"{file.name}: pictures are PNG files; choose a name that ends in .png")
    if file.is_dir():
        raise RaxelError(f"{file} is a folder; choose another name")
    if not file.parent.is_dir():
        raise RaxelError(f"there is no folder {file.parent}; make it first, or choose another place")
    return file


def write_run(
    folder: Path,
    run: Run,
    original: tuple[int, int] | None = None,
    title: str = "",
    compare: Trajectory | None = None,
    names: tuple[str, str] = ("path", "compared with"),
) -> dict[str, str]:
    """Write clip, path, plot and raxel pictures of a run into a folder.

    Args:
        folder: exists, or is made.
        run: what to write.
        original: height and width of the user's clip; cameras are written in its pixels.
        title: above the plot.
        compare: drawn dashed in the plot.
        names: what the plot calls the two paths.

    Returns:
        What was written: a name from FILES -> the file's name in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = uncropped(run.path, *original) if original else run.path
    confidence = None if run.confidence is None else run.confidence.tolist()
    write_text(folder / FILES["path"], raxel_json.write(path, confidence))
    write_trajectory(folder / FILES["path_realestate10k"], path, "realestate10k")
    plot = plot_trajectory(run.path, 960, 600, run.confidence, compare, title, names)
    write_png(folder / FILES["plot"], plot)
    write_raxel_pictures(folder / FILES["raxels"], run.raxels)
    pictures = run.raxels.to_pictures()
    write_gif(folder / FILES["raxels_gif"], pictures, run.raxels.fps, enlargement(pictures.shape[2]))
    pictures_of = _write_pictures(folder, run)
    return {
        name: file
        for name, file in FILES.items()
        if name in pictures_of or name not in CLIP_FILES + STILLS_FILES
    }


def _write_pictures(folder: Path, run: Run) -> tuple[str, ...]:
    """Write the clip or the stills that were made, and say which files these are."""
    if run.frames is None:
        return ()
    if run.task == "stills_from_cameras":
        (folder / FILES["stills"]).mkdir()
        for index, still in enumerate(run.frames):
            write_png(folder / FILES["stills"] / f"{index:04d}.png", still)
        return STILLS_FILES
    write_mp4(folder / FILES["clip"], run.frames, run.raxels.fps)
    write_gif(folder / FILES["clip_gif"], run.frames, run.raxels.fps, enlargement(run.frames.shape[2]))
    return CLIP_FILES


def write_takes(
    folder: Path, takes: Sequence[Run], original: tuple[int, int] | None = None, title: str = ""
) -> list[dict[str, str]]:
    """Write one take into the folder, several into a folder each, ``seed-0``, ``seed-1``, ...

    Returns:
        for every take, what was written: a name from FILES -> the file's place in ``folder``.
    """
    if len(takes) == 1:
        return [write_run(folder, takes[0], original, title)]
    written = []
    for run in takes:
        name = f"seed-{run.seed}"
        files = write_run(folder / name, run, original, f"{title}, seed {run.seed}")
        written.append({key: f"{name}/{file}" for key, file in files.items()})
    return written


def enlargement(width: int) -> int:
    """How many times to enlarge a clip of this width for the eye."""
    return max(1, round(GIF_WIDTH / width))


def path_numbers(trajectory: Trajectory, confidence: np.ndarray | None) -> dict[str, Any]:
    """The path in a few numbers."""
    path = trajectory.canonical(0)
    turned = rotation_angle_deg(path.c2w[:1, :3, :3], path.c2w[:, :3, :3])
    numbers = {
        "turned_degrees": round(float(np.max(turned)), 3),
        "moved": round(float(np.linalg.norm(path.c2w[:, :3, 3], axis=-1).max()), 4),
        "unit": "model units" if trajectory.scale == "metric" else "relative",
        "hfov_degrees": [round(float(path.hfov_deg[0]), 2), round(float(path.hfov_deg[-1]), 2)],
    }
    if confidence is not None:
        numbers["confidence"] = round(float(np.mean(confidence)), 3)
    return numbers


def summary(
    takes: Sequence[Run], args: Namespace, inputs: list[Path], files: Sequence[dict[str, str]]
) -> dict[str, Any]:
    """Everything worth knowing about a command's takes, ready for JSON; the first take speaks for all where one must."""
    run = takes[0]
    return {
        "task": run.task,
        "input": [str(path) for path in inputs],
        "model": str(args.model),
        "seed": args.seed,
        "frames": run.path.num_frames,
        "fps": round(run.raxels.fps, 4),
        "size": [run.raxels.width, run.raxels.height],
        "steps": run.steps,
        "seconds": round(sum(take.seconds for take in takes), 2),
        "peak_memory_mb": round(max(take.peak_mb for take in takes)),
        "placement": run.placement,
        "path": path_numbers(run.path, run.confidence),
        "notes": list(run.notes),
        "folder": str(args.out),
        "files": files[0],
        "confidence": _confidences(run),
        "takes": [
            {
                "seed": take.seed,
                "seconds": round(take.seconds, 2),
                "path": path_numbers(take.path, take.confidence),
                "confidence": _confidences(take),
                "files": written,
            }
            for take, written in zip(takes, files, strict=True)
        ],
    }


def _confidences(run: Run) -> list[float] | None:
    """Confidence of every camera that was read; None where they were asked for."""
    return None if run.confidence is None else [round(float(value), 4) for value in run.confidence]


def announce(facts: dict[str, Any], as_json: bool) -> None:
    """Print the summary for a program or for a person."""
    print(json.dumps(facts, indent=2) if as_json else _in_words(facts))


def _in_words(facts: dict[str, Any]) -> str:
    width, height = facts["size"]
    lines = [
        f"{facts['task']}: {', '.join(facts['input'])}",
        *(f"  {note}" for note in facts["notes"]),
        f"  {facts['frames']} frames of {width}x{height}, {facts['steps']} steps, "
        f"{facts['seconds']:.1f} s, {facts['peak_memory_mb']} MB",
        *([f"  {facts['placement']}"] if facts["placement"] else []),
    ]
    several = len(facts["takes"]) > 1
    for take in facts["takes"]:
        label = f"seed {take['seed']}" if several else "camera"
        lines.append(f"  {label}: {_camera_in_words(take['path'])}")
    folders = [f"seed-{take['seed']}/" for take in facts["takes"]] if several else facts["files"].values()
    lines.append(f"  wrote {facts['folder']}/: {', '.join(folders)}")
    return "\n".join(lines)


def _camera_in_words(path: dict[str, Any]) -> str:
    first, last = path["hfov_degrees"]
    lens = f"{first:g}" if first == last else f"{first:g} to {last:g}"
    sure = f", confidence {path['confidence']:.2f}" if "confidence" in path else ""
    return (
        f"turned {path['turned_degrees']:.1f} degrees, moved {path['moved']:.3g} {path['unit']}, "
        f"lens {lens} degrees{sure}"
    )
