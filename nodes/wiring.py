"""What the connections of a node mean, and the sentence for those that mean nothing. Knows no host."""

from __future__ import annotations

from ..raxel_core.errors import RaxelError
from ..raxel_core.sampling.frames import parse_frames

NEEDS = {
    "pose_from_video": frozenset({"video"}),
    "video_from_trajectory": frozenset({"source_images", "raxels"}),
    "joint": frozenset({"source_images"}),
    "poses_of_stills": frozenset({"source_images"}),
    "stills_from_cameras": frozenset({"source_images", "raxels"}),
}
"""Exactly these of source_images, video and raxels must be connected for each task."""
NEEDS_WITH_GIVEN = {
    "pose_from_video": frozenset({"video", "raxels"}),
    "video_from_trajectory": frozenset({"source_images", "raxels"}),
}
"""The same where given_frames is filled in; other tasks have no place for it."""
PLACES_STILLS = ("video_from_trajectory", "joint", "stills_from_cameras")
"""Tasks with a place for source_frames."""

TASKS = ("auto", *NEEDS)
READ_OFF = ("pose_from_video", "video_from_trajectory", "joint")
"""Tasks that `auto` chooses from: the two for single stills are wired like tasks for clips, and must be chosen."""


def resolve_task(task: str, connected: set[str], given_frames: bool = False) -> str:
    """The task to run; ``auto`` is read off the connections.

    Args:
        task: one of TASKS.
        connected: which of ``source_images``, ``video`` and ``raxels`` are connected.
        given_frames: whether ``given_frames`` is filled in.

    Returns:
        A key of NEEDS. Raises RaxelError where the connections fit no task, or not the chosen one.
    """
    if task not in TASKS:
        raise RaxelError(f"task {task!r} is unknown; choose one of {', '.join(TASKS)}")
    if task == "auto":
        return _read_off(connected, given_frames)
    if given_frames and task not in NEEDS_WITH_GIVEN:
        raise RaxelError(
            f"given_frames is filled in, but task {task} has no path with unknown cameras; leave it empty"
        )
    needs = NEEDS_WITH_GIVEN[task] if given_frames else NEEDS[task]
    missing, extra = needs - connected, connected - needs
    if missing or extra:
        remedy = [f"connect {_joined(missing)}"] * bool(missing) + [f"disconnect {_joined(extra)}"] * bool(
            extra
        )
        raise RaxelError(
            f"task {task}{' with given_frames' * given_frames} takes {_joined(needs)} and nothing else: "
            f"{' and '.join(remedy)}"
        )
    return task


def _read_off(connected: set[str], given_frames: bool) -> str:
    needs = NEEDS_WITH_GIVEN if given_frames else NEEDS
    fitting = [name for name in READ_OFF if needs.get(name) == connected]
    if fitting:
        return fitting[0]
    if given_frames:
        raise RaxelError(
            f"given_frames names frames of a path, but {_listed(connected)} connected; connect raxels with video or "
            "with source_images, or leave given_frames empty"
        )
    if connected == NEEDS_WITH_GIVEN["pose_from_video"]:
        raise RaxelError(
            "video and raxels are connected, which is no task; say in given_frames which cameras of the path are known, "
            "or connect video alone"
        )
    raise RaxelError(
        f"{_listed(connected)} connected, which is no task; connect video alone (camera path of a clip), "
        "source_images and raxels (shoot a still along a path), or source_images alone (clip and camera)"
    )


def wanted_frames(
    task: str, source_frames: str, given_frames: str
) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
    """Both inputs as frame numbers, None where empty. Raises RaxelError where the task has no place for one of them."""
    places = parse_frames(source_frames, "source_frames")
    if places is not None and task not in PLACES_STILLS:
        raise RaxelError(
            f"source_frames says where stills stand in a shot, but task {task} asks for no such place; leave it empty"
        )
    return places, parse_frames(given_frames, "given_frames")


def _joined(names: frozenset[str] | set[str]) -> str:
    return " and ".join(name for name in ("source_images", "video", "raxels") if name in names)


def _listed(connected: set[str]) -> str:
    if not connected:
        return "none of source_images, video and raxels is"
    return f"{_joined(connected)} {'is' if len(connected) == 1 else 'are'}"


def chosen_camera(has_trajectory: bool, has_camera: bool) -> bool | str:
    """True where exactly one of the two inputs of RaxelFromCamera is connected, else a sentence."""
    if has_trajectory and has_camera:
        return "trajectory and camera are both connected; a shot follows one of them: disconnect the other"
    if not (has_trajectory or has_camera):
        return "no camera: connect trajectory (a path) or camera (one camera of the 3D viewer)"
    return True
